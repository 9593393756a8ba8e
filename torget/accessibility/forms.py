"""What the administrator writes in the statement."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.accessibility import words
from torget.accessibility.models import Shortcoming, Statement
from torget.core.forms import PlainErrors


class StatementForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """The statement's own facts."""

    own_verdict = forms.ChoiceField(
        label=_("Vår egen bedömning"),
        required=False,
        choices=list(words.OWN_VERDICTS.items()),
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Statement
        fields: ClassVar = ["own_verdict", "tested_how", "email", "published_on"]
        labels: ClassVar = {
            "tested_how": _("Så har vi själva testat"),
            "email": _("E-post för den som vill säga till om en brist"),
            "published_on": _("Redogörelsen kom ut första gången"),
        }
        help_texts: ClassVar = {
            "tested_how": _(
                "Till exempel: Tre personer med skärmläsare provade i maj. Lämna tomt om ni inte har gjort det."
            ),
            "email": _("Lämna tomt, så visas organisationens adress."),
            "published_on": _("Lämna tomt, så blir det dagen då ni sparar."),
        }
        widgets: ClassVar = {
            "tested_how": forms.Textarea(attrs={"rows": 3}),
            "published_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }


class ShortcomingForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """A part that is not accessible."""

    kind = forms.ChoiceField(label=_("Vad är det?"), choices=list(words.KINDS.items()), widget=forms.RadioSelect)

    class Meta:
        model = Shortcoming
        fields: ClassVar = ["kind", "what", "why", "instead"]
        labels: ClassVar = {
            "what": _("Vad går inte att använda?"),
            "why": _("Varför?"),
            "instead": _("Vad kan man göra i stället?"),
        }
        widgets: ClassVar = {
            "why": forms.Textarea(attrs={"rows": 2}),
            "instead": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = "fault"

"""What the search page asks for. Everything may be left empty."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.core.templatetags.torget import CHANNEL_MARKS, STATES
from torget.search.rules import MAX_QUERY, Filters

EVERY = ("", _("Alla"))
STATUS = [
    EVERY,
    ("open", _("Allt att göra")),
    *((code, STATES[code][2]) for code in ("new", "assigned", "waiting", "answered", "closed")),
]
KIND = [EVERY, ("in", _("Det som kommit in")), ("out", _("Våra svar")), ("note", _("Anteckningar"))]
SORT = [("", _("Nyast först")), ("bast", _("Bäst träff först"))]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class SearchForm(forms.Form):
    """The question with its filters; what cannot be read is left out and said."""

    q = forms.CharField(
        label=_("Sök"),
        required=False,
        strip=True,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": MAX_QUERY}),
    )
    kanal = forms.ChoiceField(label=_("Kanal"), required=False)
    status = forms.ChoiceField(label=_("Läge"), required=False, choices=STATUS)
    typ = forms.ChoiceField(label=_("Vad"), required=False, choices=KIND)
    avsandare = forms.CharField(label=_("Avsändare"), required=False, max_length=100)
    fran = _day(_("Från och med"))
    till = _day(_("Till och med"))
    ordning = forms.ChoiceField(label=_("Ordning"), required=False, choices=SORT)

    def __init__(self, *args: object, channels: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["kanal"]
        assert isinstance(field, forms.ChoiceField)  # nosec B101  # noqa: S101  for the type checker
        field.choices = [EVERY, *((code, CHANNEL_MARKS.get(code, ("", code))[1]) for code in channels)]

    @property
    def filters(self) -> Filters:
        """What the fields besides the question say."""
        said = getattr(self, "cleaned_data", {})
        return Filters(
            sender=said.get("avsandare") or "",
            channel=said.get("kanal") or "",
            status=said.get("status") or "",
            kind=said.get("typ") or "",
            since=said.get("fran"),
            until=said.get("till"),
        )

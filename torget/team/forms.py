"""What staff write about their own way of working."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.core.forms import PlainErrors
from torget.organisations.models import User
from torget.team import rules
from torget.team.words import NOTICES, REFUSED, WEEKDAYS


class SavedReplyForm(PlainErrors, forms.Form):
    """A saved reply."""

    title = forms.CharField(label=_("Namn på mallen"), max_length=120)
    text = forms.CharField(
        label=_("Text"),
        help_text=_(
            "Du kan skriva {förnamn}, {diarienummer}, {länk} och {handläggare}. De fylls i när mallen används."
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )
    shared = forms.BooleanField(label=_("Alla vid disken får använda den"), required=False)


class ShiftForm(PlainErrors, forms.Form):
    """Somebody's time at the desk."""

    user = forms.ModelChoiceField(label=_("Vem"), queryset=User.objects.none(), empty_label=_("Välj"))
    weekday = forms.ChoiceField(label=_("Varje vecka på"), required=False)
    day = forms.DateField(
        label=_("Eller bara den dagen"),
        help_text=_("Gäller då i stället för veckans schema."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    starts = forms.TimeField(label=_("Från"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=_("Till"), widget=forms.TimeInput(attrs={"type": "time"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]
        days = [(str(number), name) for number, name in enumerate(WEEKDAYS)]
        self.fields["weekday"].choices = [("", _("Välj dag")), *days]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of weekday and day, and an end after the start."""
        given = super().clean() or {}
        if bool(given.get("weekday")) == bool(given.get("day")) and "day" not in self.errors:
            self.add_error("weekday", REFUSED["shift_when"])
        if given.get("starts") and given.get("ends") and given["ends"] <= given["starts"]:
            self.add_error("ends", REFUSED["shift_backwards"])
        return given


class PreferencesForm(forms.Form):
    """What somebody wants to be told of, and how."""

    digest = forms.BooleanField(
        label=_("Skicka ett mejl om dagen med det jag inte har läst"),
        help_text=_("Högst ett om dagen, på kontorstid. Mejlet säger vad och var, aldrig vad någon har skrivit."),
        required=False,
    )
    kinds = forms.MultipleChoiceField(
        label=_("Säg till när"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, NOTICES[kind.value]) for kind in rules.Kind],
    )
    keys = forms.BooleanField(
        label=_("Använd genvägar med en tangent vid disken"),
        help_text=_("J, K, R och de andra. Listan finns under ?."),
        required=False,
    )

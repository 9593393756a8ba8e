"""What people and staff write in moderation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.conversations.rules import MAX_TEXT
from torget.core.forms import PlainErrors
from torget.moderation.rules import watching
from torget.moderation.rules.grounds import UNLAWFUL, Ground, How
from torget.moderation.rules.notices import OTHER, Decision, needs_a_name
from torget.moderation.words import DECISIONS, GROUNDS, HOW, REFUSED

_NOTICED = [*(ground.value for ground in Ground), OTHER]
_TEXT = {"max_length": REFUSED["too_long"]}
REVIEWS = {"no": _("Beslutet står fast"), "yes": _("Visa texten igen")}
"""What can become of a complaint."""


class NoticeForm(forms.Form):
    """A notice of unlawful content (DSA 16(2)); anyone, without an account."""

    target = forms.CharField(
        label=_("Vad gäller det?"),
        help_text=_("Klistra in sidans adress, eller skriv samtalets nummer."),
        max_length=500,
        error_messages={"required": REFUSED["needs_target"]},
    )
    ground = forms.ChoiceField(
        label=_("Vad är det för fel?"),
        choices=[("", _("Välj"))] + [(key, GROUNDS[key][0]) for key in _NOTICED],
        error_messages={"required": _("Välj det som ligger närmast.")},
    )
    why = forms.CharField(
        label=_("Varför är det olagligt eller mot våra regler?"),
        help_text=_("Skriv vad som står där och vad som är fel med det. Upprepa inte personnummer."),
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_TEXT - 1000}),
        max_length=MAX_TEXT - 1000,
        error_messages={"required": REFUSED["empty"], **_TEXT},
        strip=False,
    )
    name = forms.CharField(
        label=_("Ditt namn"),
        help_text=_("Behövs inte om det gäller övergrepp på barn."),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Din e-postadress"),
        help_text=_("Dit skickar vi vad vi kommer fram till. Den som skrev får inte veta vem du är."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Adressen går inte att skicka till. Så här kan den se ut: namn@exempel.se")},
    )
    good_faith = forms.BooleanField(
        label=_("Jag tror att det jag skriver stämmer och är fullständigt."),
        error_messages={"required": REFUSED["needs_good_faith"]},
    )
    nonce = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    website = forms.CharField(required=False, max_length=200)

    def clean(self) -> dict[str, Any] | None:
        """Name and address, except where the law wants none."""
        data = super().clean()
        if data and data.get("ground") and needs_a_name(data["ground"]):
            for name in ("name", "email"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, REFUSED["needs_name"])
        return data


class ComplaintForm(forms.Form):
    """Why a decision was wrong."""

    text = forms.CharField(
        label=_("Varför tycker du att vi har fel?"),
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": MAX_TEXT}),
        max_length=MAX_TEXT,
        error_messages={"required": REFUSED["empty"], **_TEXT},
        strip=False,
    )
    email = forms.EmailField(
        label=_("Din e-postadress"),
        help_text=_("Då får du beskedet dit också, inte bara på kvittot."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Adressen går inte att skicka till. Så här kan den se ut: namn@exempel.se")},
    )
    nonce = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    website = forms.CharField(required=False, max_length=200)


def _by_kind() -> list[tuple[Any, Any]]:
    law = [(ground.value, GROUNDS[ground][0]) for ground in Ground if ground in UNLAWFUL]
    ours = [(ground.value, GROUNDS[ground][0]) for ground in Ground if ground not in UNLAWFUL]
    return [("", _("Välj")), (_("Uppenbart olagligt"), law), (_("Mot våra egna regler"), ours)]


class GroundForm(forms.Form):
    """The first step: on which ground, and what is to be done."""

    ground = forms.ChoiceField(
        label=_("Grund"),
        choices=_by_kind,
        error_messages={"required": REFUSED["unknown_ground"], "invalid_choice": REFUSED["unknown_ground"]},
    )
    how = forms.ChoiceField(
        label=_("Vad ska hända?"), choices=[("", _("Det vi föreslår för grunden")), *HOW.items()], required=False
    )


class RemoveForm(forms.Form):
    """The second step: the decision and what the writer is told."""

    ground = forms.ChoiceField(choices=[(ground.value, ground.value) for ground in Ground], widget=forms.HiddenInput)
    how = forms.ChoiceField(choices=[(how.value, how.value) for how in How], widget=forms.HiddenInput)
    notice = forms.IntegerField(required=False, widget=forms.HiddenInput)
    statement = forms.CharField(
        label=_("Det här får den som skrev veta"),
        help_text=_("Ändra så att det stämmer. Upprepa inte det som togs bort."),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=MAX_TEXT,
        error_messages={"required": _("Den som skrev har rätt att få veta varför."), **_TEXT},
    )
    tell = forms.BooleanField(label=_("Skicka det som svar i samtalet"), required=False)


class DecideForm(forms.Form):
    """What was decided on a notice, and what the notifier is told."""

    decision = forms.ChoiceField(choices=[(one.value, DECISIONS[one]) for one in Decision], widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Det här får den som anmälde veta"),
        widget=forms.Textarea(attrs={"rows": 9}),
        max_length=MAX_TEXT,
        error_messages={"required": _("Den som anmälde har rätt att få veta varför."), **_TEXT},
    )


class ReviewForm(forms.Form):
    """What was decided on a complaint."""

    upheld = forms.ChoiceField(choices=list(REVIEWS.items()), widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Det här får den som klagade veta"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=MAX_TEXT,
        error_messages={"required": _("Skriv vad du kom fram till."), **_TEXT},
    )


class WatchForm(PlainErrors, forms.Form):
    """How often an account is to be looked at, in minutes of opening time; empty: nobody has promised to."""

    minutes = forms.IntegerField(
        label=_("Minuter mellan gångerna"),
        help_text=_("Räknas bara när ni har öppet. Lämna tomt om kontot inte ska bevakas."),
        required=False,
        min_value=watching.SHORTEST,
        max_value=watching.LONGEST,
        error_messages={
            "min_value": REFUSED["interval_out_of_bounds"],
            "max_value": REFUSED["interval_out_of_bounds"],
            "invalid": _("Skriv ett helt antal minuter, till exempel 120."),
        },
    )

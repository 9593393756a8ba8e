"""What an administrator says of a connected program, and of its tokens."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.api.rules import Event, Scope
from torget.api.words import EVENTS, SCOPES
from torget.core.forms import PlainErrors
from torget.organisations.models import Authority

_TOLD = [(event.value, EVENTS[event.value]) for event in Event]
_OPENS = [(scope.value, SCOPES[scope.value]) for scope in Scope]
DAYS = {"90": 90, "365": 365, "0": 0}


class _Told(PlainErrors, forms.Form):
    """Where webhooks go and what is told."""

    endpoint = forms.URLField(
        label=_("Adress för webhooks"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Dit skickar vi svar och händelser. Lämna tomt om systemet hämtar dem själv."),
    )
    events = forms.MultipleChoiceField(
        label=_("Berätta när"), choices=_TOLD, required=False, widget=forms.CheckboxSelectMultiple
    )

    @property
    def told(self) -> list[Event]:
        """The chosen events."""
        return [Event(value) for value in self.cleaned_data["events"]]


class ConnectForm(_Told):
    """A new program."""

    name = forms.CharField(label=_("Vad heter systemet?"), max_length=80)
    authority = forms.ModelChoiceField(label=_("Myndighet"), queryset=Authority.objects.none(), empty_label=None)
    field_order = ("name", "authority", "endpoint", "events")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["authority"]
        chosen.queryset = Authority.objects.order_by("-is_default", "name")


class ChangeForm(_Told):
    """A program that is there."""

    tells_all = forms.BooleanField(
        label=_("Berätta om alla samtal"),
        required=False,
        help_text=_("Annars bara om dem som systemet självt har skickat. Inga ord och inga namn följer med."),
    )
    must_sign = forms.BooleanField(
        label=_("Systemet måste signera det som det skickar"), required=False, help_text=_("Då räcker inte nyckeln.")
    )


class TokenForm(PlainErrors, forms.Form):
    """A new token."""

    name = forms.CharField(label=_("Vad ska nyckeln heta?"), max_length=80)
    scopes = forms.MultipleChoiceField(label=_("Den får"), choices=_OPENS, widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(
        label=_("Den gäller"), choices=[("365", _("Ett år")), ("90", _("90 dagar")), ("0", _("Tills den återkallas"))]
    )

    @property
    def opens(self) -> list[Scope]:
        """The chosen scopes."""
        return [Scope(value) for value in self.cleaned_data["scopes"]]

    @property
    def lasts(self) -> timedelta | None:
        """How long; None: until it is revoked."""
        days = DAYS[self.cleaned_data["days"]]
        return timedelta(days=days) if days else None

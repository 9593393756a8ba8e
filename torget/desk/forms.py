"""What staff write at the desk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.conversations import rules
from torget.conversations.words import CLOSED
from torget.register.rules import State
from torget.register.words import STATES

MOMENTS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S")
"""How a browser's own field, and a person without one, writes a moment on the wall clock."""


class MomentForm(forms.Form):
    """A moment on the wall clock."""

    when = forms.DateTimeField(
        label=_("Till"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=MOMENTS,
    )


class ReplyForm(forms.Form):
    """An answer; `seen` is how many messages the page showed when it was written."""

    text = forms.CharField(
        label=_("Ditt svar"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7}),
        max_length=2 * rules.MAX_TEXT,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
    wait = forms.BooleanField(required=False, label=_("Jag frågar tillbaka, så samtalet väntar på svar"))
    send_at = forms.DateTimeField(
        required=False,
        label=_("Skicka senare"),
        help_text=_("Lämna tomt för att skicka nu."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=MOMENTS,
    )


class ClassifyForm(forms.Form):
    """How a record is kept."""

    state = forms.ChoiceField(
        label=_("Så bevaras handlingen"),
        choices=[(s.value, STATES[s.value]) for s in (State.REGISTERED, State.ORDERED, State.TRIVIAL)],
    )
    subject = forms.CharField(
        label=_("Ärendemening"),
        help_text=_("Visas i det öppna diariet. Skriv inga namn."),
        required=False,
        max_length=300,
    )


class SecrecyForm(forms.Form):
    """A secrecy mark with its provision."""

    provision = forms.CharField(
        label=_("Bestämmelse"), help_text=_("Till exempel OSL 26 kap. 1 §."), required=False, max_length=120
    )


class CloseForm(forms.Form):
    """Why a conversation is closed without an answer."""

    reason = forms.ChoiceField(label=_("Varför"), choices=list(CLOSED.items()))


class PublishForm(forms.Form):
    """The public title; the page beside it shows what everyone will see."""

    title = forms.CharField(
        label=_("Rubrik på den öppna sidan"), help_text=_("Skriv frågan utan namn."), required=False, max_length=200
    )

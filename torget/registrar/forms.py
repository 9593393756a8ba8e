"""Input of the registrar's pages."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.channels.registry import CHANNELS
from torget.core import clock
from torget.core.forms import PlainErrors
from torget.organisations.models import Authority, Unit, User
from torget.register.actions import Chosen
from torget.register.models import Record
from torget.register.rules import Field, State
from torget.register.words import STATES
from torget.registrar.words import FIELDS, REFUSED

KEPT = (State.REGISTERED, State.ORDERED, State.TRIVIAL)
MOMENT = "%Y-%m-%dT%H:%M"


class ConfirmForm(PlainErrors, forms.Form):
    """How a record is kept, and its subject."""

    state = forms.ChoiceField(label=_("Så bevaras handlingen"), choices=[(s.value, STATES[s.value]) for s in KEPT])
    subject = forms.CharField(
        label=_("Ärendemening"),
        help_text=_("Visas i det öppna diariet. Skriv inga namn."),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"data-key": "e"}),
    )


class BatchForm(PlainErrors, forms.Form):
    """How many records are kept alike, under one subject or each under its own, and why."""

    state = forms.ChoiceField(
        label=_("Så bevaras de"),
        choices=[("", _("Var och en som föreslaget")), *((s.value, STATES[s.value]) for s in KEPT)],
        required=False,
    )
    subject = forms.CharField(
        label=_("Gemensam ärendemening"),
        help_text=_("Lämna tomt, så behåller var och en sin. Den visas i det öppna diariet: läs igenom listan."),
        required=False,
        max_length=300,
    )
    why = forms.CharField(
        label=_("Varför"),
        help_text=_("Behövs när du bestämmer något annat än förslaget."),
        required=False,
        max_length=300,
    )


class CaseForm(PlainErrors, forms.Form):
    """A case opened by hand."""

    authority = forms.ModelChoiceField(
        label=_("Myndighet"), queryset=Authority.objects.order_by("prefix"), empty_label=None
    )
    subject = forms.CharField(
        label=_("Ärendemening"), help_text=_("Vad saken gäller, utan namn."), required=True, max_length=300
    )


FIRST_YEAR = 1900
"""A year before it is a slip of the keys (and the very first have no time in UTC)."""


class CorrectForm(PlainErrors, forms.Form):
    """One field of a record, what it should be, and why."""

    field = forms.ChoiceField(label=_("Vad är fel"), choices=[(f.value, FIELDS[f.value]) for f in Field])
    text = forms.CharField(label=_("Rätt ärendemening eller avsändare"), required=False, max_length=320)
    moment = forms.DateTimeField(
        label=_("Rätt tid"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        input_formats=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%d"],
    )
    authority = forms.ModelChoiceField(
        label=_("Rätt myndighet"), queryset=Authority.objects.order_by("prefix"), required=False, empty_label=_("Välj")
    )
    channel = forms.ChoiceField(label=_("Rätt kanal"), required=False)
    why = forms.CharField(label=_("Varför"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(name, str(channel.label)) for name, channel in CHANNELS.items()]
        self.fields["channel"].choices = [("", _("Välj")), *channels]  # type: ignore[attr-defined]

    def value(self) -> str | datetime | Authority:
        """The value of the field that was chosen; "" where it was left out."""
        data = self.cleaned_data
        names = {Field.OCCURRED_AT.value: "moment", Field.AUTHORITY.value: "authority", Field.CHANNEL.value: "channel"}
        found: str | datetime | Authority = data[names.get(data["field"], "text")] or ""
        return found

    def clean(self) -> dict[str, Any]:
        """The value that the chosen field needs must be there; only a sender may be left empty."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("field") == Field.OCCURRED_AT.value:
            moment = data.get("moment")
            if moment is not None and moment.year < FIRST_YEAR:
                self.add_error("moment", self.fields["moment"].error_messages["invalid"])
            elif "moment" not in self.errors and (moment is None or moment > clock.now()):
                self.add_error("moment", REFUSED["in_the_future"])
        elif (
            data.get("field") == Field.AUTHORITY.value
            and data.get("authority") is None
            and "authority" not in self.errors
        ):
            self.add_error("authority", REFUSED["no_such_authority"])
        return data


class CircleForm(PlainErrors, forms.Form):
    """Who may read, besides the registrars of the authority."""

    users = forms.ModelMultipleChoiceField(
        label=_("Personer"),
        queryset=User.objects.filter(is_active=True).order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    units = forms.ModelMultipleChoiceField(
        label=_("Enheter"), queryset=Unit.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def chosen(self) -> Chosen:
        """Those who were ticked."""
        users, units = self.cleaned_data["users"], self.cleaned_data["units"]
        return Chosen(users=[user.pk for user in users], units=[unit.pk for unit in units])

    @classmethod
    def of(cls, record: Record, user: User) -> "CircleForm":
        """As it stands; for a record without a circle yet with oneself in it, so that one is not shut out by mistake."""
        circle = record.circle
        if circle is None:
            return cls(initial={"users": [] if record.is_guarded else [user.pk], "units": []})
        return cls(initial={"users": list(circle.users.all()), "units": list(circle.units.all())})


class SecrecyForm(CircleForm):
    """A secrecy mark with its provision and circle."""

    provision = forms.CharField(
        label=_("Bestämmelse"),
        help_text=_("Till exempel OSL 26 kap. 1 §. Välj ur listan eller skriv själv."),
        max_length=120,
        widget=forms.TextInput(attrs={"list": "bestammelser"}),
    )
    field_order = ("provision", "users", "units")


class ProvisionForm(PlainErrors, forms.Form):
    """A provision to suggest."""

    text = forms.CharField(label=_("Bestämmelse"), max_length=120)
    about = forms.CharField(label=_("Gäller"), max_length=200)
    source = forms.CharField(label=_("Källa"), max_length=200)
    source_date = forms.DateField(
        label=_("Källans datum"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

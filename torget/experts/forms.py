"""What is written: a question to a colleague, the colleague's answer, and who is the right one."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.conversations.forms import FilesField
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.core.templatetags.torget import frist
from torget.experts import rules
from torget.experts.words import REFUSED, WISHES, beginning
from torget.organisations.models import ClosedDay, Organisation
from torget.register.models import Attachment

CHOICES = 20
"""How many of a conversation's messages, the newest, can be chosen to go along."""


class AskForm(forms.Form):
    """A question to a colleague about one conversation."""

    expert = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    to = forms.CharField(
        label=_("Fråga någon annan"),
        help_text=_("Namn, roll, enhet eller en kollegas e-postadress."),
        required=False,
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "expert-namn"}),
    )
    text = forms.CharField(
        label=_("Din fråga"),
        help_text=_("Vad behöver du veta? Skriv inga namn."),
        max_length=rules.MAX_QUESTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": REFUSED["empty"], "max_length": REFUSED["too_long"]},
    )
    wanted = forms.ChoiceField(label=_("Svar behövs"), error_messages={"required": REFUSED["wanted_too_soon"]})
    messages = forms.MultipleChoiceField(
        label=_("Det här skickas med"), required=False, widget=forms.CheckboxSelectMultiple
    )
    attachments = forms.MultipleChoiceField(
        label=_("Bilagor som skickas med"), required=False, widget=forms.CheckboxSelectMultiple
    )
    instead_of = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, conversation: Conversation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "expert_%s"} | kwargs))
        now = clock.now()
        self.wishes: dict[str, datetime] = rules.wishes(now, Organisation.current().hours, ClosedDay.days(now.date()))
        self._choices("wanted", [(code, f"{WISHES[code]} ({frist(at)})") for code, at in self.wishes.items()])
        rows = list(
            conversation.messages.filter(deleted_at=None)
            .select_related("record")
            .prefetch_related("record__versions")
            .order_by("-pk")[:CHOICES]
        )[::-1]
        self._choices("messages", [(str(row.pk), self._words(row)) for row in rows])
        files = Attachment.objects.filter(record__message__in=rows).order_by("pk")[:CHOICES]
        self._choices("attachments", [(str(file.pk), file.filename) for file in files])
        received = [row for row in rows if row.direction == Message.IN]
        # What was asked last goes along unless it is taken away; files never go by themselves.
        self.fields["messages"].initial = [str(received[-1].pk)] if received else []
        self.fields["wanted"].initial = "next"

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @staticmethod
    def _words(message: Message) -> str:
        who = _("Vi:") if message.direction == Message.OUT else _("Den som frågar:")
        return f"{who} {beginning(rules.masked(message.record.latest.text), 70)}"

    def clean(self) -> dict[str, Any]:
        """Somebody must be chosen or written."""
        data = super().clean() or {}
        if not data.get("expert") and not (data.get("to") or "").strip() and "to" not in self.errors:
            self.add_error("to", forms.ValidationError(_("Välj eller skriv vem du vill fråga."), code="nobody"))
        return data


class AnswerForm(forms.Form):
    """A colleague's answer; `seen` is the version of it that the page showed."""

    text = forms.CharField(
        label=_("Ditt svar"),
        help_text=_("Skriv som du skulle säga det. Några meningar räcker."),
        max_length=rules.MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": REFUSED["empty"], "max_length": REFUSED["too_long"]},
    )
    attachments = FilesField(label=_("Bilagor"), help_text=_("Högst 10 filer, 25 MB var."), required=False)
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        """Only blanks is no text."""
        text = str(self.cleaned_data["text"])
        if not text.strip():
            raise forms.ValidationError(REFUSED["empty"], code="required")
        return text


class DeclineForm(forms.Form):
    """Who is the right person, as far as one knows."""

    proposal = forms.CharField(
        label=_("Vem borde vi fråga i stället?"),
        help_text=_("Namn eller e-postadress. Lämna tomt om du inte vet."),
        required=False,
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("Skriv högst 320 tecken.")},
    )

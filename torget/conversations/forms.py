"""What residents write: the form, its errors in plain words."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from torget.conversations import rules
from torget.conversations.words import REFUSED
from torget.files import rules as file_rules


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each within the limit, and together within theirs."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """The uploaded files. Errors: too many, too large, together too large, empty."""
        given = [file for file in (data if isinstance(data, (list, tuple)) else [data]) if file]
        total = sum(file.size for file in given)
        for file in given:
            if code := file_rules.why_refused(file.size, count=len(given), total=total):
                raise forms.ValidationError(REFUSED.get(code, code), code=code)
        return given


class WriteForm(forms.Form):
    """The organisation's own form."""

    text = forms.CharField(
        label=_("Vad vill du säga eller fråga?"),
        help_text=_("Skriv som du pratar. Skriv inte personnummer eller uppgifter om andras hälsa."),
        widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off", "maxlength": rules.MAX_TEXT}),
        max_length=rules.MAX_TEXT,
        error_messages={
            "required": _("Skriv vad du tycker, så kan vi ta emot det."),
            "max_length": REFUSED["too_long"],
        },
        strip=False,
    )
    subject = forms.CharField(
        label=_("Rubrik"),
        help_text=_("Några ord räcker."),
        required=False,
        max_length=200,
        error_messages={"max_length": _("Rubriken får vara högst 200 tecken. Resten kan stå i texten.")},
    )
    attachments = FilesField(label=_("Bilagor"), help_text=_("Högst 10 filer, 25 MB var."), required=False)
    email = forms.EmailField(
        label=_("Din e-postadress"),
        help_text=_("Då får du svaret dit också, inte bara på kvittot."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Adressen går inte att skicka till. Så här kan den se ut: namn@exempel.se")},
    )
    name = forms.CharField(
        label=_("Ditt namn"),
        help_text=_("Namnet visas aldrig öppet."),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": _("Namnet får vara högst 120 tecken.")},
    )
    # Made anew each time the page is shown: the same page sent twice is one message. No cookie, and no trace of anyone.
    nonce = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    # A box that people do not see and that machines fill in.
    website = forms.CharField(required=False, max_length=200)

    def clean_text(self) -> str:
        """The text, with line ends as \\n; only blanks is no text."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            raise forms.ValidationError(_("Skriv vad du tycker, så kan vi ta emot det."), code="required")
        return text

"""What is filled in while setting up."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from torget.channels.registry import CHANNELS
from torget.core.forms import PlainErrors
from torget.core.templatetags.torget import decimal
from torget.organisations.forms import SHORT_NAME, OrganisationForm, diary_prefix
from torget.organisations.models import ROLE_LABELS, Authority, OfficialAccount, Organisation, Unit, User
from torget.setup.rules import contrast

_OFF = {"autocomplete": "off"}
ROLES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class LookForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """Name, colour and two pictures."""

    logo_file = forms.FileField(
        label=_("Logotyp"),
        help_text=_("PNG, JPEG eller WebP, högst 2 MB. Vi gör om bilden, så att inget dolt följer med."),
        required=False,
    )
    drop_logo = forms.BooleanField(label=_("Ta bort logotypen"), required=False)
    icon_file = forms.FileField(
        label=_("Ikon i webbläsarens flik"), help_text=_("Kvadratisk, gärna 64 punkter eller mer."), required=False
    )
    drop_icon = forms.BooleanField(label=_("Ta bort ikonen"), required=False)

    class Meta:
        model = Organisation
        fields = ("name", "short_name", "colour")
        labels = {"name": _("Organisationens namn"), "short_name": _("Kort namn"), "colour": _("Färg")}
        help_texts = {"short_name": SHORT_NAME, "colour": _("Sex tecken, till exempel #0b5a50. Tomt: Torgets gröna.")}
        widgets = {"colour": forms.TextInput(attrs={**_OFF, "spellcheck": "false", "autocapitalize": "none"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Longer than it is stored: a person may write blanks, and is told so in our words.
        self.fields["colour"] = forms.CharField(
            label=self.fields["colour"].label, help_text=self.fields["colour"].help_text, required=False,
            max_length=40, widget=self.fields["colour"].widget,
        )  # fmt: skip
        if not self.instance.logo_id:
            del self.fields["drop_logo"]
        if not self.instance.icon_id:
            del self.fields["drop_icon"]

    def clean_colour(self) -> str:
        """A colour that can be read (WCAG AA), or what would do."""
        given = str(self.cleaned_data["colour"]).strip()
        if not given:
            return ""
        colour = contrast.parse(given)
        if colour is None:
            raise ValidationError(_("Skriv färgen som # och sex tecken, till exempel #0b5a50."))
        judged = contrast.judge(colour)
        if not judged.enough:
            said = _("Färgen %(colour)s har kontrasten %(ratio)s:1 mot sidan. Det behövs 4,5:1. %(nearest)s räcker.")
            # Rounded down: 4,49 is not 4,5.
            ratio = decimal(int(judged.ratio * 10) / 10)
            raise ValidationError(said % {"colour": colour, "ratio": ratio, "nearest": judged.nearest})
        return colour


class HoursForm(OrganisationForm):
    """When the desk is open, how it is reached, and when an answer is promised."""

    class Meta(OrganisationForm.Meta):
        fields: tuple[str, ...] = ("opens", "closes", "answer_days", "phone", "email")  # type: ignore[assignment]


class AuthorityForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]
    """An authority's name, prefix and archive."""

    class Meta:
        model = Authority
        fields = ("name", "prefix", "archive_creator")
        labels = {"name": _("Myndighet (nämnd)"), "prefix": _("Diariebeteckning"), "archive_creator": _("Arkivbildare")}

    def clean_prefix(self) -> str:
        """Letters only, in capitals."""
        return diary_prefix(str(self.cleaned_data["prefix"]))


class UnitForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]
    """A unit's own words; who is in it is set on the staff's page."""

    class Meta:
        model = Unit
        fields = ("name", "email", "authority")
        labels = {"name": _("Enhetens namn"), "email": _("Gemensam e-post"), "authority": _("Myndighet")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].empty_label = "–"  # type: ignore[attr-defined]


class InviteForm(PlainErrors, forms.Form):
    """Whom to ask in, and what they do."""

    name = forms.CharField(label=_("Namn"), max_length=120, widget=forms.TextInput(attrs=_OFF))
    email = forms.EmailField(
        label=_("E-postadress"),
        max_length=254,
        widget=forms.EmailInput(attrs=_OFF),
        error_messages={"invalid": _("Adressen går inte att skicka till. Så här kan den se ut: namn@exempel.se")},
    )
    role = forms.ChoiceField(label=_("Roll"), choices=ROLES)
    unit = forms.ModelChoiceField(
        label=_("Enhet"), queryset=Unit.objects.all(), required=False, empty_label=_("Ingen enhet")
    )
    title = forms.CharField(label=_("Titel"), max_length=120, required=False, widget=forms.TextInput(attrs=_OFF))


class StaffForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]
    """What a colleague is called and does."""

    role = forms.ChoiceField(label=_("Roll"), choices=ROLES)

    class Meta:
        model = User
        fields = ("name", "title", "role", "unit")
        labels = {"name": _("Namn"), "title": _("Titel"), "unit": _("Enhet")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].empty_label = _("Ingen enhet")  # type: ignore[attr-defined]


class ListForm(forms.Form):
    """A list of staff: a file, or what stands in the box (so that a row can be mended on the page)."""

    file = forms.FileField(
        label=_("Fil (CSV)"), help_text=_("Från Excel: Spara som, CSV. Högst 500 kB."), required=False
    )
    text = forms.CharField(
        label=_("Eller klistra in listan"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", **_OFF}),
    )

    def clean(self) -> dict[str, Any] | None:
        """One of the two."""
        data = super().clean()
        given = data and (data.get("file") or str(data.get("text") or "").strip())
        if not given and "file" not in self.errors:
            self.add_error("file", _("Välj en fil, eller klistra in listan."))
        return data


class AcceptForm(PlainErrors, forms.Form):
    """Who accepts an invitation says what they are called and chooses a password, where passwords open anything."""

    name = forms.CharField(label=_("Ditt namn"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Lösenord"),
        help_text=_("Minst 12 tecken."),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, passwords: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not passwords:
            del self.fields["password"]

    def clean_password(self) -> str:
        """By the same rules as every password here."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class RetentionForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]
    """After how many days what may be disposed of, by which decision."""

    class Meta:
        model = Organisation
        fields = ("trivial_days", "spam_days", "retention_mandate")
        labels = {
            "trivial_days": _("Handlingar av ringa betydelse får gallras efter så många dagar"),
            "spam_days": _("Skräppost får gallras efter så många dagar"),
            "retention_mandate": _("Beslut"),
        }
        help_texts = {
            "trivial_days": _("Tomt: inget är bestämt, och allt sparas."),
            "retention_mandate": _("Gallringsplanen eller beslutet: nummer, datum, paragraf."),
        }

    def clean(self) -> dict[str, Any] | None:
        """No days without a decision, and none that are no days."""
        data = super().clean() or {}
        for name in ("trivial_days", "spam_days"):
            if data.get(name) is not None and not 1 <= data[name] <= 36_500:
                self.add_error(name, _("Minst en dag, och högst hundra år."))
        decided = data.get("trivial_days") is not None or data.get("spam_days") is not None
        if decided and not data.get("retention_mandate") and "retention_mandate" not in self.errors:
            self.add_error("retention_mandate", _("Skriv vilket beslut som gäller. Utan beslut får inget gallras."))
        return data


def _words(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Högst 600 tecken. Det som står först ska gå fort att läsa.")},
    )


class TextsForm(forms.Form):
    """The organisation's own words. Empty: ours."""

    form_sv = _words(_("Först i formuläret"), _("Under löftet om svar. Förvalet är att inget mer står där."))
    form_en = _words(_("Först i formuläret, på engelska"))
    receipt_sv = _words(_("Först på kvittot"), _("Under tacket. Förvalet är att inget mer står där."))
    receipt_en = _words(_("Först på kvittot, på engelska"))
    acknowledgement_sv = _words(
        _("Bekräftelsen på ett mejl börjar så"), _("Förval: Hej! Vi har tagit emot det du skrev.")
    )

    def clean(self) -> dict[str, Any] | None:
        """Line ends as \\n, as everywhere."""
        data = super().clean() or {}
        return {
            key: " ".join(str(text).split()) if key.startswith("ack") else text.strip() for key, text in data.items()
        }


class OfficialAccountForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]
    """An account of the public list."""

    channel = forms.ChoiceField(label=_("Kanal"))
    url = forms.URLField(
        label=_("Länk"),
        help_text=_("Börjar med https://"),
        required=False,
        max_length=200,
        assume_scheme="https",
    )

    class Meta:
        model = OfficialAccount
        fields = ("channel", "name", "handle", "url", "authority", "rules_text")
        labels = {
            "name": _("Vad kontot heter"),
            "handle": _("Adress eller namn i kanalen"),
            "authority": _("Myndighet"),
            "rules_text": _("Så läser och svarar vi"),
        }
        help_texts = {"handle": _("Till exempel @ekevik@social.exempel.se")}
        widgets = {"rules_text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [key for key in CHANNELS if key not in ("web", "csv", "jsonl")]
        self.fields["channel"].choices = [(key, CHANNELS[key].label) for key in kinds]  # type: ignore[attr-defined]
        # The authority that takes what is not addressed to any stands chosen: a line of dashes says nothing.
        chosen: Any = self.fields["authority"]
        chosen.empty_label, chosen.queryset = None, Authority.objects.order_by("-is_default", "place", "name")

    def clean_url(self) -> str:
        """On the web, and nowhere else."""
        url = str(self.cleaned_data.get("url") or "")
        if url and not url.startswith(("https://", "http://")):
            raise ValidationError(_("Länken ska börja med https://"))
        return url

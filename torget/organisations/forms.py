"""What the administrator writes."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from torget.core.forms import PlainErrors
from torget.organisations.models import Authority, ClosedDay, Organisation, Unit, UnitCost, User

SHORT_NAME = _("Det som folk kallar er. Står högst upp på varje sida och framför era svar.")
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def diary_prefix(text: str) -> str:
    """Letters only, in capitals. Errors: ValidationError."""
    if not text.isalpha():
        raise forms.ValidationError(_("Diariebeteckningen består av bokstäver, till exempel KS."))
    return text.upper()


class OrganisationForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """The organisation's own facts."""

    class Meta:
        model = Organisation
        fields = ("name", "short_name", "phone", "email", "opens", "closes", "answer_days", "register_public")
        labels = {
            "name": _("Organisationens namn"),
            "short_name": _("Kort namn"),
            "phone": _("Telefon"),
            "email": _("E-post"),
            "opens": _("Öppnar"),
            "closes": _("Stänger"),
            "answer_days": _("Svar inom så här många arbetsdagar"),
            "register_public": _("Visa det öppna diariet på /diarium/"),
        }
        help_texts = {
            "short_name": SHORT_NAME,
            "answer_days": _("Ankomstdagen räknas inte. Stängda dagar räknas inte."),
            "register_public": _("Namn visas aldrig. Ärendemeningen visas först när ni har bekräftat den."),
        }
        widgets = {
            "opens": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "closes": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean(self) -> dict[str, Any] | None:
        """The desk closes after it opens."""
        data = super().clean()
        if data and data.get("opens") and data.get("closes") and data["opens"] >= data["closes"]:
            self.add_error("closes", _("Stängningstiden måste vara efter öppningstiden."))
        if data and data.get("answer_days") == 0:
            self.add_error("answer_days", _("Minst en arbetsdag."))
        return data


class WorkForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """How answers leave."""

    class Meta:
        model = Organisation
        fields = ("undo_seconds", "needs_approval", "acknowledges")
        labels = {
            "undo_seconds": _("Så många sekunder kan ett svar ångras"),
            "needs_approval": _("En kollega godkänner varje svar och inlägg"),
            "acknowledges": _("Bekräfta mejl som kommer in med ett mejl"),
        }
        help_texts = {
            "undo_seconds": _("Svaret vilar så länge innan det går ut. Oftast räcker 30."),
            "acknowledges": _("Med nummer, när svaret kommer och en länk till kvittot. Aldrig till automatiska mejl."),
        }

    def clean_undo_seconds(self) -> int:
        """Half a minute is what most need; more than ten minutes is a delay, not an undo."""
        seconds = int(self.cleaned_data["undo_seconds"])
        if seconds > 600:
            raise forms.ValidationError(_("Högst 600 sekunder, alltså tio minuter."))
        return seconds


class UnitForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """A unit and who is in it."""

    members = forms.ModelMultipleChoiceField(
        label=_("Vilka som hör till enheten"),
        queryset=User.objects.filter(is_active=True).order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Unit
        fields = ("name", "email")
        labels = {"name": _("Enhetens namn"), "email": _("Gemensam e-post, om det finns")}


class AuthorityForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """A board with its own register."""

    class Meta:
        model = Authority
        fields = ("name", "prefix", "archive_creator")
        labels = {"name": _("Myndighet (nämnd)"), "prefix": _("Diariebeteckning"), "archive_creator": _("Arkivbildare")}
        help_texts = {"prefix": _("Till exempel KS. Den står först i diarienumret.")}

    def clean_prefix(self) -> str:
        """Letters only, in capitals."""
        return diary_prefix(str(self.cleaned_data["prefix"]))


class ClosedDayForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """A day the desk is shut."""

    class Meta:
        model = ClosedDay
        fields = ("day", "reason")
        labels = {"day": _("Dag"), "reason": _("Varför")}
        widgets = {"day": DATE}


class UnitCostForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """An assumption with its range and its source."""

    class Meta:
        model = UnitCost
        fields = ("value", "low", "high", "source", "source_date")
        labels = {
            "value": _("Värde"),
            "low": _("Lägst"),
            "high": _("Högst"),
            "source": _("Källa"),
            "source_date": _("Källans datum"),
        }
        widgets = {"source_date": DATE}

    def clean(self) -> dict[str, Any] | None:
        """The value lies within its range, and all of it is above zero."""
        data = super().clean()
        given = data and all(isinstance(data.get(key), float) for key in ("low", "value", "high"))
        if data and given and not 0 < data["low"] <= data["value"] <= data["high"] < 1e9:
            self.add_error("value", _("Värdet ska ligga mellan lägst och högst, och alla tre vara större än noll."))
        return data


class FirstStartForm(PlainErrors, forms.Form):
    """The one-time code and what Torget must know to begin."""

    code = forms.CharField(label=_("Engångskod"), help_text=_("Den skrevs ut när Torget startade."), max_length=40)
    organisation = forms.CharField(label=_("Organisationens namn"), max_length=120)
    short_name = forms.CharField(label=_("Kort namn"), max_length=40, help_text=SHORT_NAME)
    authority = forms.CharField(label=_("Första myndigheten (nämnden)"), max_length=120, initial=_("Kommunstyrelsen"))
    diary_prefix = forms.CharField(label=_("Diariebeteckning"), max_length=8, initial="KS")
    name = forms.CharField(label=_("Ditt namn"), max_length=120)
    email = forms.EmailField(label=_("Din e-postadress"))
    password = forms.CharField(
        label=_("Lösenord"),
        help_text=_("Minst 12 tecken."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_diary_prefix(self) -> str:
        """As in the settings: letters only, in capitals."""
        return diary_prefix(str(self.cleaned_data["diary_prefix"]))

    def clean_password(self) -> str:
        """By the same rules as every password here."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password

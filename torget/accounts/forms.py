"""What is written about log-in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.accounts import rules, saml
from torget.accounts.models import ROLES, Policy, Provider
from torget.core.forms import PlainErrors
from torget.organisations.models import Unit

FACTORS = [
    (rules.Factor.EVERYONE.value, _("Alla medarbetare")),
    (rules.Factor.ADMINISTRATORS.value, _("Bara administratörer")),
]
OWNS_ADDRESSES = _("Då får den som har samma e-postadress som ett konto här det kontot vid första inloggningen.")


class PolicyForm(PlainErrors, forms.Form):
    """What the organisation asks of those who log in."""

    second_factor = forms.ChoiceField(
        label=_("Vem måste ha en andra faktor?"),
        choices=FACTORS,
        widget=forms.RadioSelect,
        help_text=_(
            "En passkey eller en app med engångskoder. Den som saknar det får ordna det innan nästa sida visas."
        ),
    )
    passwords = forms.BooleanField(
        label=_("Det går att logga in med lösenord"),
        required=False,
        help_text=_("Går att stänga av när inloggning via er egen leverantör fungerar för minst en administratör."),
    )
    saml_owns_addresses = forms.BooleanField(
        label=_("SAML-leverantören är vår egen katalog och bestämmer adresserna"),
        required=False,
        help_text=OWNS_ADDRESSES,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not saml.on():
            del self.fields["saml_owns_addresses"]

    @classmethod
    def of(cls, policy: Policy) -> "PolicyForm":
        """With what holds now."""
        held = ("second_factor", "passwords", "saml_owns_addresses")
        return cls(initial={name: getattr(policy, name) for name in held})


class ProviderForm(PlainErrors, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when run
    """A provider; the secret is written and never shown."""

    # As text: what is wrong with it is said by rules.why_no_issuer, in one place.
    issuer = forms.CharField(
        label=_("Utfärdarens adress (issuer)"),
        max_length=300,
        help_text=_("Så som leverantören skriver den, till exempel https://inloggning.exempel.se"),
    )
    secret = forms.CharField(
        label=_("Klienthemlighet"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Lämna tomt för att behålla den som finns. Den ligger i en fil med Torgets nycklar, inte i databasen."
        ),
    )

    class Meta:
        model = Provider
        fields = (
            "name", "issuer", "client_id", "secret", "scopes", "name_claim", "email_claim", "number_claim",
            "owns_addresses", "has_factor", "on",
        )  # fmt: skip
        labels = {
            "name": _("Vad leverantören heter på knappen"),
            "client_id": _("Klient-id"),
            "scopes": _("Det vi ber om (scope)"),
            "name_claim": _("Uppgift med namnet"),
            "email_claim": _("Uppgift med e-postadressen"),
            "number_claim": _("Uppgift med personnumret"),
            "owns_addresses": _("Leverantören är vår egen katalog och bestämmer adresserna"),
            "has_factor": _("Leverantören frågar själv efter en andra faktor"),
            "on": _("Påslagen"),
        }
        help_texts = {
            "owns_addresses": OWNS_ADDRESSES,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unused = (
            ("email_claim", "owns_addresses", "has_factor")
            if self.instance.purpose == rules.Purpose.RESIDENTS
            else ("number_claim",)
        )
        for name in unused:
            del self.fields[name]

    def clean_scopes(self) -> str:
        """`openid` is always asked for."""
        scopes = str(self.cleaned_data["scopes"]).split()
        return " ".join(dict.fromkeys(["openid", *scopes]))


class RoleRuleForm(PlainErrors, forms.Form):
    """A row of the table; an empty one is none."""

    claim = forms.CharField(label=_("Uppgift (claim)"), required=False, max_length=120)
    value = forms.CharField(label=_("Värde"), required=False, max_length=200)
    role = forms.ChoiceField(label=_("Roll"), required=False, choices=[("", "–"), *ROLES])
    unit = forms.ModelChoiceField(
        label=_("Enhet"), required=False, queryset=Unit.objects.order_by("name"), empty_label="–"
    )

    def clean(self) -> dict[str, Any] | None:
        """All three, or nothing."""
        data = super().clean() or {}
        given = [bool(str(data.get(name) or "").strip()) for name in ("claim", "value", "role")]
        if any(given) and not all(given):
            raise forms.ValidationError(_("Skriv uppgift, värde och roll, eller lämna hela raden tom."))
        return data


class AddressForm(PlainErrors, forms.Form):
    """The address that somebody has written with."""

    email = forms.EmailField(
        label=_("Din e-postadress"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Adressen ser inte hel ut. Så här kan den se ut: namn@exempel.se")},
    )

"""What an administrator fills in to connect a channel. Each form gives the parts of a connection; see channels/live.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torget.channels import outside
from torget.channels.mastodonserver import server_address
from torget.core.forms import PlainErrors
from torget.organisations.models import Authority

_LATIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
_TLS = [
    ("tls", _("Krypterad från början (TLS)")),
    ("starttls", _("Krypteras efter hälsningen (STARTTLS)")),
    ("none", _("Okrypterad, bara inom egen maskin")),
]
ADDRESS_REFUSED = {
    "not_web": _("Adressen ska börja med https:// eller http://. Så här kan den se ut: https://exempel.se"),
    "has_password": _("Adressen innehåller ett lösenord. Skriv den utan."),
    "inside": _("Adressen leder in i vårt eget nät. Bara adresser på det öppna nätet går att ansluta."),
    "no_such_host": _("Vi hittar ingen server med det namnet. Kontrollera stavningen."),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """A connection as it was filled in."""

    channel: str
    handle: str
    name: str
    authority: int
    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def check_address(url: str) -> str:
    """The address, when it may be asked. Errors: ValidationError in plain words."""
    if why := outside.why_not(url):
        raise forms.ValidationError(ADDRESS_REFUSED[why], code=why)
    return url


class ConnectForm(PlainErrors, forms.Form):
    """What all channels ask. `secrets` are those of the account that is connected again, or of the try that went wrong just
    now: an empty password keeps them."""

    channel = ""
    # Questions that most never need, unfolded on demand.
    seldom: tuple[str, ...] = ()

    def __init__(self, *args: Any, secrets: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secrets = dict(secrets or {})
        self.fields["name"] = forms.CharField(
            label=_("Vad vi kallar kontot"),
            help_text=_("Visas vid disken. Tomt: adressen."),
            max_length=200,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["authority"] = forms.ModelChoiceField(
            label=_("Myndighet"),
            help_text=_("Det som kommer in hamnar i den myndighetens diarium."),
            queryset=Authority.objects.order_by("-is_default", "prefix"),
            empty_label=None,
        )
        self.fields["authority"].error_messages["required"] = _("Välj en myndighet.")
        if self.secrets and "password" in self.fields:
            self.fields["password"].required = False
            self.fields["password"].help_text = _("Lämna tomt för att behålla det lösenord som finns.")

    def often(self) -> list[forms.BoundField]:
        """The questions that everyone meets."""
        return [field for field in self if field.name not in self.seldom]

    def rarely(self) -> list[forms.BoundField]:
        """The others."""
        return [self[name] for name in self.seldom]

    def parts(self) -> Parts:
        """What was filled in, after `is_valid`."""
        data = self.cleaned_data
        handle = self.handle()
        return Parts(
            self.channel, handle, data.get("name") or handle, data["authority"].pk, self.settings(), self.keys()
        )

    def handle(self) -> str:
        """Whom the account is there."""
        return str(self.cleaned_data["handle"])

    def settings(self) -> dict[str, Any]:
        """How it is reached."""
        return {}

    def keys(self) -> dict[str, str]:
        """Its secrets: those that were filled in, over those that are kept. Also of a form that is not valid."""
        password = str(self.cleaned_data.get("password") or "")
        # Tokens that an older password led to go with it.
        return {"password": password} if password else dict(self.secrets)


def _secret(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=500, strip=False, widget=widget
    )


def _line(label: Any, help_text: Any = "", *, required: bool = False, initial: str = "") -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        initial=initial,
        max_length=250,
        widget=forms.TextInput(attrs=_LATIN),
    )


def _port(label: Any, usual: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        initial=usual,
        min_value=1,
        max_value=65535,
        error_messages={"invalid": _("Porten är ett tal mellan 1 och 65535.")},
    )


class MailForm(ConnectForm):
    """A mailbox: how its mail is fetched and how answers leave. The names are those of channels/maillive.py."""

    channel = "mail"
    seldom = (
        "user", "folder", "junk_folder", "sent_folder", "smtp_login", "smtp_user", "smtp_password", "backfill_days",
        "authserv", "ca",
    )  # fmt: skip

    address = forms.EmailField(
        label=_("E-postadress"),
        help_text=_("Den adress som folk skriver till och som svaren kommer från."),
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": _("Adressen går inte att skicka till. Så här kan den se ut: namn@exempel.se")},
    )
    password = _secret(_("Lösenord till brevlådan"), _("Sparas i en egen fil, aldrig i databasen."))
    host = _line(_("Server för inkommande post (IMAP)"), _("Till exempel imap.exempel.se"), required=True)
    tls = forms.ChoiceField(label=_("Kryptering in"), choices=_TLS, initial="tls")
    port = _port(_("Port in"), 993)
    smtp_host = _line(_("Server för utgående post (SMTP)"), _("Till exempel smtp.exempel.se"), required=True)
    smtp_tls = forms.ChoiceField(label=_("Kryptering ut"), choices=_TLS, initial="starttls")
    smtp_port = _port(_("Port ut"), 587)
    user = _line(_("Användarnamn"), _("Tomt: e-postadressen."))
    folder = _line(_("Mapp att hämta från"), initial="INBOX")
    junk_folder = _line(_("Mapp för skräppost"), _("Hämtas till en egen kö, så att ingen fråga fastnar där."))
    sent_folder = _line(_("Mapp för skickat"), _("Svaren läggs även där."))
    smtp_login = forms.ChoiceField(
        label=_("Inloggning för utgående post"),
        choices=[
            ("same", _("Samma som för inkommande")),
            ("own", _("Eget användarnamn och lösenord")),
            ("none", _("Ingen inloggning")),
        ],
        initial="same",
    )
    smtp_user = _line(_("Användarnamn för utgående post"))
    smtp_password = _secret(_("Lösenord för utgående post"), required=False)
    backfill_days = forms.IntegerField(
        label=_("Hämta mejl så många dagar bakåt första gången"), initial=30, min_value=0, max_value=3650
    )
    authserv = _line(
        _("Namn på den server som prövar avsändare"),
        _("Det namn som står först i raden Authentication-Results. Tomt: serverns eget."),
    )
    ca = forms.CharField(
        label=_("Eget rotcertifikat (PEM)"),
        help_text=_("Bara om er server har ett certifikat som ni har skrivit under själva."),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, **_LATIN}),
    )

    def handle(self) -> str:
        """The address in lower case."""
        return str(self.cleaned_data["address"]).lower()

    def clean(self) -> dict[str, Any] | None:
        """An own log-in for outgoing mail has a name; without encryption only this machine is reached."""
        data = super().clean() or {}
        if data.get("smtp_login") == "own" and not data.get("smtp_user"):
            self.add_error("smtp_user", _("Skriv användarnamnet, eller välj en annan inloggning."))
        for tls, host in (("tls", "host"), ("smtp_tls", "smtp_host")):
            name = str(data.get(host) or "")
            if data.get(tls) == "none" and name and name not in ("localhost", "127.0.0.1", "::1"):
                self.add_error(tls, _("Utan kryptering kan andra läsa lösenordet. Välj TLS eller STARTTLS."))
        return data

    def keys(self) -> dict[str, str]:
        """Its passwords; one for outgoing mail only where that has a log-in of its own."""
        found = super().keys()
        outgoing = str(self.cleaned_data.get("smtp_password") or "") or self.secrets.get("smtp_password", "")
        found.pop("smtp_password", None)
        own = self.cleaned_data.get("smtp_login") == "own" and outgoing
        return found | ({"smtp_password": outgoing} if own else {})

    def settings(self) -> dict[str, Any]:
        """As channels/maillive.py reads them; what was left empty is left out."""
        data = self.cleaned_data
        names = ("host", "port", "tls", "user", "folder", "junk_folder", "sent_folder", "smtp_host", "smtp_port")
        more = ("smtp_tls", "address", "authserv", "backfill_days", "ca")
        found = {name: data[name] for name in names + more if data.get(name) not in (None, "")}
        if data["smtp_login"] == "own":
            found["smtp_user"] = data["smtp_user"]
        elif data["smtp_login"] == "none":
            found["smtp_user"] = ""
        return found


class MastodonForm(ConnectForm):
    """The server; the rest is asked of it."""

    channel = "mastodon"
    server = _line(
        _("Er Mastodon-server"), _("Till exempel mastodon.exempel.se, eller adressen till er profil."), required=True
    )

    def clean_server(self) -> str:
        """The server's address. Errors: in plain words."""
        return check_address(server_address(self.cleaned_data["server"]))

    def handle(self) -> str:
        """Not known until the server has said it."""
        return ""

    def settings(self) -> dict[str, Any]:
        """The server."""
        return {"server": self.cleaned_data["server"]}


class BlueskyForm(ConnectForm):
    """A handle with an app password."""

    channel = "bluesky"
    seldom = ("service",)
    handle_name = _line(_("Kontots namn"), _("Till exempel ekevik.bsky.social"), required=True)
    password = _secret(
        _("Applösenord"), _("Görs på Bluesky under Inställningar, Applösenord. Inte ert vanliga lösenord.")
    )
    service = _line(_("Server"), _("Ändra bara om ni har en egen."), initial="https://bsky.social")

    def clean_handle_name(self) -> str:
        """Without @, in lower case."""
        return str(self.cleaned_data["handle_name"]).strip().lstrip("@").lower()

    def clean_service(self) -> str:
        """The server's address. Errors: in plain words."""
        given = str(self.cleaned_data["service"] or "https://bsky.social")
        return check_address(server_address(given))

    def handle(self) -> str:
        """The handle."""
        return str(self.cleaned_data["handle_name"])

    def settings(self) -> dict[str, Any]:
        """The server."""
        return {"service": self.cleaned_data["service"]}


class FeedForm(ConnectForm):
    """The address of a feed, or of a page that names one."""

    channel = "feed"
    seldom = ("user", "password")
    url = forms.CharField(
        label=_("Flödets adress"),
        help_text=_("RSS, Atom eller JSON Feed. Till exempel https://exempel.se/nyheter.rss"),
        max_length=200,
        widget=forms.URLInput(attrs=_LATIN),
    )
    words = _line(_("Bara inlägg som nämner"), _("Ord eller namn med komma emellan. Tomt: alla inlägg."))
    user = _line(_("Användarnamn"), _("Bara för ett flöde bakom lösenord."))
    password = _secret(_("Lösenord"), required=False)

    def clean_url(self) -> str:
        """The address. Errors: in plain words."""
        return check_address(str(self.cleaned_data["url"]).strip())

    def handle(self) -> str:
        """The address itself."""
        return str(self.cleaned_data["url"])

    def settings(self) -> dict[str, Any]:
        """The address, and the words by which an entry is about us."""
        words = [word.strip() for word in str(self.cleaned_data["words"]).split(",") if word.strip()]
        return {"url": self.cleaned_data["url"]} | ({"words": words} if words else {})

    def keys(self) -> dict[str, str]:
        """Name and password, where the feed asks for them; what the channel made for itself stays."""
        user = {"user": str(self.cleaned_data["user"])} if self.cleaned_data.get("user") else {}
        password = str(self.cleaned_data.get("password") or "")
        return self.secrets | user | ({"password": password} if password else {})


class CodeForm(PlainErrors, forms.Form):
    """The code that a server shows when it cannot lead back to us."""

    code = forms.CharField(label=_("Koden från servern"), max_length=500, widget=forms.TextInput(attrs=_LATIN))


FORMS: dict[str, type[ConnectForm]] = {form.channel: form for form in (MailForm, MastodonForm, BlueskyForm, FeedForm)}

"""What allauth asks of us: who may log in how, and what is written down of it."""

from ipaddress import ip_address
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from torget.accounts import actions, rules
from torget.accounts.actions.letters import tell_new_device
from torget.accounts.models import Policy
from torget.organisations.accounts import StaffOnly
from torget.organisations.models import User

COOKIE = "torget-enhet"
COOKIE_AGE = 365 * 24 * 3600


def address_of(request: HttpRequest) -> str | None:
    """From where a request comes, as the server saw it (behind a proxy: what uvicorn makes of its header)."""
    try:
        return str(ip_address(str(request.META.get("REMOTE_ADDR", ""))))[:45]
    except ValueError:
        return None


def device(request: HttpRequest) -> str:
    """The device of a request, the same in all languages: `Chrome, Windows`; nothing where it does not say."""
    browser, system = rules.device(request.META.get("HTTP_USER_AGENT", ""))
    return ", ".join(part for part in (browser, system) if part)


def where(request: HttpRequest) -> str:
    """The device of a request in words, for who is told of it now."""
    return device(request) or _("okänd enhet")


def way_of(request: HttpRequest, user: User) -> str:
    """By what somebody has logged in: `password`, `passkey`, `oidc`, `saml`, with `+totp` where a code was asked for."""
    ways = []
    for record in get_authentication_records(request, user):
        method = str(record.get("method", ""))
        if method == "mfa":
            method = "passkey" if record.get("passwordless") else str(record.get("type", "mfa"))
        if method and method not in ways:
            ways.append(method)
    return "+".join(ways)[:20]


class Accounts(StaffOnly):
    """The staff's accounts, with policy, log and notices."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Passwords open nothing where the organisation has turned them off; else allauth counts the tries."""
        if not Policy.current().passwords:
            raise ValidationError(_("Här loggar man inte in med lösenord. Använd knappen för inloggning i stället."))
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down that somebody could not log in; an address that is nobody's is not kept: it may be a password."""
        user = User.objects.filter(email__iexact=str(credentials.get("email", ""))[:254]).first()
        actions.note("staff.log_in_failed", user=user, detail=device(request), address=address_of(request))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Write down the log-in, and tell the owner when the browser is a new one."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        actions.note(
            "staff.logged_in", user=user, detail=f"{device(request)} · {way_of(request, user)}",
            address=address_of(request),
        )  # fmt: skip
        token, fresh = actions.note_device(user, request.COOKIES.get(COOKIE, ""))
        if fresh:
            tell_new_device(user, where(request))
        response.set_cookie(
            COOKIE, token, max_age=COOKIE_AGE, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
        return response

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of who has nothing here to show it by: they log in at their provider."""
        from allauth.core import context

        user: Any = context.request.user if context.request is not None else None
        known = user is not None and user.is_authenticated
        if known and not user.has_usable_password() and not user.authenticator_set.exists():
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

"""Log-in by a provider: out to it and back again, for staff; and back again for a resident who shows who they are."""

import logging
from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from torget.accounts import actions, oidc, rules, sealing, words
from torget.accounts.adapter import address_of
from torget.accounts.models import Handshake, Provider
from torget.core.access import no_store, public
from torget.core.errors import Refused
from torget.core.limits import Limit
from torget.organisations.models import User

log = logging.getLogger("torget.accounts")
COOKIE = "torget-legitimering"
SALT = "accounts.handshake"
starts, returns = Limit("log-in-start"), Limit("log-in-return")
STARTS_A_MINUTE, RETURNS_A_MINUTE = 30, 60


def keep_browser(response: HttpResponse, browser: str, back: str = "") -> HttpResponse:
    """Let the browser keep what shows that it is the one that went; ten minutes, and only for the way back."""
    response.set_cookie(
        COOKIE,
        signing.dumps({"b": browser, "to": back}, salt=SALT),
        max_age=int(rules.HANDSHAKE.total_seconds()),
        path="/konto/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def kept(request: HttpRequest) -> tuple[str, str]:
    """What the browser kept: its token, and where it came from. ("", "") where there is nothing good."""
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=rules.HANDSHAKE)
        return str(held["b"]), str(held["to"])
    except (signing.BadSignature, KeyError, TypeError):
        return "", ""


def failed(request: HttpRequest, code: str, *, back: str = "") -> HttpResponse:
    """The page that says that it did not work, and what to do; it tells outsiders nothing of why a token was refused."""
    log.warning("login.provider_refused reason=%s", code)
    # What the browser keeps stays: another site must not be able to spoil a log-in that is under way.
    said = words.ENTERING.get(code, words.NOT_IDENTIFIED if back else words.FAILED)
    return render(request, "accounts/failed.html", {"said": said, "back": back}, status=400)


def following(request: HttpRequest) -> str:
    """Where to go after log-in: a page of ours or nothing."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted[:500] if safe else ""


def busy(request: HttpRequest, *, coming_back: bool = False) -> HttpResponse | None:
    """The answer to who comes too often: nobody fills the journal with refusals, or has us check signatures without end."""
    limit, most = (returns, RETURNS_A_MINUTE) if coming_back else (starts, STARTS_A_MINUTE)
    if limit.allowed(request.META.get("REMOTE_ADDR", ""), most):
        return None
    return render(request, "accounts/failed.html", {"said": words.BUSY, "back": ""}, status=429)


@public("there is nothing here: which address is whose, administrators and the provider decide")
def nowhere(request: HttpRequest) -> HttpResponseBase:
    """404, in the place of what would let staff give themselves any address."""
    raise Http404


@public("whoever wants to log in by the organisation's provider is sent there")
@require_safe
def start(request: HttpRequest) -> HttpResponseBase:
    """`/konto/oidc/`: out to the staff's provider."""
    provider = Provider.of(rules.Purpose.STAFF)
    if provider is None:
        raise Http404
    if (answer := busy(request)) is not None:
        return answer
    try:
        begun = actions.begin(provider, following=following(request))
    except Refused as refused:
        return failed(request, refused.code)
    return keep_browser(no_store(redirect(begun.address)), begun.browser)  # type: ignore[arg-type]


@public("whoever comes back from a provider; what they bring is checked")
@require_safe
def back(request: HttpRequest) -> HttpResponseBase:
    """`/konto/oidc/klart/`: back from a provider, to log in, or to the receipt that asked who one is."""
    if (answer := busy(request, coming_back=True)) is not None:
        return answer
    browser, came_from = kept(request)
    state = request.GET.get("state", "")
    try:
        found = actions.finish(state, browser)
        if found.provider is None or not found.provider.on:
            raise Refused("no_handshake")
        if request.GET.get("error"):
            raise Refused("cancelled" if request.GET["error"] == "access_denied" else "provider_error")
        # RFC 9207: where the provider says who it is, it is the one we went to.
        if request.GET.get("iss", found.provider.issuer) != found.provider.issuer:
            raise Refused("other_issuer")
        claims = oidc.exchange(
            actions.party_of(found.provider),
            code=request.GET.get("code", ""),
            verifier=sealing.derived("verifier", state),
            nonce=sealing.derived("nonce", state),
        )
        if found.asking is not None:
            return _identified(found, claims, came_from)
        return log_in(request, found, claims, provider=found.provider)
    except Refused as refused:
        note_refused(request, refused.code, refused.code)
        return failed(request, refused.code, back=came_from)


def note_refused(request: HttpRequest, code: str, detail: str) -> None:
    """Write down that somebody was not let in. An address that anybody made up began nothing here, and is nobody."""
    if code != "no_handshake":
        actions.note("staff.provider_refused", user=None, detail=detail[:200], address=address_of(request))


def _identified(found: Handshake, claims: Mapping[str, Any], came_from: str) -> HttpResponse:
    if found.asking is None or found.provider is None:
        raise Refused("no_handshake")
    actions.give_identity(found.asking, claims, provider=found.provider)
    response = redirect(came_from or "/")
    response.delete_cookie(COOKIE, path="/konto/")
    return response


def log_in(request: HttpRequest, found: Handshake, claims: Mapping[str, Any], *, provider: Provider) -> HttpResponse:
    """Log in whoever has these claims; what allauth asks further (a code, a key) it asks. Errors: those of `arrive`."""
    user = actions.arrive(
        claims,
        issuer=provider.issuer,
        name_claim=provider.name_claim,
        email_claim=provider.email_claim,
        trusts_address=provider.owns_addresses,
    )
    return enter(request, user, "oidc", found.following)


def enter(request: HttpRequest, user: User, way: str, after: str) -> HttpResponse:
    """Hand an account over to allauth's log-in, with its stages and its log."""
    record_authentication(request, user, way)
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=after or None)
    response.delete_cookie(COOKIE, path="/konto/")
    return response

"""Going to a provider and coming back: once, within ten minutes, in the browser that went."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from torget.accounts import oidc, rules, sealing
from torget.accounts.models import Handshake, IdentityRequest, Provider
from torget.core import clock
from torget.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, what the provider gives back, and what the browser keeps meanwhile."""

    address: str
    state: str
    browser: str


def redirect_address() -> str:
    """Where a provider sends people back to; its own settings have to name it."""
    return f"{settings.TORGET_URL}/konto/oidc/klart/"


def party(provider: Provider) -> oidc.Party:
    """What we are to a provider. Errors: Refused("key_broken")."""
    return oidc.Party(
        issuer=provider.issuer,
        client_id=provider.client_id,
        secret=sealing.secret_of(provider.pk),
        scopes=provider.scopes,
        redirect=redirect_address(),
    )


def begin(
    provider: Provider | None, *, following: str = "", asking: IdentityRequest | None = None, state: str = ""
) -> Begun:
    """Begin a handshake. Without a provider it is for SAML: `state` is the id of its request, and the address known there.

    Errors: those of `oidc.discover`.
    """
    state, browser = state or secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    address = ""
    if provider is not None:
        address = oidc.address(
            party(provider),
            state=state,
            nonce=sealing.derived("nonce", state),
            verifier=sealing.derived("verifier", state),
        )
    Handshake.objects.create(
        state_hash=sealing.hash_of(state),
        browser_hash=sealing.hash_of(browser),
        provider=provider,
        asking=asking,
        following=following[:500],
        made_at=clock.now(),
    )
    return Begun(address, state, browser)


@transaction.atomic
def finish(state: str, browser: str | None) -> Handshake:
    """The handshake that somebody comes back from; it is used up by that.

    `browser`: what the browser kept; None where that is asked later (the POST of SAML carries no cookie).
    Errors: Refused("no_handshake" | "used" | "late" | "other_browser").
    """
    found = Handshake.objects.select_for_update(of=("self",)).filter(state_hash=sealing.hash_of(state)).first()
    if found is None:
        raise Refused("no_handshake")
    if browser is not None and found.browser_hash != sealing.hash_of(browser):
        raise Refused("other_browser")
    if clock.now() - found.made_at > rules.HANDSHAKE:
        raise Refused("late")
    if not Handshake.objects.filter(pk=found.pk, used_at__isnull=True).update(used_at=clock.now()):
        raise Refused("used")
    return found


def keep_arrived(state: str, told: str) -> None:
    """Keep what a SAML answer said, sealed, until the browser comes for it. Errors: those of `finish`."""
    with transaction.atomic():
        found = finish(state, None)
        Handshake.objects.filter(pk=found.pk).update(arrived=sealing.seal(told))


@transaction.atomic
def take_arrived(state: str, browser: str) -> tuple[Handshake, str]:
    """What the answer said, for the browser that went, once. Errors: those of `finish`."""
    found = Handshake.objects.select_for_update(of=("self",)).filter(state_hash=sealing.hash_of(state)).first()
    if found is None:
        raise Refused("no_handshake")
    if found.browser_hash != sealing.hash_of(browser):
        raise Refused("other_browser")
    if clock.now() - found.made_at > rules.HANDSHAKE:
        raise Refused("late")
    told = found.arrived
    if told is None or not Handshake.objects.filter(pk=found.pk, arrived__isnull=False).update(arrived=None):
        raise Refused("used")
    return found, sealing.unseal(told)


def sweep_handshakes() -> int:
    """Worker's job: take away what nobody can come back from any more. Returns how many."""
    return Handshake.objects.filter(made_at__lt=clock.now() - 6 * rules.HANDSHAKE).delete()[0]

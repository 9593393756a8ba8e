"""What Django and allauth tell of: log-ins that begin and end, factors and passwords that change."""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from torget.accounts import actions
from torget.accounts.adapter import address_of, device, way_of
from torget.accounts.models import Session
from torget.organisations.models import User


def _logged_in(request: HttpRequest, user: User, **_: Any) -> None:
    actions.begin_session(request, user, way_of(request, user))


def _logged_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    key = request.session.session_key if request is not None and hasattr(request, "session") else None
    if user is not None and key and Session.objects.filter(key=key).delete()[0]:
        actions.note("staff.logged_out", user=user)


def _password(request: HttpRequest | None, user: User, **_: Any) -> None:
    actions.note("staff.password_changed", user=user, address=address_of(request) if request else None)
    # Django lets no other session of the account in from now on; their rows go too.
    actions.end_others(user, but=request.session.session_key if request is not None else None)


def _added(user: User, authenticator: Any, **_: Any) -> None:
    actions.note("staff.factor_added", user=user, detail=str(authenticator.type))


def _removed(user: User, authenticator: Any, **_: Any) -> None:
    actions.note("staff.factor_removed", user=user, detail=str(authenticator.type))


def _reset(user: User, authenticator: Any, **_: Any) -> None:
    actions.note("staff.codes_renewed", user=user)


def _failed(request: HttpRequest, user: User, authenticator: Any = None, **_: Any) -> None:
    actions.note("staff.factor_failed", user=user, detail=device(request), address=address_of(request))


def listen() -> None:
    """Connect; called once when the process starts."""
    pairs = (
        (user_logged_in, _logged_in), (user_logged_out, _logged_out), (password_changed, _password),
        (password_reset, _password), (authenticator_added, _added), (authenticator_removed, _removed),
        (authenticator_reset, _reset), (authentication_failed, _failed),
    )  # fmt: skip
    for signal, heard in pairs:
        signal.connect(heard, weak=False, dispatch_uid=f"torget.accounts.{heard.__name__}.{id(signal)}")

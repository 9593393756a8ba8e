"""Log-ins that last: they begin, are seen, and end by time, by their owner, by an administrator, by a change of the account.

Time here is the machine's own, as for the sessions of Django that it is about, never a time that a demo has set.
"""

import secrets
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from torget.accounts import rules, sealing
from torget.accounts.actions.auditing import note
from torget.accounts.models import Device, Event, Session
from torget.organisations.models import User

KEY = "log_in"
"""Under which the session itself says when it began, so that no page asks the database for it."""
SEEN_EVERY = 60.0
MOST_DEVICES = 20


def _limits() -> tuple[timedelta, timedelta]:
    return (
        timedelta(minutes=settings.TORGET_SESSION_IDLE_MINUTES),
        timedelta(hours=settings.TORGET_SESSION_HOURS),
    )


def begin_session(request: HttpRequest, user: User, method: str = "") -> None:
    """Note a log-in that begins, or one that goes on under a new key."""
    session: SessionBase = request.session
    if not session.session_key:
        session.create()
    now = timezone.now()
    key = str(session.session_key)
    if known := session.get(KEY):
        Session.objects.filter(key=known["key"]).delete()
    browser, system = rules.device(request.META.get("HTTP_USER_AGENT", ""))
    Session.objects.update_or_create(
        key=key,
        defaults={
            "user": user, "browser": browser, "system": system, "method": method, "began_at": now, "seen_at": now,
            "stamp": _stamp(user),
        },
    )  # fmt: skip
    session[KEY] = {"key": key, "began": now.timestamp(), "seen": now.timestamp()}


def _stamp(user: User) -> str:
    return user.get_session_auth_hash()[:16]


def touch(request: HttpRequest) -> str:
    """Note that somebody is here, once a minute; why the log-in has ended ("idle", "absolute"), "" while it lasts.

    It asks the database nothing: what it has to know lies in the session.
    """
    if not hasattr(request, "session"):
        return ""
    held: dict[str, Any] | None = request.session.get(KEY)
    if held is None:
        # Begun before there was a limit.
        begin_session(request, request.user)  # type: ignore[arg-type]
        return ""
    now, (idle, absolute) = timezone.now(), _limits()
    began, seen = (datetime.fromtimestamp(float(held[name]), UTC) for name in ("began", "seen"))
    if why := rules.why_ended(began=began, seen=seen, now=now, idle=idle, absolute=absolute):
        Session.objects.filter(key=held["key"]).delete()
        logout(request)
        return why
    if request.headers.get("X-Torget-Live"):
        # The open page fetched itself anew (live.js): that nobody is there goes on being so.
        return ""
    key = request.session.session_key
    if key != held["key"] or now.timestamp() - float(held["seen"]) >= SEEN_EVERY:
        # The key changes with the password; the log-in is the same.
        changed = Session.objects.filter(key=held["key"]).update(
            key=key,
            seen_at=now,
            stamp=_stamp(request.user),  # type: ignore[arg-type]
        )
        request.session[KEY] = held | {"key": key, "seen": now.timestamp()}
        if not changed:
            begin_session(request, request.user)  # type: ignore[arg-type]
    return ""


def _end(keys: list[str]) -> int:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in keys:
        store(key).delete()
    Session.objects.filter(key__in=keys).delete()
    return len(keys)


@transaction.atomic
def end_one(session: Session, *, by: User) -> None:
    """End a log-in, one's own or a colleague's."""
    _end([session.key])
    note("staff.session_ended", user=session.user, by=by if by.pk != session.user_id else None)


@transaction.atomic
def end_others(user: User, *, but: str | None) -> int:
    """End all log-ins of one's own but the one that asks for it. Returns how many."""
    ended = _end(list(user.log_ins.exclude(key=but or "").values_list("key", flat=True)))
    if ended:
        note("staff.sessions_ended", user=user, detail=str(ended))
    return ended


@transaction.atomic
def end_all(user: User, *, by: User | None = None, kind: str = "staff.sessions_ended") -> int:
    """End all log-ins of an account, and let none of its browsers be known. Returns how many."""
    ended = _end(list(user.log_ins.values_list("key", flat=True)))
    user.devices.all().delete()
    note(kind, user=user, by=by, detail=str(ended))
    return ended


def note_device(user: User, token: str) -> tuple[str, bool]:
    """Know a browser again by its cookie: the token it is to keep, and whether it is a new one that its owner is told of.

    The first browser of an account is nobody's surprise; the first after all of them were thrown out is.
    """
    known = Device.objects.filter(user=user, token_hash=sealing.hash_of(token)).first() if token else None
    if known is not None:
        Device.objects.filter(pk=known.pk).update(seen_at=timezone.now())
        return token, False
    thrown_out = Event.objects.filter(user=user, kind__in=("staff.not_me", "staff.sessions_ended"))
    first = not (Device.objects.filter(user=user).exists() or thrown_out.exists())
    token = secrets.token_urlsafe(24)
    Device.objects.create(user=user, token_hash=sealing.hash_of(token), seen_at=timezone.now())
    kept = Device.objects.filter(user=user).order_by("-seen_at").values_list("pk", flat=True)[:MOST_DEVICES]
    Device.objects.filter(user=user).exclude(pk__in=list(kept)).delete()
    return token, not first


def sweep_sessions(limit: int = 500) -> int:
    """Worker's job: end what has come to its end without anybody looking. Returns how many."""
    now, (idle, absolute) = timezone.now(), _limits()
    past = Q(user__is_active=False)
    if idle:
        # The row is brought up to date once a minute.
        past |= Q(seen_at__lte=now - idle - timedelta(seconds=SEEN_EVERY))
    if absolute:
        past |= Q(began_at__lte=now - absolute)
    done = _end(list(Session.objects.filter(past).values_list("key", flat=True)[:limit]))
    changed = [
        row.key
        for row in Session.objects.select_related("user").order_by("seen_at")[:limit]
        if row.stamp and row.stamp != _stamp(row.user)
    ]
    return done + _end(changed)

"""Whether this process may be sent people: small parts that modules add, each one cheap statement at most."""

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from torget.core import clock

SILENT = timedelta(seconds=60)
LOW = 500_000_000
"""Bytes free under which an upload may be refused (as the doctor's)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part, whether it is well, and figures about it: no names, no paths, nothing of content."""

    name: str
    ok: bool
    figures: dict[str, int] = field(default_factory=dict)


draining = threading.Event()
"""Set when the process has been told to stop: it answers what comes, and asks not to be sent more."""

_parts: list[Callable[[], Iterable[Part]]] = []


def register(part: Callable[[], Iterable[Part]]) -> None:
    """Add a part; called in `AppConfig.ready()`. It is asked every few seconds: one row by an index, no count."""
    if part not in _parts:
        _parts.append(part)


def look() -> list[Part]:
    """All parts: database, worker, disk, and what modules add. Where the database is gone the rest of them are not known."""
    from torget.core.models import Heartbeat

    found = [_disk(), Part("accepting", not draining.is_set())]
    try:
        beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
        more = [part for ask in _parts for part in ask()]
    except (DatabaseError, InterfaceError, OSError):
        return [Part("database", False), Part("worker", False), *found]
    age = round((clock.now() - beat).total_seconds()) if beat else -1
    # A beat ahead of us is a clock that went back: nobody knows then whether the worker lives.
    alive = beat is not None and abs(clock.now() - beat) < SILENT
    return [Part("database", True), Part("worker", alive, {"age_seconds": age}), *found, *more]


def ready() -> bool:
    """Whether a proxy may send people to this very process: it is not about to stop, and it reaches the database.

    What all processes share (a worker, the journal) is not asked: a proxy that finds nobody well sends nobody anywhere.
    """
    if draining.is_set():
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def _disk() -> Part:
    try:
        disk = os.statvfs(settings.TORGET_HOME)
        free = disk.f_bavail * disk.f_frsize
        return Part("disk", free > LOW and (not disk.f_files or disk.f_favail > 1000), {"free_mb": free // 1_000_000})
    except OSError:
        return Part("disk", False)

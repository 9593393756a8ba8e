"""Checks of the installation; each module adds those that it knows, and each says what to do when it fails."""

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from torget.core import clock


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is right, what was seen, and the remedy where it is not."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


checks: dict[str, Callable[[], Iterable[Check]]] = {}


def register(name: str, check: Callable[[], Iterable[Check]]) -> None:
    """Add checks; called in `AppConfig.ready()`."""
    checks[name] = check


def examine() -> list[Check]:
    """Run every check. One that itself fails counts as failed, with the kind of error."""
    found: list[Check] = []
    for name, check in {"core": _core, **checks}.items():
        try:
            found.extend(check())
        except Exception as error:
            found.append(Check(name, False, f"kontrollen avbröts: {type(error).__name__}", "Se loggen."))
    return found


def _core() -> Iterable[Check]:
    yield _database()
    yield from _folders()
    yield _mail()
    yield _clock()


def _database() -> Check:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        return Check(
            "databas",
            False,
            f"svarar inte ({type(error).__name__})",
            "Kontrollera DATABASE_URL och att databasen är igång.",
        )
    if behind:
        return Check(
            "databas", False, f"{len(behind)} ändringar är inte införda", "Kör torget run, eller torget manage migrate."
        )
    return Check("databas", True, f"{connection.vendor}, alla ändringar införda")


def _folders() -> Iterable[Check]:
    home = settings.TORGET_HOME
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".skrivprov"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        yield Check("mapp", False, f"{home}: {error.strerror}", "Ge Torgets användare skrivrätt till TORGET_HOME.")
        return
    free = shutil.disk_usage(home).free
    yield Check(
        "mapp",
        free > 500_000_000,
        f"{home}, {free // 1_000_000} MB ledigt",
        "" if free > 500_000_000 else "Frigör utrymme: under 500 MB kan bilagor nekas.",
    )
    keys = home / "keys"
    is_open = keys.exists() and any(path.stat().st_mode & 0o077 for path in keys.iterdir())
    yield Check(
        "nycklar", not is_open, str(keys), "Andra kan läsa nycklarna. Kör chmod 600 på filerna." if is_open else ""
    )


def _mail() -> Check:
    if not settings.TORGET_MAIL_HOST:
        return Check("e-post", True, f"skrivs till mappen {settings.MAIL_FOLDER} (TORGET_MAIL_HOST är inte satt)")
    server = f"{settings.TORGET_MAIL_HOST}:{settings.TORGET_MAIL_PORT}"
    try:
        link = get_connection(timeout=5)
        link.open()
        link.close()
    except Exception as error:
        return Check(
            "e-post",
            False,
            f"{server} svarar inte ({type(error).__name__})",
            "Kontrollera TORGET_MAIL_HOST, port, användare och lösenord.",
        )
    return Check("e-post", True, f"{server} svarar")


def _clock() -> Check:
    from torget.core.models import Heartbeat

    beat = Heartbeat.objects.filter(name="worker").first()
    ahead = (beat.at - clock.now()).total_seconds() if beat else 0
    if ahead > 60:
        return Check(
            "klocka",
            False,
            f"arbetaren skrev en tid {int(ahead)} s framåt",
            "Klockan har gått bakåt. Kontrollera tidssynken (NTP).",
        )
    if time.time() < 1_760_000_000:
        return Check("klocka", False, "visar en tid före 2025-10", "Ställ klockan, helst med NTP.")
    return Check("klocka", True, clock.now().astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S"))

"""The machine and what is kept on it: database, disk, keys, clock, Python and parts, what belongs to the program."""

import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from torget.core import clock
from torget.core.doctor import Check

LOW, NEARLY = 500_000_000, 2_000_000_000
"""Bytes free under which attachments may be refused, and under which it is said in time."""
QUICK = 300_000_000
"""A database larger than this is read through by `--whole` only."""
OLDEST_SQLITE, OLDEST_POSTGRES = (3, 35), 15
POOL = 20
SUPPORTED = {(3, 11): date(2027, 11, 1), (3, 12): date(2028, 11, 1), (3, 13): date(2029, 11, 1)}
"""The day from which a Python has no more security fixes (PEP 664, 693, 719)."""


def examine() -> Iterable[Check]:
    """What is looked at every time."""
    yield from _database()
    yield from _folders()
    yield _keys()
    yield from _clock()
    yield _python()
    yield _parts()
    yield _catalogue()


def examine_whole() -> Iterable[Check]:
    """What reads the whole database, or at least its every page."""
    yield sound()


def _database() -> Iterator[Check]:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        ours = {app for app, _ in executor.loader.graph.nodes}
        unknown = [key for key in executor.loader.applied_migrations if key not in executor.loader.graph.nodes]
    except Exception as error:
        says = f"svarar inte ({type(error).__name__})"
        remedy = "Kontrollera DATABASE_URL och att databasen är igång: systemctl status postgresql"
        yield Check("databas", False, says, remedy)
        return
    if behind:
        yield Check("databas", False, f"{len(behind)} ändringar är inte införda", "Kör torget upgrade.")
    elif newer := [key for key in unknown if key[0] in ours]:
        says = f"är gjord av en nyare version av Torget ({len(newer)} ändringar som den här inte känner)"
        yield Check(
            "databas", False, says, "Installera den nyare versionen igen, eller läs tillbaka en säkerhetskopia."
        )
    else:
        yield Check("databas", True, f"{_version()[1]}, alla ändringar införda")
    yield from _engine()


def _version() -> tuple[tuple[int, ...], str]:
    """The engine's version as numbers and as words."""
    if connection.vendor == "sqlite":
        import sqlite3

        return sqlite3.sqlite_version_info, f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        found = int(cursor.fetchone()[0])
    return (found // 10000, found % 10000), f"PostgreSQL {found // 10000}.{found % 10000}"


def _engine() -> Iterator[Check]:
    version, words = _version()
    if connection.vendor == "sqlite":
        if version < OLDEST_SQLITE:
            yield Check(
                "databasens läge",
                False,
                f"{words} är för gammal",
                "Installera ett nyare Python, med SQLite 3.35 eller mer.",
            )
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            mode = str(cursor.fetchone()[0]).lower()
        # A database in memory (tests) has no journal to speak of.
        if mode not in ("wal", "memory"):
            says = f"SQLite kör {mode} i stället för WAL: sidor väntar på varandra"
            yield Check(
                "databasens läge",
                False,
                says,
                'Stoppa Torget och kör: torget manage shell -c "" (det slår på WAL igen).',
            )
        if _bytes() <= QUICK:
            yield sound(quick=True)
        return
    if version[0] < OLDEST_POSTGRES:
        yield Check(
            "databasens läge",
            False,
            f"{words} är för gammal",
            f"Uppgradera till PostgreSQL {OLDEST_POSTGRES} eller nyare.",
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int"
        )
        most, reserved = cursor.fetchone()
    if most - reserved < POOL + 5:
        says = f"tar {most} anslutningar; en webbprocess kan behöva {POOL}"
        yield Check(
            "databasens läge", True, says, "Sätt max_connections = 100 i postgresql.conf och starta om den.", warn=True
        )


def _bytes() -> int:
    """The size of the SQLite file; 0 where there is none."""
    try:
        return os.stat(settings.DATABASES["default"]["NAME"]).st_size
    except (OSError, TypeError, ValueError):
        return 0


def sound(*, quick: bool = False) -> Check:
    """Whether the database's own structure is whole, with the first table that is not."""
    name = "databasens innehåll"
    remedy = (
        "Stoppa Torget, spara en kopia av filen som den är, och läs tillbaka senaste säkerhetskopian: torget restore."
    )
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SHOW data_checksums")
            if cursor.fetchone()[0] != "on":
                says = "PostgreSQL räknar inga kontrollsummor, så en vänd bit i en datafil märks inte där"
                return Check(name, True, says, "Stoppa PostgreSQL och kör pg_checksums --enable.", warn=True)
            # Reading each page makes PostgreSQL compare its sum.
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            for (table,) in cursor.fetchall():
                try:
                    cursor.execute(f"SELECT count(t::text) FROM {connection.ops.quote_name(table)} t")  # noqa: S608 (a name of the database's own, quoted)
                except Exception as error:
                    return Check(name, False, f"tabellen {table} går inte att läsa ({type(error).__name__})", remedy)
            return Check(name, True, "varje tabell är läst, varje sida har rätt kontrollsumma")
        try:
            cursor.execute("PRAGMA quick_check(5)" if quick else "PRAGMA integrity_check(5)")
            said = [str(row[0]) for row in cursor.fetchall()]
        except Exception as error:
            return Check(name, False, f"går inte att läsa ({type(error).__name__}: filen är skadad)", remedy)
    if said == ["ok"]:
        return Check(name, True, "hel (snabb kontroll)" if quick else "hel (varje sida och varje index är läst)")
    where = sorted(set(re.findall(r"(?:index|table|in) ([a-z_0-9]+)", " ".join(said))))
    pages = sorted(set(re.findall(r"page (\d+)", " ".join(said))), key=int)
    named = (
        f"tabell eller index {', '.join(where)}"
        if where
        else f"sida {', '.join(pages[:5])}"
        if pages
        else "okänd plats"
    )
    return Check(name, False, f"är skadad: {named}", remedy)


def _folders() -> Iterator[Check]:
    home = settings.TORGET_HOME
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".skrivprov"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        yield Check("mapp", False, f"{home}: {error.strerror}", f"chown -R torget: {home}")
        return
    free = shutil.disk_usage(home).free
    remedy = f"Frigör utrymme: under {LOW // 1_000_000} MB kan bilagor nekas. Störst: du -xh {home} | sort -h | tail"
    yield Check(
        "mapp",
        free > LOW,
        f"{home}, {free // 1_000_000} MB ledigt",
        "" if free > NEARLY else remedy,
        warn=free <= NEARLY,
    )
    inodes = os.statvfs(home)
    # Some file systems (btrfs) do not count them: 0 of 0.
    if inodes.f_files and inodes.f_favail < 10_000:
        says = f"{inodes.f_favail} filer till ryms på disken"
        yield Check(
            "filer på disken",
            inodes.f_favail > 1_000,
            says,
            f"Ta bort filer som inte är Torgets, eller flytta {home}.",
            warn=True,
        )
    if home.stat().st_mode & stat.S_IRWXO:
        says = f"{home} är öppen för alla på datorn: där ligger personuppgifter"
        yield Check("mappens rättigheter", False, says, f"chmod o-rwx {home}")


def _keys() -> Check:
    keys = settings.TORGET_HOME / "keys"
    found = [path for path in keys.rglob("*")] if keys.exists() else []
    opened = [path for path in found if path.stat().st_mode & 0o077]
    if opened:
        names = ", ".join(str(path.relative_to(keys)) for path in opened[:3])
        says = f"{keys}: andra kan läsa {names}{' med flera' if len(opened) > 3 else ''}"
        return Check("nycklar", False, says, f"chmod -R go-rwx {keys}")
    secret = keys / "secret.key"
    try:
        short = secret.exists() and len(secret.read_text().strip()) < 40
    except (OSError, ValueError):
        short = True
    if short:
        says = f"{secret} är tom eller trasig: den undertecknar inloggningar"
        return Check(
            "nycklar", False, says, f"Stoppa Torget, ta bort {secret} och starta: en ny görs, alla får logga in igen."
        )
    return Check("nycklar", True, str(keys))


def _clock() -> Iterator[Check]:
    from torget.core.models import Heartbeat

    beat = Heartbeat.objects.filter(name="worker").first()
    ahead = (beat.at - clock.now()).total_seconds() if beat else 0
    remedy = "Slå på tidssynken: timedatectl set-ntp true"
    if ahead > 60:
        says = f"arbetaren skrev en tid {int(ahead)} s framåt: klockan har gått bakåt"
        yield Check("klocka", False, says, remedy)
        return
    if time.time() < 1_760_000_000:
        yield Check("klocka", False, "visar en tid före 2025-10", remedy)
        return
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            apart = float(cursor.fetchone()[0]) - time.time()
        if abs(apart) > 5:
            yield Check(
                "klocka", False, f"går {abs(apart):.0f} s {'efter' if apart > 0 else 'före'} databasens", remedy
            )
            return
    yield Check("klocka", True, clock.now().astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S"))
    if beat and (silent := (clock.now() - beat.at).total_seconds()) > 60:
        since = beat.at.astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M")
        says = f"har inte hörts av sedan {since} ({int(silent)} s): inget skickas och inget hämtas"
        yield Check("arbetare", False, says, "systemctl restart torget (eller torget-worker); se journalctl -u torget")
    elif beat:
        yield Check("arbetare", True, "hörs av")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    end = SUPPORTED.get(sys.version_info[:2])
    if end and clock.now().date() >= end:
        says = f"{version} får inga säkerhetsrättningar sedan {end.isoformat()[:7]}"
        return Check("Python", True, says, "Gör om miljön med ett nyare Python: docs/operate/upgrade.md", warn=True)
    return Check("Python", True, version)


def _parts() -> Check:
    """The versions of the parts against the lock, where the lock lies beside the program or the wheel carries it."""
    lock = Path(settings.BASE_DIR) / "requirements" / "run.lock"
    if not lock.exists():
        return Check("delar", True, "låset följer inte med den här installationen, så versionerna jämförs inte")
    wrong = []
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)[^\n]*$", lock.read_text(), re.MULTILINE):
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            # A part for another system or Python is not to be here.
            line = re.search(rf"^{re.escape(name)}=={re.escape(version)} ?;", lock.read_text(), re.MULTILINE)
            here = version if line else "saknas"
        if here != version:
            wrong.append(f"{name} {here} (låset: {version})")
    if wrong:
        says = f"{len(wrong)} är inte som i låset: {', '.join(wrong[:3])}"
        return Check("delar", False, says, "pip install --require-hashes -r requirements/run.lock")
    return Check("delar", True, "alla har låsets versioner")


def _catalogue() -> Check:
    compiled = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.mo"
    if not compiled.exists():
        says = "den engelska katalogen är inte gjord: sidor under /en/ är på svenska"
        return Check("engelska", True, says, "python scripts/messages.py compile, och installera om", warn=True)
    return Check("engelska", True, "katalogen är på plats")

"""The database: whether it answers, is the right one, is set as it should be, and is whole."""

import os
import re
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from torget.core.doctor import Check

QUICK = 300_000_000
"""A database larger than this is read through by `--whole` only."""
OLDEST_SQLITE, OLDEST_POSTGRES = (3, 35), 15
POOL = 20


def database() -> Iterator[Check]:
    """Whether it answers, and whether it is the one that this code knows."""
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


def _version() -> tuple[tuple[int, ...], str]:
    """The engine's version as numbers and as words."""
    if connection.vendor == "sqlite":
        import sqlite3

        return sqlite3.sqlite_version_info, f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        found = int(cursor.fetchone()[0])
    return (found // 10000, found % 10000), f"PostgreSQL {found // 10000}.{found % 10000}"


def engine() -> Iterator[Check]:
    """Its version, how it is set, and a quick look at its structure."""
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
                    cursor.execute(f"SELECT count(t::text) FROM {connection.ops.quote_name(table)} t")  # nosec B608  # noqa: S608 (a name of the database's own, quoted)
                except Exception as error:
                    return Check(name, False, f"tabellen {table} går inte att läsa ({type(error).__name__})", remedy)
            return Check(name, True, "varje tabell är läst, varje sida har rätt kontrollsumma")
        try:
            cursor.execute("PRAGMA quick_check(5)" if quick else "PRAGMA integrity_check(5)")
            said = [str(row[0]) for row in cursor.fetchall()]
        except Exception:
            # So broken that the whole cannot be gone through: table by table, to say which.
            said = [f"in {table}" for table in _unreadable_tables()] or ["the schema"]
    if said == ["ok"]:
        return Check(name, True, "hel (snabb kontroll)" if quick else "hel (varje sida och varje index är läst)")
    where = sorted(set(re.findall(r"(?:index|table|in) ([a-z_0-9]+)", " ".join(said))))
    pages = sorted(set(re.findall(r"page (\d+)", " ".join(said))), key=int)
    named = (
        f"tabell eller index {', '.join(where)}"
        if where
        else f"sida {', '.join(pages[:5])}"
        if pages
        else "listan över tabeller"
    )
    return Check(name, False, f"är skadad: {named}", remedy)


def _unreadable_tables() -> list[str]:
    """The tables of SQLite that cannot be gone through; none when not even their list can be read."""
    found = []
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = [str(row[0]) for row in cursor.fetchall()]
        except Exception:
            return []
        for table in names:
            try:
                cursor.execute(f"PRAGMA integrity_check({connection.ops.quote_name(table)})")
                whole = [str(row[0]) for row in cursor.fetchall()] == ["ok"]
            except Exception:
                whole = False
            if not whole:
                found.append(table)
    return found


def all_pages() -> Iterator[Check]:
    """Every page of the database."""
    yield sound()

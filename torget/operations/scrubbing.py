"""After an erasure its words go from SQLite's full-text indexes and its log too: both keep what was deleted for a while.

FTS5 writes a mark beside a word that is deleted and keeps the word in its older segments until they are merged, and the
write-ahead log keeps pages as they were until it is begun anew. PostgreSQL's own vacuum does the like there.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

from torget.journal.models import Entry
from torget.operations.backup_tables import quote

PAGES = 250
"""Pages of an index that are merged at once: some milliseconds, and whoever waits to write comes in between."""
_merged = ""
"""The newest erasure whose words this process has merged away; the log may still have to be emptied."""


def mark_path() -> Path:
    """Where it is written which erasure was the newest when indexes and log were last clean."""
    return Path(settings.TORGET_HOME) / "gallring" / "rensat"


def scrub() -> int:
    """Worker's job: merge the indexes and empty the log when something has been erased since; whether it was done."""
    global _merged
    newest = _newest() if connection.vendor == "sqlite" else ""
    if not newest or _marked() == newest:
        return 0
    if _merged != newest:
        for name in _indexes():
            _merge(name)
        _merged = newest
    if not _log_is_empty():
        return 0  # somebody reads what was there before: a backup, as a rule
    path = mark_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_suffix(".ny")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(newest)
    new.replace(path)
    return 1


def _newest() -> str:
    """The last erasure that was carried out, by the journal and not by the clock, which may go back; after a restore it may
    be one that was carried out again."""
    erased = Entry.objects.filter(kind__in=("record.erased", "record.erased_again"))
    found = erased.order_by("-pk").values_list("pk", "at").first()
    return f"{found[0]} {found[1].isoformat()}" if found else ""


def _marked() -> str:
    try:
        return mark_path().read_text(encoding="utf-8")
    except (FileNotFoundError, ValueError):
        return ""


def _indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE % USING fts5(%' ORDER BY name"
        )
        return [str(name) for (name,) in cursor.fetchall()]


def _merge(index: str) -> None:
    """Make one segment of an index's many, a piece at a time (https://sqlite.org/fts5.html#the_merge_command)."""
    sql = f"INSERT INTO {quote(index)}({quote(index)}, rank) VALUES ('merge', %s)"  # nosec B608  # noqa: S608  a name of the database
    with connection.cursor() as cursor:
        # Less than nothing: all segments, not only those that are alike in size.
        cursor.execute(sql, [-PAGES])
        raw = connection.connection
        if not isinstance(raw, sqlite3.Connection):
            raise TypeError("the default database is not SQLite")
        while True:
            before = raw.total_changes
            cursor.execute(sql, [PAGES])
            if raw.total_changes - before < 2:
                return


def _log_is_empty() -> bool:
    """Empty the write-ahead log; False where somebody still reads from it. Nobody who writes waits longer than a moment."""
    path = Path(str(connection.settings_dict["NAME"]))
    if not path.is_file():
        return True
    with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as own:
        return bool(own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)

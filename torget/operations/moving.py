"""Moving to another database: every row by COPY lines in one still moment, equal counts, equal journal root, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dj_database_url
from django.db import connection, connections

from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.operations import backup_tables, restore_lock, upgrading
from torget.operations import restore_targets as targets

Say = Callable[[str], None]


@dataclass
class Report:
    """What was moved; the comparisons held, or it would have been refused."""

    tables: int = 0
    rows: int = 0
    entries: int = 0
    root: str = ""
    engine: str = ""


def database_of(url: str) -> dict[str, Any]:
    """A DATABASE_URL as Django's settings have it. Refused("bad_address")."""
    try:
        found = dict(dj_database_url.parse(url))
    except ValueError:
        raise Refused("bad_address") from None
    if str(found.get("ENGINE", "")).rpartition(".")[2] not in ("sqlite3", "postgresql"):
        raise Refused("bad_address")
    found.setdefault("OPTIONS", {})
    return found


def move(url: str, *, said: str, say: Say = lambda line: None) -> Report:
    """Copy this installation's database to an empty one at `url`, alone in the data folder. All or nothing.

    `said` is how the new place may be named to people, without its password. Refused: bad_address, no_database,
    same_database, not_empty, target_newer, not_migrated, in_use, bad_row, counts_differ, root_differs.
    """
    new = {**connections.settings["default"], **database_of(url)}
    old = dict(connection.settings_dict)
    if restore_lock.place_of(new) == restore_lock.place_of(old):
        raise Refused("same_database")
    targets.reachable(new)
    with restore_lock.alone():
        _is_empty(new)
        with backup_tables.snapshot(still=True) as snapshot:
            report = _copy(snapshot, targets.target_of(new), say)
        report.engine = str(new["ENGINE"]).rpartition(".")[2]
        restore_lock.note_moved(old, new, said)
        # A copy from before an upgrade is of the database that was left: nobody may roll the new one back to it.
        upgrading.forget()
    return report


def _is_empty(new: dict[str, Any]) -> None:
    if new["ENGINE"].endswith("sqlite3"):
        target = targets.SQLiteTarget(new)
        if not target.path.exists() or not target.path.stat().st_size:
            return
    with targets.pointed_at(targets.alone(new)):
        if targets.used():
            raise Refused("not_empty")


def _copy(snapshot: backup_tables.Snapshot, target: targets.Target, say: Say) -> Report:
    report = Report()
    wanted = backup_tables.tables(sessions=True)
    applied = [list(row) for row in snapshot.rows("SELECT app, name FROM django_migrations ORDER BY app, name")]
    root = _root(snapshot)
    source = _Source(snapshot)
    with target.scratch():
        say("Gör tabellerna …")
        targets.migrate_to(applied)
        if targets.migrate_on():
            # The rows would be of one version and their tables of another.
            raise Refused("not_migrated")
        with target.transaction():
            backup_tables.empty(targets.fresh_tables())
            for table in wanted:
                say(f"  {table.name}")
                rows = backup_tables.load(table, source.blocks(table))
                if rows != source.counted or rows != backup_tables.counts([table.name])[table.name]:
                    raise Refused("counts_differ", f"{table.name}: {rows}, {source.counted}")
                backup_tables.set_last(table, source.last(table))
                report.rows += rows
            connection.check_constraints()
        say("Räknar om journalen …")
        report.entries = journal.audit()
        newest = journal.latest_checkpoint()
        report.root = bytes(newest.root).hex() if newest else ""
        if report.root != root:
            raise Refused("root_differs", report.root)
    report.tables = len(wanted)
    return report


def _root(snapshot: backup_tables.Snapshot) -> str:
    found = snapshot.rows("SELECT root FROM journal_checkpoint ORDER BY size DESC LIMIT 1")
    return bytes(found[0][0]).hex() if found else ""


class _Source:
    """The old database's rows, counted as they go by."""

    def __init__(self, snapshot: backup_tables.Snapshot) -> None:
        self._snapshot = snapshot
        self.counted = 0

    def blocks(self, table: backup_tables.Table) -> Any:
        """The table's lines."""
        self.counted = 0
        for block in self._snapshot.blocks(table):
            self.counted += block.count(b"\n")
            yield block

    def last(self, table: backup_tables.Table) -> int:
        """The number given last."""
        return self._snapshot.last(table)

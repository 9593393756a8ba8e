"""Tables in and out of either engine as lines (backup_rows): which there are, read in one snapshot, loaded, counted."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from torget.core.errors import Refused
from torget.operations import backup_rows
from torget.operations.backup_rows import BadRow, lines

BLOCK = 4 * 1024 * 1024
"""Bytes of lines that are handed on at once."""
ROWS = 2000
SESSIONS = ("django_session", "accounts_session")
"""A session is a key to the house: none is in a backup, so that a restore opens no door that was shut. All log in anew."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns in order, their kinds, the key that rows are read by, and the number given last (or 0)."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    key: str
    serial: bool = False

    def document(self) -> dict[str, Any]:
        """As the manifest says it."""
        return {
            "name": self.name, "columns": list(self.columns), "kinds": list(self.kinds), "key": self.key,
            "serial": self.serial,
        }  # fmt: skip

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Table":
        """Read back what `document` made."""
        return cls(
            str(document["name"]), tuple(document["columns"]), tuple(document["kinds"]), str(document["key"]),
            bool(document["serial"]),
        )  # fmt: skip


def tables(*, sessions: bool) -> list[Table]:
    """Every table of every model, in the order of their names. Refused("unknown_field") for a type not thought through."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if not meta.managed or meta.proxy or (meta.db_table in SESSIONS and not sessions):
            continue
        fields = meta.local_concrete_fields
        kinds = []
        for field in fields:
            kind = backup_rows.KINDS.get(_type(field))
            if kind is None:
                raise Refused("unknown_field", f"{meta.db_table}.{field.column}: {_type(field)}")
            kinds.append(kind)
        serial = meta.pk.get_internal_type() in ("AutoField", "BigAutoField")
        columns = tuple(str(field.column) for field in fields)
        found.append(Table(meta.db_table, columns, tuple(kinds), str(meta.pk.column), serial))
    return sorted(found, key=lambda table: table.name)


def _type(field: Any) -> str:
    while getattr(field, "remote_field", None) is not None and hasattr(field, "target_field"):
        field = field.target_field
    return str(field.get_internal_type())


def migrations() -> list[list[str]]:
    """What has been applied to the database, sorted: [app, name]."""
    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


# ---- reading --------------------------------------------------------------------------------------------------------


class Snapshot:
    """The database as it was at one moment, whatever is written meanwhile; made by `snapshot()`."""

    def __init__(self, sqlite: sqlite3.Connection | None) -> None:
        self._sqlite = sqlite
        # The thing itself, not Django's name for it: a move points the name at another database while this one is read.
        self._connection = connections["default"]

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a question; for few. Values are written `?` for SQLite and `%s` for PostgreSQL alike as `%s`."""
        if self._sqlite is not None:
            return self._sqlite.execute(sql.replace("%s", "?"), tuple(values)).fetchall()
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        return int(self.rows(f"SELECT COUNT(*) FROM {quote(table.name)}")[0][0])  # nosec B608  # noqa: S608  a name of ours

    def last(self, table: Table) -> int:
        """The highest number ever given in a table with running numbers: an identity is not given twice."""
        if not table.serial:
            return 0
        highest = self.rows(f"SELECT COALESCE(MAX({quote(table.key)}), 0) FROM {quote(table.name)}")[0][0]  # nosec B608  # noqa: S608  quoted names of the database
        if self._sqlite is not None:
            found = self.rows("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
        else:
            name = self.rows("SELECT pg_get_serial_sequence(%s, %s)", [quote(table.name), table.key])[0][0]
            # The name comes from the database itself, quoted where it has to be.
            found = self.rows(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}") if name else []  # nosec B608  # noqa: S608  quoted names of the database
        return max(int(highest), int(found[0][0] or 0) if found else 0)

    def blocks(self, table: Table) -> Iterator[bytes]:
        """The rows of a table as lines, some megabytes at a time, in the order of their key."""
        columns = ", ".join(quote(column) for column in table.columns)
        sql = f"SELECT {columns} FROM {quote(table.name)} ORDER BY {quote(table.key)}"  # nosec B608  # noqa: S608  names of ours
        if self._sqlite is None:
            yield from _copied(self._connection, sql)
            return
        rows = self._sqlite.execute(sql)
        while part := rows.fetchmany(ROWS):
            try:
                yield "".join(backup_rows.line_of(row, table.kinds, table.columns) for row in part).encode()
            except BadRow as error:
                raise Refused("bad_row", f"{table.name}.{error}") from None


def quote(name: str) -> str:
    """A table's or column's name as both engines take it."""
    return '"' + name.replace('"', '""') + '"'


def _copied(source: Any, sql: str) -> Iterator[bytes]:
    with source.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT") as copy:
        gathered: list[bytes] = []
        size = 0
        for piece in copy:
            gathered.append(bytes(piece))
            size += len(piece)
            if size >= BLOCK:
                yield b"".join(gathered)
                gathered, size = [], 0
        if gathered:
            yield b"".join(gathered)


@contextmanager
def snapshot(*, still: bool = False) -> Iterator[Snapshot]:
    """One moment of the database, held open while it is read: web and worker go on meanwhile.

    SQLite: a read transaction on a connection of its own (in WAL a reader stops no writer). PostgreSQL: one REPEATABLE
    READ transaction. `still`: nobody may write until the end (a move), which waits for those who do.
    """
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        own = sqlite3.connect(name, uri=name.startswith("file:"), isolation_level=None, timeout=30)
        try:
            own.execute("BEGIN IMMEDIATE" if still else "BEGIN")
            own.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            yield Snapshot(own)
        finally:
            own.close()
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if still:
                names = ", ".join(quote(table.name) for table in tables(sessions=True))
                cursor.execute(f"LOCK TABLE {names} IN SHARE MODE")
        yield Snapshot(None)


# ---- loading --------------------------------------------------------------------------------------------------------


def load(table: Table, blocks: Iterable[bytes]) -> int:
    """Put lines into an empty table of the default database; how many rows. Refused("bad_row") names where it broke."""
    columns = ", ".join(quote(column) for column in table.columns)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
                for block in blocks:
                    copy.write(block)
            return int(cursor.rowcount)
    marks = ", ".join(["?"] * len(table.columns))
    sql = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # nosec B608  # noqa: S608  names that were looked up
    count = 0
    try:
        rows = (backup_rows.values_of(line, table.kinds, table.columns) for line in lines(blocks))
        raw = _raw()
        while part := list(islice(rows, ROWS)):
            raw.executemany(sql, part)
            count += len(part)
    except BadRow as error:
        raise Refused("bad_row", f"{table.name}, {count + 1}: {error}") from None
    return count


def _raw() -> sqlite3.Connection:
    connection.ensure_connection()
    raw = connection.connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("the default database is not SQLite")
    return raw


def empty(names: Iterable[str]) -> None:
    """Take away what migrations put into fresh tables: what is loaded brings all of it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(map(quote, names))} CASCADE")
            return
        for name in names:
            cursor.execute(f"DELETE FROM {quote(name)}")  # nosec B608  # noqa: S608  names that were looked up


def set_last(table: Table, last: int) -> None:
    """Let the table's running number go on after `last`."""
    if not table.serial or not last:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [quote(table.name), table.key, last])
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, table.name])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])


def counts(names: Iterable[str]) -> dict[str, int]:
    """How many rows each table of the default database has."""
    with connection.cursor() as cursor:
        found = {}
        for name in names:
            cursor.execute(f"SELECT COUNT(*) FROM {quote(name)}")  # nosec B608  # noqa: S608  names that were looked up
            found[name] = int(cursor.fetchone()[0])
    return found

"""Where a restore or a move puts a database: made whole beside the old one, and put in its place in one step at the end.

SQLite: a file of its own, renamed. PostgreSQL: a schema of its own, in one transaction with its move into place. Killed at
any moment, the old database is as it was.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.utils import DatabaseError, load_backend

from torget.core.errors import Refused
from torget.operations import backup_tables
from torget.operations.backup_tables import quote

SCRATCH = "torget_ny"
TELLING = (
    "organisations_organisation", "organisations_user", "conversations_rawevent", "conversations_conversation",
    "register_record",
)  # fmt: skip
"""Tables that have rows as soon as anyone has used the database."""


@contextmanager
def pointed_at(database: dict[str, Any]) -> Iterator[None]:
    """In the block this thread's database is `database` (as in settings.DATABASES); other threads keep theirs."""
    whole = {**connections.settings["default"], **database}
    wrapper = load_backend(whole["ENGINE"]).DatabaseWrapper(whole, "default")
    before = connections["default"]
    connections["default"] = wrapper
    try:
        yield
    finally:
        wrapper.close()
        connections["default"] = before


def alone(database: dict[str, Any]) -> dict[str, Any]:
    """The same database on one connection of its own: Django's pool goes by a name that two databases would share."""
    return {**database, "OPTIONS": {}, "CONN_MAX_AGE": None}


def scratch_sqlite(path: Path) -> dict[str, Any]:
    """A new SQLite file that is thrown away unless it becomes whole: nothing in it need survive a power cut yet."""
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-64000;",
    }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options, "CONN_MAX_AGE": None}


# ---- the schema -----------------------------------------------------------------------------------------------------


def unknown_migrations(applied: list[list[str]]) -> list[list[str]]:
    """Those that this code does not know: the data is of a newer Torget."""
    # Without a connection: whoever is refused finds no empty database where there was none.
    known = MigrationLoader(None).disk_migrations
    return [[app, name] for app, name in applied if (app, name) not in known]


def migrate_to(applied: list[list[str]]) -> None:
    """Make the tables as they were when these migrations had been applied."""
    executor = MigrationExecutor(connection)
    graph, wanted = executor.loader.graph, {(app, name) for app, name in applied}
    # Only the ends: Django takes a target that stands behind it as a wish to go back.
    ends = [key for key in sorted(wanted) if not any(child.key in wanted for child in graph.node_map[key].children)]
    executor.migrate(ends)


def migrate_on() -> int:
    """Bring the tables up to date with the code; how many migrations that took."""
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    steps = len(executor.migration_plan(leaves))
    executor.migrate(leaves)
    return steps


def used() -> bool:
    """Whether anyone has used the default database."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name in TELLING:
            if name in there:
                cursor.execute(f"SELECT 1 FROM {quote(name)} LIMIT 1")  # nosec B608  # noqa: S608  a name of ours
                if cursor.fetchone():
                    return True
    return False


def fresh_tables() -> list[str]:
    """All tables of the default database but the list of migrations, and those that the database keeps for itself."""
    kept = ("django_migrations", "search_fts", "register_fts", "sqlite_")
    return [name for name in connection.introspection.table_names() if not name.startswith(kept)]


# ---- SQLite ---------------------------------------------------------------------------------------------------------


class SQLiteTarget:
    """A database file."""

    def __init__(self, database: dict[str, Any]) -> None:
        self.database = database
        self.path = Path(str(database["NAME"]))

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """A new file beside it, in its place when the block ends well."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(self.path.name + ".aterstalls")
        _gone(new)
        try:
            with pointed_at(scratch_sqlite(new)):
                yield
            self._swap(new)
        finally:
            _gone(new)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Loading is one transaction, for speed alone."""
        with transaction.atomic():
            yield

    def _swap(self, new: Path) -> None:
        _wal(new)
        if self.path.exists():
            # The old one without its log beside it: else the new one would be read with the old one's last pages.
            old = sqlite3.connect(self.path, timeout=5, isolation_level=None)
            try:
                mode = old.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            except sqlite3.OperationalError:
                mode = ""
            finally:
                old.close()
            if mode != "delete":
                raise Refused("in_use")
        os.chmod(new, 0o600)
        descriptor = os.open(new, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        new.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _wal(path: Path) -> None:
    made = sqlite3.connect(path, isolation_level=None)
    try:
        made.execute("PRAGMA analysis_limit=1000")
        made.execute("ANALYZE")
        made.execute("PRAGMA journal_mode=WAL")
    finally:
        made.close()


def _gone(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


class PostgresTarget:
    """A database on a server, in the schema that its user lands in."""

    def __init__(self, database: dict[str, Any]) -> None:
        self.database = database

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """A schema of its own in one transaction; its tables take the old ones' place when the block ends well."""
        with pointed_at(alone(self.database)), transaction.atomic():
            home = _one("SELECT current_schema()")
            _run(f"DROP SCHEMA IF EXISTS {SCRATCH} CASCADE", f"CREATE SCHEMA {SCRATCH}")
            _run(f"SET LOCAL search_path TO {SCRATCH}")
            yield
            connection.check_constraints()
            self._swap(str(home))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All is one transaction already; in it migrations may have left some references checked at once."""
        _run("SET CONSTRAINTS ALL DEFERRED")
        yield

    def _swap(self, home: str) -> None:
        made = [*_names("pg_tables", "tablename", SCRATCH)]
        for name in _names("pg_tables", "tablename", home):
            if name in set(made):
                _run(f"DROP TABLE {quote(home)}.{quote(name)} CASCADE")
        for name in made:
            _run(f"ALTER TABLE {SCRATCH}.{quote(name)} SET SCHEMA {quote(home)}")
        for function in _functions(SCRATCH):
            _run(f"DROP FUNCTION IF EXISTS {quote(home)}.{function}")
            _run(f"ALTER FUNCTION {SCRATCH}.{function} SET SCHEMA {quote(home)}")
        # Without CASCADE: what was left in it would be lost, so it must be empty.
        _run(f"DROP SCHEMA {SCRATCH}", f"SET LOCAL search_path TO {quote(home)}", "ANALYZE")


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def _names(view: str, column: str, schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {view} WHERE schemaname = %s ORDER BY 1", [schema])  # nosec B608  # noqa: S608  names of ours
        return [str(name) for (name,) in cursor.fetchall()]


def _functions(schema: str) -> list[str]:
    sql = (
        "SELECT quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' "
        "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [schema])
        return [str(name) for (name,) in cursor.fetchall()]


Target = SQLiteTarget | PostgresTarget


def target_of(database: dict[str, Any]) -> Target:
    """The target for a database as in settings.DATABASES."""
    return SQLiteTarget(database) if database["ENGINE"].endswith("sqlite3") else PostgresTarget(database)


def reachable(database: dict[str, Any]) -> None:
    """Refused("no_database") when nobody answers there; Refused("target_newer") when a newer Torget has used it."""
    if database["ENGINE"].endswith("sqlite3") and not Path(str(database["NAME"])).exists():
        return
    try:
        with pointed_at(alone(database)):
            if unknown := unknown_migrations(backup_tables.migrations()):
                raise Refused("target_newer", ".".join(unknown[0]))
    except DatabaseError as error:
        raise Refused("no_database", type(error).__name__) from None

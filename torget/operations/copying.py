"""The copy that an upgrade makes first: the database by its own means, the keys beside it, and a list that proves it whole.

Files by content hash are not copied: no change of the database writes to them, and none is ever written over.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess  # nosec B404  # fixed command, no shell
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from torget.core import clock
from torget.core.errors import Refused
from torget.operations.changes import applied

KEPT = 3
"""Copies kept; older ones are taken away after a new one is whole."""
DAYS = 30
"""How long a copy lies: by then nobody goes back to it, and what is erased in the meantime shall not lie on in it."""
SQLITE, POSTGRES = "torget.sqlite3", "torget.sql"
LIST = "innehall.json"


def copy(place: Path, changes: list[str]) -> Path:
    """Copy into a folder of its own below `place`; whole under its name or not there at all.

    Refused: no_room, copy_failed (with the kind of error).
    """
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in place.glob("*.ny"):
        shutil.rmtree(left, ignore_errors=True)  # a copy that was killed
    need = _database_bytes()
    if shutil.disk_usage(place).free < need * 2 + 50_000_000:
        raise Refused("no_room", f"{need * 2 // 1_000_000 + 50} MB behövs i {place}")
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{_version()}"
    new, done = place / f"{name}.ny", place / name
    new.mkdir(mode=0o700)
    try:
        kept = _copy_sqlite(new) if connection.vendor == "sqlite" else _copy_postgres(new)
        _copy_keys(new / "keys")
        listed = {"version": _version(), "changes": changes, "database": kept.name, "sha256": _digest(kept)}
        (new / LIST).write_text(json.dumps(listed, indent=1), encoding="utf-8")
        for path in new.rglob("*"):
            if path.is_file():
                path.chmod(0o600)
                _flush(path)
        new.rename(done)
        _flush(place)
    except Refused:
        shutil.rmtree(new, ignore_errors=True)
        raise
    except Exception as error:
        shutil.rmtree(new, ignore_errors=True)
        raise Refused("copy_failed", type(error).__name__) from error
    # By name the new one may be the oldest: the clock may have gone back. It stays, whatever it is called.
    others = sorted(path for path in place.iterdir() if path.is_dir() and path != done)
    for old in others[: max(0, len(others) - KEPT + 1)]:
        shutil.rmtree(old, ignore_errors=True)
    return done


def take_back(copied: Path) -> None:
    """Make the database what the copy holds, in one transaction: killed in the middle, it is as before the attempt.

    Refused: copy_broken (bytes of the copy have changed), roll_back_failed.
    """
    listed = json.loads((copied / LIST).read_text(encoding="utf-8"))
    kept = copied / str(listed["database"])
    if not kept.exists() or _digest(kept) != listed["sha256"]:
        raise Refused("copy_broken", str(kept))
    connections.close_all()
    if kept.name == SQLITE:
        _take_back_sqlite(kept)
    else:
        _take_back_postgres(kept)
    if applied() != listed["changes"]:
        raise Refused("roll_back_failed", "ändringarna i databasen är inte kopians")


def folder() -> Path:
    """Where the copies lie."""
    return Path(settings.TORGET_HOME) / "fore-uppgradering"


def forget_old() -> int:
    """Take away copies that are older than `DAYS`; how many. What was erased since they were made was still in them."""
    gone, last = 0, f"{clock.now() - timedelta(days=DAYS):%Y%m%d-%H%M%S}"
    for copied in folder().glob("2*"):
        if copied.is_dir() and copied.name < last:
            shutil.rmtree(copied, ignore_errors=True)
            gone += 1
    return gone


def _version() -> str:
    try:
        return metadata.version("torget")
    except metadata.PackageNotFoundError:
        return "okand"


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _copy_sqlite(folder: Path) -> Path:
    """By SQLite's own online copy: a whole state of one moment, also while others write."""
    target = folder / SQLITE
    source = Path(str(settings.DATABASES["default"]["NAME"])).absolute()
    with (
        # As an address in which every sign of the path is itself: a folder may be called `Torget #1`.
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there)
        # A file alone, without -wal beside it.
        there.execute("PRAGMA journal_mode=DELETE")
        if there.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise Refused("copy_failed", "databasen är skadad: torget doctor --whole")
    return target


def _take_back_sqlite(kept: Path) -> None:
    name = str(settings.DATABASES["default"]["NAME"])
    with (
        closing(sqlite3.connect(f"{kept.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as here,
        closing(sqlite3.connect(name, timeout=30)) as there,
    ):
        here.backup(there)
        there.execute("PRAGMA journal_mode=WAL")


def _postgres(program: str, *arguments: str) -> list[str]:
    found = shutil.which(program)
    if found is None:
        raise Refused("no_program", program)
    return [found, *arguments]


def _environment() -> dict[str, str]:
    """How PostgreSQL's programs reach the database; the password in the environment, where no list of processes shows it."""
    given: dict[str, Any] = settings.DATABASES["default"]
    names = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}  # nosec B105  # a name or a sentence, no password
    ours = {variable: str(given[key]) for key, variable in names.items() if given.get(key)}
    if mode := given.get("OPTIONS", {}).get("sslmode"):
        ours["PGSSLMODE"] = str(mode)
    return {**os.environ, **ours, "PGCONNECT_TIMEOUT": "10", "PGOPTIONS": "-c lock_timeout=30s"}


def _run(command: list[str], code: str) -> None:
    done = subprocess.run(command, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)  # nosec B603  # noqa: S603 (PostgreSQL's own programs, no shell)
    if done.returncode:
        # Their words may quote rows; the first line's fixed part says enough.
        said = done.stderr.decode(errors="replace")
        known = re.search(
            r"server version mismatch|permission denied|must be owner|could not connect|lock timeout", said
        )
        raise Refused(code, f"{Path(command[0]).name}: {known[0] if known else f'slutade med {done.returncode}'}")


def _schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        return str(cursor.fetchone()[0])


def _copy_postgres(folder: Path) -> Path:
    target = folder / POSTGRES
    schema = _schema()
    command = _postgres("pg_dump", "--no-owner", "--no-privileges", "--schema", schema, "--file", str(target))
    connections.close_all()
    _run(command, "copy_failed")
    return target


def _take_back_postgres(kept: Path) -> None:
    """The schema anew from the copy, in one transaction with taking the present one away."""
    schema = _schema()
    text = kept.read_text(encoding="utf-8")
    makes = re.search(rf"^CREATE SCHEMA {re.escape(schema)};$", text, re.MULTILINE)
    del text
    begin = ["-c", f"DROP SCHEMA IF EXISTS {schema} CASCADE", *([] if makes else ["-c", f"CREATE SCHEMA {schema}"])]
    command = _postgres(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set",
        "ON_ERROR_STOP=1",
        *begin,
        "--file",
        str(kept),
    )
    connections.close_all()
    _run(command, "roll_back_failed")


def _copy_keys(target: Path) -> None:
    keys = Path(settings.TORGET_HOME) / "keys"
    if keys.exists():
        shutil.copytree(keys, target, copy_function=shutil.copy)
        for path in [target, *target.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

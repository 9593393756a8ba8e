"""An empty database with all tables, made once and copied: to go through every change by itself takes 14 s of a core.

What was made lies in .cache/migrated/ under the digest of everything that decides how it looks. The changes themselves
are walked one by one where they are the matter: torget/operations/tests/test_upgrading.py, tests/services/test_wheel.py.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "migrated"
PARTS = ("Django", "django-allauth")


@cache
def digest() -> str:
    """What the tables hang on: our changes and models, and the versions of those whose tables are theirs."""
    found = sha256("".join(version(part) for part in PARTS).encode())
    for path in sorted((ROOT / "torget").glob("**/*.py")):
        if "migrations" in path.parts or path.stem in ("models", "permissions", "settings"):
            found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:20]


@contextmanager
def _alone() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _migrate(home: Path, url: str) -> None:
    steering = ("TORGET_", "DJANGO_", "DATABASE_URL", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    environment |= {"TORGET_HOME": str(home), "PYTHONPATH": str(ROOT)} | ({"DATABASE_URL": url} if url else {})
    command = [sys.executable, "-m", "torget", "manage", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"torget manage migrate ended with {done.returncode}:\n{done.stderr[-3000:]}")


def sqlite() -> Path:
    """A SQLite file with all tables and no rows of ours; not to be written to."""
    made = FOLDER / f"{digest()}.sqlite3"
    with _alone():
        if not made.exists():
            with tempfile.TemporaryDirectory(prefix="torget-migrated-") as home:
                _migrate(Path(home), "")
                _new().unlink(missing_ok=True)
                with closing(sqlite3.connect(Path(home) / "torget.sqlite3")) as database:
                    database.execute("VACUUM INTO ?", [str(_new())])
                _keep(made)
    return made


def _new() -> Path:
    return FOLDER / "new"


def _keep(made: Path) -> None:
    """Give what was made its name, whole or not at all; those of an earlier state of the code go."""
    for old in FOLDER.glob(f"*{made.suffix}"):
        old.unlink()
    _new().replace(made)


def fill_sqlite(connection: sqlite3.Connection) -> None:
    """Give an empty SQLite database all tables."""
    with closing(sqlite3.connect(sqlite())) as made:
        made.backup(connection)


def fill_postgres(url: str) -> None:
    """Give an empty PostgreSQL database all tables: from a dump of one that has gone through all changes."""
    import psycopg

    from tests.support.postgres import programs

    with psycopg.connect(url) as database:
        if database.execute("SELECT to_regclass('django_migrations')").fetchone() != (None,):
            return
    made, dump = FOLDER / f"{digest()}.sql", programs() / "pg_dump"
    with _alone():
        if not made.exists():
            _migrate(FOLDER / "home", url)
            if dump.exists():
                _new().write_text(_dumped(dump, url))
                _keep(made)
            return
    with psycopg.connect(url, autocommit=True) as database:
        # Without values to put in, many statements go at once.
        database.execute(made.read_bytes())


def _dumped(dump: Path, url: str) -> str:
    command = [str(dump), "--no-owner", "--no-privileges", "--inserts", f"--dbname={url}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # What is for psql alone.
    return "\n".join(line for line in said.splitlines() if not line.startswith("\\"))


def fill(home: Path, url: str = "") -> None:
    """Give an installation that has no database yet one with all tables; where it has one, it stays as it is."""
    if url:
        fill_postgres(url)
    elif not (home / "torget.sqlite3").exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(sqlite(), home / "torget.sqlite3")


def create_test_db(creation: Any, original: Any, *given: Any, **named: Any) -> str:
    """`create_test_db` of Django's, with the tables copied in; `original` does it by Django's own way."""
    if named.get("serialize") or (named.get("keepdb") and creation.connection.vendor == "sqlite"):
        return str(original(creation, *given, **named))
    from django.conf import settings

    connection = creation.connection
    name = creation._get_test_db_name()
    creation._create_test_db(named.get("verbosity", 1), named.get("autoclobber", False), named.get("keepdb", False))
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        fill_sqlite(connection.connection)
        return str(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        [there] = cursor.fetchone()
    if there is None:
        given_by = connection.settings_dict
        fill_postgres(
            f"postgresql://{given_by['USER']}:{given_by['PASSWORD']}@{given_by['HOST']}:{given_by['PORT']}/{name}"
        )
    connection.close()
    connection.ensure_connection()
    return str(name)

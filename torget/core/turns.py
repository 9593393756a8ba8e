"""Turns: of all processes of an installation one at a time does a thing; whoever dies gives its turn back by dying.

On PostgreSQL a turn is an advisory lock of a connection of its own, on SQLite a lock on a byte of a file in TORGET_HOME:
neither has an end that must be guessed. Nothing hangs on it that must hold: each job claims its rows as well, and a line
to the database that breaks gives the turns back while their jobs still run.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

_lock = threading.Lock()
_held: set[str] = set()
_postgres: Any = None
_file: int | None = None


@contextmanager
def turn(name: str) -> Iterator[bool]:
    """Whether it is ours to do `name` now; it is given back at the end."""
    with _lock:
        mine = name not in _held and _take(name)
        if mine:
            _held.add(name)
    try:
        yield mine
    finally:
        if mine:
            with _lock:
                _held.discard(name)
                _give_back(name)


def close() -> None:
    """Give all turns back: the process ends, or another takes its place."""
    global _postgres, _file
    with _lock:
        if _postgres is not None:
            _postgres.close()
        if _file is not None:
            os.close(_file)
        _postgres = _file = None
        _held.clear()


def number_of(name: str) -> int:
    """The number that stands for a name: 63 bits, so that no other program's lock in the same database is met by chance."""
    return int.from_bytes(sha256(f"torget turn {name}".encode()).digest()[:8], "big") >> 1


def _take(name: str) -> bool:
    if connections["default"].vendor != "postgresql":
        return _take_byte(number_of(name) >> 1)
    import psycopg

    try:
        row = _line().execute("SELECT pg_try_advisory_lock(%s)", [number_of(name)]).fetchone()
    except psycopg.Error:
        # It is told and tried again later (core/worker.py): "somebody else has it" would be a worker that does nothing, quietly.
        _hang_up()
        raise
    return bool(row and row[0])


def _give_back(name: str) -> None:
    if connections["default"].vendor != "postgresql":
        if _file is not None:
            fcntl.lockf(_file, fcntl.LOCK_UN, 1, number_of(name) >> 1)
        return
    import psycopg

    try:
        if _postgres is not None:
            _postgres.execute("SELECT pg_advisory_unlock(%s)", [number_of(name)])
    except psycopg.Error:
        _hang_up()


def _take_byte(place: int) -> bool:
    global _file
    if _file is None:
        home = Path(settings.TORGET_HOME)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _file = os.open(home / "turer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except OSError:
        return False
    return True


def _line() -> Any:
    """The connection that holds the turns. Apart from Django's: those go back to their pool, and a lock would go with them."""
    global _postgres
    if _postgres is None or _postgres.closed:
        import psycopg

        # A line that is cut is noticed.
        mine = {"connect_timeout": 5, "keepalives_idle": 5, "tcp_user_timeout": 10_000}
        _postgres = psycopg.connect(**{**address(), **mine}, autocommit=True, prepare_threshold=None)
    return _postgres


def address() -> dict[str, Any]:
    """All that the database's address says, for a connection beside Django's: several hosts must lead to the same server."""
    params = connections["default"].get_connection_params()
    return {key: value for key, value in params.items() if key not in DJANGOS and value is not None}


DJANGOS = ("pool", "cursor_factory", "context", "prepare_threshold", "autocommit", "isolation_level", "assume_role",
           "server_side_binding")  # fmt: skip
"""What Django adds to what the address says."""


def _hang_up() -> None:
    global _postgres
    if _postgres is not None:
        _postgres.close()
    _postgres = None

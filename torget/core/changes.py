"""Whether anything has been committed to the database since one last asked: one cheap question instead of many dear ones."""

import contextlib
import sqlite3
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def read_only() -> sqlite3.Connection:
    """A connection to SQLite's file beside Django's, which writes nothing and waits for nobody. Errors: sqlite3.Error."""
    name = quote(str(settings.DATABASES["default"]["NAME"]))
    return sqlite3.connect(f"file:{name}?mode=ro", uri=True, check_same_thread=False, timeout=1)


class Changes:
    """One who asks again and again. SQLite says it of itself (`data_version`, in microseconds, of another connection than
    those that write); PostgreSQL by its snapshot: no transaction that wrote anything ends without changing it.
    """

    def __init__(self) -> None:
        self._connection: Any = None
        self._last: object = None

    def moved(self) -> bool:
        """True when something was committed since the last call, by whichever process, and whenever that is not known."""
        try:
            state = self._of_sqlite() if connection.vendor == "sqlite" else _of_postgres()
        except sqlite3.Error:
            self.close()
            return True
        moved, self._last = state != self._last, state
        return moved

    def _of_sqlite(self) -> int:
        if self._connection is None:
            self._connection = read_only()
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection; the next question opens it again, and is answered with yes."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = self._last = None


def _of_postgres() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])

"""Who uses the data folder: web and worker together, or a restore or move alone. A lock that ends with the process."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection

from torget.core.errors import Refused

WAIT = 5.0
"""Seconds that whoever wants to be alone waits for others to end."""


def _open() -> BinaryIO:
    home = Path(settings.TORGET_HOME)
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "drift.lock", os.O_RDWR | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "r+b", buffering=0)


def take_part() -> BinaryIO:
    """For `torget run` and `torget worker`: hold what is returned until the process ends.

    Refused: being_restored (a restore or move is under way), database_moved (this database has been left for another).
    """
    file = _open()
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Refused("being_restored") from None
    if to := moved_to():
        file.close()
        raise Refused("database_moved", to)
    return file


@contextmanager
def alone(*, wait: float = WAIT) -> Iterator[None]:
    """Nobody else of this data folder runs meanwhile. Refused("in_use") when someone still does after `wait` seconds."""
    file = _open()
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > until:
                    raise Refused("in_use") from None
                time.sleep(0.1)
        yield
    finally:
        file.close()


# ---- a database that has been left ----------------------------------------------------------------------------------


def place_of(database: dict[str, Any]) -> str:
    """A name for a database that holds no password: a digest of where it lies."""
    where = "\n".join(str(database.get(part) or "") for part in ("ENGINE", "HOST", "PORT", "NAME"))
    return sha256(where.encode()).hexdigest()


def _moved_path() -> Path:
    return Path(settings.TORGET_HOME) / "flyttad.json"


def note_moved(old: dict[str, Any], new: dict[str, Any], said: str) -> None:
    """Note that `old` has been left for `new`; `said` is how the new one may be named in a message."""
    path = _moved_path()
    found = _moved()
    found.pop(place_of(new), None)
    found[place_of(old)] = said
    fresh = path.with_suffix(".ny")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(found, file)
        file.flush()
        # Lost in a power cut, the old database would be served again beside the new one.
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _moved() -> dict[str, str]:
    try:
        found = json.loads(_moved_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def moved_to() -> str:
    """Where this process's database has moved to; empty when it has not."""
    return _moved().get(place_of(connection.settings_dict), "")

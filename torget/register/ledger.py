"""The erasure ledger (gallringslistan): which records were erased, in a file outside database and backup.

TORGET_HOME/gallring/ledger.jsonl, one JSON object a line: appended and synced before the erasure is committed, each line
holding the digest of the one before. It holds references, digests and the decision, and nothing of what was erased.
docs/rules/backup.md
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from torget.core.errors import Refused
from torget.journal.rules import canonical

BEGINNING = "0" * 64
FIELDS = {"n", "record", "digests", "files", "mandate", "reason", "by", "at", "before"}


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure: the record's number, its versions' digests as the journal has them, its files' hashes, the decision."""

    n: int
    record: int
    digests: tuple[str, ...]
    files: tuple[str, ...]
    mandate: str
    reason: str
    by: str
    at: str
    before: str

    def document(self) -> dict[str, Any]:
        """As it is hashed and written."""
        return {
            "n": self.n, "record": self.record, "digests": list(self.digests), "files": list(self.files),
            "mandate": self.mandate, "reason": self.reason, "by": self.by, "at": self.at, "before": self.before,
        }  # fmt: skip

    def digest(self) -> str:
        """SHA-256 of the canonical form; the next line holds it."""
        return sha256(canonical(self.document())).hexdigest()


def path() -> Path:
    """Where the ledger lies."""
    return Path(settings.TORGET_HOME) / "gallring" / "ledger.jsonl"


def read() -> list[Line]:
    """All lines, oldest first; a last line that a kill cut does not count. Refused("ledger_broken", which line)."""
    try:
        return list(_lines(path().read_bytes()))
    except FileNotFoundError:
        return []


def _lines(body: bytes) -> Iterator[Line]:
    before, last = BEGINNING, 0
    whole, _, _cut = body.rpartition(b"\n")
    for number, text in enumerate(whole.split(b"\n") if whole else [], start=1):
        try:
            found = json.loads(text)
            line = Line(**{**found, "digests": tuple(found["digests"]), "files": tuple(found["files"])})
        except (ValueError, TypeError, KeyError):
            raise Refused("ledger_broken", str(number)) from None
        # Numbers may leap: where a ledger was lost, the next one goes on after what the database has carried out.
        if set(found) != FIELDS or line.n <= last or line.before != before:
            raise Refused("ledger_broken", str(number))
        before, last = line.digest(), line.n
        yield line


@contextmanager
def _open() -> Iterator[BinaryIO]:
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def append(
    *, record: int, digests: tuple[str, ...], files: tuple[str, ...], mandate: str, reason: str, by: str, at: str,
    after: int = 0,
) -> Line:  # fmt: skip
    """Add an erasure, down to the disk, and to the copy in the backup folder. Refused: ledger_broken, ledger_unwritable.

    Its number is the next after the last line's, and after `after`: the last that the database knows of. Refused, there
    is no line of it: one that stayed would be carried out at the next start, though it was said that nothing was erased.
    """
    with _open() as file:
        body = file.read()
        lines = list(_lines(body))
        last, before = (lines[-1].n, lines[-1].digest()) if lines else (0, BEGINNING)
        line = Line(max(last, after) + 1, record, digests, files, mandate, reason, by, at, before)
        # What a kill left of a line was never committed to the database either.
        end = body.rfind(b"\n") + 1
        new = canonical(line.document()) + b"\n"
        try:
            file.truncate(end)
            file.seek(end)
            if file.write(new) != len(new):
                raise OSError("half a line")
            os.fsync(file.fileno())
            _copy(body[:end] + new)
        except OSError as error:
            file.truncate(end)
            raise Refused("ledger_unwritable", error.strerror or "") from error
    return line


def _copy(body: bytes) -> None:
    """The same file beside the backups: who has lost the server restores with it (see docs/operate/backup.md)."""
    folder = Path(settings.TORGET_BACKUP_FOLDER) if settings.TORGET_BACKUP_FOLDER else None
    if folder is None or not folder.is_dir():
        return
    copy, new = folder / "ledger.jsonl", folder / "ledger.jsonl.ny"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    before = copy.read_bytes() if copy.is_file() else b""
    if not body.startswith(before):
        # From before this machine, or another's: it may be the only one that says what must stay erased.
        copy.rename(folder / f"ledger-{sha256(before).hexdigest()[:8]}.jsonl")
    new.replace(copy)


def set_aside() -> list[Path]:
    """Copies in the backup folder that ours did not go on from (`append`): what they say is not carried out by itself."""
    folder = Path(settings.TORGET_BACKUP_FOLDER) if settings.TORGET_BACKUP_FOLDER else None
    return sorted(folder.glob("ledger-*.jsonl")) if folder and folder.is_dir() else []


def take_over() -> int:
    """On a new machine: take the copy in the backup folder where it goes on from ours; how many lines there are then.

    Refused("ledger_forked") when the two do not agree.
    """
    ours = read()
    folder = Path(settings.TORGET_BACKUP_FOLDER) if settings.TORGET_BACKUP_FOLDER else None
    copy = folder / "ledger.jsonl" if folder else None
    if copy is None or not copy.is_file():
        return len(ours)
    body = copy.read_bytes()
    theirs = list(_lines(body))
    shared = min(len(ours), len(theirs))
    if ours[:shared] != theirs[:shared]:
        raise Refused("ledger_forked", str(copy))
    if len(theirs) > len(ours):
        with _open() as file:
            file.seek(0)
            file.truncate(0)
            file.write(body)
            os.fsync(file.fileno())
    return max(len(ours), len(theirs))

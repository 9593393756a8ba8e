"""Moving files between the folder and the object store while all runs: copied, read back, and only then removed here.

What is there already is not copied again, so a move that was cut off goes on where it was.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from torget.core.errors import Refused
from torget.files.folder import CHUNK, NEW, Folder, make_folder, root
from torget.files.models import Blob
from torget.files.store import Store

Say = Callable[[str], None]
TOLD_EVERY = 1000


@dataclass
class Moved:
    """What became of the files: counts, and the names of those that are nowhere or not what came."""

    copied: int = 0
    there: int = 0
    size: int = 0
    removed: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every file that a row names now lies where it shall."""
        return not self.missing and not self.damaged


def both() -> dict[str, Store]:
    """The two places by name. Refused("no_bucket") where only one of them is set."""
    if not settings.TORGET_FILES_S3_BUCKET:
        raise Refused("no_bucket")
    from torget.files.objects import Objects

    # The bucket alone: what is in use reads, and removes, in the folder as well.
    return {"folder": Folder(), "s3": Objects(folder_too=False)}


def count() -> dict[str, int]:
    """How many files the rows name, and how many of them lie in each place and in none. Refused("no_bucket")."""
    places = both()
    found = {"files": 0, "folder": 0, "s3": 0, "missing": 0}
    for sha, size in _rows():
        there = [name for name, place in places.items() if place.size(sha) == size]
        found["files"] += 1
        for name in there:
            found[name] += 1
        found["missing"] += not there
    return found


def move(to: str, *, remove: bool = False, say: Say = lambda line: None) -> Moved:
    """Copy every file that a row names to `to` ("s3" or "folder"); with `remove` what lies there whole is removed here.

    Refused("no_bucket"), and OSError where a place does not answer: what was copied stays, and the next call goes on.
    """
    places = both()
    target = places.pop(to)
    source = next(iter(places.values()))
    moved = Moved()
    for number, (sha, size) in enumerate(_rows(), start=1):
        _one(sha, size, source, target, moved, remove=remove)
        if number % TOLD_EVERY == 0:
            say(f"{number} filer: {moved.copied} kopierade, {moved.there} fanns redan")
    return moved


def _rows() -> Iterator[tuple[str, int]]:
    yield from Blob.objects.order_by("pk").values_list("pk", "size").iterator(chunk_size=2000)


def _one(sha: str, size: int, source: Store, target: Store, moved: Moved, *, remove: bool) -> None:
    if target.size(sha) == size:
        moved.there += 1
    elif (copy := _fetched(sha, source, moved)) is not None:
        target.put(sha, copy)
        moved.copied += 1
        moved.size += size
    else:
        return
    if not remove or source.size(sha) is None:
        return
    # Removed here only when the other place has given the very same bytes back.
    with target.open(sha) as file:
        same = _digest(file) == sha
    if same:
        source.remove(sha)
        moved.removed += 1
    else:
        moved.damaged.append(sha)


def _fetched(sha: str, source: Store, moved: Moved) -> Path | None:
    """A copy of the file on this disk, hashed on the way; None, and counted, when it is gone or not what came."""
    folder = root() / "incoming"
    make_folder(folder)
    try:
        with source.open(sha) as file, tempfile.NamedTemporaryFile(dir=folder, prefix=NEW, delete=False) as copy:
            found = _digest(file, copy.write)
            copy.flush()
            os.fsync(copy.fileno())
    except FileNotFoundError:
        moved.missing.append(sha)
        return None
    path = Path(copy.name)
    if found != sha:
        path.unlink()
        moved.damaged.append(sha)
        return None
    return path


def _digest(file: BinaryIO, also: Callable[[bytes], object] = lambda chunk: None) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        also(chunk)
    return digest.hexdigest()

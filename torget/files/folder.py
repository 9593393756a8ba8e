"""Files in a folder: under their hash, whole and down to the disk before they have their name."""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

CHUNK = 1024 * 1024
NEW = ".new-"  # how a file begins that is not whole yet
ASIDE = "undanlagt"
"""Where files lie that no row names: they are kept for a while, and come back when a row names them after all."""


def root() -> Path:
    """The folder of all blobs."""
    return Path(settings.TORGET_HOME) / "files"


def checked(sha256: str) -> str:
    """The hash itself; ValueError for what is no hash, so that no other file is ever reached."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in lower-case hex")
    return sha256


def path_of(sha256: str) -> Path:
    """Where the bytes with this hash lie in the folder; ValueError for what is no hash."""
    checked(sha256)
    return root() / sha256[:2] / sha256[2:4] / sha256


class Folder:
    """The store of one machine (or of several that share the folder)."""

    name = "folder"

    def size(self, sha256: str) -> int | None:
        """How many bytes lie there; None when there is no such file."""
        try:
            return path_of(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def lies(self, sha256: str) -> bool:
        """Whether there are such bytes at all, also set aside."""
        return path_of(sha256).exists() or self._aside(sha256).exists()

    def put(self, sha256: str, new: Path) -> None:
        """Give a whole file that has been synced its name."""
        target = path_of(sha256)
        make_folder(target.parent)
        put_in_place(new, target)

    def put_bytes(self, sha256: str, body: bytes, *, damaged: bool = False) -> None:
        """Write bytes under their name, whole or not at all. `damaged` is for a restore: here every name is taken as given."""
        target = path_of(sha256)
        make_folder(target.parent)
        put_in_place(write_new(target.parent, [body]), target)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes; FileNotFoundError when they are gone. What was set aside too early is brought back."""
        try:
            return path_of(sha256).open("rb")
        except FileNotFoundError:
            # Another may have brought it back just now: where it should lie is looked at once more in any case.
            self.bring_back(sha256)
            return path_of(sha256).open("rb")

    def open_file(self, sha256: str) -> BinaryIO:
        """The bytes as a file of the system, which a child process can be given."""
        return self.open(sha256)

    def remove(self, sha256: str) -> bool:
        """Remove the bytes, wherever they lie; whether there were any."""
        found = False
        for place in (path_of(sha256), self._aside(sha256)):
            found = place.exists() or found
            place.unlink(missing_ok=True)
        return found

    def names(self, beginning: str = "") -> Iterator[tuple[str, float]]:
        """Name and age in seconds of each file whose name begins so (two letters of it, or none)."""
        for path in root().glob(f"{beginning or '??'}/??/*"):
            if len(path.name) == 64:
                yield from _aged(path)

    def set_aside(self, sha256: str) -> None:
        """Put a file away that no row names."""
        make_folder(root() / ASIDE)
        path = path_of(sha256)
        os.utime(path)
        os.replace(path, self._aside(sha256))

    def bring_back(self, sha256: str) -> bool:
        """Put a file back that was set aside; whether there was one."""
        try:
            os.replace(self._aside(sha256), path_of(sha256))
        except FileNotFoundError:
            return False
        return True

    def set_aside_names(self) -> Iterator[tuple[str, float]]:
        """Name and age in seconds, since it was set aside, of each such file."""
        for path in (root() / ASIDE).glob("*"):
            yield from _aged(path)

    def forget(self, sha256: str) -> None:
        """Remove a file that was set aside."""
        self._aside(sha256).unlink(missing_ok=True)

    def place(self, sha256: str) -> str:
        """Where the file lies, for whoever has to look for it."""
        return str(path_of(sha256))

    def _aside(self, sha256: str) -> Path:
        return root() / ASIDE / checked(sha256)


def _aged(path: Path) -> Iterator[tuple[str, float]]:
    try:
        # File times are the machine's own, so core.clock is not asked.
        yield path.name, time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return


def write_new(folder: Path, chunks: Iterable[bytes]) -> Path:
    """Write a file under a passing name, down to the disk; on any error nothing of it is left."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=NEW)
    try:
        try:
            for chunk in chunks:
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(descriptor, rest[:CHUNK]) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def put_in_place(new: Path, target: Path) -> None:
    """Give a whole file its name in one step, and make the name last as well."""
    try:
        os.replace(new, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents; a folder's name is only safe when the one above it has been synced."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Force a folder's list of names to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

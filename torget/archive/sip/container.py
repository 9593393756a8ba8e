"""The ZIP that a package is: written once from front to back, hashed on the way, named when it is whole."""

import errno
import hashlib
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from torget.core.errors import Refused

CHUNK = 1024 * 1024
UNFINISHED = ".paket-"
"""How a file begins that is not a package yet."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the package, as METS and PREMIS tell of it. `path` is from the package's own folder."""

    path: str
    size: int
    sha256: str
    media_type: str
    created: datetime


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn "no space left" and "not allowed" into refusals that a page can say in words."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Refused("disk_full") from error
        if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError | FileExistsError):
            raise Refused("folder_unwritable", error.strerror or "") from error
        raise


@dataclass
class Container:
    """A package while it is written: `folder` is its own in the ZIP, `place` the one on disk."""

    folder: str
    place: Path
    zip: zipfile.ZipFile
    made_at: datetime
    files: list[Listed] = field(default_factory=list)
    beat: Callable[[int], None] = lambda done: None

    def _info(self, path: str, size: int, *, packed: bool) -> zipfile.ZipInfo:
        # ZIP has local times without a zone, in steps of two seconds: the package's own, so that it is the same everywhere.
        info = zipfile.ZipInfo(f"{self.folder}/{path}", date_time=self.made_at.astimezone(UTC).timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o100644 << 16
        info.create_system = 3
        info.file_size = size
        return info

    def add(self, path: str, source: BinaryIO, size: int, media_type: str, *, wanted: str = "", packed: bool = False,
            created: datetime | None = None) -> Listed:  # fmt: skip
        """Put a file in, read once. Refused("file_damaged") when its size, or its hash where `wanted`, is not what it was."""
        digest, read = hashlib.sha256(), 0
        with self.zip.open(self._info(path, size, packed=packed), "w") as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                target.write(chunk)
                read += len(chunk)
                self.beat(len(chunk))
        if read != size or (wanted and digest.hexdigest() != wanted):
            raise Refused("file_damaged", path)
        listed = Listed(path, size, digest.hexdigest(), media_type, created or self.made_at)
        self.files.append(listed)
        return listed

    def add_bytes(self, path: str, body: bytes, media_type: str) -> Listed:
        """Put a small file in."""
        with self.zip.open(self._info(path, len(body), packed=True), "w") as target:
            target.write(body)
        listed = Listed(path, len(body), hashlib.sha256(body).hexdigest(), media_type, self.made_at)
        self.files.append(listed)
        return listed

    def add_spool(self, path: str, spool: BinaryIO, media_type: str, *, packed: bool = True) -> Listed:
        """Put in what was written to a file of passing."""
        size = spool.tell()
        spool.seek(0)
        return self.add(path, spool, size, media_type, packed=packed)


@contextmanager
def new_container(folder: Path, name: str, made_at: datetime, beat: Callable[[int], None]) -> Iterator[Container]:
    """A package that gets its name when the block ends well; what ends badly leaves nothing behind.

    A process that is killed leaves a file that begins with `UNFINISHED`, which nobody takes for a package.
    Errors: Refused disk_full | folder_unwritable.
    """
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{UNFINISHED}{name}-{os.getpid()}"
        try:
            with unfinished.open("xb") as file:
                with zipfile.ZipFile(file, "w", compresslevel=1) as archive:
                    yield Container(name, folder, archive, made_at, beat=beat)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, folder / f"{name}.zip")
        finally:
            unfinished.unlink(missing_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def clear_unfinished(folder: Path, older_than: float) -> int:
    """Remove what killed processes have left, untouched for so many seconds; returns how many files."""
    cleared = 0
    for path in folder.glob(f"{UNFINISHED}*"):
        try:
            # File times are the machine's own: they are compared with its own clock. Who is alive writes all the time.
            if time.time() - path.stat().st_mtime > older_than:
                path.unlink()
                cleared += 1
        except FileNotFoundError:
            continue
    return cleared

"""Where the bytes of files lie: in a folder, or in an object store where one is set. The only place that chooses."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from torget.files.folder import Folder


class Store(Protocol):
    """Bytes under their SHA-256, put whole and never changed. `folder.Folder` and `objects.Objects` say the rest."""

    name: str

    def size(self, sha256: str) -> int | None: ...
    def lies(self, sha256: str) -> bool: ...
    def put(self, sha256: str, new: Path) -> None: ...
    def put_bytes(self, sha256: str, body: bytes, *, damaged: bool = False) -> None: ...
    def open(self, sha256: str) -> BinaryIO: ...
    def open_file(self, sha256: str) -> BinaryIO: ...
    def remove(self, sha256: str) -> bool: ...
    def names(self, beginning: str = "") -> Iterator[tuple[str, float]]: ...
    def set_aside(self, sha256: str) -> None: ...
    def bring_back(self, sha256: str) -> bool: ...
    def set_aside_names(self) -> Iterator[tuple[str, float]]: ...
    def forget(self, sha256: str) -> None: ...
    def place(self, sha256: str) -> str: ...


def store() -> Store:
    """The store that is in use."""
    where = (settings.TORGET_FILES_S3_BUCKET, settings.TORGET_FILES_S3_PREFIX, settings.TORGET_FILES_S3_ENDPOINT)
    return _objects(*where) if settings.TORGET_FILES_S3_BUCKET else _folder


_folder = Folder()


@lru_cache(maxsize=4)
def _objects(bucket: str, prefix: str, endpoint: str) -> Store:
    """One client for each bucket: it holds the connections. Its arguments are what it reads from the settings."""
    from torget.files.objects import Objects

    return Objects()

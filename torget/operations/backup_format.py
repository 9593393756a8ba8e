"""The file that a backup is: a tar of age files, a manifest and its signature. Written, resumed, and read back by number.

docs/rules/backup.md has the format. Checking without the private key lives in torget/journal/verifier/backups.py, which
residents and auditors can run alone; what is here needs the key (reading) or the public half (writing).
"""

import errno
import fcntl
import io
import json
import os
import tarfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from torget.core.errors import Refused

PLAIN = 32 * 1024 * 1024
"""Bytes of what a segment holds before it is encrypted; the format allows twice that."""
PIECE = 16 * 1024 * 1024
"""A file that is larger is cut into pieces of this size: no segment ever needs more memory than a few of them."""
HEADER, MANIFEST, NOTE = "torget-backup.json", "manifest.json", "manifest.note"
UNFINISHED, LOG = ".ofardig", ".ofardig-logg"
ABREAST = 2  # segments that are encrypted at once; the library lets go of Python's lock meanwhile
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def tar_header(name: str, size: int) -> bytes:
    """The 512 bytes that stand before a file in a tar; the same for the same name and size."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def padding(size: int) -> bytes:
    """What fills a file's last block of 512 bytes."""
    return b"\0" * (-size % 512)


END = b"\0" * 1024


class Part:
    """The unfinished backup beside its later name, with a log of what is whole in it, so that a kill costs one segment."""

    def __init__(self, target: Path, begun: dict[str, Any]) -> None:
        """Open or take up again. `begun` must be the same to go on: recipients, installation. Refused: backup_busy, disk_full,
        folder_missing (nothing can be written there under such a name).
        """
        self.target = target
        self.path = target.with_name(target.name + UNFINISHED)
        self.log = target.with_name(target.name + LOG)
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Refused("disk_full" if error.errno in _FULL else "folder_missing", str(target)) from error
        self.file: BinaryIO = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise Refused("backup_busy", str(self.path)) from None
        self.segments: list[dict[str, Any]] = []
        self.resumed = 0
        self._take_up(begun)

    def _take_up(self, begun: dict[str, Any]) -> None:
        lines = self.log.read_bytes().splitlines() if self.log.exists() else []
        known: list[dict[str, Any]] = []
        for line in lines:
            try:
                known.append(json.loads(line))
            except ValueError:
                break  # the line that the kill cut
        if known and known[0] == begun:
            size, end = self.path.stat().st_size, int(known[0]["end"])
            for segment in known[1:]:
                # Files lie first. The database is one moment: what was copied of it is copied anew.
                if segment["kind"] != "files" or segment["end"] > size:
                    break
                self.segments.append(segment)
                end = segment["end"]
            self.resumed = len(self.segments)
        else:
            end = 0
        self.file.seek(end)
        self.file.truncate(end)
        # The log is written anew so that it never says more than the file holds.
        with _disk_full():
            new = self.log.with_name(self.log.name + ".ny")
            kept = [begun, *self.segments] if end else []
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"".join(_line(item) for item in kept))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.log)

    def begin(self, begun: dict[str, Any], header: bytes) -> None:
        """Write the header, unless an earlier try has."""
        if self.file.tell():
            return
        self.member(HEADER, header)
        self.note(begun)

    def member(self, name: str, body: bytes) -> None:
        """Add a file to the tar, down to the disk. Refused("disk_full"): then nothing of the backup is left."""
        with _disk_full():
            for piece in (tar_header(name, len(body)), body, padding(len(body))):
                rest = memoryview(piece)
                while rest:
                    rest = rest[self.file.write(rest) :]
            os.fdatasync(self.file.fileno())

    def note(self, item: dict[str, Any]) -> None:
        """Say in the log that something is whole."""
        with _disk_full(), self.log.open("ab", buffering=0) as file:
            file.write(_line(item))
            os.fdatasync(file.fileno())

    def finish(self, manifest: bytes, note: str) -> None:
        """Close the tar and give it its name: from here on it looks whole, and is."""
        self.member(MANIFEST, manifest)
        if note:
            self.member(NOTE, note.encode())
        with _disk_full():
            self.file.write(END)
            os.fsync(self.file.fileno())
        self.path.replace(self.target)
        folder = os.open(self.target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.log.unlink(missing_ok=True)
        self.file.close()

    def abandon(self) -> None:
        """Take away what was begun: a disk that is full needs the space more."""
        self.path.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        self.file.close()

    def close(self) -> None:
        """Leave it unfinished, to be taken up again."""
        self.file.close()


def _line(item: dict[str, Any]) -> bytes:
    return json.dumps(item, separators=(",", ":")).encode() + b"\n"


class _disk_full:
    """Turn "no space left" into a refusal that is said in words."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise Refused("disk_full") from error


class Segments:
    """Gathers entries into segments, encrypts them abreast, and writes them in their order."""

    def __init__(self, part: Part, recipients: Sequence[str]) -> None:
        self.part = part
        self._recipients = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
        self._pool = ThreadPoolExecutor(ABREAST, thread_name_prefix="torget-backup")
        self._waiting: deque[tuple[str, list[Any], Future[tuple[bytes, str]]]] = deque()
        self._gathered, self._size, self._whole = list[bytes](), 0, list[Any]()
        self.number = len(part.segments)

    def __enter__(self) -> "Segments":
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, kind: str, name: str, body: bytes, whole: Any = None) -> None:
        """Put an entry in; `whole` is what is complete with it, for the log."""
        header = tar_header(name, len(body))
        if self._size and self._size + len(header) + len(body) > PLAIN:
            self.flush(kind)
        self._gathered += [header, body, padding(len(body))]
        self._size += len(header) + len(body)
        if whole is not None:
            self._whole.append(whole)

    def flush(self, kind: str) -> None:
        """End the segment that is being gathered."""
        if not self._gathered:
            return
        plain = b"".join([*self._gathered, END])
        whole = self._whole
        self._gathered, self._size, self._whole = [], 0, []
        self._waiting.append((kind, whole, self._pool.submit(self._sealed, plain)))
        while len(self._waiting) > ABREAST:
            self._write()

    def _sealed(self, plain: bytes) -> tuple[bytes, str]:
        body: bytes = pyrage.encrypt(plain, self._recipients)
        return body, sha256(body).hexdigest()

    def drain(self, kind: str) -> None:
        """End the segment and have all of them on disk."""
        self.flush(kind)
        while self._waiting:
            self._write()

    def _write(self) -> None:
        kind, whole, future = self._waiting.popleft()
        body, digest = future.result()
        self.number += 1
        name = f"{self.number:06d}.age"
        self.part.member(name, body)
        segment = {
            "name": name, "kind": kind, "size": len(body), "sha256": digest, "whole": whole,
            "end": self.part.file.tell(),
        }  # fmt: skip
        self.part.note(segment)
        self.part.segments.append(segment)


# ---- reading --------------------------------------------------------------------------------------------------------


def identities(path: Path) -> list[Any]:
    """The private keys in an identity file, one a line beside comments. Refused("identity_broken"|"identity_missing")."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise Refused("identity_missing", str(path)) from None
    except (OSError, ValueError):
        raise Refused("identity_broken", str(path)) from None
    try:
        found = [pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.strip() and line[0] != "#"]
    except (pyrage.IdentityError, ValueError):
        raise Refused("identity_broken", str(path)) from None
    if not found:
        raise Refused("identity_broken", str(path))
    return found


def entries(sealed: bytes, keys: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    """What a segment holds: names and bytes. Refused: other_identity (none of the keys opens it), segment_broken."""
    try:
        plain = pyrage.decrypt(sealed, list(keys))
    except pyrage.DecryptError as error:
        raise Refused("other_identity" if "key" in str(error).lower() else "segment_broken") from None
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for member in tar:
                body = tar.extractfile(member)
                if body is None:
                    raise Refused("segment_broken", member.name[:100])
                yield member.name, body.read()
    except tarfile.TarError:
        raise Refused("segment_broken") from None

"""Keep bytes and give them back: by content hash, on disk before the row, never changed."""

import errno
import hashlib
import logging
import mmap
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from torget.core import clock
from torget.core.errors import Refused
from torget.files import rules
from torget.files.models import Blob

log = logging.getLogger("torget.files")

CHUNK = 1024 * 1024
_NEW = ".new-"  # how a file begins that is not whole yet


def root() -> Path:
    """The folder of all blobs."""
    return Path(settings.TORGET_HOME) / "files"


def path_of(sha256: str) -> Path:
    """Where the bytes with this hash lie; ValueError for what is no hash, so that no other file is ever reached."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError("not a SHA-256 in lower-case hex")
    return root() / sha256[:2] / sha256[2:4] / sha256


def keep(
    body: bytes, *, filename: str = "", media_type: str = "", limit: int = rules.MAX_RECEIVED, shown: bool = False
) -> Blob:
    """Keep these bytes and return their Blob; the same content gives the same Blob, and a lost file is written again.

    `filename` and `media_type` are the sender's claims: they decide nothing and are kept with the attachment.
    `shown` is for the renderer alone: our own re-encoded picture, ready as it is.
    Raises Refused("file_too_large") over `limit` bytes and Refused("disk_full"); then there is neither row nor file.
    """
    if rules.why_refused(len(body), limit=limit):
        raise Refused("file_too_large")
    sha256 = hashlib.sha256(body).hexdigest()
    target = path_of(sha256)
    rewritten = not _is_whole(target, len(body))
    if rewritten:
        with _disk_full_is_refused():
            _make_folder(target.parent)
            new = _write_new(target.parent, [body])
            _put_in_place(new, target)
    return _row(sha256, body, filename=filename, media_type=media_type, shown=shown, rewritten=rewritten)


def keep_stream(
    chunks: Iterable[bytes], *, filename: str = "", media_type: str = "", limit: int = rules.MAX_RECEIVED
) -> Blob:
    """Like `keep` for a large upload that comes in pieces: hashed while it is copied, so memory stays small."""
    incoming = root() / "incoming"
    digest = hashlib.sha256()
    size = 0

    def counted() -> Iterable[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            if rules.why_refused(size, limit=limit):
                raise Refused("file_too_large")
            digest.update(chunk)
            yield chunk

    with _disk_full_is_refused():
        _make_folder(incoming)
        new = _write_new(incoming, counted())
        target = path_of(digest.hexdigest())
        rewritten = not _is_whole(target, size)
        if rewritten:
            _make_folder(target.parent)
            _put_in_place(new, target)
        else:
            new.unlink()
    with target.open("rb") as file:
        body: rules.Bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        try:
            return _row(target.name, body, filename=filename, media_type=media_type, shown=False, rewritten=rewritten)
        finally:
            if isinstance(body, mmap.mmap):
                body.close()


def open_blob(sha256: str) -> BinaryIO:
    """The bytes as a file open for reading, unchecked (serving); Refused("file_missing") when they are gone."""
    try:
        return path_of(sha256).open("rb")
    except FileNotFoundError:
        raise Refused("file_missing") from None


def read_verified(sha256: str) -> bytes:
    """The bytes, hashed again (disclosure, archive); Refused("file_damaged") or Refused("file_missing")."""
    with open_blob(sha256) as file:
        body = file.read()
    if hashlib.sha256(body).hexdigest() != sha256:
        raise Refused("file_damaged")
    return body


def clear_leftovers(older_than: float = 24 * 3600.0) -> int:
    """Remove half-written files that a crash left, if they are older than this many seconds; returns how many."""
    cleared = 0
    for new in root().glob(f"**/{_NEW}*"):
        try:
            # File times are the machine's own, so this is the one place that does not ask core.clock.
            if time.time() - new.stat().st_mtime > older_than:
                new.unlink()
                cleared += 1
        except FileNotFoundError:
            continue
    return cleared


def _is_whole(target: Path, size: int) -> bool:
    """Whether the file is there with all its bytes; what it holds is checked by read_verified."""
    try:
        return target.stat().st_size == size
    except FileNotFoundError:
        return False


def _row(sha256: str, body: rules.Bytes, *, filename: str, media_type: str, shown: bool, rewritten: bool) -> Blob:
    """The row of bytes that already lie on disk: the one there is, or a new one."""
    if found := Blob.objects.select_related("rendition").filter(pk=sha256).first():
        if (shown and found.showing != rules.Showing.READY) or (rewritten and found.reason_code == "file_missing"):
            showing = rules.Showing.READY if shown else rules.Showing.WAITING
            found.showing, found.reason_code, found.attempts, found.leased_until = showing.value, "", 0, None
            found.save(update_fields=["showing", "reason_code", "attempts", "leased_until"])
        return found
    sniffed = rules.sniff(body)
    showing, reason = (rules.Showing.READY, "") if shown else rules.showing_of(sniffed, body)
    if filename and rules.poses_as(rules.clean_filename(filename), sniffed):
        # Without the name, which may be a person's.
        log.debug("files.other_type holds=%s", sniffed.media_type.replace("/", "."))
    # Two who keep the same bytes at once end with one row: get_or_create reads again when the insert loses.
    blob, _ = Blob.objects.get_or_create(
        sha256=sha256,
        defaults={
            "size": len(body),
            "media_type": sniffed.media_type,
            "kind": sniffed.kind.value,
            "showing": showing.value,
            "reason_code": reason,
            "created_at": clock.now(),
        },
    )
    return blob


@contextmanager
def _disk_full_is_refused() -> Iterator[None]:
    """Turn "no space left" and "over quota" into a refusal that a page can say in words."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise Refused("disk_full") from error
        raise


def _write_new(folder: Path, chunks: Iterable[bytes]) -> Path:
    """Write a file under a passing name, down to the disk; on any error nothing of it is left."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=_NEW)
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


def _put_in_place(new: Path, target: Path) -> None:
    """Give a whole file its name in one step, and make the name last as well."""
    try:
        os.replace(new, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents; a folder's name is only safe when the one above it has been synced."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Force a folder's list of names to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Keep bytes and give them back: by content hash, in the store before the row, never changed."""

import errno
import hashlib
import logging
import mmap
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.files import rules
from torget.files.folder import CHUNK, NEW, make_folder, path_of, root, write_new
from torget.files.models import Blob
from torget.files.store import store

log = logging.getLogger("torget.files")

__all__ = [
    "CHUNK",
    "clear_leftovers",
    "keep",
    "keep_stream",
    "open_blob",
    "open_file",
    "path_of",
    "read_verified",
    "remove",
    "root",
    "sweep_strangers",
]

STRANGER = 24 * 3600.0
"""Seconds after which a file that no row names is set aside: its transaction has ended long before, one way or the other."""
FORGOTTEN = 7 * 24 * 3600.0
"""Seconds after which what was set aside is removed."""


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
    with _no_room_is_refused():
        rewritten = store().size(sha256) != len(body)
        if rewritten:
            store().put_bytes(sha256, body)
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

    with _no_room_is_refused():
        make_folder(incoming)
        new = write_new(incoming, counted())
        sha256 = digest.hexdigest()
        # Opened before it goes where it shall lie: what it is has to be seen, and the store may be on another machine.
        with new.open("rb") as file:
            try:
                rewritten = store().size(sha256) != size
                if rewritten:
                    store().put(sha256, new)
            finally:
                new.unlink(missing_ok=True)
            body: rules.Bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    try:
        return _row(sha256, body, filename=filename, media_type=media_type, shown=False, rewritten=rewritten)
    finally:
        if isinstance(body, mmap.mmap):
            body.close()


def open_blob(sha256: str) -> BinaryIO:
    """The bytes to be read from front to back, unchecked (serving); Refused("file_missing") when they are gone."""
    try:
        return store().open(sha256)
    except FileNotFoundError:
        raise Refused("file_missing") from None


def open_file(sha256: str) -> BinaryIO:
    """The bytes as a file of the system, for a child process, unchecked; Refused("file_missing") when they are gone."""
    try:
        return store().open_file(sha256)
    except FileNotFoundError:
        raise Refused("file_missing") from None


def read_verified(sha256: str) -> bytes:
    """The bytes, hashed again (disclosure, archive); Refused("file_damaged") or Refused("file_missing")."""
    with open_blob(sha256) as file:
        body = file.read()
    if hashlib.sha256(body).hexdigest() != sha256:
        raise Refused("file_damaged")
    return body


def remove(sha256: str) -> bool:
    """Remove the bytes of a file unless a row names them; whether they were removed.

    They are set aside first and looked for in the rows afterwards, so that no transaction is held while a store far away
    works: whoever keeps the same bytes meanwhile either finds them gone and writes them again (see `_row`), or has made
    the row that brings them back. Every start asks for all that was ever erased (register/actions/erasing.py), so bytes
    that are gone cost no statement.
    """
    place = store()
    if not place.lies(sha256) or Blob.objects.filter(pk=sha256).exists():
        return False
    for _ in range(3):
        with suppress(FileNotFoundError):  # set aside before
            place.set_aside(sha256)
        if _is_named(sha256):
            place.bring_back(sha256)
            return False
        place.forget(sha256)
        if not place.lies(sha256):
            return True
        # Somebody who read it has brought it back, or somebody keeps it and has not committed yet.
    return False


@transaction.atomic
def _is_named(sha256: str) -> bool:
    """Whether a row names the bytes, also one that is about to be committed: making one ourselves waits for that."""
    row, mine = Blob.objects.get_or_create(sha256=sha256, defaults=_columns(0, "", rules.Kind.OTHER, "claimed"))
    if mine:
        row.delete()
    return not mine


def sweep_strangers(beginning: str) -> int:
    """Set aside the files with names that begin so and that no row names, if they are a day old; returns how many.

    Their transaction came to nothing. Whoever keeps the same bytes at this very moment has seen the file and writes only
    the row: so nothing is removed for a week, and what a row names after all comes back, here or when it is opened.
    """
    place, moved = store(), 0
    old = [sha for sha, age in place.names(beginning) if age > STRANGER]
    for sha in _without_row(old):
        place.set_aside(sha)
        moved += 1
    return moved


def sweep_set_aside() -> int:
    """Bring back what a row names after all, and remove what has been set aside for a week; returns how many."""
    place, done = store(), 0
    found = dict(place.set_aside_names())
    unnamed = set(_without_row(list(found)))
    for sha, age in found.items():
        if sha not in unnamed:
            place.bring_back(sha)
            done += 1
        elif age > FORGOTTEN:
            place.forget(sha)
            done += 1
    return done


def _without_row(shas: list[str]) -> Iterator[str]:
    """Those that no row names, asked for in portions."""
    for start in range(0, len(shas), 500):
        part = shas[start : start + 500]
        known = set(Blob.objects.filter(pk__in=part).values_list("pk", flat=True))
        yield from (sha for sha in part if sha not in known)


def clear_leftovers(older_than: float = 24 * 3600.0) -> int:
    """Remove half-written files that a crash left, if they are older than this many seconds; returns how many."""
    cleared = 0
    for new in root().glob(f"**/{NEW}*"):
        try:
            # File times are the machine's own, so this is the one place that does not ask core.clock.
            if time.time() - new.stat().st_mtime > older_than:
                new.unlink()
                cleared += 1
        except FileNotFoundError:
            continue
    return cleared


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
    blob, mine = Blob.objects.get_or_create(
        sha256=sha256, defaults=_columns(len(body), sniffed.media_type, sniffed.kind, reason, showing)
    )
    if mine:
        # An erasure may have removed the same bytes since we saw or wrote them. From here on it sees our row.
        with _no_room_is_refused():
            if store().size(sha256) != len(body):
                store().put_bytes(sha256, bytes(body))
    return blob


def _columns(
    size: int, media_type: str, kind: rules.Kind, reason: str, showing: rules.Showing = rules.Showing.NEVER
) -> dict[str, object]:
    """What a new row holds beside its hash."""
    return {
        "size": size,
        "media_type": media_type,
        "kind": kind.value,
        "showing": showing.value,
        "reason_code": reason,
        "created_at": clock.now(),
    }


@contextmanager
def _no_room_is_refused() -> Iterator[None]:
    """Turn "no space left", "over quota" and a store that does not answer into a refusal that a page can say in words."""
    from torget.files.objects import StoreDown

    try:
        yield
    except StoreDown as error:
        raise Refused("disk_full", "store_down") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise Refused("disk_full") from error
        raise

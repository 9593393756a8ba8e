"""Reading a backup with the private key: segment by segment, each compared with the manifest before anything of it is used."""

import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from torget.core.errors import Refused
from torget.journal.verifier.backups import (
    SEGMENT_LARGEST,
    Contents,
    backup_body,
    backup_contents,
    backup_signer,
)
from torget.journal.verifier.ground import VerifierKey
from torget.journal.verifier.words import Finding, Wrong
from torget.operations.backup_format import PIECE, entries

AHEAD = 2
PIECE_MOST = 512 * 1024 * 1024
"""Bytes that one packed piece of a table may become: more is no piece of ours."""
_FILE = re.compile(r"(files|damaged)/([0-9a-f]{64})(?:\.(\d{4}))?")
_TABLE = re.compile(r"tables/([a-z0-9_]{1,63})/\d{6}\.gz")


def refused(wrong: Wrong) -> Refused:
    """What the verifier says, as a refusal with its Swedish sentence."""
    return Refused("backup_wrong", Finding(wrong.code, wrong.detail).said()["sv"])


def opened(file: BinaryIO) -> Contents:
    """What the backup says of itself, with its segments in their order. Refused("backup_wrong")."""
    try:
        contents = backup_contents(file)
    except Wrong as wrong:
        raise refused(wrong) from None
    listed = [segment["name"] for segment in contents.manifest["segments"]]
    there = list(contents.segments())
    if missing := [name for name in listed if name not in there]:
        raise refused(Wrong("backup_segment_missing", missing[0]))
    if listed != there:
        raise refused(Wrong("backup_segment_extra", next(name for name in there if name not in listed)))
    return contents


def signer(contents: Contents, trust: VerifierKey | str | None) -> tuple[VerifierKey | None, str]:
    """Who has signed, and when. Refused("backup_wrong") when the signature does not hold or is another's."""
    try:
        return backup_signer(contents, trust)
    except Wrong as wrong:
        raise refused(wrong) from None


class Reader:
    """The segments of a backup, checked, opened and taken apart, a few ahead of who uses them."""

    def __init__(self, file: BinaryIO, contents: Contents, keys: Sequence[Any]) -> None:
        self._file, self._contents, self._keys = file, contents, keys
        self.listed: list[tuple[str, int, str]] = []

    def run(
        self,
        keep: Callable[[str, str, int, bytes], None],
        tables: Callable[[Iterator[tuple[str, Iterator[bytes]]]], None],
    ) -> None:
        """Hand on all that is in it: `keep(folder, sha256, offset, bytes)` for files, `tables` the pieces of each table.

        Refused: backup_wrong (which segment), other_identity, segment_broken.
        """
        for kind, group in groupby(self._segments(), key=lambda found: found[0]):
            inside = (entry for _, body in group for entry in body)
            if kind == "database":
                tables(_by_table(inside))
            elif kind == "list":
                for name, body in inside:
                    if name == "files.list":
                        self._list(body)
            else:
                for name, body in inside:
                    found = _FILE.fullmatch(name)
                    if not found:
                        raise Refused("segment_broken", name[:100])
                    keep(found[1], found[2], int(found[3] or 0) * PIECE, body)

    def _segments(self) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
        members = self._contents.segments()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="torget-restore") as pool:
            waiting: deque[tuple[str, Future[list[tuple[str, bytes]]]]] = deque()
            for segment in self._contents.manifest["segments"]:
                body = backup_body(self._file, members[segment["name"]], SEGMENT_LARGEST)
                waiting.append((segment["kind"], pool.submit(self._opened, segment, body)))
                if len(waiting) > AHEAD:
                    kind, future = waiting.popleft()
                    yield kind, future.result()
            while waiting:
                kind, future = waiting.popleft()
                yield kind, future.result()

    def _opened(self, segment: dict[str, Any], body: bytes) -> list[tuple[str, bytes]]:
        if sha256(body).hexdigest() != segment["sha256"]:
            raise refused(Wrong("backup_segment_changed", segment["name"]))
        return list(entries(body, self._keys))

    def _list(self, body: bytes) -> None:
        if sha256(body).hexdigest() != self._contents.manifest["files"]["digest"]:
            raise refused(Wrong("backup_manifest_changed"))
        for line in body.decode().splitlines():
            sha, size, state = line.split(" ")
            self.listed.append((sha, int(size), state))


def _by_table(inside: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Iterator[bytes]]]:
    def named(entry: tuple[str, bytes]) -> str:
        found = _TABLE.fullmatch(entry[0])
        if not found:
            raise Refused("segment_broken", entry[0][:100])
        return found[1]

    for name, pieces in groupby(inside, key=named):
        yield name, (_unpacked(body) for _, body in pieces)


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    found = unpacker.decompress(body, PIECE_MOST)
    if not unpacker.eof:
        raise Refused("segment_broken")
    return found


def read_whole(path: Path) -> BinaryIO:
    """The file, open. Refused("file_unreadable")."""
    try:
        return path.open("rb")
    except OSError as error:
        raise Refused("file_unreadable", error.strerror or "") from None

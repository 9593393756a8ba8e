"""What an archive says that it becomes when somebody opens it, read without unpacking a byte."""

import struct
from dataclasses import dataclass
from mmap import mmap

MB = 1024 * 1024
ZIP_MAX_TOTAL = 1024 * MB
ZIP_MAX_RATIO = 200
ZIP_MAX_ENTRIES = 10_000
ZIP_MAX_NESTED = 10
# Small files of one letter reach any ratio; below this nobody's disk is in danger.
ZIP_HARMLESS = 20 * MB


Bytes = bytes | mmap


def zip_entries(body: Bytes) -> list[tuple[bytes, int, int, int, int]]:
    """Name, packed size, unpacked size, method and offset of each file in a zip, from the central directory alone.

    APPNOTE 6.3.10, 4.3.12 and 4.3.16. Stops one past ZIP_MAX_ENTRIES, and at the first entry that makes no sense.
    """
    end = body.rfind(b"PK\5\6", max(0, len(body) - 65_557))
    entries: list[tuple[bytes, int, int, int, int]] = []
    if end < 0 or end + 22 > len(body):
        return entries
    size, at = struct.unpack_from("<II", body, end + 12)
    if at == 0xFFFFFFFF or size == 0xFFFFFFFF:  # zip64 keeps the offset in a record of its own
        far = body.rfind(b"PK\6\6", 0, end)
        if far < 0 or far + 56 > len(body):
            return entries
        size, at = struct.unpack_from("<QQ", body, far + 40)
    elif body[at : at + 4] != b"PK\1\2" and end >= size:  # something stands before the zip (a self-extractor)
        at = end - size
    while at + 46 <= len(body) and body[at : at + 4] == b"PK\1\2" and len(entries) <= ZIP_MAX_ENTRIES:
        (method,) = struct.unpack_from("<H", body, at + 10)
        packed, unpacked, name_size, extra, comment = struct.unpack_from("<IIHHH", body, at + 20)
        (offset,) = struct.unpack_from("<I", body, at + 42)
        entries.append((body[at + 46 : at + 46 + name_size], packed, unpacked, method, offset))
        at += 46 + name_size + extra + comment
    return entries


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a zip says that it becomes; sizes in bytes."""

    entries: int
    packed: int
    unpacked: int
    nested: int  # archives inside the archive
    folded: bool  # archives that shrank when packed again, which only repeated content does

    @property
    def ratio(self) -> float:
        """Unpacked over packed."""
        return self.unpacked / max(self.packed, 1)


def zip_expansion(body: Bytes, depth: int = 0) -> Expansion:
    """Add up what a zip declares, without unpacking anything; looks into archives that lie stored in it."""
    found = zip_entries(body)
    packed = unpacked = nested = 0
    folded = False
    for name, small, large, method, offset in found:
        packed, unpacked = packed + small, unpacked + large
        if not name.lower().endswith((b".zip", b".gz", b".7z", b".rar", b".xz", b".bz2", b".tgz")):
            continue
        nested += 1
        folded = folded or large > 10 * max(small, 1)
        if method == 0 and depth < 3 and nested <= ZIP_MAX_NESTED and body[offset : offset + 4] == b"PK\3\4":
            name_size, extra = struct.unpack_from("<HH", body[offset : offset + 30].ljust(30, b"\0"), 26)
            start = offset + 30 + name_size + extra
            inner = zip_expansion(body[start : start + small], depth + 1)
            unpacked, nested, folded = unpacked + inner.unpacked, nested + inner.nested, folded or inner.folded
    return Expansion(len(found), min(packed, len(body)), unpacked, nested, folded)


def is_bomb(media_type: str, body: Bytes) -> bool:
    """Whether an archive would grow beyond all reason when somebody opens it."""
    if media_type == "application/gzip" and len(body) >= 18:
        claimed = int.from_bytes(body[len(body) - 4 :], "little")  # RFC 1952: size modulo 2^32
        return claimed > ZIP_HARMLESS and claimed > ZIP_MAX_RATIO * len(body)
    if body[:2] != b"PK":
        return False
    grown = zip_expansion(body)
    return (
        grown.unpacked > ZIP_MAX_TOTAL
        or (grown.unpacked > ZIP_HARMLESS and grown.ratio > ZIP_MAX_RATIO)
        or grown.entries > ZIP_MAX_ENTRIES
        or grown.nested > ZIP_MAX_NESTED
        or grown.folded
    )

"""The letters of mail: encoded words, addresses, message ids, dates. Nothing here raises."""

import binascii
import quopri
import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from torget.channels import text
from torget.channels.base import Sender
from torget.channels.charsets import decode

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_BARE = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_HEADER_LIMIT = 10_000
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def unfold(value: object) -> str:
    """A header as text: raw bytes in it decoded, line folds removed, at most 10 000 characters."""
    held = str(value or "")[:_HEADER_LIMIT]
    if not held.isascii():
        # Raw bytes stand as U+DC80–DCFF. Other half characters come by file names in UTF-7, and are no bytes at all.
        held = decode(_HALVES.sub("\ufffd", held).encode("utf-8", "surrogateescape"))
    return re.sub(r"\r?\n[ \t]?|\r", " ", held)


def words(value: object) -> str:
    """A header with its encoded words (RFC 2047) decoded; a broken one stays as it is written."""
    held = _BETWEEN.sub(r"\1", unfold(value))
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for match in _WORD.finditer(held):
        if match.start() > position or match[1].lower() != charset:
            out.append(decode(pending, charset) if pending else "")
            pending = b""
        out.append(held[position : match.start()])
        charset = match[1].lower()
        # Neighbours are joined before decoding, since some programs split in the middle of a letter.
        pending += _word(match[2], match[3])
        position = match.end()
    out.append(decode(pending, charset) if pending else "")
    return "".join(out) + held[position:]


def _word(encoding: str, content: str) -> bytes:
    raw = content.encode("utf-8", "surrogateescape")
    return base64(raw) if encoding in "bB" else quopri.decodestring(raw, header=True)


def base64(body: bytes) -> bytes:
    """Base64 as it comes: foreign letters skipped, missing padding added, a stray last letter dropped."""
    # Text put below the encoded part is no part of it; "=" elsewhere than at the end is noise.
    packed = body.split(b"=", 1)[0] if body.count(b"=") <= 2 else body.replace(b"=", b"")
    try:
        return binascii.a2b_base64(packed + b"==")
    except binascii.Error:
        packed = re.sub(rb"[^A-Za-z0-9+/]", b"", packed)
        if len(packed) % 4 == 1:
            packed = packed[:-1]
        return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))


def transfer_decode(body: bytes, encoding: str) -> bytes:
    """Undo the transfer encoding of a part; an unknown one is taken as none."""
    name = encoding.strip().lower()
    if "base64" in name:
        return base64(body) if _looks_packed(body) else body
    if "quoted" in name:
        return quopri.decodestring(body)
    if "uu" in name:
        return uudecode(body.splitlines())
    return body


def _looks_packed(body: bytes) -> bool:
    """Whether a part that is said to be base64 is: some programs write so above plain words."""
    start = (body.lstrip()[:200].splitlines() or [b""])[0].strip()
    return len(_NOT_BASE64.findall(start)) * 10 <= len(start)


def uudecode(lines: list[bytes]) -> bytes:
    """The lines of a uuencoded file; "begin" and "end" and broken lines are passed over."""
    out: list[bytes] = []
    for row in lines:
        if row.startswith(b"begin ") or row.strip() in (b"", b"end", b"`"):
            continue
        try:
            out.append(binascii.a2b_uu(row))
        except binascii.Error:
            # Encoders that pad wrongly: only the counted part is meant.
            try:
                out.append(binascii.a2b_uu(row[: 1 + (((row[0] - 32) & 63) * 4 + 5) // 3]))
            except binascii.Error:
                continue
    return b"".join(out)


def sender(value: object) -> Sender:
    """The first address of a header, in lower case, and the name before it.

    The address is taken apart before encoded words are decoded: a name must not be able to bring its own address.
    """
    held = unfold(value)
    for name, address in getaddresses([held]):
        if "@" in address[1:] and " " not in address.strip():
            return Sender(text.line(address, text.ADDRESS).lower(), _name(name))
    if found := _BARE.search(held):
        return Sender(text.line(found[0], text.ADDRESS).lower(), _name(held[: found.start()].rstrip("< \t")))
    # Programs that encode the whole field hide the address too. Only here may decoded words be one: there is no other.
    decoded = words(held)
    if decoded != held and (found := _BARE.search(decoded)):
        return Sender(text.line(found[0], text.ADDRESS).lower(), _name(decoded[: found.start()].rstrip("< \t")))
    return Sender("", _name(held))


def _name(value: str) -> str:
    return text.line(words(value).strip().strip("\"'").strip())


def ids(value: object) -> list[str]:
    """The message ids of a header, without angle brackets, in order."""
    held = unfold(value)
    found = re.findall(r"<([^<>]{1,1000})>", held) or [part for part in held.split() if "@" in part]
    return [key for key in (text.external_id("".join(one.split())) for one in found) if key]


def date(value: object) -> datetime | None:
    """A mail's date in UTC, None when it says nothing that can be believed."""
    held = re.sub(r"\([^()]*\)", "", unfold(value)[:200]).strip()
    if not held:
        return None
    try:
        found = parsedate_to_datetime(held)
    except (ValueError, TypeError, IndexError, OverflowError):
        return text.time(held)
    try:
        # "-0000" means that the zone is not told: the time is then UTC (RFC 5322, 3.3).
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 1970 <= found.year < 2100 else None

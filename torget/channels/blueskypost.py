"""A Bluesky post in the making: its key, its length, its links and mentions with byte offsets. Pure functions.

https://atproto.com/specs/tid, https://docs.bsky.app/docs/advanced-guides/post-richtext
"""

import io
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from torget.channels import text
from torget.channels.bluesky import POST
from torget.channels.live import Outgoing

GRAPHEMES, BYTES, PICTURES, PICTURE_BYTES, ALT = 300, 3_000, 4, 1_000_000, 2_000
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")
_LINK = re.compile(r"https?://[^\s<>\"“”«»]{3,2000}")
_MENTION = re.compile(
    r"(?<![\w@./])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.){1,10}[a-zA-Z][a-zA-Z0-9-]{1,62})"
)
_TAG = re.compile(r"(?<![\w#&/])#(?=\D)([\w\-]{1,64})")
# Long after any clock's skew and before 53 bits of microseconds are full.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def tid(microseconds: int, clock_id: int) -> str:
    """The 13 signs of a timestamp identifier: 53 bits of microseconds since 1970, 10 bits that tell clocks apart."""
    number = (microseconds & (2**53 - 1)) << 10 | (clock_id & 1023)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def tid_time(key: str) -> datetime | None:
    """When a key was made, by its own word; None where it is none."""
    if not is_tid(key):
        return None
    number = 0
    for sign in key:
        number = number << 5 | _DIGITS.index(sign)
    return text.time((number >> 10) / 1e6)


def is_tid(key: str) -> bool:
    """Whether a record key is a timestamp identifier."""
    return bool(_TID.fullmatch(key))


def new_key() -> str:
    """A key for a post to be sent now; no two alike, by the clock and 10 bits of chance."""
    return tid(time.time_ns() // 1000, secrets.randbits(10))


def key_for(uuid: UUID | str, at: datetime | None = None) -> str:
    """The key that belongs to a row's UUID, always the same. `at`: when the row was made, to the microsecond.

    Without `at` the time is the UUID's own (version 7), else one within two years of 2020: keys order listings only.
    """
    held = uuid if isinstance(uuid, UUID) else UUID(str(uuid))
    if at is None and held.version == 7:
        at = datetime.fromtimestamp((held.int >> 80) / 1000, UTC)
    return key_of_seed(held.bytes, at)


def key_of_seed(seed: bytes, at: datetime | None) -> str:
    """A key made from bytes: below the millisecond of `at`, what tells keys apart is their hash."""
    digest = int.from_bytes(sha256(seed).digest()[:12], "big")
    if at is None:
        return tid(int(_EPOCH.timestamp()) * 1_000_000 + (digest >> 10) % (2 * 365 * 86_400_000_000), digest)
    milliseconds = int(at.timestamp() * 1000)
    return tid(milliseconds * 1000 + (digest >> 10) % 1000, digest)


def rkey_of(key: str) -> str:
    """The record key of an outgoing message's key: itself where it is one, else one made from it."""
    return key if is_tid(key) else key_of_seed(key.encode("utf-8", "replace"), None)


def graphemes(words: str) -> int:
    """How many signs a reader sees: what Bluesky counts to 300."""
    if words.isascii():
        return len(words.replace("\r\n", "\n"))
    import regex  # 40 ms to import

    return len(regex.findall(r"\X", words))


def words_of(outgoing: Outgoing) -> str:
    """The text as it is posted: Bluesky has no field for a warning, so it stands first."""
    return f"{outgoing.warning}\n\n{outgoing.text}".strip() if outgoing.warning else outgoing.text.strip()


def why_not(outgoing: Outgoing) -> str:
    """Why Bluesky would not take it, as a code; "" when it would."""
    words = words_of(outgoing)
    if outgoing.visibility not in ("public", "unlisted"):
        # Everything there is public. A private answer must never become one by mistake.
        return "no_private_messages"
    if not words and not outgoing.pictures:
        return "empty"
    if graphemes(words) > GRAPHEMES or len(words.encode("utf-8", "replace")) > BYTES:
        return "too_long"
    if len(outgoing.pictures) > PICTURES:
        return "too_many_pictures"
    if any(len(picture.body) > PICTURE_BYTES for picture in outgoing.pictures):
        return "picture_too_large"
    if any(len(picture.alt) > ALT for picture in outgoing.pictures):
        return "alt_too_long"
    return ""


def facets(words: str, resolve: Callable[[str], str]) -> list[dict[str, Any]]:
    """Links, mentions and tags with their places in UTF-8 bytes. `resolve` gives a handle's DID, "" for no such name."""
    found: list[tuple[int, int, dict[str, str]]] = []
    for match in _LINK.finditer(words):
        address = _without_tail(match[0])
        found.append((match.start(), match.start() + len(address), _feature("link", uri=address)))
    taken = [(start, end) for start, end, _ in found]
    for match in _MENTION.finditer(words):
        if not any(start <= match.start() < end for start, end in taken) and (did := resolve(match[1].lower())):
            found.append((match.start(), match.end(), _feature("mention", did=did)))
    for match in _TAG.finditer(words):
        if not any(start <= match.start() < end for start, end in taken):
            found.append((match.start(), match.end(), _feature("tag", tag=match[1])))
    return [
        {"index": {"byteStart": _bytes(words[:start]), "byteEnd": _bytes(words[:end])}, "features": [feature]}
        for start, end, feature in sorted(found, key=lambda one: one[:2])
    ]


def _without_tail(address: str) -> str:
    """The address without the punctuation that ends a sentence, and without a bracket that it did not open."""
    while address and (address[-1] in ".,;:!?'’*_" or (address[-1] == ")" and address.count(")") > address.count("("))):
        address = address[:-1]
    return address


def _feature(kind: str, **values: str) -> dict[str, str]:
    return {"$type": f"app.bsky.richtext.facet#{kind}", **values}


def _bytes(words: str) -> int:
    return len(words.encode("utf-8", "replace"))


def record_of(
    outgoing: Outgoing,
    *,
    reply: Mapping[str, Any] | None,
    blobs: list[dict[str, Any]],
    resolve: Callable[[str], str],
) -> dict[str, Any]:
    """The record: the same for the same outgoing message, so that sending it again changes nothing."""
    words = words_of(outgoing)
    made_at = outgoing.made_at or tid_time(rkey_of(outgoing.key)) or datetime.now(UTC)
    record: dict[str, Any] = {"$type": POST, "text": words, "createdAt": _written(made_at)}
    if marked := facets(words, resolve):
        record["facets"] = marked
    if re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", outgoing.language):
        record["langs"] = [outgoing.language]
    if reply:
        record["reply"] = dict(reply)
    if blobs:
        images = [
            {"alt": text.clean(picture.alt), "image": blob} | _shape(picture.body)
            for picture, blob in zip(outgoing.pictures, blobs, strict=True)
        ]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shape(body: bytes) -> dict[str, Any]:
    """Width and height, so that the picture keeps its shape before it is loaded; {} for what is no picture."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(body)) as picture:
            width, height = picture.size
    except Exception:
        # Whatever Pillow stumbles over, the server judges the picture, not we.
        return {}
    return {"aspectRatio": {"width": width, "height": height}}

"""JSON deliveries: a body as it came, or a recorded cassette (VCR, YAML or JSON) taken apart into its answers."""

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import yaml

from torget.channels import charsets, text
from torget.channels.base import Broken, Ignored, Item, Raw, gather

LARGEST = 50_000_000
_DEEPEST = 100
_MOST_REFERENCES = 1_000
_ROOM = 10_000
_LONGEST_NUMBER = 400
_LONGEST_ANSWER = 20_000_000
_GZIP = b"\x1f\x8b"
_CHARSET = re.compile(r"charset=\"?([\w.:-]{1,40})", re.I)

# Answers and addresses are kept for good, so keys must not ride along in the address.
_SECRETS = {"access_token", "appsecret_proof", "authorization", "client_secret", "code", "fb_exchange_token"}
_SECRETS |= {"hub.verify_token", "input_token", "key", "oauth_token", "password", "refresh_token", "sig", "signature"}
_SECRETS |= {"token"}
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


def split_answers(body: bytes, source: str) -> Iterator[Raw]:
    """The answers of a cassette in turn, numbered from 1; anything else is one delivery."""
    try:
        interactions = _interactions(body)
    except Exception:
        # Not a cassette after all, or a broken one: reading the whole says so.
        interactions = None
    if interactions == []:
        # A recording in which nothing was asked.
        yield Raw(body=b"", source=source)
        return
    if interactions is None:
        yield Raw(body=body, source=source, media_type=_media_type(body))
        return
    # What is no answer is kept whole; but a file made of references would be without end, written out.
    room = 2 * len(body) + _ROOM
    for number, interaction in enumerate(interactions, start=1):
        try:
            yield _answer(interaction, f"{source}#{number}")
        except Exception:
            # Kept as it stands, so that reading quarantines it instead of losing it.
            held = _as_it_stands(interaction, room)
            room -= len(held)
            yield Raw(body=held, source=f"{source}#{number}", media_type="text/plain")


def _interactions(body: bytes) -> list[Any] | None:
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \r\n\t")
    recorded: Any = None
    if start.startswith((b"{", b"[")):
        if b'"interactions"' in start or b'"interactions"' in body[-200:]:
            recorded = json.loads(body)
    elif b"interactions:" in start:
        recorded = _yaml(body)
    # The second name is that of Ruby's recorder.
    found = table(recorded).get("interactions", table(recorded).get("http_interactions"))
    return found if isinstance(found, list) else None


def _as_it_stands(interaction: Any, most: int) -> bytes:
    """An interaction that is no answer, written out behind words that keep it from being read as one; some `most` bytes."""
    held = bytearray(b"no answer: ")
    encoder = json.JSONEncoder(skipkeys=True, ensure_ascii=False, default=repr)
    try:
        for part in encoder.iterencode(interaction):
            held += part.encode("utf-8", "replace")
            if len(held) > most:
                break
    except (ValueError, RecursionError):
        pass  # it goes in a circle: the first round has been kept
    return bytes(held)


def _yaml(body: bytes) -> Any:
    """A recording; ValueError for one that is built to be taken apart for ever (too deep, or made of references)."""
    # The C loader is as safe as the other and ten times as quick; a build without it has only the other.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = references = 0
    for event in yaml.parse(body, Loader=loader):
        # The events come one after another; only building the tree recurses, in C, where nothing can be caught.
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        references += isinstance(event, yaml.AliasEvent)
        if depth > _DEEPEST or references > _MOST_REFERENCES:
            raise ValueError("built to be taken apart for ever")
    return yaml.load(body, Loader=loader)  # nosec B506  # noqa: S506  a safe loader, chosen above


def _answer(interaction: Any, source: str) -> Raw:
    request, response = interaction.get("request") or {}, interaction["response"]
    held = response.get("body")
    body: Any = held
    if isinstance(held, dict):
        body = held.get("string", held.get("base64_string", ""))
        if "base64_string" in held and "string" not in held:
            body = base64.b64decode(body)
    # A recording decodes with "surrogateescape" where the answer was no UTF-8.
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogateescape")
    elif not isinstance(body, bytes):
        body = b""
    headers = {str(k).lower(): v for k, v in (response.get("headers") or {}).items()}
    return Raw(
        body=_unpacked(body, _header(headers, "content-encoding")),
        source=source,
        media_type=_header(headers, "content-type") or _media_type(body),
        method=text.line(request.get("method") or "GET", 10).upper(),
        url=without_secrets(text.line(request.get("uri") or request.get("url") or "", 8_000)),
    )


def _header(headers: dict[str, Any], name: str) -> str:
    held = headers.get(name, "")
    return text.line(held[0] if isinstance(held, list) and held else held, 100)


def _unpacked(body: bytes, told: str = "") -> bytes:
    """An answer without its compression; one that a recorder has unpacked already stays as it is."""
    ways = (31,) if body.startswith(_GZIP) else (15, -15) if "deflate" in told else ()
    for bits in ways:
        try:
            return zlib.decompressobj(bits).decompress(body, LARGEST)
        except zlib.error:
            continue
    return body


def _media_type(body: bytes) -> str:
    start = body[:100].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith((b"{", b"[")):
        return "application/json"
    return "image/*" if start.startswith(_PICTURES) else "application/octet-stream"


def without_secrets(url: str) -> str:
    """The address without keys and tokens in its query, and without name and password in front of the host."""
    try:
        parts = urlsplit(url)
        query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in _SECRETS]
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))[: text.URL]
    except ValueError:
        return ""


def parse(raw: Raw) -> Any | Item:
    """The JSON of a delivery, or the one item to give instead when there is none.

    The caller tells them apart by type: JSON is never a dataclass.
    """
    if len(raw.body) > LARGEST:
        return Broken("too_large", f"{len(raw.body)} bytes")
    start = raw.body[:200].lstrip(b"\xef\xbb\xbf \r\n\t\x00").lower()
    if not start and not raw.body.strip(b"\xef\xbb\xbf \r\n\t\x00"):
        return Ignored("empty_answer")
    if raw.body.startswith(_PICTURES) or raw.media_type.startswith("image/"):
        return Ignored("picture")
    if start.startswith((b"<!doctype html", b"<html")):
        return Ignored("web_page")
    try:
        return loads(raw.body, raw.media_type)
    except ValueError:
        return Broken("not_json", f"{len(raw.body)} bytes")


def loads(body: bytes, media_type: str = "") -> Any:
    """JSON as services write it. Errors: ValueError.

    What is only nearly JSON is read all the same: another charset, line ends and NULs inside words, numbers without end,
    since one odd field that nobody asks for would take a whole page with it.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested without end") from None
    except ValueError:
        pass
    told = _CHARSET.search(media_type)
    plain = charsets.decode(_whole(body), told[1] if told else "utf-8").strip("\ufeff \r\n\t\x00")
    try:
        return json.loads(plain, strict=False, parse_int=_number)
    except RecursionError:
        raise ValueError("nested without end") from None


def _whole(body: bytes) -> bytes:
    """JSON without its compression, at most as long as an answer may be that comes without. Errors: ValueError."""
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, _LONGEST_ANSWER)
    except zlib.error:
        return body
    if unpacker.unconsumed_tail:
        raise ValueError("packed to something without end")
    return plain


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def table(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one: answers lie about their shape."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or of Graph's {"data": […]}; anything else is no rows."""
    if isinstance(value, dict):
        value = value.get("data")
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def each(read: Callable[[dict[str, Any]], list[Item]], value: Any) -> list[Item]:
    """Read the objects of a list (see `rows`), each by itself; what is no object is no message, and is counted as such."""
    held = value.get("data") if isinstance(value, dict) else value
    listed = held if isinstance(held, list) else []
    return gather(lambda row: read(row) if isinstance(row, dict) else [Ignored("not_a_message")], listed)

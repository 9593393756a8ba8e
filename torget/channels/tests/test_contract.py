"""What holds for every channel in the registry, whatever bytes it is given."""

import dataclasses
import json
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.channels.base import (
    FAULTS,
    REASONS,
    Broken,
    Channel,
    Deleted,
    Ignored,
    Incoming,
    Item,
    Raw,
    Report,
    Visibility,
)
from torget.channels.registry import CHANNELS
from torget.core.testing import naughty_strings

DATA = Path(__file__).parent / "data"
EVERY = pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))

# Bytes that lead deeper into the channels than noise does.
_SEEDS = [path.read_bytes() for path in sorted(DATA.iterdir())]
_PIECES = st.sampled_from(
    [b"", b"\x00", b"\xff\xfe", b'"', b"{", b"[]", b"\n\n", b"From ", b": ", b"=?", b"<", b"\xed\xa0\xbd", b"\\ud83d"]
)


@st.composite
def _spoilt(draw: st.DrawFn) -> bytes:
    """A fixture with a part cut out and noise put in."""
    body = draw(st.sampled_from(_SEEDS))
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 40)))
    return body[:start] + draw(st.one_of(_PIECES, st.binary(max_size=20))) + body[end:]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _texts(one)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))


def _times(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _times(getattr(value, field.name))


def check(items: list[Item]) -> None:
    """The promises of base.py, for any items."""
    assert items, "a delivery that holds nothing says so"
    for item in items:
        assert isinstance(item, (Incoming, Deleted, Report, Ignored, Broken))
        if isinstance(item, (Incoming, Deleted)):
            assert item.external_id
        if isinstance(item, Ignored):
            assert item.reason in REASONS
        if isinstance(item, Broken):
            assert item.reason in FAULTS
        for text in _texts(item):
            assert "\x00" not in text
            assert unicodedata.is_normalized("NFC", text)
            assert len(text) <= 1_000_000
            text.encode("utf-8")
        for time in _times(item):
            assert time.utcoffset() is not None
            assert not time.utcoffset()


def _through(channel: Channel, body: bytes, own: str = "") -> list[Item]:
    raws = list(channel.split(body, "fil"))
    assert raws, "a file is at least one delivery"
    return [item for raw in raws for item in _checked(channel, raw, own)]


def _checked(channel: Channel, raw: Raw, own: str) -> list[Item]:
    items = channel.read(raw, own=own)
    check(items)
    return items


@EVERY
class TestEveryChannel:
    """One class over the registry: a new channel is held to it without a line more."""

    def test_it_says_who_it_is(self, channel: Channel) -> None:
        assert CHANNELS[channel.name] is channel
        assert str(channel.label)
        assert 1 <= len(channel.mark) <= 2
        assert isinstance(channel.default_visibility, Visibility)

    @given(body=st.binary(max_size=400), own=st.sampled_from(["", "ekevik", "a@example.org"]))
    def test_noise_never_raises(self, channel: Channel, body: bytes, own: str) -> None:
        _through(channel, body, own)
        _checked(channel, Raw(body, "x", method="DELETE", url="https://a/api/v1/statuses/1"), own)

    @given(body=_spoilt())
    def test_spoilt_deliveries_never_raise(self, channel: Channel, body: bytes) -> None:
        _through(channel, body)

    def test_the_same_bytes_give_the_same_items(self, channel: Channel) -> None:
        for body in _SEEDS:
            assert _through(channel, body) == _through(channel, body)

    def test_naughty_strings_in_every_field(self, channel: Channel) -> None:
        for text in naughty_strings():
            for body in _filled(channel.name, text):
                _through(channel, body, own=text)


def _filled(name: str, text: str) -> list[bytes]:
    """Deliveries of a channel with a string in each field that it reads."""
    if name == "mastodon":
        account = {"id": text, "acct": text, "username": text, "display_name": text, "url": text}
        fields = (
            "id",
            "uri",
            "url",
            "content",
            "spoiler_text",
            "visibility",
            "language",
            "created_at",
            "in_reply_to_id",
        )
        return [json.dumps(dict.fromkeys(fields, text) | {"account": account}).encode()]
    if name == "facebook":
        who = {"id": text, "name": text}
        parts = ("message", "created_time", "permalink_url", "attachment", "parent")
        comment = dict.fromkeys(parts, text) | {"id": text, "from": who, "comment_count": text}
        value = {"item": "comment", "verb": "add", "comment_id": text, "post_id": text, "message": text, "from": who}
        entry = [{"id": text, "time": text, "changes": [{"field": "feed", "value": value}]}]
        return [json.dumps(comment).encode(), json.dumps({"object": text, "entry": entry}).encode()]
    if name == "mail":
        held = text.encode("utf-8", "surrogatepass").replace(b"\n", b" ")
        headers = (
            b"From",
            b"Subject",
            b"Date",
            b"Message-ID",
            b"References",
            b"Content-Type",
            b"Return-Path",
            b"Received",
        )
        part = b"--B\nContent-Type: image/png; name=" + held + b"\nContent-Disposition: " + held + b"\n\nx\n--B--\n"
        mixed = b"From: " + held + b"\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n" + held + b"\n" + part
        return [b"".join(one + b": " + held + b"\n" for one in headers) + b"\n" + held, mixed]
    if name == "csv":
        cell = '"' + text.replace('"', '""') + '"'
        return [("id,text,namn,epost,datum\n" + ",".join([cell] * 5) + "\n").encode("utf-8", "surrogatepass")]
    names = ("id", "text", "subject", "name", "address", "sent_at", "visibility", "url", "context")
    return [json.dumps(dict.fromkeys(names, text)).encode()]

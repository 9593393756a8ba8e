"""A Bluesky post in the making: keys, length, places in bytes, what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.channels.blueskypost import (
    facets,
    graphemes,
    is_tid,
    key_for,
    new_key,
    record_of,
    rkey_of,
    tid,
    tid_time,
    why_not,
)
from torget.channels.live import Outgoing, Picture
from torget.core.testing import data_files

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
UUID_1 = UUID("11111111-2222-4333-8444-555555555555")


def lines(name: str) -> list[str]:
    rows: list[str] = []
    for path in data_files("payloads/bluesky-snapshots", f"interop-test-files/syntax/{name}"):
        rows += [row for row in Path(path).read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]
    return rows


def test_keys_are_timestamp_identifiers() -> None:
    for key in (new_key(), key_for(uuid4()), key_for(UUID_1, AT), rkey_of("whatever it is"), rkey_of("")):
        assert is_tid(key), key
    # From the specification's own examples.
    assert is_tid("3jzfcijpj2z2a")
    for key in lines("tid_syntax_valid.txt"):
        assert is_tid(key), key
    for key in lines("tid_syntax_invalid.txt"):
        assert not is_tid(key), key


def test_a_row_has_always_the_same_key_and_no_other_has_it() -> None:
    assert key_for(UUID_1) == key_for(str(UUID_1)) == key_for(UUID_1)
    assert len({key_for(uuid4()) for _ in range(3_000)}) == 3_000
    assert rkey_of(key_for(UUID_1)) == key_for(UUID_1)


def test_a_key_tells_when_it_was_made() -> None:
    told = tid_time(key_for(UUID_1, AT))
    assert told is not None
    assert abs((told - AT).total_seconds()) < 0.002
    assert tid_time("nonsense") is None


@given(st.integers(0, 2**53 - 1), st.integers(0, 1023))
def test_keys_sort_as_their_times(microseconds: int, clock_id: int) -> None:
    assert is_tid(tid(microseconds, clock_id))
    assert tid(microseconds, clock_id) <= tid(microseconds + 1, 0) or microseconds == 2**53 - 1


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("åäö", 3),
        ("a\u030a", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("🇸🇪", 1),
        ("\r\n", 1),
    ],
)
def test_length_is_what_a_reader_sees(words: str, count: int) -> None:
    assert graphemes(words) == count


def nobody(handle: str) -> str:
    return ""


def everybody(handle: str) -> str:
    return f"did:plc:{handle}"


@pytest.mark.parametrize(
    ("words", "resolve", "marked"),
    [
        pytest.param(
            "Läs https://a.example/å.", everybody, ["https://a.example/å"], id="a full stop ends the sentence"
        ),
        pytest.param(
            "(https://a.example/b_(c))", everybody, ["https://a.example/b_(c)"], id="brackets that belong to it"
        ),
        pytest.param("hej @kim.example!", everybody, ["@kim.example"], id="a mention"),
        pytest.param("hej @kim.example!", nobody, [], id="a mention of nobody"),
        pytest.param("kim@ekevik.example", everybody, [], id="a mail address is no mention"),
        pytest.param(
            "https://a.example/@kim.example", everybody, ["https://a.example/@kim.example"], id="inside a link"
        ),
        pytest.param("👋 #Åkervägen #12 x#y", everybody, ["#Åkervägen"], id="tags, and numbers are none"),
    ],
)
def test_what_is_marked_by_bytes(words: str, resolve: Callable[[str], str], marked: list[str]) -> None:
    held = words.encode()
    found = [held[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in facets(words, resolve)]
    assert found == marked


@given(st.text(st.sampled_from("aå👋 .@#/:()\n") | st.characters(codec="utf-8"), max_size=60))
def test_marks_lie_on_signs_in_order_and_apart(words: str) -> None:
    end = 0
    for one in facets(f"{words} https://a.example {words}", everybody):
        assert one["index"]["byteStart"] >= end
        end = one["index"]["byteEnd"]
        f"{words} https://a.example {words}".encode()[one["index"]["byteStart"] : end].decode()


def out(text: str = "Hej", **more: object) -> Outgoing:
    return Outgoing(**({"key": "3jzfcijpj2z2a", "text": text} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outgoing", "why"),
    [
        (out(), ""),
        (out("å" * 300), ""),
        (out("👨‍👩‍👧‍👦" * 100), ""),
        (out("å" * 301), "too_long"),
        (out("👨‍👩‍👧‍👦" * 130), "too_long"),
        (out("å" * 298, warning="Varning"), "too_long"),
        (out(" "), "empty"),
        (out(visibility="direct"), "no_private_messages"),
        (out(visibility="followers"), "no_private_messages"),
        (out(pictures=(Picture("a", "image/png", b"x" * 1_000_001, "a"),)), "picture_too_large"),
        (out(pictures=(Picture("a", "image/png", b"x", "a" * 2_001),)), "alt_too_long"),
        (out(pictures=(Picture("a", "image/png", b"x", "a"),) * 5), "too_many_pictures"),
        (out("", pictures=(Picture("a", "image/png", b"x", "a"),)), ""),
    ],
)
def test_what_is_refused_before_anything_leaves(outgoing: Outgoing, why: str) -> None:
    assert why_not(outgoing) == why


def test_the_same_message_is_the_same_record() -> None:
    one, other = (record_of(out("Å @kim.example"), reply=None, blobs=[], resolve=everybody) for _ in range(2))
    assert one == other
    assert one["langs"] == ["sv"]
    made = record_of(
        out(made_at=AT, warning="Starka bilder", language="??"), reply={"root": {}}, blobs=[], resolve=nobody
    )
    assert made["createdAt"] == "2026-11-22T09:30:00.000Z"
    assert made["text"] == "Starka bilder\n\nHej"
    assert "langs" not in made

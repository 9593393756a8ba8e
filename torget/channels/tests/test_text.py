"""Cleaning of text, times, addresses and file names."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.channels import text

FORBIDDEN = {"\x00", "\x07", "\x1b", "\x7f", "\ud800", "\ufffe", "\uffff"}


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="line ends"),
        pytest.param("a\x00b", "a\ufffdb", id="NUL"),
        pytest.param("a\ud83db", "a\ufffdb", id="lone surrogate"),
        pytest.param("A\u030a", "Å", id="NFC"),
        pytest.param(None, "", id="nothing"),
        pytest.param(17, "17", id="a number"),
        pytest.param({"a": 1}, "", id="an object is no text"),
        pytest.param("åäö 👍🏽", "åäö 👍🏽", id="what people write"),
    ],
)
def test_clean(value: object, cleaned: str) -> None:
    assert text.clean(value) == cleaned


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=[]), max_size=300), st.integers(1, 50))
def test_cleaned_text_can_be_stored(value: str, limit: int) -> None:
    cleaned = text.clean(value, limit)
    assert len(cleaned) <= limit
    assert FORBIDDEN.isdisjoint(cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")


def test_endless_marks_do_not_stop_the_cleaning() -> None:
    cleaned = text.clean("a" + "\u0316\u0301" * 40_000)
    assert "\u034f" in cleaned
    assert len(cleaned) <= text.TEXT


@pytest.mark.parametrize(
    ("value", "utc"),
    [
        pytest.param("2026-11-16T13:07:00.123Z", "2026-11-16T13:07:00.123", id="Mastodon"),
        pytest.param("2026-11-16T13:07:00+0000", "2026-11-16T13:07:00", id="Graph"),
        pytest.param(1794834420, "2026-11-16T13:07:00", id="seconds"),
        pytest.param(1794834420000, "2026-11-16T13:07:00", id="milliseconds"),
        pytest.param("1794834420", "2026-11-16T13:07:00", id="seconds as text"),
        pytest.param("2026-11-16 14:07", "2026-11-16T13:07:00", id="without zone: Stockholm in winter"),
        pytest.param("2026-07-16 14:07", "2026-07-16T12:07:00", id="without zone: Stockholm in summer"),
        pytest.param("16.11.2026 kl. 14.07", "2026-11-16T13:07:00", id="Swedish"),
        pytest.param("16/11/2026", "2026-11-15T23:00:00", id="a day"),
    ],
)
def test_time(value: object, utc: str) -> None:
    assert text.time(value) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, "", "i går", True, -1e300, 1e300, "0000-00-00", "9999-12-31", [], "2026-13-01"]
)
def test_no_time(value: object) -> None:
    assert text.time(value) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param("../../etc/passwd", "passwd", id="path"),
        pytest.param("C:\\Users\\Bo\\bild.jpg", "bild.jpg", id="Windows path"),
        pytest.param("..", "bilaga", id="dots"),
        pytest.param("", "bilaga", id="none"),
        pytest.param(".htaccess", "htaccess", id="hidden"),
        pytest.param("a\x00b?.pdf", "ab_.pdf", id="odd letters"),
        pytest.param("å" * 300 + ".jpeg", "å" * 145 + ".jpeg", id="long, ending kept"),
    ],
)
def test_filename(value: str, name: str) -> None:
    assert text.filename(value, "bilaga") == name


def test_links_are_web_addresses() -> None:
    assert text.link("https://example.org/a") == "https://example.org/a"
    assert text.link("javascript:alert(1)") == ""
    assert text.link("https://example.org/" + "a" * 3_000) == ""


def test_long_ids_stay_different() -> None:
    one, two = text.external_id("x" * 1_000), text.external_id("x" * 1_001)
    assert one != two
    assert len(one) == text.ID


@pytest.mark.parametrize("value", ["http://[x", "https://[hub]/", "http://a\u2100b/", None, 5, [], ""])
def test_what_is_no_address_has_no_parts(value: object) -> None:
    assert text.parts(value) == ("", "", "", "", "")


def test_parts_of_an_address() -> None:
    assert text.parts("https://example.org:8/a?b#c") == ("https", "example.org:8", "/a", "b", "c")

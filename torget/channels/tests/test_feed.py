"""Reading web feeds: identity, edits, markup, charsets and broken XML; what is about us."""

import io
import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.channels.base import Broken, Ignored, Incoming, Item, Raw
from torget.channels.feed import Feed, NotAFeed, address_with, read_feed
from torget.channels.tests.test_contract import check
from torget.core.testing import data_files, naughty_strings, shared_data

FEED = "https://bladet.example/flode.xml"
recorded = pytest.mark.skipif(shared_data() is None, reason="no recorded data beside this checkout")


def read(body: str | bytes, *, words: tuple[str, ...] = (), media_type: str = "application/xml") -> list[Item]:
    held = body.encode() if isinstance(body, str) else body
    items = Feed().read(Raw(held, "x", media_type, url=address_with(FEED, words)), own=FEED)
    check(items)
    return items


def messages(body: str | bytes, **more: Any) -> list[Incoming]:
    return [item for item in read(body, **more) if isinstance(item, Incoming)]


def rss(*entries: str, head: str = "") -> str:
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    top = "<title>Bladet</title><link>https://bladet.example/</link>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{top}{head}{items}</channel></rss>'


def test_an_entry_as_a_message() -> None:
    (found,) = messages(
        rss(
            "<guid>nr-1</guid><title>Badet &amp; bron</title><link>https://bladet.example/1</link>"
            "<author>ida@bladet.example (Ida)</author>"
            "<description>&lt;p&gt;Badet i Ekevik &lt;b&gt;öppnar&lt;/b&gt;.&lt;/p&gt;"
            "&lt;script&gt;alert(1)&lt;/script&gt;</description>"
            "<pubDate>Sun, 22 Nov 2026 09:00:00 +0100</pubDate><enclosure url='https://bladet.example/1.mp3' type='audio/mpeg'/>"
        )
    )
    assert (found.external_id, found.subject, found.text) == ("nr-1", "Badet & bron", "Badet i Ekevik öppnar.")
    assert found.sender.address == "ida@bladet.example"
    assert found.sender.name == "Ida (Bladet)"
    assert found.sent_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert found.url == "https://bladet.example/1"
    assert "[audio] https://bladet.example/1.mp3" in found.whole


@pytest.mark.parametrize(
    ("entries", "keys"),
    [
        pytest.param(["<guid isPermaLink='false'>a</guid><title>x</title>"], ["a"], id="its id"),
        pytest.param(["<link>https://a.example/1</link><title>x</title>"], ["https://a.example/1"], id="else its link"),
        pytest.param(
            [f"<guid>0</guid><link>https://a.example/{n}</link><title>x</title>" for n in (1, 2)],
            ["https://a.example/1", "https://a.example/2"],
            id="an id that several have is none",
        ),
    ],
)
def test_identity(entries: list[str], keys: list[str]) -> None:
    assert [item.external_id for item in messages(rss(*entries))] == keys


def test_without_id_and_link_the_content_is_the_name() -> None:
    one, other = "<title>Möte</title><pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate>", "<title>Annat</title>"
    first = [item.external_id for item in messages(rss(one, other))]
    assert len(set(first)) == 2
    assert all(key.startswith("content:") for key in first)
    assert [item.external_id for item in messages(rss(other, one))] == first[::-1]


def test_updated_is_an_edit_and_otherwise_none() -> None:
    entry = "<entry><id>a</id><title>x</title><published>2026-11-01T00:00:00Z</published><updated>{}</updated></entry>"
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>B</title>{}</feed>'
    (same,) = messages(atom.format(entry.format("2026-11-01T00:00:00Z")))
    (changed,) = messages(atom.format(entry.format("2026-11-02T00:00:00Z")))
    assert same.edited_at is None
    assert changed.edited_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert changed.sent_at == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "text", "is_about_us"),
    [
        pytest.param(("Ekevik",), "Bron i Ekevik är klar", True, id="a name"),
        pytest.param(("Ekevik",), "ekeviks kommun bygger", True, id="in the genitive and any case"),
        pytest.param(("Ekevik",), "Ekevikarna vann", False, id="another word that begins alike"),
        pytest.param(("Ekevik*",), "Ekevikarna vann", True, id="unless that is wanted"),
        pytest.param(("Åre",), "Årets vinnare", False, id="a short name is not half a word"),
        pytest.param(("Ekevik",), "Nyekevik", False, id="nor the end of one"),
        pytest.param(
            ("https://ekevik.example/",), "Se <a href='http://www.ekevik.example/bad'>här</a>", True, id="a link"
        ),
        pytest.param(("Ekevik", "Storån"), "Storån stiger", True, id="any of several"),
        pytest.param(("Ekevik",), "Något helt annat", False, id="nothing of it"),
        pytest.param((), "Något helt annat", True, id="no words: everything"),
        pytest.param(("*", " "), "Något", True, id="words that are none"),
    ],
)
def test_what_is_about_us(words: tuple[str, ...], text: str, is_about_us: bool) -> None:
    escaped = text.replace("<", "&lt;")
    (item,) = read(rss(f"<guid>1</guid><description>{escaped}</description>"), words=words)
    assert isinstance(item, Incoming) is is_about_us
    assert is_about_us or item == Ignored("context", "1")


def test_json_feed() -> None:
    entries = [
        {"id": 7, "url": "https://a.example/7", "title": "T", "content_html": "<p>Hej <b>du</b></p>", "tags": ["x"]},
        {
            "id": "8",
            "content_text": "Bara text",
            "date_published": "2026-11-22T10:00:00+01:00",
            "authors": [{"name": "Kim"}],
        },
        {"content_html": ["fel"]},
        "inte ens ett objekt",
    ]
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "Bloggen", "language": "sv", "items": entries}
    first, second, nothing, odd = read(json.dumps(body), media_type="application/feed+json")
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert (first.external_id, first.text, first.language) == ("7", "Hej du", "sv")
    assert second.sender.name == "Kim (Bloggen)"
    assert second.sent_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert isinstance(nothing, Ignored)
    assert odd == Ignored("not_a_message")


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_charsets_declared_and_told(charset: str) -> None:
    body = rss("<guid>1</guid><title>Å, ä och ö</title>").replace('"1.0"', f'"1.0" encoding="{charset}"')
    assert messages(body.encode(charset))[0].subject == "Å, ä och ö"


def test_a_charset_that_only_the_server_tells() -> None:
    body = rss("<guid>1</guid><title>Å, ä och ö</title>").encode("iso-8859-1")
    assert messages(body, media_type="application/xml; charset=iso-8859-1")[0].subject == "Å, ä och ö"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param("<!DOCTYPE html><html><body>Strax tillbaka</body></html>", Ignored, id="a page"),
        pytest.param("hej", Broken, id="words"),
        pytest.param("{}", Broken, id="other JSON"),
        pytest.param("", Ignored, id="nothing"),
        pytest.param(rss(), Ignored, id="no entries"),
    ],
)
def test_what_is_no_feed(body: str, kind: type[Item]) -> None:
    (item,) = read(body)
    assert isinstance(item, kind)


def test_nothing_is_fetched_or_opened_for_what_a_feed_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    secret = tmp_path / "hemligt.txt"
    secret.write_text("HEMLIGT")
    entity = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>'
    body = rss("<guid>1</guid><title>a &x; b</title>").replace("<rss", entity + "<rss")
    assert "HEMLIGT" not in str(read(body))
    assert "HEMLIGT" not in str(read(str(secret)))


def test_an_entity_that_grows_without_end_takes_no_time() -> None:
    bomb = (
        "<!DOCTYPE rss [<!ENTITY a0 'ha'>"
        + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
        + "]>"
    )
    body = rss("<guid>1</guid><title>&a11;</title>").replace("<rss", bomb + "<rss")
    began = time.process_time()
    assert len(str(read(body))) < 1_000_000
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("\n" * 300_000 + rss("<title>x</title>"), id="blank lines before the first element"),
        pytest.param("\n" * 300_000 + "<!DOCTYPE rss>", id="and nothing after them"),
        pytest.param("<!DOCTYPE a " * 30_000 + rss("<title>x</title>"), id="a prologue without end"),
        pytest.param(rss(f"<title>x</title><author>{'x' * 300_000}</author>"), id="a very long author"),
        pytest.param(
            rss("<title>x</title>" + "".join(f"<category>{n}</category>" for n in range(9_000))), id="categories"
        ),
        pytest.param(("\n" * 100_000 + rss("<title>x</title>")).encode("utf-16"), id="blank lines in UTF-16"),
        pytest.param(
            b"<?xml version='1.0' encoding='punycode'?>" + b"a" * 300_000, id="a charset that nobody writes in"
        ),
    ],
)
def test_what_would_hold_up_the_process_takes_no_time(body: str | bytes) -> None:
    began = time.process_time()
    read(body)
    assert time.process_time() - began < 5


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_noise_in_a_feed_stops_nothing(noise: bytes, place: int, is_json: bool) -> None:
    body = rss("<guid>1</guid><title>x</title>").encode()
    if is_json:
        body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_text": "x", "date_published": 1}]}'
    read(body[:place] + noise + body[place:])


def test_naughty_strings_in_every_field() -> None:
    for text in naughty_strings():
        names = ("id", "url", "title", "content_text", "content_html", "summary", "date_published", "language")
        item = dict.fromkeys(names, text) | {"authors": [{"name": text, "url": text}]}
        read(json.dumps({"title": text, "items": [item]}), words=(text[:50],))
        safe = text.encode("utf-8", "replace").decode().replace("]]>", "")
        inner = "".join(
            f"<{tag}><![CDATA[{safe}]]></{tag}>"
            for tag in ("guid", "title", "link", "author", "pubDate", "description")
        )
        read(rss(inner))


@recorded
def test_every_recorded_feed_is_read_to_its_end() -> None:
    kinds: Counter[str] = Counter()
    for path in data_files("payloads/feeds-feedparser", "**/*.xml", "**/*.json"):
        for raw in Feed().split(path.read_bytes(), path.name):
            items = Feed().read(raw, own=FEED)
            check(items)
            kinds.update(type(item).__name__ for item in items)
    # One file is empty but for its first line.
    assert kinds["Broken"] <= 1
    assert kinds["Incoming"] >= 28


@recorded
def test_recorded_charsets_and_identities() -> None:
    (big5,) = data_files("payloads/feeds-feedparser", "illformed/chardet/big5.xml")
    assert "\ufffd" not in read_feed(big5.read_bytes()).title
    for path in data_files("payloads/feeds-feedparser", "wellformed/**/*guid*.xml", "wellformed/**/entry_id*.xml"):
        told = feedparser.parse(io.BytesIO(path.read_bytes())).entries
        found = read_feed(path.read_bytes()).entries
        assert [entry.given_id for entry in found] == [dict.get(one, "id", "") for one in told]


@recorded
def test_granarys_json_feeds_say_the_same_as_their_rss() -> None:
    for path in data_files("payloads/granary", "testdata/*.feed.json"):
        try:
            entries = read_feed(path.read_bytes(), "application/feed+json").entries
        except NotAFeed:
            # Some hold raw line breaks in their strings.
            continue
        given = json.loads(path.read_bytes(), strict=False)["items"]
        assert len(entries) == len(given)
        for entry, row in zip(entries, given, strict=True):
            if isinstance(row.get("content_text"), str):
                assert entry.words == row["content_text"].strip()

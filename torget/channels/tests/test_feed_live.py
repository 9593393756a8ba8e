"""Polling a feed and subscribing at its hub: only what is new, never into our own network, one of four problems."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.web import Asked, Said, Web
from torget.channels import feedlive
from torget.channels.base import Ignored, Incoming, Item
from torget.channels.feed import LARGEST, Feed
from torget.channels.feedlive import FeedLive, proved
from torget.channels.live import Connection, Fetched, GiveUp, NeedsLogin, Outgoing, Problem, Retry
from torget.core import clock

LIVE = FeedLive()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Site:
    """A site with one feed; `said` is what it answers to everything."""

    def __init__(self) -> None:
        self.said: Callable[[Asked], Said] = lambda asked: self.feed(asked)
        self.body = b""
        self.etag = '"1"'
        self.more: dict[str, str] = {}
        self.web = Web(lambda asked: self.said(asked))

    def feed(self, asked: Asked) -> Said:
        if asked.method == "POST":
            return Said(status=202)
        if asked.headers.get("if-none-match") == self.etag:
            return Said(status=304)
        return Said(self.body, headers={"ETag": self.etag, "Content-Type": "application/rss+xml", **self.more})

    def write(self, *titles: str, changed: str = "x") -> None:
        items = "".join(f"<item><guid>{title}</guid><title>{title}</title></item>" for title in titles)
        date = f"<lastBuildDate>{changed}</lastBuildDate>"
        self.body = f"<rss version='2.0'><channel><title>Bladet</title>{date}{items}</channel></rss>".encode()
        self.etag = f'"{changed}-{len(titles)}"'


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = Site()
    with made.web:
        made.write("Ett i Ekevik", "Två")
        yield made


def connection(site: Site, secrets: Mapping[str, str] | None = None, **settings: Any) -> Connection:
    return Connection(f"{site.web.url}/flode", settings, secrets or {}, 5.0)


def read(fetched: Fetched) -> list[Item]:
    return [item for raw in fetched.raws for item in Feed().read(raw, own="https://a.example/f")]


def test_only_what_has_changed_is_given(site: Site) -> None:
    first = LIVE.fetch(connection(site), {})
    assert [item.external_id for item in read(first) if isinstance(item, Incoming)] == ["Ett i Ekevik", "Två"]
    again = LIVE.fetch(connection(site), first.cursor)
    assert again.raws == ()
    assert site.web.asked[-1].headers["if-none-match"] == '"x-2"'
    # A feed that sets its date anew each time it is asked brings nothing.
    site.write("Ett i Ekevik", "Två", changed="y")
    third = LIVE.fetch(connection(site), again.cursor)
    assert third.raws == ()
    site.write("Ett i Ekevik", "Två", "Tre", changed="y")
    assert len(LIVE.fetch(connection(site), third.cursor).raws) == 1


def test_only_what_is_about_us_becomes_a_message(site: Site) -> None:
    items = read(LIVE.fetch(connection(site, words=["Ekevik"]), {}))
    assert [type(item) for item in items] == [Incoming, Ignored]


def test_the_title_is_what_the_account_is_called(site: Site) -> None:
    assert LIVE.check(connection(site)) == "Bladet"


def test_a_feed_that_has_moved_for_good_is_asked_there(site: Site) -> None:
    site.said = lambda asked: (
        Said(status=301, headers={"Location": "/ny"}) if asked.path == "/flode" else site.feed(asked)
    )
    fetched = LIVE.fetch(connection(site), {})
    assert fetched.cursor["url"] == f"{site.web.url}/ny"
    LIVE.fetch(connection(site), fetched.cursor)
    assert [asked.path for asked in site.web.asked] == ["/flode", "/ny", "/ny"]


def test_a_page_that_names_its_feed_leads_to_it(site: Site) -> None:
    link = b"<link type='application/rss+xml' rel='alternate' href='/flode?a=1&amp;b'>"
    page = b"<!DOCTYPE html><head><link rel=icon href=/x>" + link
    site.said = lambda asked: Said(page) if asked.path == "/" else site.feed(asked)
    start = Connection(f"{site.web.url}/", {}, {})
    assert LIVE.check(start) == "Bladet"
    fetched = LIVE.fetch(start, {})
    assert fetched.raws
    assert fetched.cursor["url"] == f"{site.web.url}/flode?a=1&b"


def test_the_password_is_only_for_whom_it_was_given(site: Site) -> None:
    with Web(site.feed) as elsewhere:
        site.said = lambda asked: Said(status=302, headers={"Location": f"{elsewhere.url}/f"})
        assert LIVE.fetch(connection(site, {"user": "a", "password": "b"}), {}).raws
        assert site.web.asked[0].headers["authorization"].startswith("Basic ")
        assert "authorization" not in elsewhere.asked[0].headers


@pytest.mark.parametrize("status", [301, 302, 308])
def test_nor_is_it_told_to_whom_the_cursor_or_a_page_leads(site: Site, status: int) -> None:
    secrets = {"user": "a", "password": "b"}
    with Web(site.feed) as elsewhere:
        site.said = lambda asked: Said(status=status, headers={"Location": f"{elsewhere.url}/f"})
        first = LIVE.fetch(connection(site, secrets), {})
        LIVE.fetch(connection(site, secrets), first.cursor)
        page = f"<html><link rel=alternate type=application/rss+xml href='{elsewhere.url}/f'>".encode()
        site.said = lambda asked: Said(page)
        LIVE.check(connection(site, secrets))
        named = LIVE.fetch(connection(site, secrets), {})
        LIVE.fetch(connection(site, secrets), named.cursor)
        assert len(elsewhere.asked) == 5
        assert not any("authorization" in asked.headers for asked in elsewhere.asked)
        assert all("authorization" in asked.headers for asked in site.web.asked)


def test_nor_is_it_ever_sent_in_the_clear_to_a_site_that_has_https(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, bool] = {}

    def exchange(client: Any, method: str, url: str, timeout: float, **options: Any) -> feedlive.Page:
        told[url] = options["auth"] is not None
        led = {"location": "http://blad.example/f"} if url.startswith("https:") else {}
        return feedlive.Page(302 if led else 200, led, b"<rss version='2.0'><channel/></rss>", url)

    monkeypatch.setattr(feedlive, "_exchange", exchange)
    LIVE.fetch(Connection("https://blad.example/", {}, {"user": "a", "password": "b"}), {})
    assert told == {"https://blad.example/": True, "http://blad.example/f": False}


@pytest.mark.parametrize(
    ("said", "kind", "why"),
    [
        pytest.param(Said(status=404), Retry, "http_404", id="not there just now"),
        pytest.param(Said(status=500), Retry, "http_500", id="broken"),
        pytest.param(Said(status=410), GiveUp, "http_410", id="gone for good"),
        pytest.param(Said(status=401), NeedsLogin, "http_401", id="wants a password"),
        pytest.param(Said(b"<html>Strax tillbaka</html>"), Retry, "not_a_feed", id="a page for people"),
        pytest.param(Said(b"x" * 50, cut=9), Retry, "cut_", id="cut off"),
        pytest.param(Said(cut=-1), Retry, "cut_", id="hung up"),
        pytest.param(Said(b"<rss>" + b" " * LARGEST), GiveUp, "too_large", id="larger than 5 MB"),
        pytest.param(Said(status=302, headers={"Location": "/flode"}), GiveUp, "led_in_circles", id="in circles"),
        pytest.param(
            Said(status=302, headers={"Location": "file:///etc/passwd"}), GiveUp, "led_nowhere", id="to a file"
        ),
        pytest.param(Said(status=302, headers={"Location": "http://[x"}), GiveUp, "led_nowhere", id="to no address"),
        pytest.param(
            Said(b"no gzip at all", headers={"Content-Encoding": "gzip"}), Retry, "cut_", id="no gzip though it says so"
        ),
    ],
)
def test_what_goes_wrong_is_one_of_the_four(site: Site, said: Said, kind: type[Problem], why: str) -> None:
    site.said = lambda asked: said
    with pytest.raises(kind) as told:
        LIVE.fetch(connection(site), {})
    assert told.value.why.startswith(why)


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("120", 120.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("snart", 0.0),
        ("9" * 30, 86_400.0),
        (f"Sun, 22 Nov {'9' * 20} 12:00:30 GMT", 0.0),
    ],
)
def test_a_site_that_says_when_is_believed(site: Site, after: str, seconds: float) -> None:
    site.said = lambda asked: Said(status=503, headers={"Retry-After": after})
    with pytest.raises(Retry) as told:
        LIVE.fetch(connection(site), {})
    assert (told.value.why, told.value.after) == ("http_503", seconds)


def test_an_address_in_our_own_network_is_never_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
    for address in (site.web.url, "http://[::1]:1/", "http://localhost:1/", "http://169.254.169.254/latest/"):
        with pytest.raises(GiveUp, match="address_inside"):
            LIVE.fetch(Connection(address), {})
    assert site.web.asked == []
    with pytest.raises(GiveUp, match="no_address"):
        LIVE.fetch(Connection("file:///etc/passwd"), {})


class TestHub:
    """WebSub: found, subscribed to once a day, with secrets that are kept before the hub may ask."""

    @pytest.fixture
    def hub(self, site: Site) -> Iterator[Web]:
        with Web(lambda asked: Said(status=202)) as running:
            site.more = {"Link": f'<{running.url}/hub>; rel="hub", </flode>; rel="self"'}
            yield running

    def settings(self) -> dict[str, Any]:
        return {"callback": "https://torget.example/websub/7/"}

    def test_is_asked_once_its_secrets_are_kept(self, site: Site, hub: Web) -> None:
        first = LIVE.fetch(connection(site, **self.settings()), {})
        assert first.more
        assert hub.asked == []
        secrets = dict(first.renewed)
        second = LIVE.fetch(connection(site, secrets, **self.settings()), json.loads(json.dumps(dict(first.cursor))))
        assert not second.more
        (asked,) = hub.asked
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert form["hub.callback"] == f"https://torget.example/websub/7/{secrets['websub_token']}/"
        assert form["hub.topic"] == second.cursor["websub"]["topic"] == f"{site.web.url}/flode"
        assert form["hub.secret"] == secrets["websub_secret"]
        assert form["hub.mode"] == "subscribe"

    def test_the_lease_is_renewed_each_day(self, site: Site, hub: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        secrets, cursor = {"websub_token": "t", "websub_secret": "s"}, dict[str, Any]()
        for hours, times in ((0, 1), (1, 1), (23, 1), (25, 2)):
            monkeypatch.setattr(clock, "now", lambda hours=hours: NOW + timedelta(hours=hours))
            cursor = dict(LIVE.fetch(connection(site, secrets, **self.settings()), cursor).cursor)
            assert len(hub.asked) == times

    def test_a_hub_that_fails_stops_no_polling(self, site: Site, hub: Web) -> None:
        hub.answer = lambda asked: Said(status=500)
        secrets = {"websub_token": "t", "websub_secret": "s"}
        fetched = LIVE.fetch(connection(site, secrets, **self.settings()), {})
        assert fetched.raws
        assert fetched.cursor["websub"]["problem"] == "http_500"

    def test_a_hub_whose_address_is_none_is_passed_over(self, site: Site, hub: Web) -> None:
        site.more = {"Link": f'<https://[hub]/>; rel="hub", <{hub.url}/hub>; rel="hub"'}
        fetched = LIVE.fetch(connection(site), {})
        assert fetched.raws
        assert fetched.cursor["websub"]["hub"] == f"{hub.url}/hub"
        site.more = {"Link": '<https://[hub]/>; rel="hub"'}
        assert LIVE.fetch(connection(site), {}).raws

    def test_without_a_callback_there_is_only_polling(self, site: Site, hub: Web) -> None:
        fetched = LIVE.fetch(connection(site), {})
        assert not fetched.more
        assert not fetched.renewed
        assert hub.asked == []


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_proves_the_body(name: str) -> None:
    made = hmac.new(b"hemligt", b"body", name).hexdigest()
    assert proved(b"body", f"{name}={made}", "hemligt")
    assert not proved(b"body!", f"{name}={made}", "hemligt")
    assert not proved(b"body", f"{name}={made}", "annat")


@pytest.mark.parametrize("header", ["", "sha256", "sha256=", "md5=abc", "sha256=å", "=x"])
def test_no_signature_proves_nothing(header: str) -> None:
    assert not proved(b"body", header, "hemligt")
    assert not proved(b"body", "sha1=" + hmac.new(b"", b"body", "sha1").hexdigest(), "")


def test_it_sends_and_removes_nothing(site: Site) -> None:
    with pytest.raises(GiveUp):
        LIVE.send(connection(site), Outgoing("k", "Hej"))
    with pytest.raises(GiveUp):
        LIVE.remove(connection(site), "x")
    assert LIVE.look(connection(site), Outgoing("k", "Hej")) is None


@given(
    body=st.binary(max_size=60) | st.just(b"<rss version='2.0'><channel/></rss>"),
    status=st.sampled_from([200, 204, 301, 304, 400, 429, 503, 599]),
    headers=st.dictionaries(
        st.sampled_from(["location", "link", "etag", "content-type", "retry-after", "last-modified"]),
        st.text(max_size=30) | st.sampled_from(['<x>; rel="hub"', "http://[", "</a>;rel=self", "text/xml; charset=x"]),
    ),
    cursor=st.dictionaries(st.sampled_from(["url", "etag", "websub", "digest"]), st.none() | st.text() | st.integers()),
)
def test_any_answer_at_all_raises_nothing_else(
    body: bytes, status: int, headers: dict[str, str], cursor: dict[str, Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            feedlive, "_exchange", lambda *a, **k: feedlive.Page(status, headers, body, "https://a.example/f")
        )
        settings = {"callback": "https://t.example/websub/1/", "words": cursor.get("etag")}
        try:
            fetched = LIVE.fetch(Connection("https://a.example/f", settings, {"websub_token": "t"}), cursor)
        except Problem:
            return
        json.dumps(dict(fetched.cursor))
        read(fetched)

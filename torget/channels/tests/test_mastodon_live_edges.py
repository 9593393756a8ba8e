"""Mastodon, live: whatever a server answers, nothing but the four problems comes out; logging in; where we may not go."""

import json
import re
from collections.abc import Iterator
from queue import Queue
from threading import Event
from typing import Any

import httpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mastodon import TOKEN, Mastodon
from tests.support.mastodonwords import Answer as Said
from torget.channels import mastodonlogin, mastodonpush, mastodonserver, outside
from torget.channels.live import Connection, Fetched, GiveUp, Outgoing, Problem, Retry
from torget.channels.mastodon import Mastodon as Reader
from torget.channels.mastodonlive import MastodonLive
from torget.channels.mastodonserver import Answer, Server, server_address, wait_seconds
from torget.channels.tests.test_contract import check as check_items

LIVE = MastodonLive()


@pytest.fixture(autouse=True)
def _loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")


@pytest.fixture(scope="module")
def server() -> Iterator[Mastodon]:
    with Mastodon() as running:
        for acct in ("ekevik", "alva@social.exempel.se"):
            running.account(acct)
        yield running


def to(server: Mastodon) -> Connection:
    return Connection(f"ekevik@{server.host}", {"server": server.url}, {"token": TOKEN}, timeout=5.0)


# ---- whatever is answered ------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    "id status account acct content uri url type mention 5 public replies_count in_reply_to_id in_reply_to_account_id "
    "ancestors descendants visibility username error created_at 2026-11-16T13:00:00Z media_attachments \ud800 "
    "999999999999999999999 statuses ".split(" ")
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=20,
)
STATUS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"id": st.sampled_from(["5", "6", "70", 8, None, {}, "a b"]), "content": st.just("<p>Hej</p>") | JSON},
    optional={"account": JSON, "in_reply_to_id": JSON, "replies_count": JSON, "uri": JSON, "visibility": JSON},
)
NOTE: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"id": st.sampled_from(["1", "2", "30", 4, None, []]), "type": st.just("mention"), "status": STATUS | JSON}
)
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(NOTE, max_size=4).map(lambda rows: json.dumps(rows).encode()),
    st.lists(STATUS, max_size=4).map(lambda rows: json.dumps(rows).encode()),
    STATUS.map(lambda row: json.dumps(row).encode()),
    st.binary(max_size=30),
    st.just(b"[" * 50_000),
)
HEADERS = [
    "",
    "5",
    "soon",
    "Wed, 21 Oct 2026 07:28:00 GMT",
    "2026-11-22T12:00:00Z",
    "<http://[?a=b>; rel=next",
    "9" * 11,
]
ANSWERS = st.builds(
    lambda body, status, headers: Answer(status, body, "http://a/x", "application/json", headers),
    BODIES,
    st.sampled_from([200, 200, 200, 200, 202, 206, 301, 400, 401, 403, 404, 408, 410, 418, 422, 429, 500, 503, 599]),
    st.dictionaries(
        st.sampled_from(["retry-after", "x-ratelimit-reset", "x-ratelimit-remaining", "x-ratelimit-limit", "link"]),
        st.sampled_from(HEADERS),
        max_size=3,
    ),
)  # fmt: skip
CURSORS = st.dictionaries(
    st.sampled_from(["me", "stage", "round", "recent", "back", "own", "threads", "inside"]), JSON, max_size=5
) | st.sampled_from(
    [
        {"me": "1", "stage": stage, "threads": {"5": 0}, "back": {"max": "9", "left": 4}}
        for stage in ("news", "newer", "own", "threads", "back")
    ]
)


@given(answers=st.lists(ANSWERS, min_size=1, max_size=6), cursor=CURSORS)
@settings(max_examples=80)
def test_whatever_is_answered_nothing_but_a_problem_comes_out(answers: list[Answer], cursor: dict[str, Any]) -> None:
    connection = Connection("ekevik@a", {"server": "http://127.0.0.1:9"}, {"token": "t"})
    place = [0]

    def exchange(self: Server, method: str, url: str, lost: Any, options: Any) -> Answer:
        place[0] += 1
        said = answers[place[0] % len(answers)]
        return Answer(said.status, said.body, url, said.media_type, said.headers, method)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "_exchange", exchange)
        patch.setattr("torget.channels.mastodonsend._PAUSE", 0.0)
        _never_raises(lambda: LIVE.check(connection))
        fetched = _never_raises(lambda: LIVE.fetch(connection, cursor))
        outgoing = Outgoing("k", "Hej", reply_to="mastodon-id:5", visibility="direct")
        _never_raises(lambda: LIVE.send(connection, outgoing))
        _never_raises(lambda: LIVE.look(connection, outgoing))
        _never_raises(lambda: LIVE.remove(connection, "https://b/statuses/5"))
    mastodonserver._instances.clear()
    if isinstance(fetched, Fetched):
        json.dumps(dict(fetched.cursor))
        for raw in fetched.raws:
            assert 0 < len(raw.key) <= 80
            check_items(Reader().read(raw, own="ekevik@a"))


def _never_raises(work: Any) -> Any:
    try:
        return work()
    except Problem as problem:
        if not problem.why:
            raise AssertionError("a problem says why") from None
        return None


@given(
    parts=st.lists(
        st.binary(max_size=40)
        | st.sampled_from([b"event: update\n", b"data: {}\n", b"\n", b"data: 5\r\n\r\n", b":)\n"])
    )
)
def test_whatever_is_pushed_becomes_events_or_nothing(parts: list[bytes]) -> None:
    for event in mastodonpush.events(parts):
        assert isinstance(mastodonpush.is_for_us(event, "5"), bool)


def test_an_event_without_end_is_given_up() -> None:
    with pytest.raises(Retry, match="too_large"):
        list(mastodonpush.events(b"data: " + b"x" * 1_000_000 for _ in range(10)))


def test_unknown_fields_and_ids_of_other_servers_are_taken(server: Mastodon) -> None:
    server.says("alva@social.exempel.se", "@ekevik Hej", poll_v9={"x": [1]}, visibility="public", quote_v7="y")
    server.notifications[-1]["id"] = "01JD8Z5XQ9M3N7"
    fetched = LIVE.fetch(to(server), {})
    server.notifications.clear()
    assert [item for raw in fetched.raws for item in Reader().read(raw, own="ekevik")]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, 1.0),
        ({"retry-after": "soon"}, 60.0),
        ({"retry-after": f"Sun, 22 Nov {'9' * 20} 12:00:30 GMT"}, 60.0),
        ({"x-ratelimit-reset": "2001-01-01T00:00:00Z"}, 1.0),
        ({"x-ratelimit-reset": "2099-01-01T00:00:00Z"}, 86_400.0),
    ],
)
def test_when_we_may_ask_again(headers: dict[str, str], seconds: float) -> None:
    assert wait_seconds(headers) == seconds


# ---- logging in -----------------------------------------------------------------------------------------------------

BACK = "http://127.0.0.1:8120/installningar/kanaler/mastodon/tillbaka/"


def _code(server: Mastodon, begun: mastodonlogin.Begun, *, out_of_band: bool = False) -> str:
    """What a person does at the server: agree, and come back with the code."""
    with outside.client() as browser:
        said = browser.get(begun.agree_url(out_of_band=out_of_band))
    found = re.search(r"<code>(\w+)<" if out_of_band else r"code=(\w+)", said.text or said.headers.get("location", ""))
    assert found, said.text
    if not out_of_band:
        assert f"state={begun.state}" in said.headers["location"] and said.headers["location"].startswith(BACK)
    return found[1]


@pytest.mark.parametrize("out_of_band", [False, True])
def test_the_way_to_a_token(server: Mastodon, out_of_band: bool) -> None:
    begun = mastodonlogin.begin(server.url, redirect_uri=BACK, name="Ekevik", website="http://127.0.0.1:8120")
    code = _code(server, begun, out_of_band=out_of_band)
    found = mastodonlogin.finish(begun, code, out_of_band=out_of_band)
    assert (found.handle, found.name, found.account_id) == (f"ekevik@{server.host}", "Ekevik", server.me["id"])
    assert found.token in server.tokens
    with pytest.raises(GiveUp, match="code_refused"):
        mastodonlogin.finish(begun, code, out_of_band=out_of_band)


def test_a_code_that_somebody_else_asked_for_is_worth_nothing(server: Mastodon) -> None:
    begun = mastodonlogin.begin(server.url, redirect_uri=BACK, name="Ekevik", website="")
    other = mastodonlogin.Begun(begun.server, begun.client_id, begun.client_secret, BACK, begun.state, "v" * 64)
    with pytest.raises(GiveUp, match="code_refused"):
        mastodonlogin.finish(other, _code(server, begun))


def test_a_place_that_is_no_mastodon_says_so(server: Mastodon) -> None:
    server.say["/api/v1/apps"] = Said(raw=b"<!DOCTYPE html>", media_type="text/html")
    try:
        with pytest.raises(GiveUp, match="not_mastodon"):
            mastodonlogin.begin(server.url, redirect_uri=BACK, name="Ekevik", website="")
    finally:
        server.say.clear()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("mastodon.exempel.se", "https://mastodon.exempel.se"),
        ("https://mastodon.exempel.se/@ekevik", "https://mastodon.exempel.se"),
        ("@ekevik@mastodon.exempel.se", "https://mastodon.exempel.se"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("https://anna:hemligt@mastodon.exempel.se", "https://mastodon.exempel.se"),
        ("ftp://mastodon.exempel.se", ""),
        ("javascript:alert(1)", ""),
        ("http://[::1", ""),
        ("mastodon.exempel.se:99999", ""),
        ("<b>", ""),
        ("", ""),
    ],
)
def test_what_people_write_as_the_server(given: str, address: str) -> None:
    assert server_address(given) == address


# ---- where we may not go ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:5432/", "inside"),
        ("http://[::1]/", "inside"),
        ("http://10.1.2.3/", "inside"),
        ("http://169.254.169.254/latest/", "inside"),
        ("http://192.168.0.1/", "inside"),
        ("http://100.64.0.1/", "inside"),
        ("http://0.0.0.0/", "inside"),
        ("http://[::ffff:10.0.0.1]/", "inside"),
        ("http://[64:ff9b::a00:1]/", "inside"),
        ("http://[2002:a00:1::]/", "inside"),
        ("http://[fd00::1]/", "inside"),
        ("http://localhost/", "inside"),
        ("file:///etc/passwd", "not_web"),
        ("gopher://a.exempel.se/", "not_web"),
        ("http://", "not_web"),
        ("http://a:99999/", "not_web"),
        ("http://a:b@192.0.2.1/", "has_password"),
        ("http://93.184.215.14/", ""),
    ],
)
def test_addresses_of_our_own_network_are_not_asked(monkeypatch: pytest.MonkeyPatch, url: str, why: str) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
    assert outside.why_not(url) == why


def test_a_name_that_answers_otherwise_when_it_is_used_leads_nowhere(
    server: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
    asked = len(server.requests)
    answers = iter(["93.184.215.14", "127.0.0.1"])
    monkeypatch.setattr("socket.getaddrinfo", lambda *given, **more: [(2, 1, 6, "", (next(answers), server.port))])
    url = f"http://rebound.exempel.se:{server.port}/"
    assert outside.why_not(url) == ""
    with outside.client() as client, pytest.raises(outside.Inside):
        client.get(url)
    assert len(server.requests) == asked
    assert issubclass(outside.Inside, httpcore.ConnectError)


def test_an_account_whose_address_became_private_is_given_up(server: Mastodon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
    given: Queue[Any] = Queue()
    for work in (
        lambda: LIVE.fetch(to(server), {}),
        lambda: LIVE.send(to(server), Outgoing("k", "Hej")),
        lambda: LIVE.listen(to(server), {"me": "1"}, given.put, Event()),
    ):
        with pytest.raises(GiveUp, match="address_inside"):
            work()


@pytest.mark.parametrize(
    ("server", "told", "used"),
    [
        ("https://93.184.215.14", "https://93.184.215.15", "https://93.184.215.15"),
        ("https://93.184.215.14", "http://93.184.215.15", "https://93.184.215.14"),
        ("https://93.184.215.14", "", "https://93.184.215.14"),
        ("https://93.184.215.14", "gopher://x", "https://93.184.215.14"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:4000", "http://127.0.0.1:4000"),
    ],
)
def test_the_token_is_never_streamed_in_the_clear(server: str, told: str, used: str) -> None:
    assert mastodonpush._stream_address(server, told) == used

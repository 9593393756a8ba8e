"""Fetching through an AppView: nothing is lost or given twice, whatever it leaves out, repeats or refuses."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.appview import KIM, OURS, ROBIN
from tests.support.web import Asked, Said
from torget.channels import xrpc
from torget.channels.base import Deleted, Incoming
from torget.channels.bluesky import Bluesky
from torget.channels.blueskyfetch import MOST_AT_FIRST, OFTEN
from torget.channels.blueskylive import BlueskyLive
from torget.channels.live import Connection, GiveUp, NeedsLogin, Outgoing, Problem, Retry, Unknown
from torget.channels.tests.bluesky_peer import NOW, Town, later

LIVE = BlueskyLive()


def test_a_reply_comes_with_our_post_as_context_and_once(town: Town) -> None:
    ours = town.view.post(OURS, "Tyck till om lekplatsen.")
    first = town.view.post(KIM, "Gungor!", parent=ours, told="reply")
    items = town.pull()
    (item,) = [item for item in items if isinstance(item, Incoming)]
    assert item.external_id == first["uri"]
    assert item.context is not None
    assert (item.context.text, item.context.external_id) == ("Tyck till om lekplatsen.", ours["uri"])
    assert town.pull() == []


def test_a_reply_that_was_never_told_of_is_found_in_the_thread(town: Town) -> None:
    ours = town.view.post(OURS, "Tyck till.")
    town.pull()
    reply = town.view.post(KIM, "Genast!", parent=ours)
    town.view.post(ROBIN, "Jag med.", parent=reply)
    assert town.texts() == ["Genast!", "Jag med."]


def test_deep_below_a_count_that_did_not_change_it_is_found_at_the_next_round(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = town.view.post(OURS, "Tyck till.")
    reply = town.view.post(KIM, "Genast!", parent=ours, told="reply")
    assert town.texts() == ["Genast!"]
    town.view.post(ROBIN, "Långt ned.", parent=reply)
    assert town.texts() == []
    later(monkeypatch, town, OFTEN)
    assert town.texts() == ["Långt ned."]


def test_of_anothers_thread_only_what_hangs_on_the_post_that_names_us(town: Town) -> None:
    root = town.view.post(ROBIN, "Min trädgård.")
    town.view.post(ROBIN, "Rosor.", parent=root)
    named = town.view.post(KIM, "@ekevik.example får man elda?", parent=root, told="mention")
    town.view.post(ROBIN, "Det undrar jag med.", parent=named)
    assert town.texts() == ["@ekevik.example får man elda?", "Det undrar jag med."]


def test_a_thread_that_leaves_out_what_was_told_of_is_made_up_for(town: Town) -> None:
    ours = town.view.post(OURS, "Tyck till.")
    town.view.post(KIM, "Hit!", parent=ours, told="reply")
    empty = {"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": ours, "replies": []}}
    town.view.instead.append((lambda asked: "getPostThread" in asked.path, Said(json.dumps(empty).encode())))
    assert town.texts() == ["Hit!"]


@pytest.mark.parametrize("said", [Said(b"", 500), Said(b"<html>", 200), Said(b'{"thread": 7}'), Said(b"{", cut=0)])
def test_a_thread_that_cannot_be_made_stops_no_other(town: Town, said: Said) -> None:
    town.view.post(KIM, "Först", told="mention")
    bad = town.view.post(ROBIN, "Trasig", told="mention")
    town.view.instead.append((lambda asked: "getPostThread" in asked.path and asked.one("uri") == bad["uri"], said))
    assert sorted(town.texts()) == ["Först", "Trasig"]


def test_a_deletion_is_told_once_and_what_is_only_hidden_is_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, hidden = (town.view.post(did, "Hej", told="mention") for did in (KIM, ROBIN))
    town.pull()
    town.view.delete(gone)
    later(monkeypatch, town, OFTEN)
    blocked = {"thread": {"$type": "app.bsky.feed.defs#blockedPost", "uri": hidden["uri"], "blocked": True}}
    is_hidden = json.dumps(blocked).encode()
    town.view.instead += [
        (lambda asked: "getPosts" in asked.path and "getPostThread" not in asked.path, Said(b'{"posts": []}')),
        (lambda asked: "getPostThread" in asked.path and asked.one("uri") == hidden["uri"], Said(is_hidden)),
    ]
    assert [item.external_id for item in town.pull() if isinstance(item, Deleted)] == [gone["uri"]]
    later(monkeypatch, town, OFTEN)
    assert town.pull() == []


def test_an_edit_is_given_as_the_same_message(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    post = town.view.post(KIM, "Förr", told="mention")
    town.pull()
    post["cid"], post["record"]["text"] = "bafychanged", "Nu"
    later(monkeypatch, town, OFTEN)
    (item,) = [item for item in town.pull() if isinstance(item, Incoming)]
    assert (item.external_id, item.text) == (post["uri"], "Nu")


def test_the_first_time_is_bounded_and_begins_with_the_newest(town: Town) -> None:
    for number in range(MOST_AT_FIRST + 60):
        town.view.post(KIM, f"nummer {number}", told="mention", ago=1_000.0 - number)
    town.view.post(ROBIN, "för länge sedan", told="mention", ago=40 * 86_400.0)
    first = LIVE.fetch(town.connection, {})
    assert b"nummer 359" in first.raws[0].body
    assert b"nummer 300" not in first.raws[0].body
    texts = town.texts()
    assert len(texts) == MOST_AT_FIRST
    assert texts[0] == "nummer 359"


def test_what_has_come_since_the_account_was_connected_is_never_left_out(town: Town) -> None:
    for number in range(MOST_AT_FIRST + 60):
        town.view.post(KIM, f"förr {number}", told="mention", ago=9_000.0 - number)
    for number in range(MOST_AT_FIRST + 90):
        town.view.post(KIM, f"sedan {number}", told="mention", ago=1_000.0 - number)
    town.since = NOW - timedelta(seconds=2_000)
    texts = town.texts()
    assert sum(text.startswith("sedan") for text in texts) == MOST_AT_FIRST + 90
    assert sum(text.startswith("förr") for text in texts) == MOST_AT_FIRST


def test_a_long_silence_is_gone_back_through_whole(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.pull()
    later(monkeypatch, town, timedelta(days=3))
    for number in range(400):
        town.view.post(KIM, f"nummer {number}", told="mention", ago=2 * 86_400.0 - number)
    assert len(set(town.texts())) == 400


def test_a_storm_in_one_thread_is_one_question_and_given_once(town: Town) -> None:
    ours = town.view.post(OURS, "Ny taxa.")
    for number in range(300):
        town.view.post(KIM, f"svar {number}", parent=ours, told="reply")
    assert len(set(town.texts())) == 300
    asked = [one for one in town.web.asked if "getPostThread" in one.path]
    assert len(asked) <= 7
    assert len(town.raws) <= 7
    assert town.pull() == []


def test_cut_off_between_pages_nothing_is_lost(town: Town) -> None:
    for number in range(60):
        town.view.post(KIM, f"nummer {number}", told="mention", ago=500.0 - number)
    calls = iter(range(10_000))
    town.view.instead.append((lambda asked: next(calls) % 5 == 3, Said(b"{}", 503)))
    found: set[str] = set()
    for _ in range(60):
        try:
            fetched = LIVE.fetch(town.connection, town.cursor)
        except Retry:
            continue
        items = [item for raw in fetched.raws for item in Bluesky().read(raw, own="ekevik.example")]
        found |= {item.external_id for item in items if isinstance(item, Incoming)}
        town.cursor = json.loads(json.dumps(dict(fetched.cursor)))
        if not fetched.more:
            break
    assert len(found) == 60


def test_likes_and_the_like_are_no_messages(town: Town) -> None:
    town.view.notify(town.view.post(KIM, "Hej"), "like")
    town.view.notify(town.view.post(KIM, "Hej"), "an-unheard-of-reason")
    assert town.pull() == []


def test_quota_and_health_are_told(town: Town) -> None:
    health = LIVE.fetch(town.connection, {}).health
    assert (health.quota_left, health.quota_limit) == (2990, 3000)


@pytest.mark.parametrize(
    ("said", "kind", "why"),
    [
        pytest.param(
            Said(b'{"error": "RateLimitExceeded"}', 429, {"Retry-After": "17"}), Retry, "http_429", id="too often"
        ),
        pytest.param(Said(b"", 502), Retry, "http_502", id="a broken gateway"),
        pytest.param(Said(b"<html>", 200), Retry, "said_nothing", id="a page for people"),
        pytest.param(Said(b"[]", 200), Retry, "said_nothing", id="another shape"),
        pytest.param(Said(b"x" * 99, 200, cut=9), Retry, "cut_", id="cut off"),
        pytest.param(Said(b"", cut=-1), Retry, "cut_", id="hung up"),
        pytest.param(Said(b'{"error": "AccountTakedown"}', 400), NeedsLogin, "AccountTakedown", id="taken down"),
        pytest.param(Said(b'{"error": "InvalidToken"}', 400), NeedsLogin, "InvalidToken", id="no token helps"),
        pytest.param(Said(b'{"error": "InvalidRequest"}', 400), GiveUp, "InvalidRequest", id="refused"),
        pytest.param(Said(b"", 302, {"Location": "http://10.0.0.1/"}), GiveUp, "http_302", id="led elsewhere"),
    ],
)
def test_what_goes_wrong_is_one_of_the_four(town: Town, said: Said, kind: type[Problem], why: str) -> None:
    town.view.instead.append((lambda asked: "listNotifications" in asked.path, said))
    with pytest.raises(kind) as told:
        town.pull()
    assert told.value.why.startswith(why)
    if why == "http_429":
        assert isinstance(told.value, Retry)
        assert told.value.after == 17


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param(Said(b"", 500), Unknown, id="500 and perhaps done"),
        pytest.param(Said(b"", cut=-1), Unknown, id="hung up"),
        pytest.param(Said(b"", 200), Unknown, id="200 that holds nothing"),
        pytest.param(Said(b"{}", 200), Unknown, id="200 without an address"),
        pytest.param(Said(b'{"error": "RateLimitExceeded"}', 429), Retry, id="too often"),
        pytest.param(Said(b'{"error": "InvalidRecord"}', 400), GiveUp, id="refused for good"),
    ],
)
def test_sending_says_what_is_known(town: Town, said: Said, kind: type[Problem]) -> None:
    missing = Said(b'{"error": "RecordNotFound"}', 400)
    town.view.instead += [
        (lambda asked: "putRecord" in asked.path, said),
        (lambda asked: "getRecord" in asked.path, missing),
    ]
    with pytest.raises(kind):
        LIVE.send(town.connection, Outgoing(LIVE.new_key(), "Hej"))


def test_a_200_that_did_it_without_saying_so_is_found(town: Town) -> None:
    key = LIVE.new_key()
    held = json.dumps(
        {"uri": f"at://{OURS}/app.bsky.feed.post/{key}", "cid": "bafy", "value": {"text": "Hej"}}
    ).encode()
    town.view.instead += [
        (lambda asked: "putRecord" in asked.path, Said(b"{}")),
        (lambda asked: "getRecord" in asked.path, Said(held)),
    ]
    assert LIVE.send(town.connection, Outgoing(key, "Hej")).remote_id.endswith(key)


def test_an_address_in_our_own_network_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE", raising=False)
    with pytest.raises(GiveUp, match="address_inside"):
        LIVE.check(Connection("a.example", {"service": "http://127.0.0.1:1"}, {"password": "x"}))


_FIELDS = (
    "notifications thread post posts feed uri cid record reply root parent replies author did cursor indexedAt error"
)
_FIELDS += " repos records value reason"
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_FIELDS.split()),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(told=_JSON, cursor=_JSON, bare=st.booleans())
def test_any_shape_at_all_raises_nothing_else(told: Any, cursor: Any, bare: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORGET_ALLOW_PRIVATE", "1")
        body = json.dumps(told).encode()

        def ask(self: xrpc.Server, verb: str, method: str, lost: Any, **options: Any) -> xrpc.Answer:
            return xrpc._answer(200, body, "http://example.org/xrpc/x")

        patch.setattr(xrpc.Server, "_ask", ask)
        secrets = {"access": "a", "refresh": "b", "did": OURS}
        patch.setattr(xrpc, "claim", lambda token, name: 9e9)
        connection = Connection("ekevik.example", {"appview": not bare}, secrets)
        try:
            fetched = LIVE.fetch(connection, cursor if isinstance(cursor, dict) else {})
        except Problem:
            return
        for raw in fetched.raws:
            Bluesky().read(raw, own="ekevik.example")
        json.dumps(dict(fetched.cursor))


def test_requests_carry_the_token_and_no_answer_sends_it_elsewhere(town: Town) -> None:
    town.view.post(KIM, "Hej", told="mention")
    town.pull()
    asked: list[Asked] = [one for one in town.web.asked if "Session" not in one.path]
    assert all(one.headers["authorization"].startswith("Bearer ") for one in asked)
    assert all("Bearer" not in raw.url and b"accessJwt" not in raw.body for raw in town.raws)

"""Reading Bluesky: which posts are messages to us, what they say, and every recorded answer to its end."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from torget.channels.base import Broken, Deleted, Ignored, Incoming, Item, Raw
from torget.channels.bluesky import Bluesky, Own
from torget.channels.tests.test_contract import check
from torget.core.testing import data_files, naughty_strings, shared_data

OURS, KIM = "did:plc:ekevik", "did:plc:kim"
recorded = pytest.mark.skipif(shared_data() is None, reason="no recorded data beside this checkout")


def uri(did: str, rkey: str) -> str:
    return f"at://{did}/app.bsky.feed.post/{rkey}"


def view(did: str = KIM, words: str = "Hej", rkey: str = "3k1", **more: Any) -> dict[str, Any]:
    record = {"$type": "app.bsky.feed.post", "text": words, "createdAt": "2026-11-22T10:00:00.000Z", **more}
    return {"uri": uri(did, rkey), "cid": "bafy1", "author": {"did": did, "handle": "kim.example"}, "record": record}


def answering(parent: str, root: str = "") -> dict[str, Any]:
    return {"parent": {"uri": parent, "cid": "c"}, "root": {"uri": root or parent, "cid": "c"}}


def read(
    data: Any, *, own: str = "ekevik.example", url: str = "https://a.example/xrpc/x#for=did:plc:ekevik"
) -> list[Item]:
    items = Bluesky().read(Raw(json.dumps(data).encode(), "x", "application/json", url=url), own=own)
    check(items)
    return items


def message(data: Any, **more: str) -> Incoming:
    (item,) = read(data, **more)
    assert isinstance(item, Incoming)
    return item


def test_a_post_as_a_message() -> None:
    found = message({"post": view(langs=["sv"], reply=answering(uri(KIM, "3k0"), uri(OURS, "3j0")))})
    assert found.external_id == uri(KIM, "3k1")
    assert found.sender.address == KIM
    assert found.sender.name == "@kim.example"
    assert found.url == "https://bsky.app/profile/kim.example/post/3k1"
    assert (found.in_reply_to, found.thread) == (uri(KIM, "3k0"), (uri(OURS, "3j0"), uri(KIM, "3k0")))
    assert found.context is not None
    assert found.context.external_id == uri(OURS, "3j0")
    assert found.language == "sv"
    assert found.sent_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_a_clock_ahead_is_held_to_what_the_server_saw() -> None:
    post = view() | {"indexedAt": "2026-11-21T08:00:00Z"}
    assert message({"post": post}).sent_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_pictures_links_and_quotes_are_lines_whatever_way_the_post_came() -> None:
    embed = {
        "$type": "app.bsky.embed.recordWithMedia",
        "media": {
            "images": [{"alt": "En grop i vägen"}, {"alt": ""}],
            "external": {"uri": "https://a.example", "title": "A"},
        },
        "record": {"record": {"uri": uri(OURS, "3j0")}},
    }
    link = {"index": {}, "features": [{"uri": "https://ekevik.example/hela/adressen"}]}
    post = view(words="Se ekevik.example/hela…", embed=embed, facets=[link])
    found = message({"post": post})
    assert found.text == "Se ekevik.example/hela…"
    for part in (
        "[image] En grop i vägen",
        "[link] https://ekevik.example/hela/adressen",
        "[link] A https://a.example",
    ):
        assert part in found.whole
    assert found.context is not None
    assert found.context.external_id == uri(OURS, "3j0")
    # A server that shows it adds a view; the words stay those of the record, so that it is no edit.
    shown = post | {"embed": {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://cdn.example/1"}]}}
    assert message({"notifications": [shown | {"reason": "reply"}]}).whole == found.whole
    assert message({"records": [{"uri": post["uri"], "cid": "x", "value": post["record"]}]}).whole == found.whole


@pytest.mark.parametrize(
    ("embed", "words"),
    [
        ({"images": [{"alt": "En grop"}]}, "[image] En grop"),
        ({"$type": "app.bsky.embed.gallery", "items": [{"image": {}, "alt": "En grop"}]}, "[image] En grop"),
        ({"$type": "app.bsky.embed.video", "video": {}, "alt": "En film"}, "[video] En film"),
        ({"$type": "app.bsky.embed.hologram", "beams": []}, "[hologram]"),
        ({"what": "ever"}, "[embed]"),
    ],
)
def test_a_post_without_words_says_what_it_holds(embed: dict[str, Any], words: str) -> None:
    assert message({"post": view(words="", embed=embed)}).text == words


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param({"post": view(OURS)}, "own_post", id="our own, by DID"),
        pytest.param({"post": view(OURS) | {"author": {}}}, "own_post", id="our own, by its address alone"),
        pytest.param({"post": view(), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}, "boost", id="spread"),
        pytest.param(view() | {"reason": "like", "record": {}}, "favourite", id="liked"),
        pytest.param(view() | {"reason": "repost-via-repost"}, "boost", id="spread at second hand"),
        pytest.param(view() | {"reason": "follow"}, "follow", id="followed"),
        pytest.param(view() | {"reason": "verified"}, "notification", id="a kind that came later"),
        pytest.param({"thread": {"blocked": True, "uri": uri(KIM, "1")}}, "hidden", id="blocked"),
        pytest.param({"accessJwt": "a", "refreshJwt": "b", "did": OURS}, "token", id="keys"),
        pytest.param({"error": "ExpiredToken", "message": "x"}, "error_answer", id="an error"),
        pytest.param({}, "empty_answer", id="nothing"),
        pytest.param({"feed": []}, "empty_answer", id="an empty list"),
        pytest.param({"did": OURS, "handle": "x"}, "not_a_message", id="a profile"),
        pytest.param(view() | {"record": {"$type": "app.bsky.graph.list", "name": "x"}}, "not_a_message", id="a list"),
    ],
)
def test_what_is_no_message_says_why(data: Any, reason: str) -> None:
    (item,) = read(data)
    assert isinstance(item, Ignored)
    assert item.reason == reason


def test_in_a_thread_what_is_above_is_context_and_what_is_below_is_told() -> None:
    missing = {"$type": "app.bsky.feed.defs#notFoundPost", "notFound": True, "uri": uri(KIM, "0")}
    thread = {
        "post": view(rkey="2"),
        "parent": {"post": view(OURS, rkey="1"), "parent": missing},
        "replies": [{"post": view(rkey="3")}, {"blocked": True, "uri": uri(KIM, "4")}, missing],
    }
    kinds = [getattr(item, "reason", "message") for item in read({"thread": thread})]
    assert kinds == ["context", "own_post", "message", "message", "hidden", "context"]


@pytest.mark.parametrize(
    "data",
    [
        {"thread": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri(KIM, "9"), "notFound": True}},
        {"error": "NotFound", "message": "Post not found"},
        {
            "did": KIM,
            "kind": "commit",
            "time_us": 1.7e15,
            "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "9"},
        },
    ],
    ids=["not found", "an error about it", "an event"],
)
def test_a_deletion(data: Any) -> None:
    asked = "https://a.example/xrpc/app.bsky.feed.getPostThread?uri=at%3A%2F%2Fdid%3Aplc%3Akim%2Fapp.bsky.feed.post%2F9"
    (item,) = read(data, url=asked)
    assert isinstance(item, Deleted)
    assert item.external_id == uri(KIM, "9")


@pytest.mark.parametrize(
    ("own", "url", "mine"),
    [
        ("@Ekevik.example", "", Own("", "ekevik.example")),
        ("https://bsky.app/profile/ekevik.example/", "", Own("", "ekevik.example")),
        ("did:plc:ekevik", "", Own("did:plc:ekevik", "")),
        ("ekevik.example", "https://a/x#for=did%3Aplc%3Aekevik", Own("did:plc:ekevik", "ekevik.example")),
        ("ekevik.example", "https://[a/x#for=1", Own("", "ekevik.example")),
    ],
)
def test_who_we_are(own: str, url: str, mine: Own) -> None:
    assert Own.of(own, url) == mine


def test_without_knowing_who_we_are_nothing_is_ours() -> None:
    assert not Own().wrote(uri(KIM, "1"), {"did": "", "handle": ""})
    assert not Own().owns("")


def test_a_post_without_text_or_id_goes_to_quarantine() -> None:
    assert read({"post": view() | {"uri": None}}) == [Broken("no_id", "post")]
    assert read({"post": view() | {"record": {"$type": "app.bsky.feed.post"}}}) == [Broken("no_text", "post")]


def test_naughty_strings_in_every_field() -> None:
    for text in naughty_strings():
        names = ("text", "createdAt", "langs", "reply", "embed", "facets", "labels", "$type")
        record = dict.fromkeys(names, text) | {"langs": [text], "facets": [{"features": [{"uri": text, "did": text}]}]}
        post = dict.fromkeys(("uri", "cid", "indexedAt"), text) | {
            "record": record,
            "author": {"did": text, "handle": text},
        }
        for data in (
            {"post": post},
            {"notifications": [post | {"reason": text}]},
            {"thread": {"post": post}},
            {"error": text},
        ):
            items = Bluesky().read(Raw(json.dumps(data).encode(), "x", url=f"https://a/#for={text[:99]}"), own=text)
            check(items)


def test_a_thread_as_deep_as_it_likes() -> None:
    thread: dict[str, Any] = {"post": view()}
    for _ in range(300):
        thread = {"post": view(), "replies": [thread]}
    assert len(read({"thread": thread})) == 301


@recorded
def test_every_recorded_answer_is_read_to_its_end() -> None:
    kinds: Counter[str] = Counter()
    for path in data_files("payloads/bluesky-snapshots", "snapshots/*.json"):
        for name, answer in json.loads(path.read_text(encoding="utf-8")).items():
            for item in read(answer, own=""):
                assert not isinstance(item, Broken), f"{path.name}: {name}"
                kinds[type(item).__name__ if isinstance(item, Incoming) else str(getattr(item, "reason", ""))] += 1
    assert kinds["Incoming"] >= 200
    assert kinds["boost"] >= 20
    assert kinds["favourite"] >= 20


@recorded
def test_recorded_notifications_without_own_ones() -> None:
    (path,) = data_files("payloads/bluesky-snapshots", "snapshots/bsky-notifications.json")
    answers = json.loads(path.read_text(encoding="utf-8"))
    told = answers["notification views > filters notifications by multiple reasons 1"]
    assert [row["reason"] for row in told["notifications"]].count("like") == 0
    assert all(isinstance(item, Incoming) for item in read(told, own=""))


@recorded
def test_the_pairs_of_granary_say_the_same() -> None:
    (found,) = data_files("payloads/granary", "constants/*bluesky*")
    told = json.loads(found.read_text(encoding="utf-8"), strict=False)
    for given, wanted in (("POST_VIEW_BSKY", "POST_AS"), ("REPLY_POST_VIEW_BSKY", "REPLY_AS")):
        if given in told:
            expected = told[wanted].get("object", told[wanted])
            assert message(told[given], own="").text == expected["content"]
    thread = read(told["THREAD_BSKY"][0] if isinstance(told["THREAD_BSKY"], list) else told["THREAD_BSKY"], own="")
    assert sum(isinstance(item, Incoming) for item in thread) >= 2

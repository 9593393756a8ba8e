"""Mastodon, on answers of our own making (invented people) in the shapes of its documentation."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from torget.channels.base import Broken, Deleted, Ignored, Incoming, Item, Raw, Visibility
from torget.channels.mastodon import Mastodon

DATA = Path(__file__).parent / "data"
ME = "https://ekevik.example.org/users/ekevik/statuses/100"


def _read(body: Any, *, own: str = "", method: str = "GET", url: str = "") -> list[Item]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Mastodon().read(Raw(raw, "a.json", method=method, url=url), own=own)


def _status(**more: Any) -> dict[str, Any]:
    account = {"id": "7", "acct": "alva", "url": "https://social.example.org/@alva"}
    base = {"id": "5", "uri": "https://social.example.org/s/5", "content": "<p>Hej</p>", "visibility": "public"}
    return base | {"created_at": "2026-11-16T13:00:00Z", "in_reply_to_id": None, "account": account} | more


def _reasons(items: list[Item]) -> list[str]:
    return [item.reason if isinstance(item, (Ignored, Broken)) else type(item).__name__ for item in items]


def test_a_mention_is_a_message() -> None:
    items = _read((DATA / "notifications.json").read_bytes(), own="ekevik")
    assert _reasons(items) == ["Incoming", "favourite", "follow", "boost", "notification"]
    told = items[0]
    assert isinstance(told, Incoming)
    assert told.external_id == "https://social.example.org/users/alva/statuses/55"
    assert told.aliases == ("mastodon-id:901",)
    assert (told.sender.address, told.sender.name) == ("alva@social.example.org", "Alva Ek")
    assert told.text == "@ekevik När går linje 4?\n\nTvå rader\nhär & nu"
    assert told.whole.endswith("[image] Tom hållplats https://files.example.org/5.png")
    assert told.subject == "Om bussen"
    assert told.sent_at == datetime(2026, 11, 16, 13, 6, 59, tzinfo=UTC)
    assert told.visibility is Visibility.DIRECT
    assert told.in_reply_to == "mastodon-id:900"
    assert told.language == "sv"


def test_a_thread_tells_what_was_answered() -> None:
    items = _read((DATA / "context.json").read_bytes(), own="@Ekevik@ekevik.example.org")
    assert _reasons(items) == ["own_post", "Incoming", "own_post", "Incoming"]
    first, last = items[1], items[3]
    assert isinstance(first, Incoming)
    assert isinstance(last, Incoming)
    assert first.context is not None
    assert (first.context.external_id, first.context.text) == (ME, "Linje 4 dras in vecka 47.")
    assert first.edited_at == datetime(2026, 11, 15, 9, 5, tzinfo=UTC)
    assert last.thread[:3] == (
        ME,
        "https://social.example.org/users/bo/statuses/9",
        "https://ekevik.example.org/users/ekevik/statuses/102",
    )
    assert last.in_reply_to == last.thread[2]
    assert last.thread[3] == "mastodon-id:102"
    assert last.visibility is Visibility.UNLISTED


def test_without_knowing_ourselves_older_posts_are_still_context() -> None:
    assert _reasons(_read((DATA / "context.json").read_bytes())) == ["context", "Incoming", "Incoming", "Incoming"]


@pytest.mark.parametrize(
    ("own", "mine"),
    [
        ("ekevik", True),
        ("@ekevik", True),
        ("EKEVIK@ekevik.example.org", True),
        ("https://ekevik.example.org/@ekevik", True),
        ("1", True),
        ("", False),
        ("ekevi", False),
        ("ekevik@social.example.org", False),
    ],
)
def test_which_posts_are_ours(own: str, mine: bool) -> None:
    account = {"id": "1", "acct": "ekevik", "username": "ekevik", "url": "https://ekevik.example.org/@ekevik"}
    assert (_reasons(_read(_status(account=account), own=own)) == ["own_post"]) is mine


def test_a_namesake_on_another_server_is_not_us() -> None:
    account = {"id": "9", "acct": "ekevik@other.example.org", "url": "https://other.example.org/@ekevik"}
    assert _reasons(_read(_status(account=account), own="ekevik")) == ["Incoming"]


def test_a_cassette_is_taken_in_turn() -> None:
    raws = list(Mastodon().split((DATA / "cassette.yaml").read_bytes(), "cassette.yaml"))
    assert [raw.source for raw in raws] == [f"cassette.yaml#{n}" for n in range(1, 7)]
    assert raws[0].url == "https://ekevik.example.org/api/v1/accounts/verify_credentials?limit=2"
    assert raws[1].method == "DELETE"
    items = [item for raw in raws for item in Mastodon().read(raw, own="")]
    assert _reasons(items) == ["not_a_message", "Deleted", "error_answer", "empty_answer", "not_json", "not_json"]
    assert items[1] == Deleted("https://social.example.org/users/alva/statuses/55")


def test_a_cassette_of_nothing_holds_nothing() -> None:
    (raw,) = Mastodon().split(b"interactions: []\nversion: 1\n", "none.yaml")
    assert _reasons(Mastodon().read(raw, own="")) == ["empty_answer"]


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        pytest.param([], ["empty_answer"], id="no rows"),
        pytest.param({}, ["empty_answer"], id="empty object"),
        pytest.param(b"", ["empty_answer"], id="no bytes"),
        pytest.param(b"\x89PNG\r\n", ["picture"], id="a picture"),
        pytest.param(b"<!DOCTYPE html><p>x", ["web_page"], id="a page"),
        pytest.param(b'{"a": ', ["not_json"], id="cut off"),
        pytest.param(b"[" * 100_000, ["not_json"], id="endlessly deep"),
        pytest.param({"access_token": "x", "token_type": "Bearer"}, ["token"], id="a token"),
        pytest.param({"id": "1", "scheduled_at": "x", "params": {}}, ["scheduled"], id="scheduled"),
        pytest.param({"id": "5", "text": "Hej", "spoiler_text": ""}, ["source"], id="source"),
        pytest.param([{"account": {}, "content": "x", "created_at": "x"}], ["history"], id="history"),
        pytest.param(_status(reblog=_status()), ["boost"], id="a boost"),
        pytest.param(
            {"accounts": [{}], "hashtags": ["x"], "statuses": [_status()]},
            ["Incoming", *["not_a_message"] * 2],
            id="a search",
        ),
        pytest.param([{"id": "1", "accounts": [], "last_status": _status()}], ["Incoming"], id="a conversation"),
        pytest.param([{"id": "1", "accounts": [], "last_status": None}], ["not_a_message"], id="an empty one"),
        pytest.param({"event": "update", "payload": json.dumps(_status())}, ["Incoming"], id="an event"),
        pytest.param({"event": "delete", "payload": "5"}, ["Deleted"], id="a deletion"),
        pytest.param({"event": "update", "payload": "{"}, ["not_json"], id="a broken event"),
        pytest.param(
            b':)\n\nevent: delete\ndata: 5\n\nevent: notification\ndata: {"id":"1","type":"poll","account":{}}\n\n',
            ["Deleted", "poll"],
            id="a stream",
        ),
        pytest.param(
            {"id": "1", "type": "mention", "account": {}, "status": None}, ["no_text"], id="mention of nothing"
        ),
        pytest.param({"id": "1", "type": "update", "account": {}, "status": _status()}, ["Incoming"], id="an edit"),
        pytest.param(
            [_status(), 7, None, _status(id="6", uri="u")],
            ["Incoming", "not_a_message", "not_a_message", "Incoming"],
            id="one odd row does not take the others with it",
        ),
    ],
)
def test_kinds(body: Any, reasons: list[str]) -> None:
    assert _reasons(_read(body)) == reasons


def test_grouped_notifications_give_the_mention_only() -> None:
    groups = [
        {"group_key": "a", "type": "mention", "status_id": "5"},
        {"group_key": "b", "type": "favourite", "status_id": "5"},
        {"group_key": "c", "type": "mention", "status_id": "404"},
    ]
    items = _read({"accounts": [], "statuses": [_status()], "notification_groups": groups})
    assert _reasons(items) == ["Incoming", "favourite", "no_text"]


def test_an_unknown_visibility_is_taken_as_the_narrowest() -> None:
    (item,) = _read(_status(visibility="circle"))
    assert isinstance(item, Incoming)
    assert item.visibility is Visibility.DIRECT


def test_a_deletion_without_a_body_keeps_the_local_id() -> None:
    url = "https://ekevik.example.org/api/v1/statuses/5"
    assert _read({}, method="DELETE", url=url) == [Deleted("mastodon-id:5")]
    assert _reasons(_read({"error": "Record not found"}, method="DELETE", url=url)) == ["error_answer"]


def test_a_picture_alone_can_be_read() -> None:
    (item,) = _read(_status(content="", media_attachments=[{"type": "image", "description": "Ett hål"}]))
    assert isinstance(item, Incoming)
    assert item.text == "[image] Ett hål"


def test_parents_that_point_at_each_other_end() -> None:
    rows = [_status(id="1", uri="a", in_reply_to_id="2"), _status(id="2", uri="b", in_reply_to_id="1")]
    first = _read(rows)[0]
    assert isinstance(first, Incoming)
    assert len(first.thread) <= 41


NO_ADDRESS = {"id": "8", "acct": "bo", "url": "https://[bad"}


def test_an_address_that_is_none_takes_no_thread_with_it() -> None:
    above = [
        _status(id="1", uri="a", account=NO_ADDRESS),
        _status(id="2", uri="b", account=NO_ADDRESS | {"acct": "ekevik"}),
    ]
    around = {"ancestors": above, "descendants": [_status(id="6", uri="c")]}
    items = _read({"status": _status(in_reply_to_id="2"), "context": around}, own="ekevik")
    assert _reasons(items) == ["context", "own_post", "Incoming", "Incoming"]
    assert _reasons(_read(around, own="ekevik")) == ["context", "own_post", "Incoming"]
    (item,) = _read(_status(account=NO_ADDRESS), own="https://[x", url="https://[y")
    assert isinstance(item, Incoming)
    assert item.sender.address == "bo"


@pytest.mark.parametrize("other", [5, True, "x", {"a": 1}, None])
def test_a_search_whose_other_finds_are_no_list_still_gives_its_statuses(other: Any) -> None:
    found = {"accounts": other, "hashtags": other, "statuses": [_status(), 7, _status(id="6", uri="u")]}
    assert _reasons(_read(found)) == ["Incoming", "not_a_message", "Incoming"]


def test_statuses_without_a_local_id_are_each_a_message() -> None:
    bare = [{key: value for key, value in _status(uri=uri).items() if key != "id"} for uri in ("a", "b")]
    items = _read({"accounts": [], "statuses": bare})
    assert [item.external_id for item in items if isinstance(item, Incoming)] == ["a", "b"]


def test_our_own_post_without_a_local_id_is_not_what_everybody_answers() -> None:
    ours = {key: value for key, value in _status(account={"id": "1", "acct": "ekevik"}).items() if key != "id"}
    for body in ([ours, _status()], {"ancestors": [ours], "descendants": [_status()]}):
        item = _read(body, own="ekevik")[1]
        assert isinstance(item, Incoming)
        assert item.context is None

"""Facebook and its sisters, on answers of our own making (invented people) in the shapes of Meta's documentation.

The webhook bodies follow the vendor's documented examples: none was ever recorded.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from torget.channels.base import Broken, Context, Deleted, Ignored, Incoming, Item, Raw, Visibility
from torget.channels.facebook import Facebook

DATA = Path(__file__).parent / "data"


def _read(body: Any, *, own: str = "", url: str = "") -> list[Item]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Facebook().read(Raw(raw, "a.json", url=url), own=own)


def _reasons(items: list[Item]) -> list[str]:
    return [item.reason if isinstance(item, (Ignored, Broken)) else type(item).__name__ for item in items]


def _incoming(items: list[Item]) -> list[Incoming]:
    return [item for item in items if isinstance(item, Incoming)]


def test_comments_know_the_post_they_belong_to() -> None:
    items = _read((DATA / "page-post.json").read_bytes(), own="5550001")
    assert _reasons(items) == ["own_post", "Incoming", "own_post", "Incoming", "Incoming", "Incoming"]
    first, thanks, hidden, answer = _incoming(items)
    assert first.context is not None
    assert first.context.text == "Badhuset är stängt på torsdag."
    assert first.sent_at == datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
    assert (first.sender.address, first.sender.name) == ("61", "Cilla Dahl")
    assert thanks.in_reply_to == "777_1"
    assert thanks.sent_at == datetime(2026, 11, 12, 8, 11, tzinfo=UTC)
    assert thanks.sender.address == ""
    assert (hidden.external_id, hidden.visibility) == ("777_4", Visibility.FOLLOWERS)
    assert (answer.external_id, answer.in_reply_to) == ("777_5", "777_4")
    assert answer.whole.endswith("[photo] Skylten https://www.facebook.com/photo.php?fbid=6")


def test_without_knowing_ourselves_the_page_is_told_by_its_own_post() -> None:
    assert _reasons(_read((DATA / "page-post.json").read_bytes()))[0] == "context"


def test_webhook() -> None:
    items = _read((DATA / "webhook.json").read_bytes())
    assert _reasons(items) == [
        "Incoming", "Incoming", "hidden", "Deleted", "own_post", "Incoming", "favourite", "not_a_message",
        "Incoming", "own_post", "Deleted", "receipt",
    ]  # fmt: skip
    added, edited, wall, direct = _incoming(items)
    assert added.context == Context("5550001_777", "", "https://www.facebook.com/5550001/posts/777")
    assert added.in_reply_to == ""
    assert edited.external_id == added.external_id == "777_8"
    assert edited.edited_at is not None
    assert edited.text == "Hej, är gymmet öppet i dag?"
    assert items[3] == Deleted("777_8", datetime(2026, 11, 12, 7, 59, 59, tzinfo=UTC))
    assert wall.text == "På er vägg"
    assert direct.visibility is Visibility.DIRECT
    assert direct.thread == ("with:64",)
    assert direct.whole == "Kan ni ringa mig?\n\n[image] https://files.example.org/a.jpg"


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        pytest.param({"error": {"message": "m", "code": 100}}, ["error_answer"], id="error"),
        pytest.param({"access_token": "x"}, ["token"], id="token"),
        pytest.param({"data": {"app_id": "1", "scopes": []}}, ["token"], id="about a token"),
        pytest.param({"data": []}, ["empty_answer"], id="no rows"),
        pytest.param({}, ["empty_answer"], id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n", ["picture"], id="a picture's bytes"),
        pytest.param({"data": {"url": "x", "is_silhouette": False}}, ["picture"], id="a picture's address"),
        pytest.param({"1": {"data": {"url": "x", "is_silhouette": False}}}, ["picture"], id="pictures by id"),
        pytest.param({"id": "1", "name": "Ekevik", "fan_count": 3}, ["not_a_message"], id="a page"),
        pytest.param({"id": "t_1", "snippet": "hej", "message_count": 2}, ["notice_only"], id="conversation without text"),
        pytest.param(
            {"id": "t_1", "messages": {"data": [{"id": "m_1", "message": "Hej", "from": {"id": "61"}}]}},
            ["Incoming"],
            id="conversation with text",
        ),
        pytest.param({"12": {"id": "12_3", "message": "x", "comment_count": 0}}, ["Incoming"], id="comments by id"),
        pytest.param({"data": [{"id": "1_2", "message": "x"}], "paging": {"next": "https://g/v1/1/feed?a"}}, ["context"],
                     id="a feed, told by its paging"),
        pytest.param({"data": [{"id": "2_3", "message": "x"}], "paging": {"next": "https://g/v1/1_2/comments?a"}}, ["Incoming"],
                     id="comments, told by their paging"),
        pytest.param({"id": "1", "media_type": "IMAGE", "caption": "c", "comments": {"data": [
            {"id": "2", "text": "fint", "timestamp": "2026-11-16T10:00:00+0000", "replies": {"data": [
                {"id": "3", "text": "ja", "timestamp": "2026-11-16T10:00:00+0000"}]}}]}},
            ["context", "Incoming", "Incoming"], id="Instagram picture with comments"),
        pytest.param({"mentioned_media": {"id": "1", "caption": "@ekevik hej"}, "id": "9"}, ["Incoming"], id="Instagram mention"),
        pytest.param({"id": "1", "text": "Hej", "username": "bo", "is_reply": True, "media_type": "TEXT_POST"}, ["Incoming"],
                     id="Threads reply"),
        pytest.param([{"code": 200, "body": '{"id": "1_2", "message": "x", "can_hide": true}'}], ["Incoming"], id="a batch"),
        pytest.param({"object": "page", "entry": []}, ["empty_answer"], id="a webhook of nothing"),
        pytest.param({"object": "page", "entry": [{"changes": [{"field": "feed", "value": {"item": "comment", "verb": "add"}}]}]},
                     ["no_id"], id="a comment without id"),
        pytest.param({"data": [1, None, {"id": "2_3", "message": "x", "can_hide": 1}]},
                     ["not_a_message", "not_a_message", "Incoming"], id="one odd row does not take the others with it"),
    ],
)  # fmt: skip
def test_kinds(body: Any, reasons: list[str]) -> None:
    assert _reasons(_read(body)) == reasons


def test_the_address_tells_the_edge() -> None:
    body = {"data": [{"id": "2_3", "message": "x"}]}
    assert _reasons(_read(body, url="https://graph.example.org/v20.0/1_2/comments?limit=5")) == ["Incoming"]


def test_an_id_made_from_the_address_is_the_one_that_the_source_gives() -> None:
    address = "https://www.facebook.com/5550001/posts/777/?comment_id=4"
    bare = {"message": "Hej", "permalink_url": address}
    (without,), (given,) = _incoming(_read(bare)), _incoming(_read(bare | {"id": "777_4"}))
    assert without.external_id == given.external_id


def test_a_comment_without_any_id_keeps_the_same_one() -> None:
    body = {"message": "Hej", "comment_count": 0}
    (one,), (two,) = _incoming(_read(body)), _incoming(_read(dict(reversed(body.items()))))
    assert one.external_id == two.external_id
    assert one.external_id.startswith("sha256:")


def test_tokens_do_not_ride_along_in_the_address() -> None:
    cassette = {"interactions": [{
        "request": {"method": "GET", "uri": "https://graph.example.org/1/feed?access_token=s3cret&fields=id&appsecret_proof=p"},
        "response": {"body": {"string": "{}"}},
    }]}  # fmt: skip
    (raw,) = Facebook().split(json.dumps(cassette).encode(), "c.json")
    assert raw.url == "https://graph.example.org/1/feed?fields=id"


def test_a_paging_address_that_is_none_takes_no_comments_with_it() -> None:
    body = {"data": [{"id": "1_2", "message": "x", "can_hide": True}], "paging": {"next": "http://[x"}}
    assert _reasons(_read(body)) == ["Incoming"]
    assert _reasons(_read(body, url="http://[y")) == ["Incoming"]


@pytest.mark.parametrize(
    ("key", "is_id"),
    [("12", True), ("1_2", True), ("m_a.b:c$d-5=", True), ("5=", True), ("$-.:_", False), ("=5", False), ("1!", False),
     ("", False), ("9" * 400, True), ("9" * 401, False)],
)  # fmt: skip
def test_which_keys_are_ids(key: str, is_id: bool) -> None:
    items = _read({key: {"id": "12_3", "message": "x", "comment_count": 0}})
    assert (_reasons(items) == ["Incoming"]) is is_id


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"1" * 100_000 + "!": {}}, id="a key that is nearly an id"),
        pytest.param({"a1" * 50_000 + "!": {}}, id="one with many beginnings"),
        pytest.param(
            {"id": "1", "message": "x", "permalink_url": "https://f/a/posts/" + "." * 100_000}, id="an address"
        ),
    ],
)
def test_what_is_long_takes_no_longer_than_its_length(body: Any) -> None:
    began = time.process_time()
    _read(body)
    # Quadratic, the quickest of them takes half a minute.
    assert time.process_time() - began < 2

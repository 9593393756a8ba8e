"""Mastodon, live, against a server on loopback: what is pushed, and what deliveries of ours say when they are read."""

import json
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

import pytest

from tests.support.mastodon import Mastodon
from torget.channels.base import Deleted, Ignored, Item, Raw
from torget.channels.live import NeedsLogin
from torget.channels.mastodon import Mastodon as Reader
from torget.channels.tests.mastodon_peer import ALVA, BO, LIVE, Pull, messages, to

# ---- the stream ----------------------------------------------------------------------------------------------------


@pytest.fixture
def heard(server: Mastodon) -> Iterator["Queue[Raw | None]"]:
    """What the stream gives; the line is open when the test begins."""
    given: Queue[Raw | None] = Queue()
    stop = Event()
    thread = Thread(target=LIVE.listen, args=(to(server), {}, given.put, stop), daemon=True)
    thread.start()
    assert given.get(timeout=60) is None, "first of all: fetch what was missed"
    yield given
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive(), "told to stop, it stops"


def test_a_mention_an_edit_and_a_deletion_are_pushed(server: Mastodon, heard: "Queue[Raw | None]") -> None:
    status = server.says(ALVA, "@ekevik Hej")
    server.edits(status, "@ekevik Hejsan")
    server.deletes(status)
    items: list[Item] = []
    for _ in range(4):
        raw = heard.get(timeout=60)
        assert raw is not None and raw.verdict == "tls" and len(raw.key) <= 80
        items += Reader().read(raw, own=f"ekevik@{server.host}")
    assert [item.text for item in messages(items)] == ["@ekevik Hej", "@ekevik Hej", "@ekevik Hejsan"]
    assert items[-1] == Deleted(f"mastodon-id:{status['id']}")


def test_a_comment_on_our_post_comes_with_the_post(server: Mastodon, heard: "Queue[Raw | None]", pull: Pull) -> None:
    post = server.says("ekevik", "Bron stängs i maj.")
    # Our own post is heard too.
    assert heard.get(timeout=60) is not None
    server.says(ALVA, "@ekevik Hur länge?", to=post)
    server.says(BO, "@ekevik Och cyklarna?", to=post)
    raws = [heard.get(timeout=60) for _ in range(5)]
    items = [item for raw in raws if raw for item in Reader().read(raw, own=f"ekevik@{server.host}")]
    assert [raw.key[0] for raw in raws if raw] == ["t", "e", "e", "e", "e"]
    contexts = {(m.text, m.context.external_id) for m in messages(items) if m.context}
    name = f"mastodon-id:{post['id']}"
    assert contexts == {("@ekevik Hur länge?", name), ("@ekevik Och cyklarna?", name)}
    assert next(m.context.text for m in messages(items) if m.context) == "Bron stängs i maj."
    # The pull says the same.
    assert {m.context.external_id for m in pull.new() if m.context} == {name}


def test_what_is_not_for_us_is_not_taken(server: Mastodon, heard: "Queue[Raw | None]") -> None:
    server.says(BO, "Jag åt en god soppa.")
    server.notifies("favourite", server.account(BO), None)
    server.push("filters_changed", "")
    server.push("announcement", {"id": "1"})
    server.says(BO, "@ekevik Sist")
    raw = heard.get(timeout=60)
    assert raw is not None and b"Sist" in raw.body


def test_an_event_cut_off_in_the_middle_is_kept_for_a_person(server: Mastodon, heard: "Queue[Raw | None]") -> None:
    server.push("notification", '{"id":"5","type":"ment')
    raw = heard.get(timeout=60)
    assert raw is not None
    assert [getattr(item, "reason", "") for item in Reader().read(raw, own="ekevik")] == ["not_json"]


def test_a_line_that_breaks_ends_listening_without_a_fuss(server: Mastodon) -> None:
    given: Queue[Raw | None] = Queue()
    thread = Thread(target=LIVE.listen, args=(to(server), {}, given.put, Event()), daemon=True)
    thread.start()
    assert given.get(timeout=60) is None
    server.cut_streams()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_a_server_without_a_stream_is_left_alone(server: Mastodon) -> None:
    server.streams = False
    given: list[Raw | None] = []
    LIVE.listen(to(server), {}, given.append, Event())
    assert given == []


def test_a_stream_with_an_old_token_asks_for_a_new_one(server: Mastodon) -> None:
    with pytest.raises(NeedsLogin):
        LIVE.listen(to(server, token="old"), {"me": "1"}, lambda raw: None, Event())


# ---- what the pull hands over, read ----------------------------------------------------------------------------------


def _read(body: bytes, own: str = "ekevik@ekevik.example.org", url: str = "") -> list[Item]:
    return Reader().read(Raw(body, "prov", url=url), own=own)


def test_a_thread_is_messages_from_our_own_post_and_on() -> None:
    items = _read((Path(__file__).parent / "data" / "thread.json").read_bytes())
    kinds = [item.reason if isinstance(item, Ignored) else type(item).__name__ for item in items]
    assert kinds == ["context", "own_post", "Incoming", "Incoming"]
    first, second = messages(items)
    assert first.context is not None
    assert (first.context.external_id, first.context.text) == ("mastodon-id:100", "Linje 4 dras in.")
    assert second.in_reply_to == first.external_id and second.context is None


@pytest.mark.parametrize(
    ("url", "error", "gone"),
    [
        ("https://a/api/v1/statuses/5?known=1", "Record not found", True),
        ("https://a/api/v1/statuses/5?known=1", "Something went wrong", False),
        ("https://a/api/v1/statuses/5?known=1", None, False),
        # Nobody asked for it because it was known: an answer about nothing says nothing.
        ("https://a/api/v1/statuses/5", "Record not found", False),
        ("https://a/api/v1/accounts/5?known=1", "Record not found", False),
    ],
)
def test_only_what_was_known_can_be_gone(url: str, error: Any, gone: bool) -> None:
    items = _read(json.dumps({"error": error}).encode(), url=url)
    assert (items == [Deleted("mastodon-id:5")]) is gone


def test_a_comment_alone_names_our_post_by_its_number_and_nobody_elses() -> None:
    status = json.loads((Path(__file__).parent / "data" / "thread.json").read_bytes())["status"]
    (item,) = messages(_read(json.dumps(status).encode()))
    assert item.context is not None and (item.context.external_id, item.context.text) == ("mastodon-id:100", "")
    (other,) = messages(_read(json.dumps(status).encode(), own="annan@ekevik.example.org"))
    assert other.context is None

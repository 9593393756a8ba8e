"""Connected services that answer oddly: nothing is taken for what it is not, nothing goes round for ever."""

import json
from typing import Any

import pytest

from tests.support.appview import KIM
from tests.support.web import Asked, Said, Web
from torget.channels.base import Incoming, Item
from torget.channels.bluesky import Bluesky
from torget.channels.feedlive import FeedLive
from torget.channels.live import Connection, Outgoing, Retry, Unknown
from torget.channels.mastodon import Mastodon as Reader
from torget.channels.mastodonlive import MastodonLive
from torget.channels.mastodonpull import thread
from torget.channels.mastodonserver import Answer, Server, failure
from torget.channels.tests.bluesky_peer import LIVE as BLUESKY
from torget.channels.tests.bluesky_peer import Town

MARK = b"\xef\xbb\xbf"


def _texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Incoming)]


# ---- Mastodon -------------------------------------------------------------------------------------------------------


def _fetched(monkeypatch: pytest.MonkeyPatch, body: bytes, cursor: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The words in one page of notifications."""

    def exchange(self: Server, method: str, url: str, lost: Any, options: Any) -> Answer:
        return Answer(200, body if "notifications" in url else b"{}", url, "application/json", {}, method)

    monkeypatch.setattr(Server, "_exchange", exchange)
    fetched = MastodonLive().fetch(Connection("ekevik@a.example", {"server": "https://a.example"}), cursor)
    items = [item for raw in fetched.raws for item in Reader().read(raw, own="ekevik@a.example")]
    return _texts(items), dict(fetched.cursor)


def _note(number: object, words: str) -> dict[str, Any]:
    status = {
        "id": f"5{words}", "uri": f"https://a.example/{words}", "content": words, "visibility": "public",
        "account": {"id": "2", "acct": "bo"},
    }  # fmt: skip
    return {"id": number, "type": "mention", "account": status["account"], "status": status}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda body: MARK + body, id="a byte order mark"),
        pytest.param(lambda body: body.replace(b'"Hej"', b'"Hej\x00"', 1), id="a NUL in its words"),
        pytest.param(lambda body: body.replace(b'"extra": 1', b'"extra": ' + b"9" * 5_000), id="a number without end"),
        pytest.param(lambda body: body.replace(b'"Hej"', b'"Hej \xe5"', 1), id="a letter that is none"),
    ],
)
def test_a_page_that_is_nearly_json_stops_no_pull(spoil: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    body = spoil(json.dumps([_note(7, "Hej") | {"extra": 1}, _note("8", "Sen")]).encode())
    words, _ = _fetched(monkeypatch, body, {"me": "1"})
    assert [one[:3] for one in words] == ["Hej", "Sen"]


def test_a_notification_whose_id_cannot_be_read_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = json.dumps([_note("7", "Hej")]).encode()
    words, cursor = _fetched(monkeypatch, first, {"me": "1"})
    assert words == ["Hej"]
    both = json.dumps([_note("7", "Hej"), _note(None, "Utan")]).encode()
    words, cursor = _fetched(monkeypatch, both, cursor | {"stage": "news"})
    assert "Utan" in words
    assert _fetched(monkeypatch, both, json.loads(json.dumps(cursor)) | {"stage": "news"})[0] == []


def test_a_thread_of_answers_with_a_mark_before_them_is_one_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    status = _note("7", "Hej")["status"] | {"id": "5"}

    def exchange(self: Server, method: str, url: str, lost: Any, options: Any) -> Answer:
        said = {"ancestors": [], "descendants": []} if url.endswith("context") else status
        return Answer(200, MARK + json.dumps(said).encode(), url, "application/json", {}, method)

    monkeypatch.setattr(Server, "_exchange", exchange)
    raw, _ = thread(Server(Connection("ekevik@a.example", {"server": "https://a.example"})), "5")
    assert _texts(Reader().read(raw, own="")) == ["Hej"]


def test_see_other_after_a_post_is_no_refusal() -> None:
    answer = Answer(303, b"", "https://a.example", "", {}, "POST")
    assert isinstance(failure(answer, Unknown), Unknown)
    assert isinstance(failure(answer, Retry), Retry)


# ---- Bluesky --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"{}", b'{"notifications": null}', b'{"notifications": {"a": 1}}'])
def test_an_answer_without_notifications_does_not_say_that_there_are_none(town: Town, body: bytes) -> None:
    town.view.post(KIM, "Hit!", told="mention", ago=3_600.0)
    town.view.instead.append((lambda asked: "listNotifications" in asked.path, Said(body)))
    with pytest.raises(Retry, match="odd_answer"):
        town.pull()
    town.view.instead.clear()
    assert town.texts() == ["Hit!"]


def test_pages_that_lead_back_to_each_other_come_to_an_end(town: Town) -> None:
    town.view.post(KIM, "Hit!", told="mention")
    rows = list(town.view.notifications)
    for mine, following in (("", "b"), ("b", "c"), ("c", "b")):
        body = json.dumps({"notifications": rows, "cursor": following}).encode()

        def is_meant(asked: Asked, mine: str = mine) -> bool:
            return "listNotifications" in asked.path and asked.one("cursor") == mine

        town.view.instead.append((is_meant, Said(body)))
    cursor: dict[str, Any] = {}
    words = []
    for _ in range(10):
        fetched = BLUESKY.fetch(town.connection, cursor)
        cursor = json.loads(json.dumps(dict(fetched.cursor)))
        words += [text for raw in fetched.raws for text in _texts(Bluesky().read(raw, own="ekevik.example"))]
        if not fetched.more:
            break
    assert (words, fetched.more) == (["Hit!"], False)


def test_see_other_after_a_record_is_no_refusal(town: Town) -> None:
    town.view.instead.append((lambda asked: "putRecord" in asked.path, Said(b"", 303, {"Location": "/x"})))
    with pytest.raises(Unknown):
        BLUESKY.send(town.connection, Outgoing(BLUESKY.new_key(), "Hej"))


# ---- feeds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"), [(203, "application/xml"), (200, "application/json")], ids=["through a proxy", "called JSON"]
)
def test_a_feed_that_is_said_to_be_something_else(monkeypatch: pytest.MonkeyPatch, status: int, kind: str) -> None:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    body = b'<rss version="2.0"><channel><title>F</title><item><guid>1</guid><title>Hej</title></item></channel></rss>'
    with Web(lambda asked: Said(body, status, {"Content-Type": kind})) as web:
        assert len(FeedLive().fetch(Connection(f"{web.url}/flode"), {}).raws) == 1

"""Fetching from a bare PDS: what an answer leaves out is no deletion unless the listing certainly held everything."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from tests.support.web import Asked, Said, Web
from torget.channels import xrpc
from torget.channels.base import Deleted, Incoming, Item
from torget.channels.bluesky import POST, Bluesky
from torget.channels.blueskylive import BlueskyLive
from torget.channels.blueskypost import tid
from torget.channels.live import Connection, Retry
from torget.core import clock

OURS, KIM, ROBIN = "did:plc:ekevik", "did:plc:kim", "did:plc:robin"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# A page so full that it says there is another one.
MORE = {"cursor": "there is more"}


class Bare:
    """A server with three accounts, ours among them; `pull()` gives the items. `instead` is said for the method it names."""

    def __init__(self) -> None:
        self.posts: dict[str, list[dict[str, Any]]] = {OURS: [], KIM: [], ROBIN: []}
        self.instead: dict[str, Any] = {}
        self.cursor: dict[str, Any] = {}
        self.web = Web(self.answer)

    def post(self, did: str, words: str, *, minutes_ago: int = 0) -> str:
        key = tid(int((NOW - timedelta(minutes=minutes_ago)).timestamp() * 1e6), 1)
        features = [{"$type": "app.bsky.richtext.facet#mention", "did": OURS}]
        value = {"$type": POST, "text": words, "createdAt": NOW.isoformat(), "facets": [{"features": features}]}
        self.posts[did].append(
            {"uri": f"at://{did}/{POST}/{key}", "cid": f"bafy{len(self.posts[did])}", "value": value}
        )
        return f"at://{did}/{POST}/{key}"

    def answer(self, asked: Asked) -> Said:
        name = asked.path.rpartition(".")[2]
        return Said(json.dumps(self.instead.get(name) or getattr(self, f"_{name}")(asked)).encode())

    def _createSession(self, asked: Asked) -> Any:
        claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + 7_200}).encode()).decode().rstrip("=")
        return {"accessJwt": f"e30.{claims}.x", "refreshJwt": f"e30.{claims}.y", "did": OURS}

    def _listRepos(self, asked: Asked) -> Any:
        return {"repos": [{"did": did, "rev": self._rev(did)} for did in self.posts]}

    def _rev(self, did: str) -> str:
        return sha256(json.dumps(self.posts[did]).encode()).hexdigest()[:13]

    def _listRecords(self, asked: Asked) -> Any:
        listed = sorted(self.posts[asked.one("repo")], key=lambda row: str(row["uri"]), reverse=True)
        return {"records": listed}

    def _describeRepo(self, asked: Asked) -> Any:
        return {"handle": "kim.example"}

    def pull(self) -> list[Item]:
        connection = Connection("ekevik.example", {"service": self.web.url, "appview": False}, {"password": "x"}, 5.0)
        fetched = BlueskyLive().fetch(connection, self.cursor)
        self.cursor = json.loads(json.dumps(dict(fetched.cursor)))
        return [item for raw in fetched.raws for item in Bluesky().read(raw, own="ekevik.example")]

    def gone(self) -> set[str]:
        return {item.external_id for item in self.pull() if isinstance(item, Deleted)}


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bare]:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    xrpc._kept.clear()
    made = Bare()
    with made.web:
        yield made


def test_what_is_not_listed_any_more_is_gone(bare: Bare) -> None:
    kept, taken, lost = bare.post(KIM, "Kvar"), bare.post(KIM, "Borta", minutes_ago=5), bare.post(ROBIN, "Slutar")
    assert {item.external_id for item in bare.pull() if isinstance(item, Incoming)} == {kept, taken, lost}
    bare.posts[KIM].pop()
    assert bare.gone() == {taken}
    del bare.posts[ROBIN]
    assert bare.gone() == {lost}
    assert bare.pull() == []


@pytest.mark.parametrize("said", [{"x": 1}, {"repos": None}, {"repos": {"did": KIM}}])
def test_an_answer_without_accounts_says_nothing_of_them(bare: Bare, said: Any) -> None:
    bare.post(KIM, "Hej")
    bare.pull()
    bare.instead["listRepos"] = said
    with pytest.raises(Retry, match="odd_answer"):
        bare.pull()
    bare.instead.clear()
    assert bare.pull() == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"repos": []}, id="not even ourselves"),
        pytest.param({"repos": [{"did": OURS, "rev": "1"}, {}]}, id="one without a name"),
        pytest.param({"repos": [{"did": OURS, "rev": "1"}, 7]}, id="one that is none"),
        pytest.param({"repos": [{"did": OURS, "rev": "1"}], **MORE}, id="the same page for ever"),
    ],
)
def test_accounts_that_a_listing_may_have_left_out_are_not_gone(bare: Bare, said: Any) -> None:
    bare.post(KIM, "Hej")
    bare.pull()
    bare.instead["listRepos"] = said
    assert bare.gone() == set()


@pytest.mark.parametrize("said", [{"x": 1}, {"records": None}, {"records": "inga"}])
def test_an_answer_without_posts_says_nothing_of_them(bare: Bare, said: Any) -> None:
    bare.post(KIM, "Hej")
    bare.pull()
    bare.instead["listRecords"] = said
    later = bare.post(KIM, "Igen", minutes_ago=1)
    with pytest.raises(Retry, match="odd_answer"):
        bare.pull()
    bare.instead.clear()
    assert [item.external_id for item in bare.pull() if isinstance(item, Incoming)] == [later]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"records": [], **MORE}, id="an empty page in the middle"),
        pytest.param({"records": [{"cid": "x", "value": {}}]}, id="one without a name"),
        pytest.param({"records": [None]}, id="one that is none"),
        pytest.param({"records": [{"uri": f"at://{ROBIN}/{POST}/3zzzzzzzzzzzz"}]}, id="another account's"),
    ],
)
def test_posts_that_a_listing_may_have_left_out_are_not_gone(bare: Bare, said: Any) -> None:
    bare.post(KIM, "Hej")
    bare.pull()
    bare.instead["listRecords"] = said
    bare.post(KIM, "Så att det ändras")
    assert bare.gone() == set()


def test_below_the_last_page_that_was_given_nothing_is_gone(bare: Bare) -> None:
    older = bare.post(KIM, "Äldre", minutes_ago=90)
    middle = bare.post(KIM, "Mellan", minutes_ago=60)
    bare.pull()
    # The page after this one never comes: the same is given again and again.
    newest = bare.post(KIM, "Nyast")
    below = bare.post(KIM, "Under", minutes_ago=70)
    rows = {row["uri"]: row for row in bare.posts[KIM]}
    bare.instead["listRecords"] = {"records": [rows[newest], rows[below]], **MORE}
    assert older < below < middle
    assert bare.gone() == {middle}

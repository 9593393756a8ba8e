"""What an AppView refuses, and dates and figures that it says: one of them stops nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.appview import KIM, OURS, ROBIN
from tests.support.web import Said
from torget.channels.base import Deleted, Incoming
from torget.channels.blueskyfetch import OFTEN
from torget.channels.blueskylive import BlueskyLive
from torget.channels.live import GiveUp, NeedsLogin, Problem
from torget.channels.tests.bluesky_peer import NOW, Town, later

LIVE = BlueskyLive()
REFUSED = Said(b'{"error": "InvalidRequest", "message": "Invalid at-uri"}', 400)


def refuse(town: Town, method: str, uri: str, said: Said = REFUSED) -> None:
    """Have the AppView say no to each question in which this at-uri stands."""
    town.view.instead.append(
        (lambda a: a.path.endswith(method) and uri in {a.one("uri"), *a.query.get("uris", [])}, said)
    )


@pytest.mark.parametrize("said", [REFUSED, Said(b"", 404), Said(b"<html>", 414)])
def test_a_post_that_may_not_be_asked_for_stops_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    kept, gone, refused = (town.view.post(did, "Hej", told="mention") for did in (KIM, KIM, ROBIN))
    assert len(town.texts()) == 3
    town.view.delete(gone)
    refuse(town, "getPosts", refused["uri"], said)
    refuse(town, "getPostThread", refused["uri"], said)
    later(monkeypatch, town, OFTEN)
    town.view.post(KIM, "Igen", told="mention")
    items = town.pull()
    assert [item.text for item in items if isinstance(item, Incoming)] == ["Igen"]
    assert [item.external_id for item in items if isinstance(item, Deleted)] == [gone["uri"]]
    assert f"{KIM}/{kept['uri'].rpartition('/')[2]}" in town.cursor["known"]


def test_a_post_told_of_that_may_not_be_asked_for_stops_no_other(town: Town) -> None:
    bad = town.view.post(ROBIN, "Trasig", told="mention")
    town.view.post(KIM, "Hel", told="mention")
    refuse(town, "getPostThread", bad["uri"])
    refuse(town, "getPosts", bad["uri"])
    assert town.texts() == ["Hel"]
    assert town.pull() == []


def test_quotes_that_may_not_be_asked_for_stop_nothing(town: Town) -> None:
    ours = town.view.post(OURS, "Tyck till.")
    town.view.post(KIM, "Se här", embed={"record": {"uri": ours["uri"]}})
    town.view.post(ROBIN, "@ekevik.example hej", told="mention")
    refuse(town, "getQuotes", ours["uri"])
    assert town.texts() == ["@ekevik.example hej"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param(Said(b'{"error": "AuthMissing"}', 401), NeedsLogin, id="no log-in"),
        pytest.param(Said(b'{"error": "AccountTakedown"}', 400), NeedsLogin, id="taken down"),
        pytest.param(Said(b'{"error": "InvalidToken"}', 400), NeedsLogin, id="no token helps"),
        pytest.param(Said(b'{"error": "Forbidden"}', 403), GiveUp, id="not for this account"),
    ],
)
@pytest.mark.parametrize("method", ["getPosts", "getQuotes", "getPostThread"])
def test_that_the_account_itself_is_refused_is_never_passed_over(
    town: Town, monkeypatch: pytest.MonkeyPatch, said: Said, kind: type[Problem], method: str
) -> None:
    gone = town.view.post(KIM, "Hej", told="mention")
    town.pull()
    town.view.delete(gone)
    ours = town.view.post(OURS, "Tyck till.")
    town.view.post(KIM, "Se här", embed={"record": {"uri": ours["uri"]}})
    later(monkeypatch, town, OFTEN)
    town.view.instead.append((lambda asked: asked.path.endswith(method), said))
    with pytest.raises(kind):
        town.pull()


@pytest.mark.parametrize("page", [{}, {"cursor": "50", "stop": "2098-12-31T23:50:00+00:00", "newest": "", "left": -1}])
def test_a_date_ahead_of_us_does_not_end_the_mentions(
    town: Town, monkeypatch: pytest.MonkeyPatch, page: dict[str, Any]
) -> None:
    town.view.notify(town.view.post(KIM, "Från framtiden") | {"indexedAt": "2099-01-01T00:00:00Z"}, "mention")
    town.pull()
    assert town.cursor["newest"] == NOW.isoformat()
    later(monkeypatch, town, timedelta(hours=1))
    town.view.post(KIM, "I dag", told="mention")
    assert town.texts() == ["I dag"]
    # A cursor from before this was seen to: what has come since is not lost.
    town.view.post(KIM, "Missat", told="mention", ago=7_200.0)
    town.cursor |= {"newest": "2099-01-01T00:00:00+00:00", "page": page}
    assert town.texts() == ["Missat"]
    assert town.cursor["newest"] == town.view.now.isoformat()


def test_a_quota_too_large_to_be_kept_is_none(town: Town) -> None:
    heads = {"RateLimit-Limit": str(2**31), "RateLimit-Remaining": str(2**31 - 1), "RateLimit-Reset": "4000000000"}
    town.view.instead.append((lambda asked: "getAuthorFeed" in asked.path, Said(b'{"feed": []}', 200, heads)))
    health = LIVE.fetch(town.connection, {}).health
    assert (health.quota_left, health.quota_limit) == (2**31 - 1, None)
    assert health.quota_resets_at == datetime.fromtimestamp(4_000_000_000, UTC)

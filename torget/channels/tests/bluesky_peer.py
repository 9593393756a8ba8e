"""Our account at a stand-in for Bluesky's AppView."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.appview import AppView
from tests.support.web import Web
from torget.channels.base import Incoming, Item, Raw
from torget.channels.bluesky import Bluesky
from torget.channels.blueskylive import BlueskyLive
from torget.channels.live import Connection
from torget.core import clock

LIVE = BlueskyLive()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Town:
    """Our account at a stand-in AppView; `pull()` gives the items of all pages."""

    def __init__(self, view: AppView, web: Web) -> None:
        self.view, self.web = view, web
        self.cursor: dict[str, Any] = {}
        self.raws: list[Raw] = []
        self.since: datetime | None = None

    @property
    def connection(self) -> Connection:
        return Connection("ekevik.example", {"service": self.web.url}, {"password": "hemligt"}, 5.0, self.since)

    def pull(self) -> list[Item]:
        self.raws, more = [], True
        while more:
            fetched = LIVE.fetch(self.connection, self.cursor)
            self.raws += fetched.raws
            # As the database keeps it.
            self.cursor, more = json.loads(json.dumps(dict(fetched.cursor))), fetched.more
        return [item for raw in self.raws for item in Bluesky().read(raw, own="ekevik.example")]

    def texts(self) -> list[str]:
        return [item.text for item in self.pull() if isinstance(item, Incoming)]


def later(monkeypatch: pytest.MonkeyPatch, town: Town, step: timedelta) -> None:
    town.view.now += step
    now = town.view.now
    monkeypatch.setattr(clock, "now", lambda: now)

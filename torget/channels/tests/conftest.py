"""The Mastodon and the AppView of the tests, on loopback, and a pull from each."""

from collections.abc import Iterator

import pytest

from tests.support.appview import AppView
from tests.support.mastodon import Mastodon
from tests.support.web import Web
from torget.channels import xrpc
from torget.channels.tests.bluesky_peer import NOW, Town
from torget.channels.tests.mastodon_peer import ALVA, BO, Pull
from torget.core import clock


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mastodon]:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    with Mastodon() as running:
        for acct in ("ekevik", ALVA, BO):
            running.account(acct)
        yield running


@pytest.fixture
def pull(server: Mastodon) -> Pull:
    return Pull(server)


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    xrpc._kept.clear()
    view = AppView(NOW)
    with Web(view.answer) as web:
        yield Town(view, web)

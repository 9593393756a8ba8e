"""The Mastodon of the tests, on loopback, and a pull from it."""

from collections.abc import Iterator

import pytest

from tests.support.mastodon import Mastodon
from torget.channels.tests.mastodon_peer import ALVA, BO, Pull


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

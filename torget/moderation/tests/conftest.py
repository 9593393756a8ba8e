"""The town that the tests of moderation act on, and a connected channel that says what the test tells it to."""

from collections.abc import Iterator

import pytest

from tests.support import making
from torget.channels import registry
from torget.channels.base import Visibility
from torget.conversations import limits
from torget.conversations.models import Account, Message
from torget.core import clock
from torget.moderation.tests.told import Told
from torget.organisations.models import Organisation


@pytest.fixture(autouse=True)
def _nobody_has_posted_yet() -> None:
    limits._counts.clear()


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture
def channel(town: making.Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Told]]:
    """A connected Mastodon account; outside a demo town, where nothing is asked of anyone."""
    monkeypatch.setitem(registry._LIVE, "mastodon", f"{Told.__module__}:{Told.__name__}")
    registry.live.cache_clear()
    Organisation.objects.update(demo=False)
    Account.objects.create(channel="mastodon", handle="ekevik", authority=town.authority, state=Account.GOOD)
    Told.says, Told.asked = [], []
    yield Told
    registry.live.cache_clear()


@pytest.fixture
def comment(town: making.Town) -> Message:
    """A public comment on Mastodon, in an account that is not connected unless `channel` has made it."""
    account = Account.objects.filter(channel="mastodon").first() or town.account("mastodon", "ekevik")
    return making.first(town.given("Jag ska döda dig", account=account, visibility=Visibility.PUBLIC))

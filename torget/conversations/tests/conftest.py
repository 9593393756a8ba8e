"""The town that the tests of conversations act on, at ten on a Monday morning."""

from collections.abc import Iterator

import pytest

from tests.support import making
from torget.channels.registry import CHANNELS
from torget.conversations.tests.standin import StandIn, standing_in
from torget.core import clock
from torget.organisations.models import User


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> making.Told:
    """The channel of the default account, which says what the test tells it to."""
    channel = making.Told()
    monkeypatch.setitem(CHANNELS, "jsonl", channel)
    return channel


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Stands in for every connected channel, in the mood that the test gives it."""
    with standing_in(monkeypatch) as service:
        yield service


@pytest.fixture
def user(town: making.Town) -> User:
    """A communicator of a town whose answers leave."""
    town.organisation.demo = False
    town.organisation.save()
    return town.user()

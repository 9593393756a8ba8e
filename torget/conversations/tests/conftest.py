"""The town that the tests of conversations act on, at ten on a Monday morning."""

from collections.abc import Iterator

import pytest

from tests.support import making
from torget.channels.registry import CHANNELS
from torget.core import clock


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

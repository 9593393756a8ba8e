"""The town that these tests act on, and who is logged in."""

from collections.abc import Iterator

import pytest
from django.test import Client

from tests.support import making
from torget.conversations import limits
from torget.core import clock
from torget.organisations.rules import Role


@pytest.fixture(autouse=True)
def _nobody_has_posted_yet() -> None:
    limits._counts.clear()


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture
def staff(town: making.Town) -> Client:
    """A communicator's browser."""
    client = Client()
    client.force_login(town.user())
    return client


@pytest.fixture
def admin(town: making.Town) -> Client:
    """An administrator's browser."""
    client = Client()
    client.force_login(town.user(Role.ADMINISTRATOR))
    return client

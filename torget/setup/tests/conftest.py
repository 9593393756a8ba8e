"""A town at ten on a Monday morning, and its administrator logged in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support import making
from torget.core import clock
from torget.organisations import actions as organisations
from torget.organisations.models import User
from torget.organisations.rules import Role


@pytest.fixture
def town(db: None, settings: Any, tmp_path: Path) -> Iterator[making.Town]:
    """The town; its files lie in a folder of the test's."""
    settings.TORGET_HOME = tmp_path
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture
def boss(town: making.Town) -> User:
    """The administrator."""
    organisations.add_default_costs()
    return town.user(Role.ADMINISTRATOR)


@pytest.fixture
def admin(boss: User) -> Client:
    """A browser in which the administrator is logged in."""
    client = Client()
    client.force_login(boss)
    return client

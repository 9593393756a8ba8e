"""The town that these tests act on, at ten on a Monday morning, and a program that is connected to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support import making
from torget.api import actions
from torget.api.models import Program
from torget.api.rules import Event, Scope
from torget.core import clock, limits
from torget.organisations.rules import Role


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    limits.reading.counts.clear()


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@dataclass
class Connected:
    """A program with a token that opens everything."""

    program: Program
    secret: str

    @property
    def heads(self) -> dict[str, str]:
        """The head that the token goes in."""
        return {"Authorization": f"Bearer {self.secret}"}


def connect(town: making.Town, endpoint: str = "", events: tuple[Event, ...] = tuple(Event), **more: Any) -> Connected:
    """Connect a program by an administrator."""
    by = town.user(Role.ADMINISTRATOR)
    program = actions.connect("Felanmälan Väg", authority=town.authority, endpoint=endpoint, events=events, by=by)
    _, secret = actions.make_token(program, name="drift", scopes=list(Scope), expires_at=None, by=by)
    return Connected(program, secret)


@pytest.fixture
def connected(town: making.Town, settings: Any, tmp_path: Any) -> Connected:
    """A program without an address of its own."""
    settings.TORGET_HOME = str(tmp_path)
    return connect(town)

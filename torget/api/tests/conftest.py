"""The town that these tests act on, at ten on a Monday morning, and a program that is connected to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import making
from torget.api import actions
from torget.api.actions import sending
from torget.api.models import Delivery, Program
from torget.api.rules import Event, Scope
from torget.core import clock, limits
from torget.organisations.rules import Role


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    limits.reading.counts.clear()


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with something else makes no test fail."""
    monkeypatch.setattr(sending, "DEADLINE", 60.0)


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


@pytest.fixture
def real(town: making.Town, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> making.Town:
    """A town that is no demo: what it sends leaves."""
    settings.TORGET_HOME = str(tmp_path)
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    town.organisation.demo = False
    town.organisation.save()
    return town


def deliveries(
    program: Program, *due: datetime, state: str = "waiting", ended: datetime | None = None
) -> list[Delivery]:
    """A delivery for each moment at which it was due; `ended` is when it was sent."""
    first = program.deliveries.count()
    return Delivery.objects.bulk_create(
        Delivery(
            program=program, key=f"evt_{program.pk}_{first + place}", sequence=first + place, event="conversation.closed",
            conversation=first + place, occurred_at=at, next_at=at, state=state,
            lease_until=at + timedelta(minutes=2) if state == "sending" else None,
            sent_at=(ended or at) if state == "sent" else None,
        )
        for place, at in enumerate(due)
    )  # fmt: skip

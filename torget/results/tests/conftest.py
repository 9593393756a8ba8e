"""A small town to count in, on Monday 16 November 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from torget.core import clock
from torget.organisations.models import Authority, Organisation
from torget.results.tests.made import Town

MONDAY = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)


@pytest.fixture
def town(db: None) -> Iterator[Town]:
    Organisation.objects.create(name="Ekeviks kommun", short_name="Ekevik", demo=True)
    authority = Authority.objects.create(
        name="Kommunstyrelsen", prefix="KS", archive_creator="Ekeviks kommun", is_default=True
    )
    with clock.at(MONDAY):
        yield Town(authority)

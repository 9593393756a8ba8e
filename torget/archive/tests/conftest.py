"""The town whose cases the tests pack."""

from collections.abc import Iterator

import pytest

from tests.support import making
from torget.core import clock


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    """A town on an ordinary Monday."""
    with clock.at(making.MONDAY):
        yield making.town()

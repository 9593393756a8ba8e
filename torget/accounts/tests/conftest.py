"""The town that these tests act on, at ten on a Monday morning."""

from collections.abc import Iterator

import pytest

from tests.support import making
from torget.core import clock


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()

"""One demo town and one browser for all stories of a run."""

from collections.abc import Iterator

import pytest

from tests.journeys import measured as measuring
from tests.journeys import town as towns
from tests.support.browser import Pages


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[towns.Town]:
    """Ekevik, built once and running until the last story has been told."""
    built = towns.build(tmp_path_factory.mktemp("ekevik"))
    yield built
    built.torget.stop()


@pytest.fixture
def visit(town: towns.Town, page_at: Pages) -> towns.Visit:
    """`visit(390, 844, role="Kommunikatör")` opens a page of the town, logged in where a role is named."""
    return towns.visitor(town, page_at)


@pytest.fixture(scope="session")
def measured() -> Iterator[measuring.Measured]:
    """What the checks of access saw; written down at the end where `scripts/accessibility.py` asks for it."""
    seen = measuring.Measured()
    yield seen
    seen.write_if_asked()

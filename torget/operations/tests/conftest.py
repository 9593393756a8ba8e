"""What the tests of witnesses and time stamps share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from torget.journal import actions as journal


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """A data folder of its own."""
    settings.TORGET_HOME = tmp_path / "home"
    settings.TORGET_ORIGIN = "ekevik.example/journal"
    return tmp_path


@pytest.fixture
def enter(home: Path, db: None) -> Callable[[int], None]:
    """Enter so many things and number them."""

    def some(count: int) -> None:
        journal.enter_many(journal.Entering("record.received", "", f"record:{n}", bytes(32)) for n in range(count))
        while journal.sequence():
            pass

    return some

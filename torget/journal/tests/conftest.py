"""What the journal's tests share."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from torget.journal import actions
from torget.journal.models import Entry


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """A data folder of its own, so that each test makes its own key."""
    settings.TORGET_HOME = tmp_path
    settings.TORGET_ORIGIN = "test.example/journal"
    return tmp_path


@pytest.fixture
def enter_some(home: Path, db: None) -> Callable[[int], list[Entry]]:
    """`enter_some(3)` enters three things that nothing has numbered yet."""

    def enter(count: int) -> list[Entry]:
        return actions.enter_many(
            actions.Entering("record.received", "", f"record:{number}", hashlib.sha256(b"%d" % number).digest())
            for number in range(count)
        )

    return enter

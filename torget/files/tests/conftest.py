"""Fixtures of the files module."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder for this test alone."""
    settings.TORGET_HOME = tmp_path / "home"
    return tmp_path / "home"

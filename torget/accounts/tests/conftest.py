"""The town that these tests act on, at ten on a Monday morning."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import making
from torget.core import clock


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hash passwords quickly: what is tried here is not how long that takes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

"""A database that several connections can meet in.

On PostgreSQL that is the run's own. The run's SQLite lies in memory, where connections share a cache and locks are
others than in a file: so there each test gets a file, with the settings that Torget runs with.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from tests.support import migrated as filled
from torget.conversations import actions
from torget.conversations.models import Conversation
from torget.organisations import actions as organisations
from torget.organisations.models import Organisation, User


class _File:
    """`with _File(path):` the default database is the SQLite file, in all threads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.kept, self.settings = connections["default"], connections.settings["default"]
        del connections["default"]
        connections.settings["default"] = {**self.settings, "NAME": str(self.path)}

    def __exit__(self, *error: object) -> None:
        connections["default"].close()
        connections.settings["default"] = self.settings
        connections["default"] = self.kept


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> "Callable[[], Path]":
    """Gives a migrated SQLite file, made at the first call."""
    path = tmp_path_factory.mktemp("locking") / "empty.sqlite3"

    def give() -> Path:
        if not path.exists():
            shutil.copy(filled.sqlite(), path)
        return path

    return give


@pytest.fixture(autouse=True)
def meeting_place(transactional_db: None, migrated: Callable[[], Path], tmp_path: Path) -> Iterator[None]:
    """The database of a test here."""
    if connection.vendor != "sqlite":
        yield
        return
    path = tmp_path / "torget.sqlite3"
    shutil.copy(migrated(), path)
    with _File(path):
        yield


@pytest.fixture
def staff(meeting_place: None) -> list[User]:
    """Two communicators at the desk of an organisation."""
    organisations.ensure_authority()
    Organisation.objects.create(name="Låsköping", short_name="Låsköping")
    make = User.objects.create_user
    return [make(f"{name}@example.se", name=name.title(), role="communicator") for name in ("anna", "bo")]


@pytest.fixture
def write(staff: list[User]) -> Callable[..., Conversation]:
    """`write("text", email="…")`: a conversation that came by the form."""

    def post(text: str = "Hur blir det med gatan?", email: str = "") -> Conversation:
        secret = actions.post_form(actions.Written(text=text, email=email))
        receipt = actions.find_receipt(secret)
        assert receipt is not None
        return receipt.conversation

    return post

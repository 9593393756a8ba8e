"""The doctor's look at the journal: its key, its lag, and a bit that was flipped past Django."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from torget.core import clock
from torget.core.doctor import Check
from torget.journal import actions, checks
from torget.journal.models import Entry


@pytest.fixture(autouse=True)
def home(db: None, settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    settings.TORGET_HOME = tmp_path
    return tmp_path


def _enter() -> None:
    actions.enter("test.kind", actor_ref="system", object_ref="test:1", digest=bytes(32))


def _key() -> Check:
    return next(check for check in checks.examine() if check.name == "journalens nyckel")


def test_before_anything_is_entered() -> None:
    assert [check.ok for check in checks.examine()] == [True, True] and [check.ok for check in checks.whole()] == [True]


def test_a_key_that_is_as_it_should_be_and_one_that_is_not(settings: Any) -> None:
    _enter()
    actions.sequence()
    assert _key().level == "good"
    path = actions.key_path()
    right = path.read_text()
    path.chmod(0o644)
    assert _key().remedy == f"chmod 600 {path}"
    path.chmod(0o600)
    path.write_text("annat")
    assert "Lägg tillbaka" in _key().remedy and not _key().ok
    path.unlink()
    assert "saknas" in _key().says
    path.write_text(right)
    path.chmod(0o600)
    settings.TORGET_ORIGIN = "other.example/journal"
    assert _key().level == "warn" and "TORGET_ORIGIN=" in _key().remedy


def test_another_key_than_the_one_that_signed(home: Path, settings: Any) -> None:
    settings.TORGET_HOME = home / "other"
    actions.signing_key()
    other = actions.key_path().read_text()
    settings.TORGET_HOME = home
    _enter()
    actions.sequence()
    actions.key_path().write_text(other)
    assert "annan" in _key().says and not _key().ok


def test_an_entry_that_waits() -> None:
    _enter()
    assert all(check.ok for check in checks.examine())
    with clock.at(clock.now() + timedelta(hours=1)):
        lag = next(check for check in checks.examine() if check.name == "journalen")
    assert not lag.ok and "systemctl" in lag.remedy


def test_a_flipped_bit_in_an_entry_is_found_and_named() -> None:
    for _ in range(3):
        _enter()
    actions.sequence()
    [found] = checks.whole()
    assert found.ok and found.says.startswith("3 poster")
    second = Entry.objects.order_by("sequence")[1]
    with connection.cursor() as cursor:
        # Past the trigger that says no, as a bad disk is.
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal_entry'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE journal_entry SET kind = 'test.kine' WHERE id = %s", [second.pk])
    [found] = checks.whole()
    assert not found.ok and "entry 2" in found.says and found.remedy

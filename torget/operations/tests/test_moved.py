"""What is noted when a database has moved: by whom it may not be used any more, and that no upgrade of it is taken back."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from torget.operations import backup_tables, moving, restore_lock, upgrading

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_copy_from_before_an_upgrade_of_the_old_database_is_not_for_the_new_one(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TORGET_HOME = tmp_path
    (tmp_path / "uppgradering.json").write_text(
        json.dumps({"stage": upgrading.DONE, "copy": str(tmp_path), "changes": ["journal.0001_initial"]})
    )
    # The copying itself is tried whole in tests/services/test_moving.py and tests/crash/test_keeping.py.
    monkeypatch.setattr(backup_tables, "snapshot", lambda *, still: nullcontext())
    monkeypatch.setattr(moving, "_copy", lambda *given: moving.Report())
    moving.move(f"sqlite:///{tmp_path}/ny.sqlite3", said="ny.sqlite3", say=lambda line: None)
    assert upgrading.state() is None
    assert restore_lock.moved_to() == "ny.sqlite3"
    found = json.loads((tmp_path / "flyttad.json").read_text())
    assert list(found) == [restore_lock.place_of(connection.settings_dict)]

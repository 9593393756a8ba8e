"""What is erased stands in no index of SQLite's either, where deleted words lie on beside a mark, nor in its log."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.support import making
from torget.core import clock
from torget.core.worker import jobs
from torget.operations import scrubbing
from torget.organisations.rules import Role
from torget.register import actions
from torget.register.models import Erasure, RecordVersion
from torget.register.rules import State

pytestmark = pytest.mark.django_db(transaction=True)
WORD = "zyxwvqux"


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TORGET_HOME = tmp_path
    settings.TORGET_BACKUP_FOLDER = ""
    monkeypatch.setattr(scrubbing, "_merged", "")


def _stored() -> list[str]:
    """The tables of any kind, the indexes' own too, that hold the word."""
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')
            rows = cursor.fetchall()
            said = [part if isinstance(part, bytes) else str(part).encode() for row in rows for part in row]
            if any(WORD.encode() in part.lower() for part in said):
                found.append(name)
    return found


def test_erased_words_go_from_the_indexes_once_and_then_nothing_is_done() -> None:
    if connection.vendor != "sqlite":
        assert scrubbing.scrub() == 0
        return
    town = making.town()
    record = making.first(town.written(f"Var är {WORD}?", subject=WORD)[1]).record
    town.written("Hur går det med bron?")
    jobs["search.index"].run()
    by = town.user(Role.REGISTRAR)
    assert scrubbing.scrub() == 0, "nothing is erased"
    actions.confirm(record, state=State.REGISTERED, subject=f"Om {WORD}", by=by)
    assert {"search_fts_data", "register_fts_data"} <= set(_stored())
    actions.erase(record, mandate="Beslut", reason="Skäl", by=by)
    assert _stored(), "the indexes keep them beside a mark"
    assert scrubbing.scrub() == 1 and _stored() == []
    assert scrubbing.scrub() == 0
    # A restore brings the words and the same numbers back; erased again by the ledger, they go from the indexes again.
    Erasure.objects.all().delete()
    RecordVersion.objects.filter(record=record).update(text=f"Var är {WORD}?")
    assert actions.replay() == 1 and scrubbing.scrub() == 1
    with connection.cursor() as cursor:
        for name in ("search_fts", "register_fts"):
            cursor.execute(f"INSERT INTO {name}({name}) VALUES ('integrity-check')")  # raises where it is not whole


def test_what_is_erased_after_the_clock_went_back_goes_too() -> None:
    if connection.vendor != "sqlite":
        assert scrubbing.scrub() == 0
        return
    town = making.town()
    by = town.user(Role.REGISTRAR)
    first, second = (making.first(town.written(f"Var är {WORD}?")[1]).record for _ in range(2))
    jobs["search.index"].run()
    with clock.at(making.MONDAY + timedelta(days=3)):
        actions.erase(first, mandate="Beslut", reason="Skäl", by=by)
    assert scrubbing.scrub() == 1
    with clock.at(making.MONDAY):
        actions.erase(second, mandate="Beslut", reason="Skäl", by=by)
    assert scrubbing.scrub() == 1 and _stored() == []


def test_the_log_is_emptied_and_waited_for_while_somebody_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bas.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer, closing(sqlite3.connect(path)) as reader:
        writer.executescript(f"PRAGMA journal_mode=WAL; CREATE TABLE one (word); INSERT INTO one VALUES ('{WORD}')")
        monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM one").fetchall()
        writer.execute("DELETE FROM one")
        assert not scrubbing._log_is_empty()
        reader.rollback()
        assert scrubbing._log_is_empty()
        assert (tmp_path / "bas.sqlite3-wal").stat().st_size == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a setting of SQLite's")
def test_what_is_deleted_is_written_over_in_the_file() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone()[0] == 1

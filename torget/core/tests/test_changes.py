"""Whether anything has been committed: seen from another connection, on both databases."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from tests.support.making import MONDAY
from torget.core.changes import Changes
from torget.core.models import Heartbeat
from torget.core.worker import jobs


@pytest.fixture
def changes() -> Iterator[Changes]:
    """One who asks."""
    made = Changes()
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A database in a file, as an installation has it, and one who writes there."""
    if connection.vendor != "sqlite":
        pytest.skip("a database in a file is SQLite's; PostgreSQL's own tests are below")
    with closing(sqlite3.connect(tmp_path / "here.sqlite3", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE said (words text)")
        monkeypatch.setitem(settings.DATABASES["default"], "NAME", tmp_path / "here.sqlite3")
        yield writer


def test_a_commit_is_seen_once_on_sqlite(changes: Changes, database: sqlite3.Connection) -> None:
    assert changes.moved()  # the first time nothing is known
    assert not changes.moved()
    database.execute("BEGIN")
    database.execute("INSERT INTO said VALUES ('hej')")
    assert not changes.moved()
    database.execute("COMMIT")
    assert changes.moved()
    assert not changes.moved()


def test_a_database_that_cannot_be_opened_may_have_changed(
    changes: Changes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", tmp_path / "nowhere" / "here.sqlite3")
    assert [changes.moved() for _ in range(3)] == [True] * 3


def _by_another(work: Callable[[], object]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_commit_is_seen_once_on_postgresql(changes: Changes) -> None:
    assert changes.moved()
    _by_another(lambda: Heartbeat.objects.create(name="a", at=MONDAY))
    assert changes.moved()
    # What others do in the same server is a change too, so only what is read is sure to be none: some tries.
    assert not all(changes.moved() for _ in range(50))
    _by_another(lambda: Heartbeat.objects.filter(name="b").exists())
    assert not all(changes.moved() for _ in range(50))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_jobs_that_find_nothing_change_nothing(changes: Changes) -> None:
    """Else each round would be the reason for the next, and nothing would ever rest."""
    often = [job for job in jobs.values() if job.every <= 5]
    assert len(often) > 15
    for job in often:
        while job.run():
            pass
    restless = []
    for job in often:
        # Others write in the same server now and then: one that always changes something is meant.
        for _ in range(20):
            changes.moved()
            job.run()
            if not changes.moved():
                break
        else:
            restless.append(job.name)
    assert restless == []

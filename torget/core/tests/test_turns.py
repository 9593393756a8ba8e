"""One at a time over all processes, and whoever dies holds up nobody."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from torget.core import turns, worker
from torget.core.worker import Job

pytestmark = pytest.mark.django_db
OTHER = """
import django, sys, time
django.setup()
from django.db import connections
from torget.core import turns
connections["default"].settings_dict["NAME"] = sys.argv[1]
with turns.turn("a job") as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _own_line() -> Iterator[None]:
    turns.close()
    yield
    turns.close()


@pytest.fixture
def other() -> Iterator["subprocess.Popen[str]"]:
    """Another process, whose turn it is."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "torget.settings", "TORGET_HOME": str(settings.TORGET_HOME)}
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(connection.settings_dict["NAME"])], env=environment, stdout=subprocess.PIPE,
        text=True, cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.wait()


def test_it_is_another_process_turn_until_it_dies(other: "subprocess.Popen[str]") -> None:
    with turns.turn("a job") as mine, turns.turn("another job") as also:
        assert (mine, also) == (False, True)
    other.kill()
    other.wait()
    for _ in range(100):  # PostgreSQL sees that the line is broken a moment later
        with turns.turn("a job") as mine:
            if mine:
                return
        threading.Event().wait(0.05)
    pytest.fail("the turn of a dead process was never given back")


def test_within_a_process_too_and_it_is_given_back() -> None:
    with turns.turn("a job") as first, turns.turn("a job") as second:
        assert (first, second) == (True, False)
    with turns.turn("a job") as third:
        assert third
    with pytest.raises(RuntimeError), turns.turn("a job"):
        raise RuntimeError
    with turns.turn("a job") as fourth:
        assert fourth


def test_a_job_whose_turn_is_another_process_waits_and_one_for_many_does_not(
    other: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[bool] = []
    monkeypatch.setattr(worker, "observers", [])

    def run(many: bool) -> int:
        done.append(many)
        return 0

    for many in (False, True):
        worker._run_due(Job("a job", partial(run, many), 1.0, many=many))
    assert done == [True]


def test_every_job_that_may_run_in_many_workers_claims_its_rows() -> None:
    assert {job.name for job in worker.jobs.values() if job.many} == {
        "archive.pack", "conversations.accounts", "conversations.send", "experts.send", "files.render",
        "journal.sequence", "moderation.remove", "posts.send",
    }  # fmt: skip


@pytest.mark.postgres
def test_a_line_to_the_database_that_breaks_gives_the_turn_back_and_is_made_anew() -> None:
    with turns.turn("a job") as mine:
        assert mine
        turns._postgres.close()
    with turns.turn("a job") as again:
        assert again

"""The worker's loop: one job that fails stalls no other, and its sign of life."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from tests.support.making import MONDAY, town
from torget.core import clock, health, worker
from torget.core.models import Heartbeat, PublicVersion
from torget.core.worker import Job


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Job]:
    """No jobs but those of the test."""
    monkeypatch.setattr(worker, "jobs", {})
    # The test's own connection must not be closed under it.
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr("torget.core.worker.connection.close", lambda: None)
    monkeypatch.setattr(worker, "_last_beat", -1000.0)
    return worker.jobs


def _counting(done: list[str], name: str, *results: int) -> Callable[[], int]:
    left = list(results)

    def run() -> int:
        done.append(name)
        return left.pop(0) if left else 0

    return run


def test_a_sweep_goes_on_until_nothing_is_left(jobs: dict[str, Job]) -> None:
    done: list[str] = []
    worker.register("a", _counting(done, "a", 2), 1)
    # What the first job made gives the second one work, in the next round.
    worker.register("b", _counting(done, "b", 0, 3), 1)
    assert worker.sweep() == 5
    assert done == ["a", "a", "b", "a", "b", "b", "a", "b"]


def test_a_job_that_has_left_something_is_emptied_before_the_others_are_asked(jobs: dict[str, Job]) -> None:
    done: list[str] = []
    worker.register("much", _counting(done, "much", 10, 10, 3), 1, batch=10)
    worker.register("dear", _counting(done, "dear"), 1)
    assert worker.sweep() == 23
    # What did less than its batch has left nothing: it is asked again in the next round only.
    assert done == ["much", "much", "much", "dear", "much", "dear"]


def test_the_loop_runs_all_jobs_though_one_fails(jobs: dict[str, Job], db: None) -> None:
    done: list[str] = []
    stop = threading.Event()

    def fails() -> int:
        done.append("fails")
        raise RuntimeError("broken")

    def last() -> int:
        done.append("last")
        stop.set()
        return 0

    worker.register("fails", fails, 1)
    worker.register("last", last, 1)
    worker.loop(stop)
    assert done == ["fails", "last"]
    assert jobs["fails"].failures == 1 and jobs["last"].failures == 0


def test_what_fails_is_tried_later_and_later_but_within_a_minute(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torget.core.worker.time.monotonic", lambda: 0.0)

    def fails() -> int:
        raise RuntimeError("broken")

    job = Job("a", fails, every=1)
    pauses = []
    for _ in range(8):
        worker._run_due(job)
        pauses.append(job.due)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    # A weekend of failures is no fault of its own.
    job.failures = 5000
    worker._run_due(job)
    assert job.due == 60
    job.run = lambda: 1
    worker._run_due(job)
    # It did something, so it is asked again at once.
    assert (job.failures, job.due) == (0, 0)


def test_a_sign_of_life_is_one_row_and_not_written_at_each_look(jobs: dict[str, Job], db: None) -> None:
    with clock.at(MONDAY):
        worker.beat()
    with clock.at(MONDAY + timedelta(seconds=1)):
        worker.beat()
    assert [beat.at for beat in Heartbeat.objects.all()] == [MONDAY]


def test_a_database_that_is_down_stops_no_loop(jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def down(**given: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(Heartbeat.objects, "update_or_create", down)
    worker.beat()
    assert not Heartbeat.objects.exists()


@pytest.mark.parametrize(
    ("beat", "status"),
    [
        pytest.param(timedelta(0), 200, id="alive"),
        pytest.param(timedelta(seconds=-59), 200, id="a little while ago"),
        pytest.param(timedelta(seconds=-61), 503, id="silent for a minute"),
        pytest.param(timedelta(hours=1), 503, id="ahead of the clock"),
        pytest.param(None, 503, id="never"),
    ],
)
def test_health(client: Client, db: None, beat: timedelta | None, status: int) -> None:
    if beat is not None:
        Heartbeat.objects.create(name="worker", at=MONDAY + beat)
    with clock.at(MONDAY):
        response = client.get("/halsa/")
    body = response.json()
    assert (response.status_code, body["ok"], body["worker"]) == (status, status == 200, status == 200)
    assert body["database"] and body["disk"] and body["journal"]
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_health_says_which_part_and_no_words(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Heartbeat.objects.create(name="worker", at=MONDAY)
    with clock.at(MONDAY):
        assert set(client.get("/halsa/").json()) == {
            "ok",
            "database",
            "worker",
            "disk",
            "accepting",
            "journal",
            "figures",
        }
        # A message's entry that nobody numbers for an hour.
        town().given()
    with clock.at(MONDAY + timedelta(seconds=30)):
        assert client.get("/halsa/").json()["journal"]
    Heartbeat.objects.update(at=MONDAY + timedelta(hours=1))
    with clock.at(MONDAY + timedelta(hours=1)):
        response = client.get("/halsa/")
    assert response.status_code == 503
    assert response.json()["figures"]["journal"] == {"lag_seconds": 3600} and not response.json()["journal"]
    monkeypatch.setattr(health, "LOW", 10**18)
    with clock.at(MONDAY):
        assert not client.get("/halsa/").json()["disk"]


def test_health_of_a_database_that_is_gone(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**given: object) -> None:
        raise DatabaseError("planterad")

    monkeypatch.setattr(Heartbeat.objects, "filter", down)
    response = client.get("/halsa/")
    assert (
        response.status_code == 503 and not response.json()["database"] and "planterad" not in response.content.decode()
    )
    # The process itself is alive: to start it anew would help nobody.
    assert client.get("/halsa/lever/").status_code == 200


def test_health_is_two_statements(client: Client, db: None, django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(2):
        client.get("/halsa/")
    with django_assert_num_queries(0):
        client.get("/halsa/lever/")


def test_the_public_version_begins_at_nothing_and_grows(db: None) -> None:
    seen = [PublicVersion.current()]
    for _ in range(3):
        PublicVersion.bump()
        seen.append(PublicVersion.current())
    assert seen == [0, 1, 2, 3]
    assert PublicVersion.objects.count() == 1


def test_a_process_that_is_to_stop_is_not_ready_and_lives(client: Client, db: None) -> None:
    assert client.get("/halsa/redo/").status_code == 200
    health.draining.set()
    try:
        assert client.get("/halsa/redo/").status_code == client.get("/halsa/").status_code == 503
        assert not client.get("/halsa/").json()["accepting"]
        assert client.get("/halsa/lever/").status_code == 200
    finally:
        health.draining.clear()


def test_a_job_that_found_nothing_rests_until_something_is_committed_or_a_while_has_gone(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("torget.core.worker.time.monotonic", lambda: now)
    monkeypatch.setattr(worker, "_stirred", 0.0)
    job = Job("a", lambda: 0, every=1)
    worker._run_due(job)
    assert worker._when(job) == 100 + worker.REST
    # Something was committed after it had begun: it is as soon as ever.
    monkeypatch.setattr(worker, "_stirred", 100.2)
    assert worker._when(job) == 101
    # What it did itself is no reason to wait, nor is a failure.
    monkeypatch.setattr(worker, "_stirred", 0.0)
    job.run = lambda: 1
    worker._run_due(job)
    assert worker._when(job) == 100

    def fails() -> int:
        raise RuntimeError("broken")

    job.run = fails
    worker._run_due(job)
    assert worker._when(job) == 102
    # What leaves by the clock does not wait for others.
    timed = Job("c", lambda: 0, every=1, timed=True)
    worker._run_due(timed)
    assert worker._when(timed) == 101
    # One that is asked seldom is asked as seldom as ever.
    seldom = Job("b", lambda: 0, every=60)
    worker._run_due(seldom)
    assert worker._when(seldom) == 160


def test_a_look_that_the_database_does_not_answer_lets_nobody_rest(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked:
        def moved(self) -> bool:
            if down:
                raise DatabaseError
            return False

    monkeypatch.setattr(worker, "_stirred", 0.0)
    asked: Any = Asked()
    down = False
    worker._look(asked)
    assert worker._stirred == 0
    down = True
    worker._look(asked)
    assert worker._stirred > 0


def test_what_is_committed_wakes_a_job_that_rests_and_the_end_wakes_all(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    # An hour: only a wake-up ends this test.
    monkeypatch.setattr(worker, "REST", 3600.0)
    monkeypatch.setattr(worker, "LOOK", 0.01)
    moved = threading.Event()

    class Told:
        def moved(self) -> bool:
            return moved.is_set()

        def close(self) -> None:
            pass

    monkeypatch.setattr(worker, "Changes", Told)
    stop, rounds = threading.Event(), 0

    def run() -> int:
        nonlocal rounds
        rounds += 1
        moved.set()
        if rounds == 2:
            stop.set()
        return 0

    worker.register("a", run, 0.02)
    worker.register("alone", lambda: 0, 3600.0, own_thread=True)
    worker.loop(stop)
    assert rounds == 2


def test_a_thread_gives_its_line_back_before_it_sleeps(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    said: list[str] = []
    stop = threading.Event()
    monkeypatch.setattr(worker, "close_old_connections", lambda: said.append("line"))

    def run() -> int:
        said.append("run")
        stop.set()
        return 0

    worker._round([Job("a", run, 3600.0)], stop)
    assert said == ["line", "run", "line"]
    stop.clear()
    said.clear()
    # One that is back within the second keeps it.
    worker._round([Job("b", run, 1.0, timed=True)], stop)
    assert said == ["line", "run"]

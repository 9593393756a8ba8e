"""The worker's loop: jobs that modules register, each a sweep over durable rows that may run anywhere, any number of times."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from torget.core import turns
from torget.core.changes import Changes

LOOK = 0.5
"""Seconds between looks at whether anything has been committed."""
BEAT = 10.0
"""Seconds between signs of life, each a commit: after it all jobs look once. So seldom is the least often."""
REST = BEAT + 2 * LOOK
"""Seconds between the rounds of a job while nothing is committed, not even a sign of life: what falls due by the clock alone,
as a try again, waits at most so much longer than where there is life. `timed` jobs do not rest."""
log = logging.getLogger("torget.worker")


@dataclass(slots=True)
class Job:
    """A sweep: `run()` returns how many things it did; it is called every `every` seconds, and at once again when it did
    `batch` of them or more: it has left something. Where each round costs the same for one thing as for a thousand, the
    batch is a whole one, so that a busy hour is not spent on rounds of two or three.
    """

    name: str
    run: Callable[[], int]
    every: float
    batch: int = 1
    # It waits for others (a mail server): it runs in a thread of its own and holds up no other job.
    own_thread: bool = False
    # Several workers may run it at once: each row is claimed by one of them. All others run in one process at a time.
    many: bool = False
    # What it does falls due by the clock, to the second, and not only by what is committed: it never rests.
    timed: bool = False
    due: float = 0.0
    # When it last began, if it then found nothing to do; else it may not rest.
    idle_since: float | None = None
    failures: int = field(default=0)


jobs: dict[str, Job] = {}
observers: list[Callable[[str, float, bool], None]] = []
"""Called after each round of a job with its name, seconds, and whether it failed; the metrics add theirs when turned on."""
at_stop: list[Callable[[], object]] = []
"""Called when the loop ends: threads that a module has started end with it."""


def register(
    name: str,
    run: Callable[[], int],
    every: float,
    *,
    batch: int = 1,
    own_thread: bool = False,
    many: bool = False,
    timed: bool = False,
) -> None:
    """Add a job; called in `AppConfig.ready()`."""
    jobs[name] = Job(name, run, every, batch, own_thread, many, timed)


def sweep() -> int:
    """Run each job, in order and again where it left something, until none has anything to do; for tests, the demo and
    commands. Errors are raised.
    """
    total = 0
    while True:
        done = sum(_emptied(job) for job in list(jobs.values()))
        total += done
        if not done:
            return total


def _emptied(job: Job) -> int:
    """Run a job until it leaves nothing, as the loop does: others may go through all there is each time they are asked."""
    total = 0
    while did := job.run():
        total += did
        if did < job.batch:
            break
    return total


def _run_due(job: Job) -> None:
    began, failures = time.perf_counter(), job.failures
    start = time.monotonic()
    job.idle_since = None
    try:
        done = job.run() if job.many else _in_turn(job)
        job.failures = 0
        job.idle_since = None if done else start
        job.due = time.monotonic() + (0.0 if done >= job.batch else job.every)
    except Exception:
        # One job that fails stalls no other: it is logged and tried again, later and later, at most every minute.
        job.failures += 1
        job.due = time.monotonic() + min(60.0, job.every * 2 ** min(job.failures, 10))
        log.exception("worker.job_failed job=%s", job.name)
    for observe in observers:
        observe(job.name, time.perf_counter() - began, job.failures > failures)


def _in_turn(job: Job) -> int:
    """Run it unless another process does just now; then it comes again when it is due."""
    with turns.turn(job.name) as mine:
        return job.run() if mine else 0


def loop(stop: threading.Event) -> None:
    """Run the jobs as they fall due until `stop` is set."""
    alone = [[job] for job in jobs.values() if job.own_thread]
    threads = [threading.Thread(target=_watch, args=(stop,), name="torget-watch")]
    threads += [threading.Thread(target=_round, args=(mine, stop), name=f"torget-{mine[0].name}") for mine in alone]
    for thread in threads:
        thread.start()
    _round([job for job in jobs.values() if not job.own_thread], stop, beat)
    for end in at_stop:
        end()
    for thread in threads:
        thread.join(timeout=20)
    turns.close()


def _watch(stop: threading.Event) -> None:
    """A thread that looks whether anything has been committed, and wakes the others; also when they are to end."""
    changes = Changes()
    while not stop.wait(LOOK):
        # It keeps its line to the database: taking one from the pool costs more than the question.
        _look(changes)
    with _news:
        _news.notify_all()
    changes.close()
    connection.close()


def _look(changes: Changes) -> None:
    global _stirred
    try:
        moved = changes.moved()
    except Exception as error:
        # Whatever it is: the one who wakes all others goes on, and nobody rests meanwhile.
        log.warning("worker.no_look error=%s", type(error).__name__)
        moved = True
        connection.close()
    if moved:
        with _news:
            _stirred = time.monotonic()
            _news.notify_all()


def _when(job: Job) -> float:
    """When it is to run: as it falls due; later, when it found nothing to do and nothing has been committed since it looked."""
    if job.timed or job.idle_since is None or job.idle_since <= _stirred:
        return job.due
    return max(job.due, job.idle_since + REST)


def _round(mine: list[Job], stop: threading.Event, first: Callable[[], object] = lambda: None) -> None:
    """One thread's rounds."""
    holds = any(job.timed for job in mine)
    while not stop.is_set():
        first()
        due = [job for job in mine if time.monotonic() >= _when(job)]
        if due:
            if holds:
                # One that is back within the second keeps its line: taking it from the pool costs more than the question.
                connection.close_at = None
            close_old_connections()
        for job in due:
            if stop.is_set():
                break
            _run_due(job)
        if not holds:
            # Back to the pool before it sleeps: others wait for a line meanwhile.
            close_old_connections()
        # With the lock from the question to the wait: nothing is told between the two.
        with _news:
            soonest = min((_when(job) for job in mine), default=time.monotonic() + BEAT)
            if not stop.is_set():
                _news.wait(max(0.05, min(BEAT, soonest - time.monotonic())))
    connection.close()


def beat() -> None:
    """Note that a worker is alive (one row; read by /halsa/ and the doctor); a database that is down stops no loop."""
    from torget.core import clock
    from torget.core.models import Heartbeat

    global _last_beat
    if time.monotonic() - _last_beat < BEAT:
        return
    _last_beat = time.monotonic()
    close_old_connections()
    try:
        Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.now()})
    except (DatabaseError, InterfaceError) as error:
        log.warning("worker.no_heartbeat error=%s", type(error).__name__)


_last_beat = -1000.0
_stirred = 0.0
_news = threading.Condition()

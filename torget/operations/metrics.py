"""Figures for the operator in Prometheus' text format, on a port of their own: never a person, a path or a word in a label.

Off unless TORGET_METRICS_PORT is set; on loopback unless TORGET_METRICS_HOST says otherwise. The server has a thread of its
own. Each process has its own figures, so the second process on a machine takes the next free port of ten (web 9464, worker
9465). What stands in the database is read when it is asked for, at most every ten seconds, and counted to a thousand.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, models
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from torget.conversations.models import Account, Conversation, Outbox, Quarantined, RawEvent
from torget.conversations.rules import Sending, State
from torget.core import clock, requests, shelf, streams, worker
from torget.core.models import Heartbeat
from torget.journal import checks as journal

log = logging.getLogger("torget.metrics")
MOST = 1000
"""A queue is counted so far: what is longer is as bad, and a count of everything would be a burden of its own."""
FRESH = 10.0
PORTS = 10
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

registry = CollectorRegistry()
answered = Counter("torget_requests", "Requests answered by Django", ("view", "method", "status"), registry=registry)
took = Histogram("torget_request_seconds", "Time from request to answer", ("view",), buckets=BUCKETS, registry=registry)
job_seconds = Histogram("torget_job_seconds", "Time of a job's round", ("job",), buckets=BUCKETS, registry=registry)
job_failures = Counter("torget_job_failures", "Rounds of a job that failed", ("job",), registry=registry)


def observe_request(view: str, method: str, status: int, seconds: float) -> None:
    """One request: counted by view, method and status, timed by view."""
    answered.labels(view, method, str(status)).inc()
    took.labels(view).observe(seconds)


def observe_job(job: str, seconds: float, failed: bool) -> None:
    """One round of a job."""
    job_seconds.labels(job).observe(seconds)
    if failed:
        job_failures.labels(job).inc()


class Kept(Collector):
    """What stands in the database and on the disk, read when asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at, self._found = -FRESH, list[Metric]()

    def describe(self) -> list[Metric]:
        """Nothing beforehand: otherwise the registry would read the database when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All of it; `torget_database_up` alone where the database is gone."""
        yield from _process()
        with self._lock:
            if time.monotonic() - self._at >= FRESH:
                self._found, self._at = self._read(), time.monotonic()
            yield from self._found

    def _read(self) -> list[Metric]:
        found: list[Metric] = []
        up = 1
        try:
            for part in (_queues, _channels, _journal, _life, _sizes):
                found += part()
        except (DatabaseError, InterfaceError, OSError) as error:
            up = 0
            log.warning("metrics.no_database error=%s", error)
        finally:
            # Each answer has a thread of its own, and a thread its own connection.
            connection.close()
        return [*found, _one("torget_database_up", "Whether the database answered", up)]


def _one(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _process() -> Iterator[Metric]:
    yield _one("torget_streams", "Open streams of the desk", streams.count())
    pages = CounterMetricFamily(
        "torget_stored_pages", "Pages answered from the shelf, before Django", labels=["status"]
    )
    for status, count in list(shelf.served.items()):
        pages.add_metric([str(status)], count)
    yield pages


def _queues() -> list[Metric]:
    """Lengths, each counted to a thousand."""
    waiting = GaugeMetricFamily("torget_waiting", "Things that wait, counted to 1000", labels=["queue"])
    open_now = Conversation.objects.filter(state__in=[State.NEW, State.ASSIGNED])
    rows: models.QuerySet[Any]
    for name, rows in (
        ("raw_events", RawEvent.objects.filter(state=RawEvent.WAITING)),
        ("quarantine", Quarantined.objects.filter(state=Quarantined.OPEN)),
        ("conversations", open_now),
    ):
        waiting.add_metric([name], rows.order_by()[:MOST].count())
    outbox = GaugeMetricFamily("torget_outbox", "Answers by state, counted to 1000", labels=["state"])
    for state in Sending:
        rows = Outbox.objects.filter(state=state.value).order_by()
        outbox.add_metric([state.value], rows[:MOST].count())
    return [waiting, outbox]


def _channels() -> list[Metric]:
    """Each connected account by its number: its name stands on the page of channels."""
    age = GaugeMetricFamily("torget_channel_age_seconds", "Since it was last fetched", labels=["account", "channel"])
    good = GaugeMetricFamily("torget_channel_good", "1 when it is fetched from", labels=["account", "channel"])
    gaps = GaugeMetricFamily("torget_channel_gaps", "Gaps nobody has looked at", labels=["account", "channel"])
    now = clock.now()
    for account in Account.objects.exclude(state=Account.OFF).order_by("pk")[:200]:
        labels = [str(account.pk), account.channel]
        good.add_metric(labels, account.state == Account.GOOD)
        gaps.add_metric(labels, account.gaps.filter(filled_at=None)[:MOST].count())
        if account.fetched_at:
            age.add_metric(labels, (now - account.fetched_at).total_seconds())
    return [age, good, gaps]


def _journal() -> list[Metric]:
    return [
        _one("torget_journal_entries", "Entries under the newest checkpoint", journal.size()),
        _one("torget_journal_lag_seconds", "How long the oldest entry waits", journal.lag().total_seconds()),
    ]


def _life() -> list[Metric]:
    beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    if beat is None:
        return []
    age = (clock.now() - beat).total_seconds()
    return [_one("torget_heartbeat_age_seconds", "Since a worker was last alive", age)]


def _sizes() -> list[Metric]:
    disk = os.statvfs(settings.TORGET_HOME)
    return [
        _one("torget_database_bytes", "Size of the database", _database_bytes()),
        _one("torget_disk_free_bytes", "Free where TORGET_HOME lies", disk.f_bavail * disk.f_frsize),
    ]


def _database_bytes() -> int:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            return int(cursor.fetchone()[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


registry.register(Kept())
ProcessCollector(registry=registry)


def start() -> int:
    """Serve the figures of this process where TORGET_METRICS_PORT is set; returns the port, 0 when they are off.

    A port that is taken is passed over; when all ten are, Torget serves people all the same and the log says so.
    """
    if not settings.TORGET_METRICS_PORT:
        return 0
    for port in range(settings.TORGET_METRICS_PORT, settings.TORGET_METRICS_PORT + PORTS):
        try:
            start_http_server(port, settings.TORGET_METRICS_HOST, registry=registry)
        except OSError:
            continue
        if observe_request not in requests.observers:
            requests.observers.append(observe_request)
            worker.observers.append(observe_job)
        log.info("metrics.listening port=%s", port)
        return port
    log.error("metrics.no_port port=%s", settings.TORGET_METRICS_PORT)
    return 0

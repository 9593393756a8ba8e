"""Figures on a port of their own: what stands there, what does not, two processes beside each other."""

import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.making import PERSON, town
from tests.support.ports import free_port
from tests.support.server import Torget
from torget.conversations.models import Account
from torget.core import clock, requests, worker
from torget.core.models import Heartbeat
from torget.operations import metrics

MARKED = ("Planterade", "planterad", "hemlig.example", "PLANTERAD", PERSON)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The figures as they would be served, read anew each time."""
    monkeypatch.setattr(requests, "observers", [metrics.observe_request])
    monkeypatch.setattr(worker, "observers", [metrics.observe_job])
    monkeypatch.setattr(metrics, "FRESH", 0.0)
    # The test's own connection must not be closed under it.
    monkeypatch.setattr("torget.operations.metrics.connection.close", lambda: None)
    return lambda: generate_latest(metrics.registry).decode()


def _value(text: str, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    raise AssertionError(f"{name}{labels} is not among the figures")


def test_what_stands_in_the_figures(told: Callable[[], str], db: None) -> None:
    here = town()
    here.given("Hur går det med bron?")
    Heartbeat.objects.create(name="worker", at=clock.now())
    account = here.account("mastodon", "ekevik@social.example")
    Account.objects.filter(pk=account.pk).update(state=Account.GOOD, fetched_at=clock.now())
    labels = {"account": str(account.pk), "channel": "mastodon"}
    text = told()
    assert _value(text, "torget_waiting", queue="conversations") == 1
    assert _value(text, "torget_outbox", state="unknown") == 0
    assert _value(text, "torget_channel_good", **labels) == 1 and _value(text, "torget_channel_gaps", **labels) == 0
    assert 0 <= _value(text, "torget_channel_age_seconds", **labels) < 600
    assert _value(text, "torget_journal_lag_seconds") > 0
    worker.sweep()
    text = told()
    assert _value(text, "torget_journal_lag_seconds") == 0 and _value(text, "torget_journal_entries") > 0
    assert _value(text, "torget_database_up") == 1 and _value(text, "torget_database_bytes") > 0
    assert _value(text, "torget_disk_free_bytes") > 0 and _value(text, "process_resident_memory_bytes") > 10_000_000
    assert _value(text, "torget_streams") == 0 and _value(text, "torget_heartbeat_age_seconds") >= 0


def test_requests_are_counted_by_view_and_never_by_path(told: Callable[[], str], db: None) -> None:
    here = town()
    secret, _ = here.written("PLANTERAD text", email="planterad@hemlig.example", name="Planterade Persson")
    before = told()
    client = Client()
    for _ in range(3):
        client.get(f"/kvitto/{secret}/?q=PLANTERAD")
    client.get("/PLANTERAD/finns-inte/")
    text = told()
    labels = {"view": "conversations:receipt", "method": "GET", "status": "200"}
    counted = _value(text, "torget_requests_total", **labels)
    had = _value(before, "torget_requests_total", **labels) if "conversations:receipt" in before else 0
    assert counted - had == 3
    assert _value(text, "torget_request_seconds_count", view="conversations:receipt") >= 3
    assert secret not in text and not any(word in text for word in MARKED)


def test_labels_hold_codes_only(told: Callable[[], str], db: None) -> None:
    here = town()
    account = here.account("mail", "planterad@hemlig.example")
    Account.objects.filter(pk=account.pk).update(state=Account.GOOD, name="Planterade Persson", fetched_at=clock.now())
    here.given(f"PLANTERAD {PERSON}")
    Client().get("/skriv/")
    text = told()
    assert not any(word in text for word in MARKED)
    for label in re.findall(r'="([^"]*)"', text):
        assert re.fullmatch(r"[A-Za-z0-9_.:+-]*", label), label


def test_a_job_that_fails_is_counted_and_timed(told: Callable[[], str], db: None) -> None:
    def fails() -> int:
        raise ValueError

    job = worker.Job("test.counted", fails, 1.0)
    worker._run_due(job)
    job.run = lambda: 0
    worker._run_due(job)
    text = told()
    assert _value(text, "torget_job_failures_total", job="test.counted") == 1
    assert _value(text, "torget_job_seconds_count", job="test.counted") == 2


def test_a_database_that_is_gone_leaves_the_rest(
    told: Callable[[], str], db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OperationalError

    monkeypatch.setattr(metrics, "_queues", gone)
    text = told()
    assert _value(text, "torget_database_up") == 0 and "process_resident_memory_bytes" in text


def test_off_unless_asked_for(settings: Any) -> None:
    settings.TORGET_METRICS_PORT = 0
    assert metrics.start() == 0


def test_two_processes_have_a_port_each(installation_on: Callable[..., Torget]) -> None:
    port = free_port()
    torget = installation_on(TORGET_METRICS_PORT=str(port))
    torget.prepare()
    torget.start_web("--no-worker")
    torget.get("/skriv/")
    first = _fetched(port)
    assert _value(first, "torget_requests_total", view="conversations:write", method="GET", status="200") == 1
    torget.start_worker()
    for _ in range(300):
        if "metrics.listening" in torget.said().partition("metrics.listening")[2]:
            break
        assert torget.workers[0].poll() is None, torget.said()
        time.sleep(0.1)
    second = _fetched(int(re.findall(r"metrics.listening port=(\d+)", torget.said())[-1]))
    assert 'view="conversations:write"' not in second and _value(second, "torget_database_up") == 1


def _fetched(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return str(answer.read().decode())

"""Being watched: what figures and health cost a request, what the doctor costs, and how long an upgrade keeps a town down."""

import io
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

from benchmarks import serving, towns
from benchmarks.base import Row, cost
from benchmarks.serving import Request, cpu_per_request
from tests.support.ports import free_port

COUNT = 400


def run() -> list[Row]:
    """The same process with and without figures, its health, the doctor, and a version that is two changes newer."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-watch-") as folder:
        made = Path(folder, "made")
        towns.make("square", made)
        off = _requests(_copy(made, "off"))
        on = _requests(_copy(made, "on"), TORGET_METRICS_PORT=str(free_port()))
        doctor = _seconds(_copy(made, "doctor"), "doctor")
        whole = _seconds(_copy(made, "whole"), "doctor", "--whole")
        down = _down(_copy(made, "down"))
    return [
        Row(
            "what counting adds to a request",
            _counting(),
            "ms CPU",
            0.05,
            note="a counter and a histogram, by themselves",
        ),
        Row("what telling adds to a request", _telling(), "ms CPU", 0.2, note="id, view, one line of JSON to nowhere"),
        Row("a request with figures off", off["/halsa/lever/"], "ms CPU", note="/halsa/lever/, no database"),
        Row("a request with figures on", on["/halsa/lever/"], "ms CPU", note="the same"),
        Row("/halsa/", off["/halsa/"], "ms CPU", 4, note="two statements and a look at the disk"),
        Row("torget doctor", doctor, "s", note="the town of the square, wall time with the start of Python"),
        Row("torget doctor --whole", whole, "s", note="the same"),
        Row(
            "an upgrade's time down", down, "s", 30, note="torget upgrade with two changes, then torget run to 200 on /"
        ),
    ]


def _counting() -> float:
    """In this process: what `operations.metrics` does for each request."""
    django.setup()
    from torget.operations import metrics

    return cost(lambda: metrics.observe_request("conversations:receipt", "GET", 200, 0.01), batch=1000).cpu


def _telling() -> float:
    """In this process: what the outermost middleware does, with every request told."""
    from django.http import HttpResponse
    from django.test import RequestFactory

    from torget.core import logs
    from torget.core.requests import Observed

    handler = logs.Stderr()
    handler.setStream(io.StringIO())
    handler.setFormatter(logs.Lines(logs.JSON))
    log = logging.getLogger("torget.request")
    request, answer = RequestFactory().get("/skriv/"), HttpResponse()
    observed = Observed(lambda request: answer)
    observed.all = True
    request.resolver_match = None
    log.handlers, log.propagate = [handler], False
    try:
        return cost(lambda: observed(request), batch=1000).cpu
    finally:
        log.handlers, log.propagate = [], True


def _copy(made: Path, name: str) -> Path:
    return Path(shutil.copytree(made, made.with_name(name)))


def _requests(home: Path, **more: str) -> dict[str, float]:
    with serving.torget(home, "", **more) as server:
        server.wait("/")
        time.sleep(6)  # the worker's first sign of life
        return {path: cpu_per_request(server, Request(path), count=COUNT) for path in ("/halsa/lever/", "/halsa/")}


def _seconds(home: Path, *arguments: str, **more: str) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "torget", *arguments]
    subprocess.run(
        command, cwd=serving.ROOT, env=serving.environment(home, **more), stdout=subprocess.DEVNULL, check=False
    )
    return time.perf_counter() - began


def _down(home: Path) -> float:
    newer = {"DJANGO_SETTINGS_MODULE": "tests.support.newer.settings"}
    took = _seconds(home, "upgrade", **newer)
    with serving.torget(home, "", **newer) as server:
        return took + server.wait("/")

"""Two web processes and two workers: killed at random nothing is lost or doubled, restarted in turn nobody notices.

TORGET_DRILL_KILLS and TORGET_DRILL_SEED choose others; the seed is in the message of a red test.
"""

import http.client
import os
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crash.loading import NONCE, ask, multipart
from tests.crash.many import ManyDrill
from tests.support.fleet import Fleet
from tests.support.mastodon import Mastodon
from tests.support.s3 import S3
from tests.support.smtp import SMTPServer
from tests.support.valkey import Valkey

if TYPE_CHECKING:
    from tests.support.postgres import Cluster

SHORT, LONG = 6, 200


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with Valkey() as running:
        yield running


@pytest.fixture
def s3() -> Iterator[S3]:
    with S3() as running:
        yield running


def _drilled(fleet: Fleet, valkey: Valkey, s3: S3, *, kills: int, pause: float) -> None:
    kills = min(kills, int(os.environ.get("TORGET_DRILL_KILLS", kills)))
    seed = int(os.environ.get("TORGET_DRILL_SEED", secrets.randbelow(10**6)))
    print(f"seed {seed}", flush=True)
    with SMTPServer() as server, Mastodon() as mastodon, fleet:
        report = ManyDrill(fleet, server, mastodon, valkey, s3, kills=kills, seed=seed, pause=pause).run()
    print(report)
    assert sum(report.kills.values()) == kills
    assert report.acknowledged and report.posts + report.mails
    assert not report.faults, f"{report}\n{fleet.said(2000)}"
    assert (report.lost, report.doubled) == (0, 0)


@pytest.mark.drill
def test_a_few_kills_of_many_processes_lose_and_double_nothing(
    tmp_path: Path, cluster: "Cluster", valkey: Valkey, s3: S3
) -> None:
    _drilled(Fleet(tmp_path, cluster.create("many_short")), valkey, s3, kills=SHORT, pause=1.5)


@pytest.mark.drill
def test_hundreds_of_kills_of_many_processes_lose_and_double_nothing(
    tmp_path: Path, cluster: "Cluster", valkey: Valkey, s3: S3
) -> None:
    _drilled(Fleet(tmp_path, cluster.create("many_long")), valkey, s3, kills=LONG, pause=4.0)


class Visitor(threading.Thread):
    """Reads and writes through the proxy, each request once: whatever is not answered as it should be is counted."""

    def __init__(self, fleet: Fleet, number: int, stop: threading.Event) -> None:
        super().__init__(name=f"visitor {number}", daemon=True)
        self.fleet, self.number, self.stop = fleet, number, stop
        self.answers: Counter[str] = Counter()
        self.receipts: list[str] = []

    def run(self) -> None:
        """Go on until told to stop."""
        turn = 0
        while not self.stop.is_set():
            turn += 1
            form = self._ask("GET", "/skriv/")
            if nonce := NONCE.search(form):
                text = f"Besök {self.number:02d}-{turn:04d} undrar om gatan."
                self._ask("POST", "/skriv/", multipart({"nonce": nonce[1], "text": text}, b"bilaga"))
            self._ask("GET", "/")

    def _ask(self, method: str, path: str, body: bytes = b"") -> str:
        try:
            status, headers, text = ask(self.fleet, method, path, body)
        except (OSError, http.client.HTTPException) as error:
            self.answers[f"{method} {path} {type(error).__name__}"] += 1
            return ""
        good = status == 303 and headers["location"].startswith("/kvitto/") if body else status == 200
        self.answers["good" if good else f"{method} {path} {status}"] += 1
        if good and body:
            self.receipts.append(headers["location"])
        return text


def test_a_rolling_restart_loses_no_request(tmp_path: Path, cluster: "Cluster", valkey: Valkey) -> None:
    more = {"TORGET_REDIS_URL": valkey.url, "TORGET_DRAIN_SECONDS": "1", "TORGET_POSTS_PER_MINUTE": "0"}
    stop = threading.Event()
    with Fleet(tmp_path, cluster.create("rolling"), environment=more) as fleet:
        fleet.start(webs=2, workers=2)
        assert fleet.proxy is not None
        visitors = [Visitor(fleet, number, stop) for number in range(3)]
        for visitor in visitors:
            visitor.start()
        try:
            time.sleep(1)
            for number in range(2):
                fleet.restart_web(number)
                assert fleet.restart_worker(0) == 0
            time.sleep(1)
        finally:
            stop.set()
            for visitor in visitors:
                visitor.join(timeout=60)
        answers = sum((visitor.answers for visitor in visitors), Counter())
        receipts = [address for visitor in visitors for address in visitor.receipts]
        print(
            f"{answers.total()} requests over a restart of 2 web and 2 workers, {len(receipts)} posts: {dict(answers)}"
        )
        assert set(answers) == {"good"} and len(receipts) > 10
        assert min(fleet.proxy.passed.values()) > 10, "both web processes have served"
        texts = {re.search(r"Besök \d\d-\d{4}", ask(fleet, "GET", address)[2])[0] for address in receipts}  # type: ignore[index]
        assert len(texts) == len(receipts)


@pytest.mark.drill
def test_a_process_that_is_to_stop_says_so_and_finishes_what_it_has_begun(tmp_path: Path, cluster: "Cluster") -> None:
    with Fleet(tmp_path, cluster.create("draining"), environment={"TORGET_DRAIN_SECONDS": "3"}) as fleet:
        fleet.start(webs=1, workers=0)
        connection = http.client.HTTPConnection("127.0.0.1", fleet.ports[0], timeout=10)
        connection.request("GET", "/")
        first = connection.getresponse()
        assert first.read() and first.getheader("Connection") != "close"
        fleet.webs[0].terminate()
        until = time.monotonic() + 2
        while fleet.status(0, "/halsa/redo/") == 200 and time.monotonic() < until:
            time.sleep(0.01)
        assert (fleet.status(0, "/halsa/redo/"), fleet.status(0, "/halsa/")) == (503, 503)
        assert fleet.status(0, "/halsa/lever/") == 200
        # A connection that was there is served, told that this was its last answer, and closed by both.
        connection.request("GET", "/")
        last = connection.getresponse()
        assert (last.status, last.getheader("Connection")) == (200, "close") and last.read()
        fleet.webs[0].wait(timeout=20)

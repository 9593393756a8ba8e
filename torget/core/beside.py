"""The worker that a web process brings along: a thread of it on SQLite, a process beside it on PostgreSQL.

Threads of one Python process take turns: where a database server lets two cores work at once, a worker in the same
process has people wait for it (docs/decisions/0047). SQLite has one writer at a time, and there one process is smaller.
"""

import logging
import os
import subprocess  # nosec B404  # our own program, no shell
import sys
import threading
import time
from typing import Protocol

from django.db import connections

from torget.core import health
from torget.core.worker import loop

log = logging.getLogger("torget.worker")
LONGEST_PAUSE = 60.0
STEADY = 60.0
"""Seconds after which a worker that ends has not failed at its start."""
PATIENCE = 20.0
"""Seconds that the job in hand gets to come to its end."""


class Companion(Protocol):
    """What lives and dies with the web process."""

    def start(self) -> None:
        """Begin; comes back at once."""

    def stop(self) -> None:
        """Finish the job in hand and end, within `PATIENCE`."""


def companion() -> Companion:
    """The worker for a web process on the database that the settings name."""
    return Beside() if connections["default"].vendor == "postgresql" else Within()


class Within:
    """A thread."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=loop, args=(self._stop,), name="torget-worker")

    def start(self) -> None:
        """See `Companion`."""
        self._thread.start()

    def stop(self) -> None:
        """See `Companion`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)


class Beside:
    """`torget worker --beside` as a child: started again when it ends by itself, at an end when its standard input is closed.

    The kernel closes that also when the web process is killed, so no worker is ever left behind.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="torget-worker-beside", daemon=True)

    def start(self) -> None:
        """See `Companion`."""
        self._thread.start()

    def stop(self) -> None:
        """See `Companion`; a worker that has not ended by then is killed, as one that the machine takes."""
        with self._lock:
            self._stop.set()
            child = self._child
        if child is None or child.stdin is None:
            return
        child.stdin.close()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            log.warning("worker.killed pid=%s", child.pid)
            child.kill()
            child.wait()

    def _begin(self) -> subprocess.Popen[bytes] | None:
        # The signs of life to systemd are the web process's: a second READY would be a lie about it.
        kept = {name: value for name, value in os.environ.items() if name not in ("NOTIFY_SOCKET", "WATCHDOG_USEC")}
        with self._lock:
            if self._stop.is_set():
                return None
            command = [sys.executable, "-m", "torget", "worker", "--beside"]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, env=kept)  # nosec B603  # noqa: S603  our own program
            return self._child

    def _keep(self) -> None:
        """Have one run until told to stop; one that fails again and again is started more and more seldom."""
        pause = 1.0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                child = self._begin()
                code = child.wait() if child else 0
            except OSError as error:
                # The machine has no room for a process just now.
                code = error.errno or -1
            # The service manager tells all of a service to stop: then it is not ours to begin again.
            if self._stop.is_set() or health.draining.is_set():
                return
            log.log(logging.ERROR if code else logging.INFO, "worker.ended code=%s", code)
            pause = 1.0 if time.monotonic() - began > STEADY else min(2 * pause, LONGEST_PAUSE)
            self._stop.wait(pause)

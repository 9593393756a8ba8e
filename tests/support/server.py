"""Torget as its operator starts it: real processes on loopback with a data folder of their own, ended by their id."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import migrated
from tests.support.ports import LOOPBACK, free_port

START_SECONDS = 180.0
"""A busy machine that makes the tables first needs more than a minute."""


@dataclass
class Torget:
    """One installation: `with Torget(home) as torget: torget.start_web()`. Without a database URL it has SQLite in `home`."""

    home: Path
    database_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    web: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the web process answers, without a trailing slash."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """What all processes have said."""
        return self.home / "test.log"

    def variables(self) -> dict[str, str]:
        """The environment of the processes: ours without what steers Torget or Django, and what this installation needs."""
        keep = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TORGET_", "DJANGO_", "PYTEST_")) and key != "DATABASE_URL"
        }
        ours = {"TORGET_HOME": str(self.home), "TORGET_URL": self.url, "PYTHONUNBUFFERED": "1"}
        # The tree that is tested is the one that runs, also where the environment was made in another checkout.
        ours["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        if self.database_url:
            ours["DATABASE_URL"] = self.database_url
        return {**keep, **ours, **self.environment}

    def command(self, *arguments: str, given: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run `torget …` to its end. With `check`, another code than 0 is an AssertionError with its words."""
        done = subprocess.run(
            [sys.executable, "-m", "torget", *arguments],
            cwd=self.home,
            env=self.variables(),
            input=given,
            capture_output=True,
            timeout=600,
            check=False,
        )
        if check and done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise AssertionError(f"torget {' '.join(arguments)} ended with {done.returncode}:\n{said[-4000:]}")
        return done

    def prepare(self) -> None:
        """Give it an empty database with all tables; whoever tests how they come about starts without."""
        migrated.fill(self.home, self.database_url)

    def start_web(self, *arguments: str) -> None:
        """Start `torget run` on a free port (the same one again after a kill) and wait until /halsa/ answers."""
        self.port = self.port or free_port()
        self.web = self._start("run", "--port", str(self.port), *arguments)
        self.wait_ready()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start `torget worker` beside it."""
        worker = self._start("worker")
        self.workers.append(worker)
        return worker

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "torget", *arguments],
                cwd=self.home,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self, seconds: float = START_SECONDS) -> float:
        """Wait until the web process answers on /halsa/ and return the seconds it took; 503 counts, the worker may be late."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if self.web is None or self.web.poll() is not None:
                raise AssertionError("torget run ended at its start:\n" + self.said())
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/halsa/")[0] in (200, 503):
                    return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"no answer from torget run after {seconds} s:\n" + self.said())

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """One GET on a connection of its own: status, headers (names in lower case), body."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def said(self, characters: int = 4000) -> str:
        """The end of the log."""
        try:
            return self.log.read_text(errors="replace")[-characters:]
        except OSError:
            return ""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of one process that we started, with the worker that it may have brought; nothing is flushed or said."""
        if process.poll() is None:
            # It leads a session of its own, so this group is it and its children.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, processes: Sequence[subprocess.Popen[bytes]] | None = None) -> None:
        """Ask the processes to end (all of ours when none is named), and kill by id the one that has not after ten seconds."""
        if processes is None:
            processes = [*self.workers, *([self.web] if self.web else [])]
        running = [process for process in processes if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill(process)

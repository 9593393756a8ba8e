"""Torget as many processes: web processes behind a proxy, workers, one PostgreSQL, one Valkey, one S3 server."""

import contextlib
import http.client
import subprocess
import time
from dataclasses import dataclass, field

from tests.support.ports import LOOPBACK, free_port
from tests.support.proxy import Proxy
from tests.support.server import START_SECONDS, Torget

SERVES = "torget-fleet"


@dataclass
class Fleet(Torget):
    """`with Fleet(home, url) as fleet: fleet.start(webs=2, workers=2)`. `fleet.port` is the proxy's."""

    webs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    proxy: Proxy | None = None
    serving: bool = False

    def start(self, *, webs: int, workers: int) -> None:
        """Start all of them, and wait until each web process is ready."""
        self.ports = [free_port() for _ in range(webs)]
        self.proxy = Proxy(self.ports).__enter__()
        self.port = self.proxy.port
        # The database first, by one of them: two that start at once would wait for each other.
        self.prepare()
        self.webs = [self._start_one(number) for number in range(webs)]
        for _ in range(workers):
            self.start_worker()
        for number in range(webs):
            self.wait_for(number)

    def variables(self) -> dict[str, str]:
        """The environment; what serves is known to the database by a name, what a test runs beside it is not."""
        return super().variables() | ({"PGAPPNAME": SERVES} if self.serving else {})

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        self.serving = True
        try:
            return super()._start(*arguments)
        finally:
            self.serving = False

    def revive(self) -> int:
        """Start anew what has ended by itself, as systemd would; how many that were."""
        ended = [number for number, web in enumerate(self.webs) if web.poll() is not None]
        for number in ended:
            self.webs[number] = self._start_one(number)
        dead = [worker for worker in self.workers if worker.poll() is not None]
        for worker in dead:
            self.workers.remove(worker)
            self.start_worker()
        return len(ended) + len(dead)

    def _start_one(self, number: int) -> subprocess.Popen[bytes]:
        return self._start("run", "--role", "web", "--port", str(self.ports[number]))

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start a worker beside the others."""
        worker = self._start("run", "--role", "worker")
        self.workers.append(worker)
        return worker

    def wait_for(self, number: int) -> None:
        """Wait until a web process is ready."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.webs[number].poll() is not None:
                raise AssertionError("torget run ended at its start:\n" + self.said())
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.status(number, "/halsa/redo/") == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("a web process was never ready:\n" + self.said())

    def status(self, number: int, path: str) -> int:
        """What one web process answers, asked past the proxy."""
        connection = http.client.HTTPConnection(LOOPBACK, self.ports[number], timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def kill_web(self, number: int) -> None:
        """kill -9 of one web process, and start it again on its port."""
        self.kill(self.webs[number])
        self.webs[number] = self._start_one(number)

    def kill_worker(self, number: int) -> None:
        """kill -9 of one worker, and start another in its place."""
        self.kill(self.workers.pop(number))
        self.start_worker()

    def restart_web(self, number: int, *, patience: float = 30) -> int:
        """SIGTERM to one web process, wait until it has ended, start it anew, wait until it is ready; its code."""
        self.webs[number].terminate()
        code = self.webs[number].wait(timeout=patience)
        self.webs[number] = self._start_one(number)
        self.wait_for(number)
        return code

    def restart_worker(self, number: int, *, patience: float = 30) -> int:
        """The same for a worker; its code."""
        worker = self.workers.pop(number)
        worker.terminate()
        code = worker.wait(timeout=patience)
        self.start_worker()
        return code

    def stop(self, processes: object = None) -> None:
        """End all processes, and the proxy."""
        super().stop([*self.workers, *self.webs])
        if self.proxy is not None:
            self.proxy.__exit__(None, None, None)

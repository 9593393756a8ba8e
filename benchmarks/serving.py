"""Servers on loopback, each a process of its own that is ended by its id, and the load that is put on them."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Self

from benchmarks.base import cpu_of
from tests.support.ports import LOOPBACK, free_port

ROOT = Path(__file__).resolve().parent.parent
STEERING = ("TORGET_", "DJANGO_", "DATABASE_URL", "PYTEST_", "PYTHONDONTWRITEBYTECODE")


def environment(home: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """The variables of a process of ours: nothing that steers Torget or Django but what is said here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
    ours = {"TORGET_HOME": str(home), "DJANGO_SETTINGS_MODULE": "torget.settings", "PYTHONUNBUFFERED": "1"}
    if database_url:
        ours["DATABASE_URL"] = database_url
    return kept | ours | more


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with names in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """`with Server(command, env) as server:`; `{port}` in the command becomes a free port. Ended by its id."""

    command: Sequence[str]
    env: dict[str, str]
    port: int = 0
    started: float = field(default=0.0)
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.port = free_port()
        command = [part.replace("{port}", str(self.port)) for part in self.command]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=None
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self.process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int:
        """The process that serves."""
        if self.process is None:
            raise RuntimeError("the server is not running")
        return self.process.pid

    def wait(self, path: str, seconds: float = 60) -> float:
        """Ask until `path` is answered with 200; the seconds since the process was started."""
        while time.perf_counter() - self.started < seconds:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError("the server ended at its start")
            try:
                if Client(self.port).get(path).status == 200:
                    return time.perf_counter() - self.started
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"{path} was not answered with 200 in {seconds:g} s")


class Client:
    """One kept connection; it opens again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """One GET."""
        return self.ask("GET", path, None, headers or {})

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """One request, its answer read to the end."""
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked again and again, and the status that must come back each time."""

    path: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def send(self, client: Client) -> Answer:
        """Ask once. Raises RuntimeError for another status than the one that is expected."""
        answer = client.ask("GET" if self.body is None else "POST", self.path, self.body, self.headers)
        if answer.status != self.status:
            raise RuntimeError(f"{self.path} answered {answer.status}, not {self.status}")
        return answer


def cpu_per_request(server: Server, request: Request, *, count: int = 100, rounds: int = 5, warm: int = 10) -> float:
    """Milliseconds of CPU (user and system, all threads) that the server spends on one, the median of the rounds."""
    client = Client(server.port)
    for _ in range(warm):
        request.send(client)
    found = []
    for _ in range(rounds):
        before = cpu_of(server.pid)
        for _ in range(count):
            request.send(client)
        found.append((cpu_of(server.pid) - before) / count * 1000)
    return median(found)


def children(pid: int) -> list[int]:
    """The processes that a process of ours has started and that still run."""
    return [int(word) for task in Path(f"/proc/{pid}/task").glob("*/children") for word in task.read_text().split()]


def family_cpu(pid: int) -> float:
    """CPU seconds of a process and of all that it has started, those that have ended and those that still run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / 100
    return cpu_of(pid) + ended + sum(cpu_of(child) for child in children(pid))


def resident(pid: int) -> float:
    """Resident memory of a process in MB, shared pages counted whole (RSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no VmRSS for process {pid}")


def rate_at(server: Server, request: Request, *, connections: int, count: int) -> float:
    """Requests a second with so many connections at once, each asking again when it has its answer."""

    def one(share: int) -> None:
        client = Client(server.port)
        for _ in range(share):
            request.send(client)

    with ThreadPoolExecutor(connections) as threads:
        began = time.perf_counter()
        for done in [threads.submit(one, count // connections) for _ in range(connections)]:
            done.result()
        return (count // connections) * connections / (time.perf_counter() - began)


def torget(home: Path, database_url: str = "", *arguments: str, **more: str) -> Server:
    """Torget as its operator starts it."""
    command = [sys.executable, "-m", "torget", "run", "--port", "{port}", *arguments]
    return Server(command, environment(home, database_url, **more))


def worker(home: Path, database_url: str = "") -> Server:
    """The worker as a process of its own; it answers no requests."""
    return Server([sys.executable, "-m", "torget", "worker"], environment(home, database_url))


def same_stack(home: Path) -> Server:
    """The same process, front and middleware, with views that only return bytes."""
    more = {"DJANGO_SETTINGS_MODULE": "benchmarks.limits.settings", "TORGET_WORKER": "0"}
    return Server(_uvicorn("torget.asgi:app"), environment(home) | more)


def bare_server(home: Path) -> Server:
    """The server alone."""
    return Server(_uvicorn("benchmarks.limits.bare:app"), environment(home))


def _uvicorn(app: str) -> list[str]:
    options = ["--no-access-log", "--log-level", "warning", "--no-server-header", "--port", "{port}"]
    return [sys.executable, "-m", "uvicorn", app, *options]

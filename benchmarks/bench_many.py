"""One process and two: posts and reads a second on SQLite and PostgreSQL, and how long a process is away when restarted.

With two web processes half of the connections go to each, as a proxy would do it; the workers are processes of their own.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks import serving, towns
from benchmarks.base import Row, cpu_of
from benchmarks.bench_form import post
from benchmarks.serving import Client, Request, Server, resident
from tests.support.postgres import Cluster
from tests.support.valkey import Valkey

CONNECTIONS, POSTS = 8, 320
READS, FORMS = 2400, 480


def run() -> list[Row]:
    """SQLite with one process, PostgreSQL with one, then with two web and two workers that share a Valkey."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="torget-bench-many-") as folder, Cluster() as cluster, Valkey() as valkey:
        home = Path(folder)
        kinds: list[tuple[str, str, int, dict[str, str]]] = [
            ("one process, SQLite", "", 1, {}),
            ("one process, PostgreSQL", cluster.create("many_one"), 1, {}),
            ("2 web, 2 workers, PostgreSQL", cluster.create("many_two"), 2, {"TORGET_REDIS_URL": valkey.url}),
        ]
        for number, (name, url, webs, more) in enumerate(kinds):
            rows += _measure(name, home / str(number), url, webs, more)
    return rows


def _measure(name: str, home: Path, url: str, webs: int, more: dict[str, str]) -> list[Row]:
    towns.make("square", home, url)
    with ExitStack() as stack:
        servers = [_start(stack, home, url, webs, more) for _ in range(webs)]
        for server in servers:
            server.wait("/halsa/redo/")
        if webs > 1:
            workers = [stack.enter_context(serving.worker(home, url)) for _ in range(webs)]
        else:
            workers = []
        _rate(servers, post("/skriv/"), 40)
        before = sum(cpu_of(server.pid) for server in servers)
        posts = _rate(servers, post("/skriv/"), POSTS)
        share = (sum(cpu_of(server.pid) for server in servers) - before) * posts / POSTS
        forms = _rate(servers, Request("/skriv/?x=1"), FORMS)
        stored = _rate(servers, Request("/"), READS)
        memory = sum(resident(process.pid) for process in [*servers, *workers])
        away = _restarted(stack, servers, home, url, webs, more)
    busy = f"web processes had {share:.0%} of a core; load of the machine {os.getloadavg()[0]:.1f}"
    return [
        Row(f"posts, {name}", posts, "/s", note=f"{CONNECTIONS} connections, {busy}", at_most=False),
        Row(f"pages made anew (the form), {name}", forms, "/s", note=f"{CONNECTIONS} connections", at_most=False),
        Row(f"stored pages (the square), {name}", stored, "/s", note=f"{CONNECTIONS} connections", at_most=False),
        Row(f"memory of all processes, {name}", memory, "MB", note="RSS, shared pages counted in each"),
        Row(f"a web process restarted, {name}", away, "s", note="from SIGTERM to 200 at /halsa/redo/ again"),
    ]  # fmt: skip


def _start(stack: ExitStack, home: Path, url: str, webs: int, more: dict[str, str]) -> Server:
    role = ("--role", "web") if webs > 1 else ()
    return stack.enter_context(serving.torget(home, url, *role, TORGET_POSTS_PER_MINUTE="0", **more))


def _rate(servers: Sequence[Server], request: Request, count: int) -> float:
    """Requests a second over all, each connection to one of them and asking again when it has its answer."""

    def one(number: int) -> None:
        client = Client(servers[number % len(servers)].port)
        for _ in range(count // CONNECTIONS):
            request.send(client)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        began = time.perf_counter()
        for done in [threads.submit(one, number) for number in range(CONNECTIONS)]:
            done.result()
        return count / (time.perf_counter() - began)


def _restarted(
    stack: ExitStack, servers: Sequence[Server], home: Path, url: str, webs: int, more: dict[str, str]
) -> float:
    began = time.perf_counter()
    servers[0].__exit__(None, None, None)
    _start(stack, home, url, webs, more).wait("/halsa/redo/")
    return time.perf_counter() - began


if __name__ == "__main__":
    for row in run():
        print(row)

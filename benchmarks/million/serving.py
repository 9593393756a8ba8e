"""What the server itself is asked in a large town: stored pages, two hundred requests a second, and nothing at all."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from benchmarks import serving
from benchmarks.base import Row, memory_of
from benchmarks.serving import Client, Request, children, cpu_per_request, family_cpu

RATE, SECONDS, CONNECTIONS = 200, 10, 32
QUIET, SETTLED = 30, 15
STORED = ("/", "/diarium/", "/kanaler/")


def rows(engine: str, messages: int, home: Path, url: str, paths: list[str]) -> list[Row]:
    """Rows for one town: `paths` are the public pages that are asked by turns."""
    head = f"{engine}, {messages:,}"
    found = []
    # As a browser would send them.
    paths = [quote(path, safe="/?&=%+") for path in paths]
    with serving.torget(home, url) as server:
        server.wait("/")
        for path in (*STORED, next(path for path in paths if path.startswith("/samtal/"))):
            value = cpu_per_request(server, Request(path), count=200)
            found.append(Row(f"{head}: stored {path.rstrip('0123456789/') or '/'}", value, "ms CPU", 0.5))
        cpu = family_cpu(server.pid)
        late, took = _at_rate(server, paths)
        note = f"{len(paths)} public pages by turns, {len(late)} requests, {len(late) / took:.0f} a second reached"
        note += f"; {(family_cpu(server.pid) - cpu) / len(late) * 1000:.2f} ms CPU each; median {late[len(late) // 2]:.1f} ms"
        found.append(
            Row(f"{head}: 95th percentile at {RATE} a second", late[int(len(late) * 0.95)], "ms", 100, note=note)
        )
        time.sleep(SETTLED)
        cpu = family_cpu(server.pid)
        time.sleep(QUIET)
        used = (family_cpu(server.pid) - cpu) / QUIET * 100
        found.append(Row(f"{head}: nobody asks", used, "% of a core", 1.0, note="web and worker, half a minute"))
        memory = sum(memory_of(pid) for pid in (server.pid, *children(server.pid)))
        found.append(Row(f"{head}: memory then", memory, "MB", 250))
    return found


def _at_rate(server: serving.Server, paths: list[str]) -> tuple[list[float], float]:
    """How long each answer took from the moment it was to be asked (ms, sorted), and seconds in all."""
    # A process in use has served each of them before; what its first page costs is told by the cold start.
    first = Client(server.port)
    for path in paths:
        Request(path).send(first)
    began = time.perf_counter() + 0.2

    def one(lane: int) -> list[float]:
        client, times = Client(server.port), []
        for number in range(lane, RATE * SECONDS, CONNECTIONS):
            due = began + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            Request(paths[number % len(paths)]).send(client)
            times.append((time.perf_counter() - due) * 1000)
        return times

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        found = [took for times in threads.map(one, range(CONNECTIONS)) for took in times]
    return sorted(found), time.perf_counter() - began


if __name__ == "__main__":
    # engine, messages, home, database ("" for SQLite); the paths as JSON on standard input.
    for row in rows(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], json.load(sys.stdin)):
        print(row)

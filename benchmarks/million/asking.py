"""How a page or a job is measured: in one process with one connection, the database's own CPU counted in."""

import gc
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from benchmarks.base import cpu_of
from benchmarks.million.pages import ROLES, Asked, pages

ROUNDS, WARM, LONG = 7, 2, 2.0
"""Rounds and those before that do not count; what takes longer than so many seconds is asked but three times."""
OUTSIDE = ("operations.witnesses", "operations.stamps", "operations.backup", "conversations.accounts")
"""Jobs that reach out of the machine, or make a backup."""


def ask(only: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Cost of every page and job by its name; `only`: those whose name holds one of these words."""
    from django.core import signals
    from django.db import close_old_connections, connection
    from django.test import Client

    from torget.core import worker
    from torget.core.stored import searched
    from torget.organisations.models import User

    # One connection for all of it, as with many requests to a busy process.
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    backend = _backend(connection)
    clients = {"": Client(SERVER_NAME="127.0.0.1")}
    found: dict[str, dict[str, Any]] = {}

    def client_of(role: str) -> Client:
        if role not in clients:
            clients[role] = Client(SERVER_NAME="127.0.0.1")
            clients[role].force_login(User.objects.filter(role=ROLES[role]).order_by("pk")[0])
        return clients[role]

    def get(page: Asked) -> Callable[[], None]:
        client = client_of(page.role)

        def once() -> None:
            # A search that was made before is no search.
            searched.clear()
            response: Any = client.get(page.path)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if response.status_code != page.status:
                raise RuntimeError(f"{page.name} {page.path} answered {response.status_code}: {body[:200]!r}")

        return once

    asked = {page.name: page for page in pages()}
    wanted: list[tuple[str, str, Callable[[], object]]] = [(name, page.kind, get(page)) for name, page in asked.items()]
    wanted += [(f"jobb {job.name}", "job", job.run) for job in worker.jobs.values() if job.name not in OUTSIDE]
    wanted += [(f"jobb {name}", "job", work) for name, work in _more_jobs()]
    for name, kind, work in wanted:
        if only and not any(word in name for word in only):
            continue
        try:
            page = asked.get(name)
            path = page.path if page and page.status == 200 else ""
            found[name] = {"kind": kind, "path": path, **_cost(work, connection, backend)}
        except RuntimeError as error:
            print(error, file=sys.stderr)
    return found


def _more_jobs() -> list[tuple[str, Callable[[], object]]]:
    from torget.core import doctor, health

    return [("hälsan", health.look), ("doktorn", lambda: list(doctor.examine(network=False)))]


def _backend(connection: Any) -> int | None:
    """PostgreSQL's process on the other side, of which it can be asked what it has used."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _cost(work: Callable[[], object], connection: Any, backend: int | None) -> dict[str, float]:
    """Milliseconds by the clock and of CPU (the median of the rounds), and SQL statements of one round."""
    statements = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    began = time.perf_counter()
    for _ in range(WARM):
        work()
    rounds = 3 if time.perf_counter() - began > LONG else ROUNDS
    with connection.execute_wrapper(counting):
        work()
    walls, cpus = [], []
    before = cpu_of(backend) if backend else 0.0
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        cpus.append((time.process_time() - cpu) * 1000)
        walls.append((time.perf_counter() - wall) * 1000)
    gc.enable()
    theirs = (cpu_of(backend) - before) / rounds * 1000 if backend else 0.0
    return {"wall": median(walls), "cpu": median(cpus) + theirs, "statements": statements}

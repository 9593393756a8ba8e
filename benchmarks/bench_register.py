"""The public register of 1,000,000 records on SQLite and PostgreSQL: searched and filtered, as the server answers.

The town is made by the demo's bulk writer; then staff have confirmed most of it, by bulk SQL (some GB of disk, given back
at the end). TORGET_BENCH_MESSAGES sets another number, TORGET_BENCH_ENGINES which engines ("SQLite,PostgreSQL").
`python -m benchmarks.bench_register build|ask` does one half in the database that the environment names.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import serving, towns
from benchmarks.base import Row, cpu_of
from benchmarks.serving import ROOT, Request, cpu_per_request, environment

MESSAGES = int(os.environ.get("TORGET_BENCH_MESSAGES", "1000000"))
ENGINES = os.environ.get("TORGET_BENCH_ENGINES", "SQLite,PostgreSQL").split(",")
ROUNDS, STORED = 7, 300
BAR, STORED_BAR = 200, 0.5
QUESTIONS = {
    "the newest": "",
    "page 2": "efter",
    "a common word": "q=buss",
    "two common words that never meet": "q=simhall+orosanmälan",
    "a part of compounds": "q=snö",
    "a phrase": "q=%22snöröjning+på%22",
    "the beginning of a word": "q=sko*",
    "a diary number": "q=2025/77777",
    "a word that is nowhere": "q=zyxomatik",
    "a common word in a channel and a state": "q=buss&kanal=mastodon&lage=registered",
    "a common word, a month of last year": "q=väg&period=2025-11",
    "a channel": "kanal=facebook",
    "filters that never meet": "kanal=web&lage=trivial&riktning=out",
    "a channel and a state, a month of last year": "kanal=mail&lage=registered&period=2025-11",
    "secret ones": "lage=secret",
    "an authority": "/KS/",
    "by the API": "/api/v1/diarium?q=buss",
}


def run() -> list[Row]:
    """Make a town on each engine and ask its register; a row for each kind of question."""
    from tests.support.postgres import Cluster

    rows: list[Row] = []
    for engine in ENGINES:
        with tempfile.TemporaryDirectory(prefix="torget-bench-register-") as folder:
            if engine == "SQLite":
                rows += _measured(engine, Path(folder), "")
            else:
                with Cluster() as cluster:
                    rows += _measured(engine, Path(folder), cluster.create("torget"))
    return rows


def _measured(engine: str, home: Path, url: str) -> list[Row]:
    built = json.loads(_child("build", home, url))
    asked = json.loads(_child("ask", home, url))
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    head = f"{engine}, {built['rows']:,} rows"
    rows = [Row(f"rows confirmed and indexed, {head}", built["speed"], "rows/s", note=load, at_most=False)]
    for kind, (wall, cpu, hits) in asked.items():
        note = f"{hits} rows shown; {cpu:.0f} ms CPU, the database's too; median of {ROUNDS}; {load}"
        rows.append(Row(f"register, {head}: {kind}", wall, "ms", BAR, note=note))
    with serving.torget(home, url, "--no-worker") as server:
        server.wait("/diarium/")
        stored = cpu_per_request(server, Request("/diarium/"), count=STORED)
    rows.append(Row(f"register, {head}: the stored page", stored, "ms CPU", STORED_BAR, note=load))
    return rows


def _child(what: str, home: Path, url: str) -> str:
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.bench_register", what]
    env = environment(home, url) | {"TORGET_BENCH_MESSAGES": str(MESSAGES), "TORGET_API_PER_MINUTE": "0"}
    return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True).stdout


def build() -> dict[str, float]:
    """Write the town's past, confirm six of seven records and put all of it in the index; rows, and rows a second of that."""
    from datetime import UTC, datetime

    from django.core.management import call_command
    from django.db import connection

    from torget.conversations.actions import account_for
    from torget.demo import bulk
    from torget.demo.bulk import plan
    from torget.organisations.models import User
    from torget.register import actions as register
    from torget.register.models import Record

    call_command("migrate", verbosity=0, skip_checks=True)
    staff = [towns.found()]
    staff += [User.objects.create(email=f"a{n}@exempel.se", name=f"Anna {n} Exempel", role="expert") for n in range(2)]
    accounts = {channel: account_for(channel, "" if channel == "web" else "ekevik") for channel in set(plan.CHANNELS)}
    start, end = datetime(2024, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    bulk.write(plan.chapters(MESSAGES, start=start, end=end, size=bulk.PER_CHAPTER), accounts=accounts, staff=staff)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        # As staff would have: every seventh waits still, every two hundredth with a number is secret.
        cursor.execute(
            "UPDATE register_record SET state = proposed_state, confirmed_at = captured_at, confirmed_by_id = %s, "
            "secret = (id %% 200 = 0 AND number IS NOT NULL), subject = subject || ' ' || (id %% 997) "
            "WHERE id %% 7 <> 0 AND kind <> 'working'",
            [staff[0].pk],
        )
    last = Record.objects.order_by("-pk")[0].pk
    for first in range(1, last + 1, 10_000):
        with transaction.atomic():
            register.show(range(first, first + 10_000))
    rows, taken = Record.objects.for_public().count(), time.perf_counter() - began
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What autovacuum would do within minutes: fill the map of what is visible to all, and the statistics.
            cursor.execute("VACUUM ANALYZE")
    return {"rows": rows, "speed": rows / taken}


def ask() -> dict[str, tuple[float, float, int]]:
    """Each question asked some times through Django as a stranger: wall and CPU in ms, rows on the page."""
    from django.core import signals
    from django.db import close_old_connections, connection
    from django.test import Client

    # One connection for all of it, as with many requests to a busy process.
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    client = Client(SERVER_NAME="127.0.0.1")
    body = client.get("/diarium/").content.decode()
    older = body.split("?efter=")[1].split('"')[0]
    with connection.cursor() as cursor:
        backend = None
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_backend_pid()")
            backend = int(cursor.fetchone()[0])
    found = {}
    for kind, question in QUESTIONS.items():
        walls, cpu, before = [], time.process_time(), cpu_of(backend) if backend else 0.0
        for _ in range(ROUNDS):
            stored.clear()
            searched.clear()
            wall = time.perf_counter()
            body = client.get(address(question, older)).content.decode()
            walls.append((time.perf_counter() - wall) * 1000)
        used = time.process_time() - cpu + (cpu_of(backend) - before if backend else 0.0)
        hits = body.count('"number":') or max(0, body.count("<tr>") - 1)
        found[kind] = median(walls), used / ROUNDS * 1000, hits
    return found


def address(question: str, older: str) -> str:
    """The address of a question; `older` is where the second page begins."""
    if question.startswith("/api"):
        return question
    return (
        f"/diarium{question}"
        if question.startswith("/")
        else f"/diarium/?{question.replace('efter', f'efter={older}')}"
    )


if __name__ == "__main__":
    import django

    django.setup()
    from django.db import transaction

    from torget.core.stored import searched, stored

    print(json.dumps({"build": build, "ask": ask}[sys.argv[1]]()))

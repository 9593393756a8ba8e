"""Search among 1,000,000 messages on SQLite and PostgreSQL: the first page as the server makes it, by kinds of questions.

Both towns are made by the demo's bulk writer (some GB of disk, given back at the end); TORGET_BENCH_MESSAGES sets another
number. `python -m benchmarks.bench_search build|ask` does one half in the database that the environment names.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import towns
from benchmarks.base import Row, cpu_of
from benchmarks.serving import ROOT, environment

MESSAGES = int(os.environ.get("TORGET_BENCH_MESSAGES", "1000000"))
ROUNDS = 9
BAR = 200
QUESTIONS = {
    "a common word": "q=buss",
    "a word in every second message": "q=gäller",
    "two words": "q=plogas+storgatan",
    "two common words": "q=skolan+bussen",
    "two common words that never meet": "q=simhallen+orosanmälan",
    "a compound and its parts": "q=snöröjning",
    "a phrase": "q=%22det+märks+mest%22",
    "a phrase of common words that is nowhere": "q=%22det+jag+är%22",
    "the beginning of a word": "q=sko*",
    "without a word": "q=buss+-skola",
    "one house": "q=%22hamngränd+77%22",
    "a sender": "q=from:person77777@exempel.se",
    "a diary number": "q=2025/77777",
    "a common word, to be answered still": "q=buss&status=open",
    "a common word in a channel, a month of last year": "q=väg&kanal=mastodon&fran=2025-11-01&till=2025-11-30",
    "only a channel and a state": "kanal=facebook&status=closed",
    "a word that is nowhere": "q=zyxomatik",
    "the best of the newest": "q=buss+skola&ordning=bast",
}


def run() -> list[Row]:
    """Make both towns and ask them; a row for each engine and kind of question, and how fast they were written."""
    from tests.support.postgres import Cluster

    rows: list[Row] = []
    for engine in ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory(prefix="torget-bench-search-") as folder:
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
    size = f"{built['megabytes']:.0f} MB in all; {load}"
    head = f"{engine}, {MESSAGES:,} messages"
    rows = [
        Row(f"bulk writer, {head}", built["written"], "messages/s", note=load, at_most=False),
        Row(f"index made anew, {head}", built["indexed"], "messages/s", note=size, at_most=False),
    ]
    for kind, (wall, cpu, hits) in asked.items():
        note = f"{hits} hits shown; {cpu:.0f} ms CPU, the database's too; median of {ROUNDS}; {load}"
        rows.append(Row(f"search, {head}: {kind}", wall, "ms", BAR, note=note))
    return rows


def _child(what: str, home: Path, url: str) -> str:
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.bench_search", what]
    env = environment(home, url) | {"TORGET_BENCH_MESSAGES": str(MESSAGES)}
    return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True).stdout


def build() -> dict[str, float]:
    """Write the town's past and index it; messages a second of each."""
    from datetime import UTC, datetime

    from django.core.management import call_command
    from django.db import connection

    from torget.conversations.actions import account_for
    from torget.demo import bulk
    from torget.demo.bulk import plan
    from torget.organisations.models import User
    from torget.search import actions as search

    call_command("migrate", verbosity=0, skip_checks=True)
    staff = [towns.found()]
    staff += [User.objects.create(email=f"a{n}@exempel.se", name=f"Anna {n} Exempel", role="expert") for n in range(2)]
    accounts = {channel: account_for(channel, "" if channel == "web" else "ekevik") for channel in set(plan.CHANNELS)}
    start, end = datetime(2024, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    began = time.perf_counter()
    done = bulk.write(
        plan.chapters(MESSAGES, start=start, end=end, size=bulk.PER_CHAPTER), accounts=accounts, staff=staff
    )
    written = time.perf_counter()
    search.rebuild()
    indexed = time.perf_counter()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What autovacuum would do within minutes: fill the map of what is visible to all, and the statistics.
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        size = cursor.fetchone()[0]
    return {
        "written": done / (written - began), "indexed": done / (indexed - written), "megabytes": size / 1e6,
    }  # fmt: skip


def ask() -> dict[str, tuple[float, float, int]]:
    """Each question asked some times through Django as a logged-in colleague: wall and CPU in ms, hits on the page."""
    from django.core import signals
    from django.db import close_old_connections, connection
    from django.test import Client

    from torget.organisations.models import User

    # One connection for all of it, as with many requests to a busy process.
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.order_by("pk")[0])
    client.get("/disk/sok/?q=uppvärmning")
    with connection.cursor() as cursor:
        # A connection of its own for the whole: PostgreSQL's process beside it can be asked what it has used.
        backend = None
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_backend_pid()")
            backend = int(cursor.fetchone()[0])
    found = {}
    for kind, question in QUESTIONS.items():
        walls, cpu, before = [], time.process_time(), cpu_of(backend) if backend else 0.0
        for _ in range(ROUNDS):
            wall = time.perf_counter()
            body = client.get(f"/disk/sok/?{question}").content
            walls.append((time.perf_counter() - wall) * 1000)
        used = time.process_time() - cpu + (cpu_of(backend) - before if backend else 0.0)
        found[kind] = median(walls), used / ROUNDS * 1000, body.count(b'<h2 class="r2">')
    return found


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"build": build, "ask": ask}[sys.argv[1]]()))

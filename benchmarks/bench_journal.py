"""The journal: entries a second through the sequencer, and how long a proof takes in a log of a million entries."""

import hashlib
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from benchmarks.base import Row, rate

if TYPE_CHECKING:
    from torget.journal.models import Entry

APPENDED = 6_000
LEAVES = 1_000_000
PROOFS = 1_000


def run() -> list[Row]:
    """Measure in processes of their own, on SQLite with synchronous=FULL, each in a folder that goes away afterwards."""
    return [Row(**row) for part in PARTS for row in _in_a_process_of_its_own(part)]


def _in_a_process_of_its_own(part: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="torget-bench-journal-") as home:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"TORGET_HOME": home, "TORGET_ORIGIN": "bench.example/journal"}
        environment.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")
        command = [sys.executable, "-m", "benchmarks.bench_journal", part]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _measure(part: str) -> list[Row]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", "journal", verbosity=0)
    return PARTS[part]()


def _digest(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def _append() -> list[Row]:
    from torget.journal import actions

    def whole() -> int:
        for number in range(APPENDED):
            # Outside a transaction each entry is a commit of its own, as when messages come in one by one.
            actions.enter("record.received", actor_ref="", object_ref=f"record:{number}", digest=_digest(number))
            if number % 1000 == 999:
                actions.sequence()
        return APPENDED

    def alone() -> int:
        count = 0
        while done := actions.sequence():
            count += done
        return count

    def commits() -> int:
        # What the disk allows: nothing but a small row and a commit, past Django, in the same moment.
        with closing(sqlite3.connect(Path(os.environ["TORGET_HOME"]) / "bare.sqlite3", isolation_level=None)) as bare:
            bare.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE bare (digest BLOB);")
            for number in range(1000):
                bare.execute("INSERT INTO bare VALUES (?)", (_digest(number),))
        return 1000

    limit = rate(commits)
    together = rate(whole)
    actions.enter_many(
        actions.Entering("record.received", "", f"record:{number}", _digest(number)) for number in range(APPENDED)
    )
    by_itself = rate(alone)
    if actions.audit() != 2 * APPENDED:
        raise RuntimeError("the log does not hold what was entered")
    name = "journal: append through the sequencer"
    note = "a commit for each entry, numbered by the thousand, SQLite synchronous=FULL"
    return [
        Row(name, together, "/s", bar=600, limit=limit, note=note, at_most=False),
        Row("journal: the sequencer alone", by_itself, "/s", note="batches of 1,000"),
    ]


def _prove() -> list[Row]:
    from django.db import connection, transaction

    from torget.journal import actions, rules
    from torget.journal.actions import sequencing

    chosen = random.Random(6962).sample(range(LEAVES), PROOFS)
    entries = [_entry(number) for number in chosen]
    by_index = {entry.sequence: bytes(entry.leaf_hash or b"") for entry in entries}
    leaves = (by_index.get(number) or _digest(number) for number in range(LEAVES))
    edge, made = rules.grow([], 0, leaves)
    rows = [(rules.place_key(place), value) for place, value in made]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO journal_node (place, hash) VALUES (%s, %s)", rows)
    root = rules.fold(edge)
    sequencing._sign(actions.signing_key(), LEAVES, root, None)
    del made, rows
    times = []
    for entry in entries:
        began = time.perf_counter()
        proof = actions.prove(entry)
        times.append((time.perf_counter() - began) * 1000)
        if not rules.inclusion_holds(proof.index, proof.size, by_index[entry.sequence], proof.path, root):
            raise RuntimeError("a proof does not hold")
    name = "journal: proof of inclusion in 1,000,000 leaves"
    note = (
        f"99th percentile of {PROOFS:,} random leaves, each proof checked; median {median(times):.2g} ms; two queries"
    )
    return [Row(name, quantiles(times, n=100)[98], "ms", bar=10, note=note)]


def _whole() -> list[Row]:
    """A log of a million entries, written past the sequencer in the same rows, then counted anew by `torget verify --journal`."""
    from django.db import connection, transaction

    from torget.core import clock
    from torget.journal import actions, rules
    from torget.journal.actions import sequencing

    at = clock.now().replace(microsecond=0)
    edge, size, latest = list[bytes](), 0, None
    while size < LEAVES:
        rows, leaves = [], []
        for number in range(size, min(LEAVES, size + 10_000)):
            about, digest = f"record:{number}", _digest(number)
            leaf = rules.leaf(kind="record.received", actor="user:7", object_ref=about, digest=digest, at=at)
            leaves.append(rules.leaf_hash(rules.canonical(leaf)))
            rows.append(("record.received", "user:7", about, digest, at.replace(tzinfo=None), number, leaves[-1]))
        edge, made = rules.grow(edge, size, leaves)
        with transaction.atomic(), connection.cursor() as cursor:
            columns = "kind, actor_ref, object_ref, digest, at, sequence, leaf_hash"
            cursor.executemany(f"INSERT INTO journal_entry ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
            nodes = [(rules.place_key(place), value) for place, value in made]
            cursor.executemany("INSERT INTO journal_node (place, hash) VALUES (%s, %s)", nodes)
            size += len(rows)
            latest = sequencing._sign(actions.signing_key(), size, rules.fold(edge), latest)
    began, worked = time.perf_counter(), time.process_time()
    if actions.audit() != LEAVES:
        raise RuntimeError("the log does not hold what was written")
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    note = f"every entry, 2,000,000 nodes and {LEAVES // 10_000} signed heads; {worked:.0f} s of it CPU; {memory} MB at most"
    return [Row("journal: verifying 1,000,000 entries", seconds, "s", bar=60, note=note)]


def _entry(number: int) -> "Entry":
    from torget.journal import actions, rules

    entry = actions.Entering("record.received", "", f"record:{number}", _digest(number)).entry()
    entry.sequence = number
    entry.leaf_hash = rules.leaf_hash(rules.canonical(entry.leaf()))
    return entry


PARTS = {"append": _append, "prove": _prove, "whole": _whole}

if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps([asdict(row) for row in _measure(sys.argv[1])]))
    else:
        for row in run():
            bar = "" if row.bar is None else f" (bar {row.bar:g})"
            bar += "" if row.limit is None else f" (limit {row.limit:.4g})"
            print(f"{row.name}: {row.value:.4g} {row.unit}{bar}; {row.note}")

"""Every page and every job with 10,000 and with 1,000,000 messages, on SQLite and PostgreSQL: cost, statements, growth.

The towns are `torget demo --messages N` (a million takes a quarter of an hour and some GB on each engine). They are made in
TORGET_BENCH_TOWNS and kept there, or in a folder that goes away; TORGET_BENCH_MESSAGES sets another number and
TORGET_BENCH_ENGINES which engines. `python -m benchmarks.bench_million ask` measures the database that the environment
names and prints JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.base import Row
from benchmarks.million import serving
from benchmarks.serving import ROOT, environment

SMALL = 10_000
MESSAGES = int(os.environ.get("TORGET_BENCH_MESSAGES", "1000000"))
ENGINES = os.environ.get("TORGET_BENCH_ENGINES", "SQLite,PostgreSQL").split(",")
TOWNS = os.environ.get("TORGET_BENCH_TOWNS", "")
BARS = {"public": 3.0, "desk": 100.0, "results": 100.0}
"""Milliseconds: of CPU for a public page made anew, by the clock for the others."""
GROWTH, NOISE = 1.2, 0.5
"""How much more a page may cost than among 10,000 messages; half a millisecond of difference is no growth."""


def run() -> list[Row]:
    """Make the towns, or take those that are there, and measure them."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="torget-bench-million-") as folder:
        for engine in ENGINES:
            rows += _engine(engine, Path(TOWNS or folder))
    return rows


def _engine(engine: str, folder: Path) -> list[Row]:
    if engine == "SQLite":
        return _measured(engine, folder, dict.fromkeys((SMALL, MESSAGES), ""))
    from tests.support.postgres import Cluster

    with Cluster() as cluster:
        return _measured(engine, folder, {count: cluster.create(f"town{count}") for count in (SMALL, MESSAGES)})


def _measured(engine: str, folder: Path, urls: dict[int, str]) -> list[Row]:
    homes = {count: folder / f"{engine}-{count}" for count in urls}
    found = {}
    for count, home in homes.items():
        home.mkdir(parents=True, exist_ok=True)
        if urls[count] or not (home / "demo-inloggning.txt").exists():
            command = [sys.executable, "-m", "torget", "demo", "--messages", str(count)]
            subprocess.run(command, cwd=ROOT, env=environment(home, urls[count]), stdout=sys.stderr, check=True)
        found[count] = ask_child(home, urls[count])
    paths = [one["path"] for one in found[MESSAGES].values() if one["kind"] == "public" and one["path"]]
    served = serving.rows(engine, MESSAGES, homes[MESSAGES], urls[MESSAGES], paths)
    return [*rows_of(engine, found[SMALL], found[MESSAGES]), *served]


def ask_child(home: Path, url: str) -> dict[str, dict[str, Any]]:
    """What each page and job costs in the town that lies there, by its name; measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_million", "ask"]
    env = environment(home, url) | {"TORGET_API_PER_MINUTE": "0"}
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True)
    answer: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return answer


def rows_of(engine: str, small: dict[str, dict[str, Any]], large: dict[str, dict[str, Any]]) -> list[Row]:
    """A row for each page and job, with the bar of its kind; the growth stands in the note, and alone where it is too much."""
    rows = []
    for name, one in large.items():
        kind, before = one["kind"], small.get(name)
        unit = "ms CPU" if kind == "public" else "ms"
        value = one["cpu"] if kind == "public" else one["wall"]
        note = f"{one['cpu']:.1f} ms CPU, {one['statements']} statements"
        if before:
            note += f"; among {SMALL:,}: {before['cpu']:.1f} ms CPU, {before['statements']} statements"
        rows.append(Row(f"{engine}, {MESSAGES:,}, {kind}: {name}", value, unit, BARS.get(kind), note=note))
        if before and one["cpu"] > before["cpu"] * GROWTH + NOISE:
            growth = one["cpu"] / max(before["cpu"], 0.01)
            rows.append(Row(f"{engine}, growth: {name}", growth, "times", GROWTH, note=note))
    return rows


def main() -> None:
    """`ask`: measure the town of the environment."""
    import django

    django.setup()
    from benchmarks.million import asking

    print(json.dumps(asking.ask(sys.argv[2:])))


if __name__ == "__main__":
    main()

"""Moving a town of TORGET_BENCH_MESSAGES messages (100,000) from SQLite to PostgreSQL and back: root and rows compared."""

import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.base import Row
from tests.support.postgres import Cluster
from tests.support.server import Torget

MESSAGES = int(os.environ.get("TORGET_BENCH_MESSAGES", "100000"))


def run() -> list[Row]:
    """Make the town with the demo's bulk writer, move it there and back."""
    folder = Path(tempfile.mkdtemp(prefix="torget-bench-move-"))
    try:
        with Cluster() as cluster, Torget(folder / "home") as torget:
            torget.command("demo", "--messages", str(MESSAGES))
            url, back = cluster.create("torget"), f"sqlite:///{folder / 'back.sqlite3'}"
            there, to_postgres = _moved(torget, url)
            with Torget(folder / "home", database_url=url) as other:
                home, to_sqlite = _moved(other, back)
        if (there["rows"], there["root"]) != (home["rows"], home["root"]):
            raise RuntimeError("what came back is not what left")
        note = f"{there['rows']:,} rows, {there['entries']:,} journal entries; load {os.getloadavg()[0]:.1f}"
        return [
            Row(f"move of {MESSAGES:,} messages to PostgreSQL", to_postgres, "s", note=note),
            Row(f"move of {MESSAGES:,} messages back to SQLite", to_sqlite, "s", note="equal rows and equal root"),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _moved(torget: Torget, url: str) -> tuple[dict[str, object], float]:
    began = time.perf_counter()
    done = torget.command("move", "--to", url, "--json")
    return json.loads(done.stdout), time.perf_counter() - began


if __name__ == "__main__":
    for row in run():
        print(row)

"""Recorded answers of Mastodon taken in: 4,000 statuses in pages of 40, from the file to the committed records."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks import serving, statuses, towns
from benchmarks.base import Row

COUNT, RUNS = 4_000, 3
PAGES = COUNT // statuses.PAGE
OWN = "@ekevik@social.example"


def run() -> list[Row]:
    """Three times in a process and an empty database of its own; the median of the wall clock."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-receive-") as folder:
        file = Path(folder, "statuses.yaml")
        statuses.record(file, COUNT)
        towns.make("empty", Path(folder, "made"))
        found = [_in_a_process_of_its_own(Path(folder, str(number)), file, number == 0) for number in range(RUNS)]
    # What is only beside the point was measured in the first of them.
    middle = {name: median(one[name] for one in found if name in one) for name in found[0]}
    size = "SQLite synchronous=FULL, one process, a commit for each page of 40"
    note = (
        f"{COUNT:,} statuses, {size}, median of {RUNS}; {middle['cpu'] / COUNT * 1000:.2g} ms CPU each; "
        f"taking the cassette apart is {middle['split']:.2g} s of it; limit: the rows copied by bare SQL"
    )
    name, again = "receive: recorded Mastodon answers", "the delivery is recognised by its hash"
    took, limit, known = COUNT / middle["took"], COUNT / middle["copied"], COUNT / middle["known"]
    return [
        Row(name, took, "/s", bar=500, limit=limit, note=note, at_most=False),
        Row("receive: the same answers in another file", known, "/s", note="each page read, all known", at_most=False),
        Row("receive: the same file again", COUNT / middle["again"], "/s", note=again, at_most=False),
    ]


def _in_a_process_of_its_own(home: Path, file: Path, more: bool) -> dict[str, float]:
    shutil.copytree(home.with_name("made"), home)
    command = [sys.executable, "-m", "benchmarks.bench_receive", str(file), *(["more"] if more else [])]
    env = serving.environment(home)
    done = subprocess.run(command, cwd=serving.ROOT, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _measure(file: Path, more: bool) -> dict[str, float]:
    """Seconds of each part; raises RuntimeError when not every status became one message, and one only."""
    import django

    django.setup()
    from torget.channels.registry import CHANNELS
    from torget.conversations.actions import receive_file

    began = time.perf_counter()
    if len(list(CHANNELS["mastodon"].split(file.read_bytes(), file.name))) != PAGES:
        raise RuntimeError("the cassette has another number of answers")
    split = time.perf_counter() - began
    wall, cpu = time.perf_counter(), time.process_time()
    counts = receive_file(file, channel="mastodon", handle=OWN)
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    if counts["new"] != COUNT:
        raise RuntimeError(f"{COUNT} statuses became {counts}")
    found = {"took": took, "cpu": used, "split": split}
    return found | _more(file) if more else found


def _more(file: Path) -> dict[str, float]:
    """Seconds for what is known already, and for writing the same rows past Django."""
    copied = _copied()
    again, had = _timed(file)
    # One byte more is another delivery of the same answers.
    other = file.with_name("other.yaml")
    other.write_bytes(file.read_bytes() + b"\n")
    known, knew = _timed(other)
    if (had["had"], knew["had"]) != (COUNT, COUNT):
        raise RuntimeError(f"{COUNT} known statuses became {had}, then {knew}")
    return {"again": again, "known": known, "copied": copied}


def _timed(file: Path) -> tuple[float, dict[str, int]]:
    from torget.conversations.actions import receive_file

    began = time.perf_counter()
    counts = receive_file(file, channel="mastodon", handle=OWN)
    return time.perf_counter() - began, counts


def _copied() -> float:
    """Seconds to write the same rows with as many commits, indexes and all, past Django."""
    home = Path(os.environ["TORGET_HOME"])
    with closing(sqlite3.connect(home / "torget.sqlite3")) as source:
        schema = [
            row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        ]
        schema = [text for text in schema if "sqlite_sequence" not in text]
        names = [row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = {name: source.execute(f"SELECT * FROM {name}").fetchall() for name in names if "sqlite" not in name}
    with closing(sqlite3.connect(home / "copy.sqlite3", isolation_level=None)) as copy:
        copy.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + ";\n".join(schema))
        began = time.perf_counter()
        for page in range(PAGES):
            copy.execute("BEGIN IMMEDIATE")
            for name, rows in held.items():
                _insert(copy, name, rows[page * len(rows) // PAGES : (page + 1) * len(rows) // PAGES])
            copy.execute("COMMIT")
        return time.perf_counter() - began


def _insert(copy: sqlite3.Connection, name: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        copy.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_measure(Path(sys.argv[1]), more=sys.argv[2:] == ["more"])))
    else:
        for row in run():
            print(asdict(row))

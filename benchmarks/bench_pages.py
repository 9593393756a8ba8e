"""The public pages: a published conversation of 50 messages and the register's 50 rows, made by Django and from the shelf."""

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks import serving, towns
from benchmarks.base import Row, cpu_of
from benchmarks.serving import Client, Request, Server, cpu_per_request

# A query keeps the page off the shelf: what is measured is Django with what it has stored of the page.
PAST = "?x=1"
NOTE = "CPU of the server process, {} requests in 5 rounds, median; limit: {}"


def run() -> list[Row]:
    """Serve a small town on SQLite from a process of its own and ask it, beside its two limits."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-pages-") as folder:
        home = Path(folder)
        long, short = towns.make("square", home).split()
        pages = {f"/samtal/{long}/": "/samtal/ of 50 messages", "/diarium/": "/diarium/ of 50 rows"}
        with serving.torget(home, "", "--no-worker") as server:
            server.wait("/")
            with serving.same_stack(home) as stack, serving.bare_server(home) as bare:
                stack.wait("/bytes/1/")
                bare.wait("/1")
                rows = [row for page, name in pages.items() for row in _page(page, name, home, server, stack, bare)]
        return rows + _statements(home, f"/samtal/{long}/", f"/samtal/{short}/")


def _page(page: str, name: str, home: Path, server: Server, stack: Server, bare: Server) -> list[Row]:
    seen = Client(server.port).get(page + PAST)
    if seen.status != 200 or max(seen.body.count(b"<article"), seen.body.count(b"<tr>") - 1) != 50:
        raise RuntimeError(f"{page} does not show 50 of what it is to show")
    length = len(seen.body)
    same = cpu_per_request(stack, Request(f"/bytes/{length}/{PAST}"), count=200)
    alone = cpu_per_request(bare, Request(f"/{length}"), count=400)
    etag = {"If-None-Match": Client(server.port).get(page).headers["etag"]}
    past = cpu_per_request(server, Request(page + PAST), count=100)
    stored = cpu_per_request(server, Request(page), count=400)
    unchanged = cpu_per_request(server, Request(page, 304, etag), count=400)
    changed = _after_a_change(home, server, Request(page))
    django, shelf = NOTE.format(500, "the same stack returning as many bytes"), NOTE.format(2000, "the bare server")
    return [
        Row(name, past, "ms CPU", bar=3, limit=same, note=f"past the shelf; {django}; bare server {alone:.2g} ms"),
        Row(f"{name}, stored page", stored, "ms CPU", bar=0.5, limit=alone, note=shelf),
        Row(f"{name}, 304", unchanged, "ms CPU", bar=0.5, limit=alone, note=shelf),
        Row(
            f"{name}, first after a change", changed, "ms CPU", limit=same, note="a message came in before each request"
        ),
    ]


def _after_a_change(home: Path, server: Server, request: Request, *, count: int = 20, rounds: int = 5) -> float:
    """CPU milliseconds of a page that is out of date each time it is asked for."""
    client, found = Client(server.port), []
    with closing(sqlite3.connect(home / "torget.sqlite3", isolation_level=None)) as database:
        for _ in range(rounds):
            before = cpu_of(server.pid)
            for _ in range(count):
                database.execute("UPDATE core_publicversion SET version = version + 1")
                request.send(client)
            found.append((cpu_of(server.pid) - before) / count * 1000)
    return median(found)


def _statements(home: Path, long: str, short: str) -> list[Row]:
    """Statements for 50 messages against those for 10: the number is the same, however long the page is."""
    counts = json.loads(towns.make("statements", home))
    note = "made anew; bar: as many as for 10 messages; {} when stored"
    return [
        Row("/samtal/ of 50 messages", counts[long][0], "SQL", bar=counts[short][0], note=note.format(counts[long][1])),
        Row(
            "/diarium/ of 50 rows",
            counts["/diarium/"][0],
            "SQL",
            note=f"made anew; {counts['/diarium/'][1]} when stored",
        ),
    ]


if __name__ == "__main__":
    for one in run():
        print(one)

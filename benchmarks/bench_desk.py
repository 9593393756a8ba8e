"""The desk with 100,000 messages: the queue, its next page, a page far in, a conversation. The database is kept for next time."""

import re
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from benchmarks import serving, towns, words
from benchmarks.base import Row
from benchmarks.serving import ROOT, Client, Request, cpu_per_request

KEPT = ROOT / ".cache" / "bench"
NEXT = re.compile(rb'href="/disk/(\?ko=[^"]*efter=[^"]*)"')


def run() -> list[Row]:
    """Serve the big town on SQLite from a process of its own, and ask as the communicator who is logged in."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-desk-") as folder:
        home = Path(folder)
        ordinary, long = town(home)
        cookie = {"Cookie": f"sessionid={towns.make('login', home)}"}
        with serving.torget(home, "", "--no-worker") as server, serving.same_stack(home) as stack:
            server.wait("/")
            stack.wait("/bytes/1/")

            def page(name: str, path: str, note: str = "") -> Row:
                length = len(Client(server.port).get(path, cookie).body)
                value = cpu_per_request(server, Request(path, 200, cookie), count=12, warm=3)
                limit = cpu_per_request(stack, Request(f"/bytes/{length}/?x=1", 200, cookie), count=40)
                kilobytes = f"{length / 1000:.0f} kB{note}; 60 requests in 5 rounds, median"
                return Row(f"desk, 100,000 messages: {name}", value, "ms CPU", 60, limit, kilobytes)

            def after(path: str, pages: int = 1) -> str:
                for _ in range(pages):
                    found = NEXT.search(Client(server.port).get(path, cookie).body)
                    if found is None:
                        raise RuntimeError(f"{path} has no next page")
                    path = "/disk/" + found[1].decode().replace("&amp;", "&")
                return path

            return [
                page("what waits", "/disk/", ", 10,000 wait"),
                page("what waits, next page", after("/disk/")),
                page("what waits, 50 pages on", after("/disk/", 50)),
                page("answered", "/disk/?ko=answered", ", 40,000 are answered"),
                page("answered, next page", after("/disk/?ko=answered")),
                page("a conversation", f"/disk/{ordinary}/", ", 2 messages"),
                page("a long conversation", f"/disk/{long}/", ", of 200 messages"),
            ]


def town(home: Path) -> list[str]:
    """The big town in `home`: a copy of the one that was made before, unless what it is made from has changed."""
    made_from = [Path(towns.__file__), Path(words.__file__), *sorted((ROOT / "torget").glob("*/migrations/*.py"))]
    digest = sha256(b"".join(path.read_bytes() for path in made_from)).hexdigest()[:12]
    kept, said = KEPT / f"desk-{digest}.sqlite3", KEPT / f"desk-{digest}.txt"
    if not said.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        for old in KEPT.glob("desk-*"):
            old.unlink()
        text = towns.make("desk", home)
        shutil.copy(home / "torget.sqlite3", kept)
        # Last: a run that is broken off in the middle leaves nothing that looks whole.
        said.write_text(text)
    else:
        shutil.copy(kept, home / "torget.sqlite3")
    return said.read_text().split()


if __name__ == "__main__":
    for one in run():
        print(one)

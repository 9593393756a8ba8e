"""A storm: a thousand posts in one thread, from being fetched to being in; and the desk with it, beside one of ten."""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks import bench_desk, serving, towns
from benchmarks.base import Row
from benchmarks.serving import Request, cpu_per_request
from benchmarks.statuses import PAGE, POSTS


def run() -> list[Row]:
    """In the big town on SQLite: the deliveries are stored and read as a connected account's are."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-storm-") as folder:
        home = Path(folder)
        bench_desk.town(home)
        said = json.loads(towns.make("storm", home))
        cookie = {"Cookie": f"sessionid={towns.make('login', home)}"}
        with serving.torget(home, "", "--no-worker") as server:
            server.wait("/")

            def page(path: str) -> float:
                return cpu_per_request(server, Request(path, 200, cookie), count=12, warm=3)

            ten, thousand, queue = (page(f"/disk/{path}") for path in (f"{said['ten']}/", f"{said['thousand']}/", ""))
    note = f"{POSTS:,} posts in one thread, in {POSTS // PAGE} deliveries, 100,000 messages beside them"
    return [
        Row("a storm is in, after being fetched", said["seconds"], "s", 5, None, note),
        Row("the thread of the storm at the desk", thousand, "ms CPU", 60, ten, "limit: a thread of ten messages"),
        Row("the desk with the storm in it", queue, "ms CPU", 60, None, note),
    ]


if __name__ == "__main__":
    for one in run():
        print(one, file=sys.stdout)

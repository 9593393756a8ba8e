"""A storm: a thousand posts in one thread, from being fetched to being in; and the desk with it, beside one of ten."""

import json
import random
import sys
import tempfile
from pathlib import Path

from benchmarks import bench_desk, serving, statuses, towns
from benchmarks.base import Row
from benchmarks.serving import Request, cpu_per_request

POSTS, PAGE = 1000, 40
ROOT_POST = "115000000000000000"


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


def deliveries(count: int, root: str) -> list[bytes]:
    """So many statuses as pages of notifications would give them: the first begins the thread, the others answer it."""
    chance = random.Random(count)
    found = []
    for number in range(count):
        status = statuses.status(int(root) - 115_000_000_000_000_000 + number, chance)
        status["in_reply_to_id"] = None if number == 0 else root
        status["in_reply_to_account_id"] = None if number == 0 else status["account"]["id"]
        found.append(status)
    return [json.dumps(found[start : start + PAGE]).encode() for start in range(0, count, PAGE)]


if __name__ == "__main__":
    for one in run():
        print(one, file=sys.stdout)

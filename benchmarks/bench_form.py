"""A post by the open form, with record, journal entry and receipt: its CPU, and how many a second PostgreSQL takes."""

import random
import tempfile
from pathlib import Path

from benchmarks import serving, towns, words
from benchmarks.base import Row
from benchmarks.serving import Request, Server, cpu_per_request, family_cpu, rate_at
from tests.support.postgres import Cluster

CONNECTIONS, POSTS = 8, 480
COUNT, ROUNDS, WARM = 40, 5, 10
BOUNDARY = "torget-bench-3f1c"


def post(path: str) -> Request:
    """The form as a browser sends it: text of some 300 signs, subject, address and name, no file chosen."""
    fields = {
        "text": words.sentence(random.Random(3)), "subject": "Snöröjning", "email": "ada@exempel.se",
        "name": "Ada Exempel", "nonce": "", "website": "",
    }  # fmt: skip
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'
    parts = [f'{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    parts.append(
        f'{head}attachments"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--{BOUNDARY}--\r\n'
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Sec-Fetch-Site": "same-origin"}
    return Request(path, 303, headers, "".join(parts).encode())


def run() -> list[Row]:
    """SQLite, then PostgreSQL in a cluster of our own; each post is counted again in the database afterwards."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-form-") as folder:
        home = Path(folder)
        with serving.same_stack(home) as stack, serving.bare_server(home) as bare:
            stack.wait("/bytes/1/")
            bare.wait("/1")
            same = cpu_per_request(stack, post("/form/"), count=200)
            alone = cpu_per_request(bare, Request("/0", 200, {}, post("/").body), count=400)
            most = rate_at(stack, post("/form/"), connections=CONNECTIONS, count=1600)
        sqlite, _ = _cpu(home / "sqlite", "")
        with Cluster() as cluster:
            postgres, database = _cpu(home / "postgres", cluster.create("form_cpu"), cluster)
            rate, share = _rate(cluster, home / "rate")
    note = f"web process, {COUNT * ROUNDS} posts, median of {ROUNDS} rounds; limit: the same stack reading the form"
    also = f"{note}; the database server takes {database:.2g} ms more"
    together = (
        f"{POSTS} posts, torget run and the worker beside it (together {share:.0%} of a core), fsync on; "
        "limit: the same stack reading the form"
    )
    return [
        Row("post by the form, SQLite", sqlite, "ms CPU", 15, same, f"{note}; bare server {alone:.2g} ms"),
        Row("post by the form, PostgreSQL", postgres, "ms CPU", 15, same, also),
        Row(f"posts at {CONNECTIONS} connections, PostgreSQL", rate, "/s", 60, most, together, at_most=False),
    ]


def _server(home: Path, url: str, *arguments: str) -> Server:
    towns.make("empty", home, url)
    return serving.torget(home, url, *arguments, TORGET_POSTS_PER_MINUTE="0")


def _cpu(home: Path, url: str, cluster: Cluster | None = None) -> tuple[float, float]:
    """CPU of the web process a post, its worker elsewhere (numbering the journal is the worker's and measured apart).

    And what the processes of the database server take a post.
    """
    with _server(home, url, "--no-worker") as server:
        server.wait("/")
        before = family_cpu(cluster.pid) if cluster else 0.0
        found = cpu_per_request(server, post("/skriv/"), count=COUNT, rounds=ROUNDS, warm=WARM)
        database = family_cpu(cluster.pid) - before if cluster else 0.0
    _all_there(home, url, COUNT * ROUNDS + WARM)
    return found, database / (COUNT * ROUNDS + WARM) * 1000


def _rate(cluster: Cluster, home: Path) -> tuple[float, float]:
    """Posts a second, and how much of a core web and worker had: with much less than one the machine was busy elsewhere."""
    url = cluster.create("form_rate")
    with _server(home, url) as server:
        server.wait("/")
        cpu_per_request(server, post("/skriv/"), count=8, rounds=1, warm=WARM)
        before = family_cpu(server.pid)
        found = rate_at(server, post("/skriv/"), connections=CONNECTIONS, count=POSTS)
        share = (family_cpu(server.pid) - before) * found / POSTS
    _all_there(home, url, POSTS + 8 + WARM)
    return found, share


def _all_there(home: Path, url: str, posted: int) -> None:
    """Each post is one message, one record, one receipt, one entry. Raises RuntimeError when one is missing or double."""
    counts = [int(word) for word in towns.make("messages", home, url).split()]
    if counts != [posted] * 4:
        raise RuntimeError(f"{posted} posts became {counts} messages, records, receipts and entries")


if __name__ == "__main__":
    for one in run():
        print(one)

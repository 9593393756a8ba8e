"""Open desks: how long until a message is shown in all of them, and what a stream costs in memory."""

import re
import socket
import tempfile
import threading
import time
from itertools import cycle, islice
from pathlib import Path

from benchmarks import bench_desk, serving, towns
from benchmarks.base import Row
from benchmarks.bench_form import post
from benchmarks.serving import Client, Server

STREAMS = 200
ROUNDS, WARM = 5, 20
RSS = re.compile(r"VmRSS:\s+(\d+) kB")


def memory(pid: int) -> int:
    """Resident memory of a process, in kB."""
    found = RSS.search(Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


class Desk(threading.Thread):
    """A browser's stream: notes when each batch of rows came."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(daemon=True)
        self.line = socket.create_connection(("127.0.0.1", port))
        request = (
            f"GET /disk/strom/?sedan={time.time():.0f} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Accept: text/event-stream\r\nCookie: {cookie}\r\n\r\n"
        )
        self.line.sendall(request.encode())
        self.came: list[float] = []
        self.ready = threading.Event()

    def run(self) -> None:
        """Read until the line is closed."""
        while given := self._read():
            self.ready.set()
            if b"event: rows" in given:
                self.came.append(time.monotonic())

    def _read(self) -> bytes:
        try:
            return self.line.recv(65536)
        except OSError:
            return b""


def run() -> list[Row]:
    """On SQLite with the worker in the process, as a small organisation runs it."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-live-") as folder:
        home = Path(folder)
        bench_desk.town(home)
        # As many log-ins as it takes: one has only its share of the streams.
        cookies = [f"sessionid={word}" for word in towns.make("logins", home).split()]
        with serving.torget(home, "", TORGET_POSTS_PER_MINUTE="0") as server:
            server.wait("/")
            return _measured(server, cookies)


def _measured(server: Server, cookies: list[str]) -> list[Row]:
    Client(server.port).get("/disk/", {"Cookie": cookies[0]})
    # The first ones bring threads and connections that all share; what one more costs is asked.
    desks = _open(server, cookies, WARM)
    _shown_in_all(server, desks)
    before = memory(server.pid)
    desks += _open(server, cookies, STREAMS)
    each = (memory(server.pid) - before) / STREAMS
    worst = [_shown_in_all(server, desks) for _ in range(ROUNDS)]
    for desk in desks:
        desk.line.close()
    note = f"{STREAMS} streams, 100,000 messages; the slowest desk, median of {ROUNDS} posts by the form"
    return [
        Row("a message shown in all of 200 open desks", sorted(worst)[ROUNDS // 2], "s", 1, None, note),
        Row("memory of a stream", each, "kB", 20, None, f"resident memory, {STREAMS} more beside the first {WARM}"),
    ]


def _open(server: Server, cookies: list[str], count: int) -> list[Desk]:
    """So many desks that listen. Raises RuntimeError where one does not within half a minute."""
    desks = [Desk(server.port, cookie) for cookie in islice(cycle(cookies), count)]
    for desk in desks:
        desk.start()
    if not all(desk.ready.wait(30) for desk in desks):
        raise RuntimeError("not all desks are listening")
    time.sleep(1)
    return desks


def _shown_in_all(server: Server, desks: list[Desk]) -> float:
    """Seconds from the answer to the post until the last desk has the row. Raises RuntimeError where one never has it."""
    had = [len(desk.came) for desk in desks]
    client = Client(server.port)
    post("/skriv/").send(client)
    posted = time.monotonic()
    until = posted + 20
    while any(len(desk.came) <= number for desk, number in zip(desks, had, strict=True)):
        if time.monotonic() > until:
            raise RuntimeError("a desk never had the message")
        time.sleep(0.005)
    return max(desk.came[number] for desk, number in zip(desks, had, strict=True)) - posted


if __name__ == "__main__":
    for one in run():
        print(one)

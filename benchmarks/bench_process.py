"""The process at rest and at its start: memory, CPU when nothing happens, and how soon the first page is there."""

import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks import serving, towns
from benchmarks.base import Row, cpu_of, memory_of
from benchmarks.serving import Client, Server, resident

RUNS, REST, WATCHED = 5, 20.0, 10.0


def run() -> list[Row]:
    """Start Torget five times, one at a time, let all of them rest, and look at each."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-process-") as folder, ExitStack() as stack:
        made = Path(folder, "made")
        number = towns.make("square", made).split()[0]
        servers, starts = [], []
        for place in range(RUNS):
            server = stack.enter_context(serving.torget(_copy(made, str(place))))
            starts.append(server.wait("/"))
            servers.append(server)
        web, worker = _apart(stack, _copy(made, "apart"))
        for server in [*servers, web]:
            _visit(server, number)
        time.sleep(REST)
        before = [cpu_of(server.pid) for server in servers]
        time.sleep(WATCHED)
        used = [(cpu_of(server.pid) - then) / WATCHED * 1000 for server, then in zip(servers, before, strict=True)]
        whole = median(resident(server.pid) for server in servers)
        share = median(memory_of(server.pid) for server in servers)
        apart = resident(web.pid) + resident(worker.pid)
    note = f"RSS of torget run {REST:g} s after it was last used, median of {RUNS}; PSS {share:.0f} MB as they share libraries"
    start = f"from the start of torget run, migrations looked through, to 200 on /; median of {RUNS}"
    return [
        Row("idle memory, web and worker in one process", whole, "MB", 250, note=note),
        Row(
            "idle memory, web and worker apart",
            apart,
            "MB",
            250,
            note="RSS of torget run --no-worker and torget worker",
        ),
        Row("idle CPU, web and worker in one process", median(used), "ms/s", note=f"over {WATCHED:g} s"),
        Row("cold start to the first page", median(starts), "s", 3, note=start),
    ]


def _copy(made: Path, name: str) -> Path:
    return Path(shutil.copytree(made, made.with_name(name)))


def _apart(stack: ExitStack, home: Path) -> tuple[Server, Server]:
    web = stack.enter_context(serving.torget(home, "", "--no-worker"))
    web.wait("/")
    return web, stack.enter_context(serving.worker(home))


def _visit(server: Server, number: str) -> None:
    """What people look at has been looked at: a process that has served nothing yet is smaller than one in use."""
    for path in ("/", f"/samtal/{number}/", "/diarium/", "/skriv/", "/kanaler/", "/journal/", "/en/"):
        for ending in ("", "?x=1"):
            if Client(server.port).get(path + ending).status != 200:
                raise RuntimeError(f"{path} was not answered with 200")


if __name__ == "__main__":
    for one in run():
        print(one)

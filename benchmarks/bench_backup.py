"""Backup and restore of TORGET_BENCH_BACKUP_GB gigabytes (1 by default), with pages asked for meanwhile."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.base import Row
from tests.support.server import Torget

GIGABYTES = float(os.environ.get("TORGET_BENCH_BACKUP_GB", "1"))
EACH = 1_000_000
BAR = 300.0 * GIGABYTES / 10
FILES = """
import os
from torget.files.actions import keep
from torget.organisations.models import Organisation
Organisation.objects.get_or_create(name="Mätköping", short_name="Mätköping")
for _ in range({count}):
    keep(os.urandom({size}))
"""


@contextmanager
def asked(torget: Torget) -> Iterator[list[float]]:
    """Ask for a page ten times a second meanwhile; the seconds that each took."""
    took: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.wait(0.1):
            began = time.perf_counter()
            status, _, _ = torget.get("/")
            took.append(time.perf_counter() - began if status == 200 else 99.0)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        stop.set()
        thread.join()


def _nineteen_of_twenty(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)] * 1000 if took else 0.0


def run() -> list[Row]:
    """Fill a town with files, back it up beside its web process, restore it into an empty place beside the same."""
    count = int(GIGABYTES * 1e9 / EACH)
    folder = Path(tempfile.mkdtemp(prefix="torget-bench-backup-"))
    try:
        with Torget(folder / "home") as torget:
            key, kept = folder / "key.txt", folder / "kopia.torget"
            torget.command("manage", "migrate", "--verbosity", "0")
            torget.command("manage", "shell", "-c", FILES.format(count=count, size=EACH))
            torget.command("backup", "--make-key", str(key))
            torget.start_web("--no-worker")
            with asked(torget) as backing:
                began = time.perf_counter()
                torget.command("backup", str(kept))
                backed = time.perf_counter() - began
            began = time.perf_counter()
            torget.command("verify", str(kept), check=False)
            verified = time.perf_counter() - began
            with asked(torget) as restoring:
                began = time.perf_counter()
                torget.command("restore", str(kept), "--identity", str(key), "--to", str(folder / "other"))
                restored = time.perf_counter() - began
        note = f"{count} files of 1 MB; load of the machine {os.getloadavg()[0]:.1f}"
        return [
            Row(f"backup of {GIGABYTES:g} GB", backed, "s", BAR, note=note),
            Row("a page meanwhile, 19 of 20", _nineteen_of_twenty(backing), "ms", note=f"{len(backing)} asked for"),
            Row(f"verify of {GIGABYTES:g} GB", verified, "s", note="every byte hashed, without the private key"),
            Row(f"restore of {GIGABYTES:g} GB", restored, "s", BAR, note="decrypted, hashed, compared, put in place"),
            Row("a page meanwhile, 19 of 20", _nineteen_of_twenty(restoring), "ms", note=f"{len(restoring)} asked for"),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for row in run():
        print(row)

"""A case of 10,000 records and 1 GB of attachments as a package, beside tar and sha256sum over the same files; whole processes.

TORGET_BENCH_RECORDS and TORGET_BENCH_MEGABYTES set other sizes. `python -m benchmarks.bench_archive build` makes the case
in the database that the environment names.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.base import Row
from benchmarks.serving import ROOT, environment

RECORDS = int(os.environ.get("TORGET_BENCH_RECORDS", "10000"))
MEGABYTES = int(os.environ.get("TORGET_BENCH_MEGABYTES", "1024"))
ROUNDS = 3
HALF = 0.5
MOST_MB = 500


def run() -> list[Row]:
    """Make the case, then pack it and tar and hash its files in turns; the slowest part of a disk's mood falls on both."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-archive-") as folder:
        home = Path(folder)
        env = environment(home, "")
        build = [sys.executable, "-m", "benchmarks.bench_archive", "build"]
        subprocess.run(build, cwd=ROOT, env=env, check=True)
        ours, theirs, most = [], [], 0.0
        for turn in range(ROUNDS):
            theirs.append(_tar(home / "files", home / f"{turn}.tar"))
            wall, peak = _pack(env, home / f"out{turn}")
            ours.append(wall)
            most = max(most, peak)
            verified = _verify(env, next((home / f"out{turn}").glob("*.zip"))) if turn == ROUNDS - 1 else 0.0
            for path in [home / f"{turn}.tar", *(home / f"out{turn}").iterdir()]:
                path.unlink()
    what = f"{RECORDS:,} records, {MEGABYTES:,} MB of attachments, SQLite"
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; median of {ROUNDS}"
    packing, beside = median(ours), median(theirs)
    return [
        Row(f"package: {what}", beside / packing, "of tar + sha256sum's speed", HALF, at_most=False,
            note=f"{packing:.1f} s beside {beside:.1f} s, whole processes, both on disk (fsync); {load}"),
        Row(f"package: {what}, memory", most, "MB", MOST_MB, note="greatest RSS of torget archive"),
        Row(f"package: {what}, verified", verified, "s", note="torget verify, whole process"),
    ]  # fmt: skip


def _tar(files: Path, target: Path) -> float:
    """Seconds for tar of the same files and sha256sum of each, written to disk."""
    begun = time.monotonic()
    subprocess.run(["tar", "-cf", str(target), "-C", str(files), "."], check=True)
    command = "find . -type f -print0 | xargs -0 sha256sum > /dev/null"
    subprocess.run(["sh", "-c", command], cwd=files, check=True)
    subprocess.run(["sync", str(target)], check=True)
    return time.monotonic() - begun


def _pack(env: dict[str, str], out: Path) -> tuple[float, float]:
    """Seconds and MB of `torget archive`, from its start to its end."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "torget", "archive", "--all-closed", "--out", str(out)]
    child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, child.returncode
    return time.monotonic() - begun, used.ru_maxrss / 1024


def _verify(env: dict[str, str], package: Path) -> float:
    begun = time.monotonic()
    command = [sys.executable, "-m", "torget", "verify", str(package)]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3, done.stdout
    return time.monotonic() - begun


def build() -> None:
    """One closed case: each record with words of its own and an attachment, by the register's own actions."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from torget.core import clock
    from torget.files import actions as files
    from torget.journal import actions as journal
    from torget.organisations.actions import ensure_authority
    from torget.register.actions import receiving
    from torget.register.models import Case

    call_command("migrate", verbosity=0, interactive=False)
    authority, dice, now = ensure_authority(), random.Random(7), clock.now()
    (case,) = receiving.open_cases(authority, ["Ett stort ärende"], now)
    size = MEGABYTES * 1024 * 1024 // RECORDS
    for start in range(0, RECORDS, 500):
        arrivals = []
        for number in range(start, min(start + 500, RECORDS)):
            blob = files.keep(dice.randbytes(size), filename="bild.bin")
            text = f"Synpunkt {number}. " + " ".join(
                dice.choices("gatan lyktan snön bussen skolan parken".split(), k=40)
            )
            arrivals.append(
                receiving.Arrival(text=text, channel="web", correspondent="Signe", subject="Synpunkt", title="Synpunkt",
                                  occurred_at=now, addressed=True, case=case, files=[(blob, f"bild {number}.bin")])
            )  # fmt: skip
        with transaction.atomic():
            receiving.receive(arrivals, authority=authority)
        while journal.sequence():
            pass
    Case.objects.filter(pk=case.pk).update(closed_at=now)


if __name__ == "__main__":
    if sys.argv[1:] == ["build"]:
        build()
    else:
        print(*run(), sep="\n")

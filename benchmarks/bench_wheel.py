"""What Torget weighs when it is packed: the wheel, what it stands on, the Debian package; its memory as installed from it.

The installed Torget runs in an environment of its own (tests/support/wheels.py), without Node and with no part of ours in it.
TORGET_BENCH_DEB=1 builds the Debian package as it is given out (xz: most of a minute); else the one in dist/ is weighed, if any.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.base import Row
from scripts import deb, wheel
from tests.support import ports, wheels
from tests.support.probing import ask, resident_kb

REST, LOADED = 20, 3000
PATHS = ("/", "/en/", "/skriv/", "/diarium/", "/kanaler/", "/journal/")


def run() -> list[Row]:
    """Build, install, start; sizes in MB, memory of the web process with its worker."""
    with tempfile.TemporaryDirectory(prefix="torget-bench-wheel-") as folder:
        base = Path(folder)
        made = wheel.build(base / "dist")
        parts = wheels.wheelhouse(base / "parts")
        python = wheels.empty_environment(base / "venv")
        began = time.monotonic()
        wheels.install(python, made, parts=parts)
        took = time.monotonic() - began
        rows = [
            Row("the wheel", _mb(made), "MB"),
            Row(
                "installed, with all it stands on",
                _mb(base / "venv"),
                "MB",
                note=f"pip install without a network {took:.0f} s",
            ),
            Row("installed, Torget alone", _mb(next((base / "venv").glob("lib/python3*/site-packages/torget"))), "MB"),
        ]
        if package := _package(base, parts):
            rows.append(Row("the Debian package", _mb(package), "MB", note=package.name))
        return rows + _memory(python, base / "home")


def _mb(path: Path) -> float:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file() and not one.is_symlink()]
    return sum(one.stat().st_size for one in files if "__pycache__" not in one.parts) / 1e6


def _package(base: Path, parts: Path) -> Path | None:
    if os.environ.get("TORGET_BENCH_DEB") == "1":
        return deb.build(base / "deb", parts=parts)
    return max((deb.ROOT / "dist").glob("torget_*.deb"), key=lambda path: path.stat().st_mtime, default=None)


def _memory(python: Path, home: Path) -> list[Row]:
    """At rest after the first pages, and after some thousand of them."""
    home.mkdir()
    port = ports.free_port()
    environment = {
        "PATH": str(python.parent),
        "LANG": "C.UTF-8",
        "TORGET_HOME": str(home),
        "TORGET_URL": f"http://127.0.0.1:{port}",
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(python.parent / "torget"), "run", "--port", str(port)],
            cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(port)
        for path in PATHS:
            ask(port, path)
        time.sleep(REST)
        rest = resident_kb(process.pid)
        for number in range(LOADED):
            # Each past the shelf: a query that nobody has asked before.
            ask(port, f"{PATHS[number % len(PATHS)]}?x={number}")
        loaded = resident_kb(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)
    return [
        Row(
            "memory at rest, installed from the wheel",
            rest / 1000,
            "MB",
            250,
            note=f"RSS {REST} s after six pages, empty town",
        ),
        Row("memory after load", loaded / 1000, "MB", 250, note=f"RSS after {LOADED:,} pages that were made anew"),
    ]


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if ask(port, "/halsa/lever/")["status"] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("torget run did not answer")


if __name__ == "__main__":
    for one in run():
        print(one)

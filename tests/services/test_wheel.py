"""The wheel: built from the checkout, looked through, installed where nothing is, and started without Node and without a network;
and put over the version before, whose data it keeps."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts import wheel as building
from tests.support import older, ports, wheels

pytestmark = [pytest.mark.services, pytest.mark.once]
PROBE = Path(__file__).resolve().parents[1] / "support" / "probing.py"


@dataclass
class Machine:
    """An environment with the wheel in it, and no network around it."""

    python: Path
    wheel: Path
    cut_off: list[str]

    def _variables(self, home: Path, port: int) -> dict[str, str]:
        # No PATH but the environment's own: neither Node nor git nor a compiler is there to be found.
        bare = {"PATH": str(self.python.parent), "LANG": "C.UTF-8", "HOME": str(home)}
        dead = "http://127.0.0.1:9"
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), dead)
        return bare | proxies | {"TORGET_HOME": str(home), "TORGET_URL": f"http://127.0.0.1:{port}"}

    def run(self, home: Path, *paths: object, forms: list[dict[str, str]] | None = None) -> dict[str, Any]:
        """`torget run` in the empty folder `home`: what it answered (tests/support/probing.py)."""
        home.mkdir(exist_ok=True)
        port = ports.free_port()
        order = {
            "command": [str(self.python.parent / "torget"), "run", "--port", str(port)],
            "environment": self._variables(home, port), "folder": str(home), "port": port,
            "paths": list(paths), "forms": forms or [],
        }  # fmt: skip
        done = subprocess.run(
            [*self.cut_off, sys.executable, "-I", str(PROBE)],
            input=json.dumps(order), capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        said: dict[str, Any] = json.loads(done.stdout)
        assert "failed" not in said, f"{said.get('failed')}\n{said['log']}"
        return said

    def torget(self, home: Path, *arguments: str) -> str:
        """One command to its end."""
        done = subprocess.run(
            [*self.cut_off, str(self.python.parent / "torget"), *arguments],
            cwd=home, env=self._variables(home, 8000), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def machine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    base = tmp_path_factory.mktemp("machine")
    parts = wheels.wheelhouse(base / "parts")
    python = wheels.empty_environment(base / "venv")
    said = wheels.install(python, wheel, parts=parts)
    assert "Successfully installed" in said
    shutil.rmtree(parts)
    return Machine(python, wheel, wheels.without_network())


def test_it_holds_what_runs_and_nothing_else(wheel: Path) -> None:
    assert building.problems(wheel) == []
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        english = file.read("torget/locale/en/LC_MESSAGES/django.mo")
    assert not [name for name in names if "/tests/" in name or name.startswith(("tests/", "scripts/", "build/"))]
    assert len(english) > 50_000 and english[:4] == b"\xde\x12\x04\x95"
    assert wheel.stat().st_size < 5_000_000


def test_a_stray_file_a_missing_one_and_an_empty_catalogue_are_seen(wheel: Path, tmp_path: Path) -> None:
    hurt = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(hurt, "w") as file:
        for name in whole.namelist():
            if name.endswith("base.css"):
                continue
            file.writestr(name, b"" if name.endswith(".mo") else whole.read(name))
        for stray in ("torget/desk/tests/test_x.py", "tests/x.py", "torget/core/core.sqlite3"):
            file.writestr(stray, b"x")
    said = "\n".join(building.problems(hurt))
    assert "missing: torget/core/static/torget/base.css" in said and "not compiled" in said
    for stray in ("torget/desk/tests/test_x.py", "tests/x.py", "torget/core/core.sqlite3"):
        assert stray in said


@pytest.mark.drill
def test_the_same_checkout_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert building.build(tmp_path).read_bytes() == wheel.read_bytes()


def test_it_runs_in_an_empty_environment_without_node_and_without_a_network(machine: Machine, tmp_path: Path) -> None:
    style = ["/", r'href="(/static/[^"]+\.css[^"]*)"']
    said = machine.run(tmp_path / "home", "/", style, "/en/", "/skriv/", "/halsa/", "/forsta-start/")
    if machine.cut_off:
        assert "unreachable" in said["network"].lower(), "there is a way out"
    answers = said["answers"]
    assert [answer["status"] for answer in answers.values()] == [200] * 6, said["log"]
    [sheet] = [answer for path, answer in answers.items() if path.startswith("/static/")]
    assert sheet["headers"]["content-type"].startswith("text/css") and len(sheet["body"]) > 1000
    assert '<html lang="sv"' in answers["/"]["body"] and '<html lang="en"' in answers["/en/"]["body"]
    # A sentence of the page itself, in the words of the catalogue that was compiled into the wheel.
    assert "Write" in answers["/en/"]["body"] and "Skriv till" not in answers["/en/"]["body"]
    assert "engångskoden" in said["log"], "the first start can be made"
    assert said["kb"] < 250_000
    outside = machine.torget(
        tmp_path / "home", "manage", "shell", "-v", "0", "-c", "import torget; print(torget.__file__)"
    )
    assert Path(outside.strip()).is_relative_to(machine.python.parent.parent), "not the checkout's own code"
    has = subprocess.run([str(machine.python), "-c", "import pytest"], capture_output=True, check=False)
    assert has.returncode == 1, "nothing of ours is in it"


def _same(machine: Machine, kept: older.Recorded, *, written: str = "") -> None:
    """What was there before the new version is there after it."""
    said = machine.run(kept.home, "/", kept.receipt, "/diarium/", *([written] if written else []))
    assert [answer["status"] for answer in said["answers"].values()] == [200] * len(said["answers"]), said["log"]
    first = kept.text.split("\n", maxsplit=1)[0][:40]
    assert first in said["answers"][kept.receipt]["body"], "the resident's receipt still shows their own words"
    with closing(sqlite3.connect(kept.home / "torget.sqlite3")) as database:
        for name, count in kept.counts.items():
            now = database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            assert now >= count if name == "journal_entry" or written else now == count, name
        heads = {bytes(row[0]).hex() for row in database.execute("SELECT root FROM journal_checkpoint")}
        changes = database.execute("SELECT count(*) FROM django_migrations").fetchone()[0]
    assert kept.root in heads and changes > kept.changes
    verified = json.loads(machine.torget(kept.home, "verify", "--journal", "--json"))
    assert verified["holds"] and verified["entries"] >= kept.entries, verified


def test_a_recorded_installation_of_an_older_version_is_taken_over_whole(machine: Machine, tmp_path: Path) -> None:
    kept = older.laid_out(older.BEFORE_BACKUPS, tmp_path)
    said = machine.torget(kept.home, "upgrade")
    assert "Kopian ligger i" in said and "ändringar är införda" in said
    _same(machine, kept)
    assert "redan" in machine.torget(kept.home, "upgrade")


@pytest.mark.drill
def test_the_wheel_of_the_version_before_writes_and_the_new_one_keeps_it(machine: Machine, tmp_path: Path) -> None:
    """With that version's own wheel, made of the history; where the checkout has none, the recorded folder above stands alone."""
    before = _wheel_of(older.BEFORE_BACKUPS, tmp_path)
    kept = older.laid_out(older.BEFORE_BACKUPS, tmp_path)
    wheels.install(machine.python, before, anew=True)
    try:
        page = machine.run(kept.home, "/skriv/")["answers"]["/skriv/"]["body"]
        nonce = page.split('name="nonce" value="')[1].split('"')[0]
        body = f"text=Var+kan+man+lufta+en+anka%3F&nonce={nonce}"
        said = machine.run(kept.home, forms=[{"path": "/skriv/", "body": body}])["answers"]["POST /skriv/"]
        assert said["status"] == 303, said
    finally:
        wheels.install(machine.python, machine.wheel, anew=True)
    _same(machine, kept, written=said["headers"]["location"])
    shown = machine.run(kept.home, said["headers"]["location"])["answers"][said["headers"]["location"]]["body"]
    assert "Var kan man lufta en anka?" in shown
    assert json.loads((kept.home / "uppgradering.json").read_text())["stage"] == "done"
    assert [path for path in (kept.home / "fore-uppgradering").iterdir() if (path / "torget.sqlite3").exists()]


def _wheel_of(commit: str, folder: Path) -> Path:
    """The wheel of an earlier commit. Skips where the history does not reach that far."""
    there = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"],
        cwd=building.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if there.returncode:
        pytest.skip(f"the checkout's history does not hold {commit}: {there.stderr[:200]}")
    # What is there and cannot be taken out is a fault, and no reason to skip.
    archive = subprocess.run(["git", "archive", commit], cwd=building.ROOT, capture_output=True, check=True)
    source, made = folder / "source", folder / "made"
    source.mkdir()
    subprocess.run(["tar", "x", "-C", str(source)], input=archive.stdout, check=True)
    for command in (
        [sys.executable, "scripts/messages.py", "compile"],
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(made),
            ".",
        ],
    ):
        environment = {**os.environ, "PYTHONPATH": str(source)}
        subprocess.run(command, cwd=source, env=environment, capture_output=True, check=True)
    [wheel] = made.glob("*.whl")
    return wheel

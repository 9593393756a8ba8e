"""Two real Torgets on one machine watch each other; one is written anew from an old copy, and both it and the other say so."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.server import Torget
from torget.journal import verifier

ENTER = (
    "from torget.journal import actions as a\n"
    "a.enter_many(a.Entering('record.received', '', f'record:{{n}}', bytes([{mark}]) * 32) for n in range({count}))\n"
    "while a.sequence(owner='test'): pass\n"
)


def _enter(torget: Torget, count: int, mark: int = 0) -> None:
    torget.command("manage", "shell", "--no-imports", "-c", ENTER.format(mark=mark, count=count))


def test_a_forked_log_is_caught_by_its_witness(installation_on: Callable[..., Torget], tmp_path: Path) -> None:
    quiet = {"TORGET_ALLOW_PRIVATE": "1", "TORGET_WORKER": "0"}
    ours = installation_on(**quiet, TORGET_ORIGIN="ekevik.example/journal")
    theirs = installation_on(**quiet, TORGET_ORIGIN="grannby.example/journal")
    for torget in (ours, theirs):
        torget.prepare()
        torget.start_web("--no-worker")
    _enter(ours, 300)
    said = theirs.command("witness", "--of", ours.url).stdout.decode()
    assert "stämmer, 300 poster" in said
    said = ours.command("witness", "--by", theirs.url).stdout.decode()
    assert "stämmer, 300 poster" in said

    # An honest journal grows (by an entry about the witness, too), and both see it.
    copy = tmp_path / "copy.sqlite3"
    _enter(ours, 50)
    _copy(ours, copy)
    _enter(ours, 60)
    assert theirs.command("witness").returncode == 0
    assert ours.command("witness").returncode == 0
    assert "411 poster" in ours.get("/journal/")[2].decode()

    # Somebody puts the old copy back and writes other things after it, with the same key.
    ours.stop()
    for path in ours.home.glob("torget.sqlite3*"):
        path.unlink()
    shutil.copy(copy, ours.home / "torget.sqlite3")
    ours.start_web("--no-worker")
    gone_back = theirs.command("witness", check=False)
    assert (gone_back.returncode, "kortare än förut" in gone_back.stdout.decode()) == (1, True)
    ahead = ours.command("witness", check=False)
    assert (ahead.returncode, "vår egen journal inte når" in ahead.stdout.decode()) == (1, True)
    _enter(ours, 200, mark=1)
    forked = theirs.command("witness", check=False)
    assert (forked.returncode, "två versioner" in forked.stdout.decode()) == (1, True)
    forked = ours.command("witness", check=False)
    assert (forked.returncode, "två versioner" in forked.stdout.decode()) == (1, True)

    # It stands on both pages, the doctor says it, and anyone can check the proof with the one file.
    key = ours.get("/journal/nyckel")[2].decode().strip()
    for torget in (ours, theirs):
        page = torget.get("/journal/")[2].decode()
        assert "går inte ihop" in page
        doctor = torget.command("doctor", check=False)
        assert doctor.returncode == 1
        assert "/journal/gaffel/1.json" in doctor.stdout.decode()
        status, _, evidence = torget.get("/journal/gaffel/1.json")
        assert status == 200
        (tmp_path / "gaffel.json").write_bytes(evidence)
        (tmp_path / "verify.py").write_bytes(torget.get("/journal/verify.py")[2])
        done = subprocess.run(
            [sys.executable, "-I", "verify.py", "gaffel.json", "--key", key, "--json"],
            cwd=tmp_path, capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, json.loads(done.stdout)["code"]) == (0, "fork_holds")
    assert verifier.check_file(tmp_path / "gaffel.json")["code"] == "signer_unknown"


def _copy(torget: Torget, copy: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(torget.home / "torget.sqlite3")) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)

"""Backup, restore and move as the operator runs them, on both engines, killed at random, with an erasure in between."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.postgres import Cluster
    from tests.support.server import Torget

Installations = Callable[..., "Torget"]
SINCE = "django_session"


def inside(torget: "Torget", command: str) -> Any:
    """Run one of `tests.crash.keeping` in the installation."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.keeping", command],
        cwd=root,
        env=torget.variables(),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def kill_in(torget: "Torget", seconds: float, *arguments: str) -> int:
    """Start a command and kill it -9 after some seconds, if it lasts that long; its code (-9 when it was killed)."""
    with torget.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "torget", *arguments],
            cwd=torget.home,
            env=torget.variables(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def ready(torget: "Torget", key: Path) -> None:
    """A town with a key for its backups."""
    torget.environment["TORGET_ORIGIN"] = "prov.example/journal"
    torget.prepare()
    inside(torget, "town")
    torget.command("backup", "--make-key", str(key))


def without_sessions(found: dict[str, Any]) -> dict[str, int]:
    """Row counts of what a backup holds and a restore leaves as it was."""
    # A restore enters itself in the journal, and empties the sessions.
    ours = {"django_session", "journal_entry"}
    return {name: count for name, count in found["counts"].items() if name not in ours}


def test_backup_erase_and_restore_on_sqlite(installation_on: Installations, tmp_path: Path) -> None:
    chance = random.Random(7)
    torget, key, kept = installation_on(), tmp_path / "key.txt", tmp_path / "kopia.torget"
    ready(torget, key)
    before = inside(torget, "look")
    restore = ["restore", str(kept), "--identity", str(key)]
    torget.start_web("--no-worker")
    kill_in(torget, chance.uniform(0.8, 2.0), "backup", str(kept))
    if not kept.exists():
        torget.command("backup", str(kept))
    assert torget.get("/")[0] == 200
    verified = torget.command("verify", str(kept), "--key", _key(torget))
    assert "hel och oförändrad" in verified.stdout.decode()
    refused = torget.command(*restore, "--replace", check=False)
    assert refused.returncode == 2 and "Torget är igång" in refused.stderr.decode()
    torget.stop()
    refused = torget.command(*restore, check=False)
    assert refused.returncode == 2 and "--replace" in refused.stderr.decode()

    inside(torget, "erase")
    erased = inside(torget, "look")
    assert not erased["secret"] and not erased["secret_file"]
    kill_in(torget, chance.uniform(2.0, 6.0), *restore, "--replace")
    assert not inside(torget, "look")["secret"], "killed in the middle: as it was, or whole"
    said = json.loads(torget.command(*restore, "--replace", "--json").stdout)
    assert said["entries"] == 14 or said["entries"] > 0
    assert Path(said["before"]).exists() and said["erased"] == 1
    after = inside(torget, "look")
    assert not after["secret"] and not after["secret_file"] and after["erased"] == 1
    assert after["outbox"][:3] == ["unknown", "unknown", "approved"] and set(after["outbox"][3:]) == {"sent"}
    assert after["counts"]["django_session"] == 0 and before["counts"]["django_session"] == 1
    assert after["text"] == before["text"] and after["root"] == said["root"] == before["root"]
    assert inside(torget, "write") > 0


@pytest.mark.drill
def test_a_move_and_a_restore_over_to_postgresql(
    installation_on: Installations, cluster: "Cluster", tmp_path: Path
) -> None:
    torget, key, kept = installation_on(), tmp_path / "key.txt", tmp_path / "kopia.torget"
    ready(torget, key)
    before = inside(torget, "look")
    torget.command("backup", str(kept))
    inside(torget, "erase")
    url = cluster.create("moved")
    kill_in(torget, random.Random(7).uniform(2.0, 6.0), "move", "--to", url)
    _move_and_see(torget, installation_on(url), url)
    other = cluster.create("restored")
    said = json.loads(torget.command("restore", str(kept), "--identity", str(key), "--to", other, "--json").stdout)
    assert said["root"] == before["root"] and said["erased"] == 1


def _move_and_see(torget: "Torget", moved: "Torget", url: str) -> None:
    """Move, unless the kill came too late to stop it; then the new place has the same and the old one says where."""
    was = inside(torget, "look")
    done = torget.command("move", "--to", url, "--json", check=False)
    if done.returncode:
        assert "inte tom" in done.stderr.decode()
    refused = torget.command("run", check=False)
    assert refused.returncode == 2 and "flyttad" in refused.stderr.decode()
    moved.home = torget.home
    now = inside(moved, "look")
    assert now["counts"] == was["counts"] and now["root"] == was["root"]
    assert now["outbox"] == was["outbox"] and now["files"] == was["files"]
    assert inside(moved, "write") > 0
    refused = torget.command("move", "--to", url, check=False)
    assert refused.returncode == 2 and "inte tom" in refused.stderr.decode()


@pytest.mark.drill
def test_backup_on_postgresql_restores_there_and_on_sqlite(
    installation_on: Installations, cluster: "Cluster", tmp_path: Path
) -> None:
    torget, key, kept = installation_on(cluster.create("town")), tmp_path / "key.txt", tmp_path / "kopia.torget"
    ready(torget, key)
    before = inside(torget, "look")
    torget.command("backup", str(kept))
    inside(torget, "erase")
    restore = ["restore", str(kept), "--identity", str(key), "--json"]
    kill_in(torget, random.Random(11).uniform(2.0, 8.0), *restore, "--replace")
    said = json.loads(torget.command(*restore, "--replace").stdout)
    assert said["erased"] == 1 and said["root"] == before["root"]
    after = inside(torget, "look")
    assert not after["secret"] and not after["secret_file"] and after["erased"] == 1
    assert after["outbox"][:3] == ["unknown", "unknown", "approved"]
    assert inside(torget, "write") > 0

    home = tmp_path / "sqlite"
    said = json.loads(torget.command(*restore, "--to", str(home)).stdout)
    assert said["root"] == before["root"]
    over = installation_on()
    over.home = home
    there = inside(over, "look")
    assert without_sessions(there) == without_sessions(before)
    assert there["text"] == before["text"] and there["files"] == before["files"]
    # Another installation's ledger is not here: what was erased elsewhere is erased where its ledger is.
    assert there["secret"]
    over.prepare()
    assert inside(over, "write") > 0


def _key(torget: "Torget") -> str:
    code = "from torget.journal.actions import signing_key; print(signing_key(create=False).public.text())"
    said: str = torget.command("manage", "shell", "--no-imports", "-c", code).stdout.decode()
    return said.split()[-1]


@pytest.mark.drill
def test_kills_at_many_moments_leave_the_old_or_the_new(installation_on: Installations, tmp_path: Path) -> None:
    """Twenty kills of a restore over itself: each time all that is there is there whole."""
    torget, key, kept = installation_on(), tmp_path / "key.txt", tmp_path / "kopia.torget"
    ready(torget, key)
    torget.command("backup", str(kept))
    torget.command("restore", str(kept), "--identity", str(key), "--replace")
    whole = inside(torget, "look")
    chance = random.Random(int(time.time()))
    for _ in range(20):
        kill_in(torget, chance.uniform(0.5, 15.0), "restore", str(kept), "--identity", str(key), "--replace")
        found = inside(torget, "look")
        assert found["root"] == whole["root"] and found["text"] == whole["text"]
        assert found["outbox"] == whole["outbox"]

"""A demo town moved from SQLite to PostgreSQL and back to SQLite: the same rows, the same root, and it goes on working."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.crash.test_keeping import inside
from tests.support import older

if TYPE_CHECKING:
    from tests.support.postgres import Cluster
    from tests.support.server import Torget

# Each move makes all tables anew, which takes seconds: `make test` moves once, in tests/crash/test_keeping.py.
pytestmark = [pytest.mark.services, pytest.mark.drill]
Installations = Callable[..., "Torget"]


def _there_and_back(torget: "Torget", cluster: "Cluster", installation_on: Installations, tmp_path: Path) -> None:
    before = inside(torget, "count")
    assert before["root"] and sum(before["counts"].values()) > 100
    url = cluster.create("there")
    there = json.loads(torget.command("move", "--to", url, "--json").stdout)
    assert (there["engine"], there["root"]) == ("postgresql", before["root"])
    on_postgres = _of(installation_on, torget, url)
    assert inside(on_postgres, "count") == before
    back = f"sqlite:///{tmp_path / 'back' / 'torget.sqlite3'}"
    (tmp_path / "back").mkdir()
    # The place that was left says where the database went; who moves back starts from where it is.
    home = json.loads(on_postgres.command("move", "--to", back, "--json").stdout)
    assert (home["engine"], home["root"], home["rows"]) == ("sqlite3", before["root"], there["rows"])
    again = _of(installation_on, torget, back)
    assert inside(again, "count") == before
    assert json.loads(again.command("verify", "--journal", "--json").stdout)["holds"]
    assert inside(again, "write") > 0, "running numbers go on where they were"
    left = on_postgres.command("run", check=False)
    assert left.returncode == 2 and "flyttad" in left.stderr.decode()


def _of(installation_on: Installations, torget: "Torget", url: str) -> "Torget":
    other = installation_on(url)
    other.home, other.environment = torget.home, dict(torget.environment)
    return other


def test_a_small_town_of_everything_moves_there_and_back(
    installation_on: Installations, cluster: "Cluster", tmp_path: Path
) -> None:
    torget = installation_on()
    kept = older.laid_out(older.WITH_BACKUP, tmp_path / "recorded")
    shutil.copytree(kept.home, torget.home, dirs_exist_ok=True)
    torget.command("upgrade")
    _there_and_back(torget, cluster, installation_on, tmp_path)


def test_the_whole_demo_town_moves_there_and_back(
    installation_on: Installations, cluster: "Cluster", tmp_path: Path
) -> None:
    torget: Any = installation_on()
    torget.prepare()
    torget.command("demo")
    _there_and_back(torget, cluster, installation_on, tmp_path)

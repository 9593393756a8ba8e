"""A new version on a database that holds something: it goes well, fails, is killed, is taken back; on both engines."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from tests.support.server import Torget
from torget.core import clock
from torget.core.errors import Refused
from torget.operations import copying, upgrading

if TYPE_CHECKING:
    from tests.support.postgres import Cluster

NEWER = {"DJANGO_SETTINGS_MODULE": "tests.support.newer.settings"}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database that holds an organisation, made once and copied."""
    home = tmp_path_factory.mktemp("filled")
    _fill(Torget(home))
    return home


def _fill(torget: Torget) -> None:
    torget.command("upgrade")
    made = "from torget.organisations.models import Organisation; Organisation.objects.create(name='Ekevik')"
    torget.command("manage", "shell", "-v", "0", "-c", made)


@pytest.fixture(scope="session")
def filled_postgres(cluster: "Cluster", tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of such a database, to make others from."""
    torget = Torget(tmp_path_factory.mktemp("filled"), database_url=cluster.create("upgrade_filled"))
    torget.prepare()
    _fill(torget)
    return "upgrade_filled"


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Iterator[Torget]:
    """An installation of the version before, that holds something."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        shutil.copytree(filled, home)
        torget = Torget(home)
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        name = f"upgrade_{os.urandom(4).hex()}"
        torget = Torget(home, database_url=cluster.create(name, template=request.getfixturevalue("filled_postgres")))
        shutil.copytree(filled / "keys", home / "keys")
    yield torget
    torget.stop()


def _newer(torget: Torget, does: str = "well") -> Torget:
    torget.environment = {**NEWER, "NEWER_DOES": does}
    return torget


def _holds(torget: Torget) -> tuple[str, bool]:
    """The organisation's name, and whether the newer version's table is there."""
    has = "SELECT count(*) FROM django_migrations WHERE app = 'newer'"
    with closing(_database(torget)) as database:
        name = database.execute("SELECT name FROM organisations_organisation").fetchone()[0]
        if torget.database_url:
            tables = database.execute("SELECT to_regclass('newer_newer') IS NOT NULL").fetchone()[0]
        else:
            tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'newer_newer'").fetchone()[0]
        changes = database.execute(has).fetchone()[0]
    assert bool(changes) == bool(tables)
    return str(name), bool(tables)


def _database(torget: Torget) -> Any:
    if torget.database_url:
        return psycopg.connect(torget.database_url)
    return sqlite3.connect(torget.home / "torget.sqlite3")


def _stage(torget: Torget) -> str:
    return str(json.loads((torget.home / "uppgradering.json").read_text())["stage"])


def test_it_goes_well_with_a_copy_first(old: Torget) -> None:
    said = _newer(old).command("upgrade").stdout.decode()
    assert "Kopian ligger i" in said and "2 ändringar är införda" in said
    assert _holds(old) == ("Halvvägs", True)
    [copied] = (old.home / "fore-uppgradering").iterdir()
    assert (copied / "keys" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert copied.stat().st_mode & 0o777 == 0o700
    assert b"redan" in old.command("upgrade").stdout
    # Back on purpose: only when it is said that what came since may go.
    refused = old.command("upgrade", "--roll-back", check=False)
    assert refused.returncode == 2 and "--lose-newer" in refused.stderr.decode()
    old.command("upgrade", "--roll-back", "--lose-newer")
    assert _holds(old) == ("Ekevik", False)


def test_a_change_that_fails_takes_the_copy_back(old: Torget) -> None:
    done = _newer(old, "fails").command("upgrade", check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 2 and "newer.0002_change" in said and "Databasen är som förut" in said
    assert "hans@" not in said and "Hans" not in said and "19121212" not in said
    assert _stage(old) == "rolled_back"
    assert _holds(old) == ("Ekevik", False)
    # A start by systemd does not try for ever; a person may.
    again = _newer(old, "fails").command("worker", check=False)
    assert again.returncode == 2 and "misslyckades förra gången" in again.stderr.decode()
    assert len(list((old.home / "fore-uppgradering").iterdir())) == 1
    assert b"2 \xc3\xa4ndringar" in _newer(old).command("upgrade").stdout
    # The version before starts on what the roll-back left, as well.


@pytest.mark.parametrize("old", ["sqlite", pytest.param("postgresql", marks=pytest.mark.drill)], indirect=True)
def test_killed_in_the_middle_the_next_start_goes_on(old: Torget) -> None:
    _killed(old)
    assert _stage(old) == "migrating"
    said = _newer(old).command("upgrade", "--check").stdout.decode()
    assert "avbröts" in said
    said = old.command("upgrade").stdout.decode()
    assert "går vidare" in said and _stage(old) == "done"
    assert _holds(old) == ("Halvvägs", True)
    assert len(list((old.home / "fore-uppgradering").iterdir())) == 1


@pytest.mark.parametrize("old", ["sqlite", pytest.param("postgresql", marks=pytest.mark.drill)], indirect=True)
def test_killed_in_the_middle_and_taken_back_by_hand(old: Torget) -> None:
    _killed(old)
    old.environment = {}
    said = old.command("upgrade", "--roll-back").stdout.decode()
    assert "som före uppgraderingen" in said
    assert _holds(old) == ("Ekevik", False)


def _killed(old: Torget) -> None:
    """An upgrade that is killed while its second change runs."""
    _newer(old, "hangs")
    process = subprocess.Popen(
        [sys.executable, "-m", "torget", "upgrade"], cwd=old.home, env=old.variables(), stdin=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while not (old.home / "hangs").exists():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("old", ["sqlite", pytest.param("postgresql", marks=pytest.mark.drill)], indirect=True)
def test_killed_after_the_last_change_what_came_in_since_is_kept(old: Torget, tmp_path: Path) -> None:
    _killed_at(_newer(old), "_examine")
    _serve_and_write(old)
    assert _stage(old) == "done", "whoever serves closes what was interrupted"
    refused = old.command("upgrade", "--roll-back", check=False)
    assert refused.returncode == 2 and "--lose-newer" in refused.stderr.decode()
    assert _holds(old) == ("Efteråt", True)
    _newest(old, tmp_path)
    failed = old.command("upgrade", check=False)
    assert failed.returncode == 2 and "newest.0001_change" in failed.stderr.decode()
    assert _holds(old) == ("Efteråt", True), "it went back to a copy of its own"
    assert len(list((old.home / "fore-uppgradering").iterdir())) == 2


@pytest.mark.parametrize("old", ["sqlite", pytest.param("postgresql", marks=pytest.mark.drill)], indirect=True)
@pytest.mark.parametrize("notes", [True, False], ids=["the former version notes it", "one too old to note it"])
def test_killed_before_the_first_change_and_the_former_version_served_again(old: Torget, notes: bool) -> None:
    _killed_at(_newer(old), "_migrate")
    interrupted = (old.home / "uppgradering.json").read_text()
    old.environment = {}
    _serve_and_write(old)
    if not notes:
        (old.home / "uppgradering.json").write_text(interrupted)
    refused = old.command("upgrade", "--roll-back", check=False)
    assert refused.returncode == 2 and "--lose-newer" in refused.stderr.decode()
    failed = _newer(old, "fails").command("upgrade", check=False)
    assert failed.returncode == 2 and "newer.0002_change" in failed.stderr.decode()
    assert _holds(old) == ("Efteråt", False)
    assert len(list((old.home / "fore-uppgradering").iterdir())) == 2


def test_taken_back_by_hand_whatever_came_in_when_it_is_asked_for(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "home")
    torget = _newer(Torget(tmp_path / "home"))
    _killed_at(torget, "_examine")
    refused = torget.command("upgrade", "--roll-back", check=False)
    assert refused.returncode == 2, "all changes are made: somebody may have served before stages were closed by starts"
    torget.command("upgrade", "--roll-back", "--lose-newer")
    assert _holds(torget) == ("Ekevik", False)


def test_half_way_a_version_newer_still_goes_on_with_the_copy_from_before_both(old: Torget, tmp_path: Path) -> None:
    _killed(old)
    _newest(old, tmp_path)
    failed = old.command("upgrade", check=False)
    assert failed.returncode == 2 and "newest.0001_change" in failed.stderr.decode(), "the change that failed is named"
    assert _holds(old) == ("Ekevik", False)
    again = old.command("worker", check=False)
    assert again.returncode == 2 and "misslyckades förra gången" in again.stderr.decode()
    assert len(list((old.home / "fore-uppgradering").iterdir())) == 1


@pytest.mark.parametrize(
    ("stage", "made", "copied", "safe"),
    [
        pytest.param("migrating", ["a.1"], True, True, id="half of it is made: no version starts on that"),
        pytest.param("migrating", [], True, False, id="nothing is made: the former version starts"),
        pytest.param("migrating", ["a.1", "a.2"], True, False, id="all is made: the new version starts"),
        pytest.param("migrating", ["a.1"], False, False, id="the copy is gone"),
        pytest.param("done", ["a.1"], True, False, id="a start has served since"),
    ],
)
def test_when_nobody_can_have_served_since_the_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str, made: list[str], copied: bool, safe: bool
) -> None:
    monkeypatch.setattr(upgrading, "applied", lambda: ["0.0", *made])
    copy = tmp_path if copied else tmp_path / "gone"
    assert upgrading._half_made(upgrading.State(stage, str(copy), ["a.1", "a.2"])) is safe


def test_a_database_that_cannot_be_read_is_taken_back_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    def broken() -> list[str]:
        raise DatabaseError("malformed")

    settings.TORGET_HOME = tmp_path
    monkeypatch.setattr(upgrading, "applied", broken)
    monkeypatch.setattr(copying, "take_back", lambda copied: None)
    (tmp_path / "uppgradering.json").write_text(
        json.dumps({"stage": "migrating", "copy": str(tmp_path), "changes": ["a.1", "a.2"]})
    )
    with pytest.raises(Refused, match="came_since"):
        upgrading.roll_back(print)
    upgrading.roll_back(print, lose_newer=True)
    assert upgrading.state() == upgrading.State("rolled_back", str(tmp_path), ["a.1", "a.2"], "för hand")


def _killed_at(torget: Torget, step: str) -> None:
    """An upgrade that is killed as it comes to `_migrate` (before the first change) or `_examine` (after the last)."""
    code = (
        "import os, signal\nfrom torget.operations import upgrading\n"
        f"upgrading.{step} = lambda *given: os.kill(os.getpid(), signal.SIGKILL)\nupgrading.upgrade(print)"
    )
    done = torget.command("manage", "shell", "-v", "0", "-c", code, check=False)
    assert done.returncode == -signal.SIGKILL and _stage(torget) == "migrating"


def _serve_and_write(torget: Torget) -> None:
    """The web process starts and ends, and something is written that no earlier copy holds."""
    torget.start_web("--no-worker")
    torget.stop()
    with closing(_database(torget)) as database, database:
        database.execute("UPDATE organisations_organisation SET name = 'Efteråt'")


def _newest(torget: Torget, folder: Path) -> None:
    """A version one change newer than the newer one; that change fails."""
    files = {
        "__init__.py": "",
        "settings.py": "from tests.support.newer.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'newest']\n",
        "migrations/__init__.py": "",
        "migrations/0001_change.py": (
            "from django.db import migrations\n\n"
            "def fails(apps, schema_editor):\n    raise RuntimeError\n\n"
            "class Migration(migrations.Migration):\n    dependencies = [('newer', '0002_change')]\n"
            "    operations = [migrations.RunPython(fails)]\n"
        ),
    }
    for name, text in files.items():
        path = folder / "newest" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    places = os.pathsep.join([torget.variables()["PYTHONPATH"], str(folder)])
    torget.environment = {"DJANGO_SETTINGS_MODULE": "newest.settings", "PYTHONPATH": places}


@pytest.mark.parametrize("old", ["sqlite", pytest.param("postgresql", marks=pytest.mark.drill)], indirect=True)
def test_a_doctor_that_finds_what_was_not_there_takes_the_copy_back(old: Torget) -> None:
    (old.home / "keys" / "secret.key").chmod(0o600)
    done = _newer(old, "spoils").command("upgrade", check=False)
    assert done.returncode == 2 and "nycklar" in done.stderr.decode()
    assert _holds(old) == ("Ekevik", False)


def test_a_start_makes_the_copy_by_itself_and_a_running_one_is_waited_for(
    installation_on: Callable[..., Torget], filled: Path
) -> None:
    torget = installation_on()
    shutil.rmtree(torget.home)
    shutil.copytree(filled, torget.home)
    torget.start_web()
    environment = {**torget.variables(), **NEWER}
    check = "from torget.operations import upgrading\nupgrading.upgrade(print, patience=0.5)"
    refused = subprocess.run(
        [sys.executable, "-m", "torget", "manage", "shell", "-v", "0", "-c", check],
        cwd=torget.home, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert b"Refused: running" in refused.stderr
    torget.stop()
    torget.environment = dict(NEWER)
    torget.start_web()
    assert "Kopian ligger i" in torget.said()
    assert torget.get("/halsa/lever/")[0] == 200


def test_a_database_of_a_newer_version_is_refused_in_plain_words(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "home")
    torget = Torget(tmp_path / "home")
    with closing(sqlite3.connect(torget.home / "torget.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '0099_framtiden', '2027-01-01 00:00:00')"
        )
    for command in ("run", "worker", "upgrade"):
        done = torget.command(command, check=False)
        assert done.returncode == 2 and "nyare version" in done.stderr.decode()
    [found] = [
        row for row in json.loads(torget.command("doctor", "--json", check=False).stdout) if row["check"] == "databas"
    ]
    assert not found["ok"] and "nyare" in found["says"]


def test_a_flipped_bit_in_the_copy_is_named_and_not_taken_back(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "home")
    torget = _newer(Torget(tmp_path / "home"))
    torget.command("upgrade")
    [copied] = (torget.home / "fore-uppgradering").glob("*/torget.sqlite3")
    body = bytearray(copied.read_bytes())
    body[len(body) // 2] ^= 1
    copied.write_bytes(body)
    done = torget.command("upgrade", "--roll-back", "--lose-newer", check=False)
    assert done.returncode == 2 and str(copied) in done.stderr.decode()
    assert _holds(torget) == ("Halvvägs", True)


def test_copies_are_gone_in_a_month(settings: Any, tmp_path: Path) -> None:
    settings.TORGET_HOME = tmp_path
    for name in ("20260901-010203-0.1.0", "20261001-010203-0.1.0", "20261112-010203-0.1.0"):
        (copying.folder() / name / "keys").mkdir(parents=True)
    (copying.folder() / "läs mig").mkdir()
    with clock.at(datetime(2026, 11, 16, 9, 0, tzinfo=UTC)):
        assert copying.forget_old() == 2
        assert copying.forget_old() == 0
    assert sorted(path.name for path in copying.folder().iterdir()) == ["20261112-010203-0.1.0", "läs mig"]


@pytest.fixture
def small(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small SQLite file that stands for the database, in a folder whose name has signs that mean something in an address."""
    path = tmp_path / "Torget #1 100%?" / "torget.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as made:
        made.executescript("CREATE TABLE one (word TEXT); INSERT INTO one VALUES ('before')")
    settings.TORGET_HOME = path.parent
    monkeypatch.setitem(settings.DATABASES, "default", {**settings.DATABASES["default"], "NAME": str(path)})
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(copying, "_database_bytes", lambda: 1000)
    monkeypatch.setattr(copying, "applied", list)
    return path


def _word(path: Path) -> str:
    with closing(sqlite3.connect(path)) as found:
        return str(found.execute("SELECT word FROM one").fetchone()[0])


def test_a_copy_stays_that_was_made_when_the_clock_had_gone_back(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "kopior"
    names = ["20991112-010203-9.9", "20991113-010203-9.9", "20991114-010203-9.9"]
    for name in names:
        (place / name).mkdir(parents=True)
    kept = copying.copy(place, [])
    assert _word(kept / copying.SQLITE) == "before"
    assert sorted(path.name for path in place.iterdir()) == [kept.name, *names[1:]]


def test_a_copy_is_made_and_taken_back_wherever_the_folder_lies(small: Path) -> None:
    kept = copying.copy(copying.folder(), [])
    with closing(sqlite3.connect(small)) as changed:
        changed.execute("UPDATE one SET word = 'after'")
        changed.commit()
    copying.take_back(kept)
    assert _word(small) == "before"

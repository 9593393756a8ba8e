"""Restoring what an older, a newer or a damaged backup holds: brought up to date, refused in words, or found and named; and
whatever is refused leaves the database, and the lack of one, as it was."""

import io
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support import older
from tests.support.server import Torget
from torget.operations.backup_format import END, padding, tar_header

pytestmark = [pytest.mark.services, pytest.mark.once]
NEWER = {"DJANGO_SETTINGS_MODULE": "tests.support.newer.settings"}
Members = list[tuple[str, bytes]]


@dataclass
class Place:
    """A data folder, empty or not, and how to restore into it."""

    torget: Torget
    kept: older.Recorded

    def restore(self, backup: Path, *more: str) -> tuple[int, str, dict[str, Any]]:
        """The command's code, its words, and its answer as JSON where it went well."""
        identity = ["--identity", str(self.kept.identity)]
        done = self.torget.command("restore", str(backup), *identity, "--json", *more, check=False)
        return done.returncode, done.stderr.decode(), json.loads(done.stdout) if done.returncode == 0 else {}

    def state(self) -> dict[str, str]:
        """Every file of the folder by its digest; without what says that somebody looked (locks, logs, a cookie's key)."""
        return {
            path.relative_to(self.torget.home).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in self.torget.home.rglob("*")
            if path.is_file() and path.suffix not in (".lock", ".log") and path.name != "secret.key"
        }

    def holds(self) -> bool:
        """Whether everything that the recording tells of is in the database."""
        with closing(sqlite3.connect(self.torget.home / "torget.sqlite3")) as database:
            counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in self.kept.counts}
            heads = {bytes(row[0]).hex() for row in database.execute("SELECT root FROM journal_checkpoint")}
        # A restore enters itself.
        counts["journal_entry"] -= 1
        return counts == self.kept.counts and self.kept.root in heads


@pytest.fixture
def place(installation: Torget, tmp_path: Path) -> Place:
    return Place(installation, older.laid_out(older.WITH_BACKUP, tmp_path / "recorded"))


def test_a_backup_of_an_older_version_is_restored_and_brought_up_to_date(place: Place) -> None:
    place.torget.environment = dict(NEWER)
    # An upgrade whose copy could not be taken back is what a backup is for: the next start must not go back to that copy.
    half = place.torget.home / "uppgradering.json"
    half.write_text(json.dumps({"stage": "rolling_back", "copy": "borta.sqlite3", "changes": ["newer.0001_table"]}))
    code, said, report = place.restore(place.kept.backup)
    assert code == 0, said
    assert not half.exists()
    assert report["migrated"] >= 2 and report["version"] == "0.1.0"
    assert (report["entries"], report["root"]) == (place.kept.entries, place.kept.root)
    assert place.holds()
    with closing(sqlite3.connect(place.torget.home / "torget.sqlite3")) as database:
        assert database.execute("SELECT word FROM newer_newer").fetchone() == ("half",)
        assert database.execute("SELECT name FROM organisations_organisation").fetchone() == ("Halvvägs",)
    shutil.copytree(place.kept.home / "keys", place.torget.home / "keys", dirs_exist_ok=True)
    verified = json.loads(place.torget.command("verify", "--journal", "--json").stdout)
    assert verified["holds"] and verified["entries"] >= place.kept.entries
    assert b"redan" in place.torget.command("upgrade").stdout

    # The same the other way: what the newer version has made is not for the older one, and nothing is touched.
    newest = place.torget.home.parent / "newest.torget"
    place.torget.command("backup", str(newest))
    place.torget.environment = {}
    before = place.state()
    code, said, _ = place.restore(place.kept.backup, "--replace")
    assert code == 2 and "Databasen hör till en nyare Torget (newer.0001_table)" in said
    assert place.state() == before
    (place.torget.home / "torget.sqlite3").unlink()
    code, said, _ = place.restore(newest)
    assert code == 2 and "Kopian är gjord av en nyare Torget" in said
    assert not (place.torget.home / "torget.sqlite3").exists()


# ---- damage ---------------------------------------------------------------------------------------------------------


def _members(backup: Path) -> Members:
    with tarfile.open(backup) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]


def _written(members: Members) -> bytes:
    return b"".join(tar_header(name, len(body)) + body + padding(len(body)) for name, body in members) + END


def _flipped(name: str, at: float) -> Callable[[Members], bytes]:
    def hurt(members: Members) -> bytes:
        changed = []
        for one, body in members:
            where = int(len(body) * at)
            changed.append((one, body[:where] + bytes([body[where] ^ 1]) + body[where + 1 :] if one == name else body))
        return _written(changed)

    return hurt


def _cut(share: float) -> Callable[[Members], bytes]:
    return lambda members: _written(members)[: int(len(_written(members)) * share)]


def _without(name: str) -> Callable[[Members], bytes]:
    return lambda members: _written([(one, body) for one, body in members if one != name])


def _retold(change: Callable[[dict[str, Any]], object]) -> Callable[[Members], bytes]:
    """The manifest says something else, and the signature that would give it away is left out."""

    def hurt(members: Members) -> bytes:
        parts = dict(members)
        manifest = json.loads(parts["manifest.json"])
        change(manifest)
        parts["manifest.json"] = json.dumps(
            manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        del parts["manifest.note"]
        return _written(list(parts.items()))

    return hurt


def _one_row_more(manifest: dict[str, Any]) -> None:
    next(table for table in manifest["tables"] if table["name"] == "register_record")["rows"] += 1


DAMAGE = {
    "a bit at the beginning of the database": (_flipped("000001.age", 0.01), "000001.age"),
    "a bit in the middle of the database": (_flipped("000001.age", 0.5), "000001.age"),
    "a bit in the last part": (_flipped("000002.age", 0.9), "000002.age"),
    "a bit in the manifest": (_flipped("manifest.json", 0.5), ""),
    "a bit in the header": (_flipped("torget-backup.json", 0.5), ""),
    "a bit in the signature": (_flipped("manifest.note", 0.8), ""),
    "cut in the first part": (_cut(0.4), ""),
    "cut before its end": (_cut(0.97), ""),
    "empty": (lambda members: b"", ""),
    "a part is missing": (_without("000001.age"), "000001.age"),
    "the last part is missing": (_without("000002.age"), "000002.age"),
    "the manifest is missing": (_without("manifest.json"), ""),
    "a row more is told of": (_retold(_one_row_more), "register_record"),
    "a longer journal is told of": (_retold(lambda m: m["journal"].update(entries=93)), ""),
    "a file is told of that is not there": (_retold(lambda m: m["files"].update(count=1)), ""),
}  # fmt: skip
# Found when all has been loaded, which takes seconds each; one of them in every run.
ONE = "a longer journal is told of"
LATE = {ONE, "a bit in the last part", "a row more is told of", "a file is told of that is not there"}
INSIDE = """
import json, sys
from pathlib import Path
from torget.core.errors import Refused
from torget.operations import restore_work
for path in sys.stdin.read().split():
    try:
        restore_work.restore(Path(path), Path({identity!r}), replace={replace})
        print(json.dumps([path, "restored", ""]))
    except Refused as refused:
        print(json.dumps([path, refused.code, refused.detail]))
"""


@pytest.mark.drill
@pytest.mark.parametrize("used", [False, True], ids=["into an empty place", "over what is used"])
def test_damage_is_found_and_named_and_nothing_is_half_restored(place: Place, tmp_path: Path, used: bool) -> None:
    """What is found before anything is loaded, in every run; all of it, over what is used, in the drill."""
    members = _members(place.kept.backup)
    assert _written(members) == place.kept.backup.read_bytes(), "what the damage is done to is the backup itself"
    if used:
        shutil.copytree(place.kept.home, place.torget.home, dirs_exist_ok=True)
        place.torget.command("upgrade")
    hurt = {}
    for number, (name, (damage, _)) in enumerate(DAMAGE.items()):
        if name in LATE and not used and name != ONE:
            continue
        path = tmp_path / f"{number}.torget"
        path.write_bytes(damage(members))
        hurt[str(path)] = name
    before = place.state()
    code = INSIDE.format(identity=str(place.kept.identity), replace=used)
    done = place.torget.command("manage", "shell", "-v", "0", "-c", code, given="\n".join(hurt).encode())
    answers = [json.loads(line) for line in io.BytesIO(done.stdout) if line.startswith(b"[")]
    assert len(answers) == len(hurt)
    for path, refusal, detail in answers:
        what = DAMAGE[hurt[path]][1]
        assert refusal in ("backup_wrong", "counts_differ", "root_differs", "files_differ"), (hurt[path], refusal)
        assert what in detail and (detail or refusal == "files_differ"), (hurt[path], refusal, detail)
    after = place.state()
    made = {name for name in after if not name.startswith("sakerhetskopior/")}
    assert {name: after[name] for name in made} == before, (
        "the database and its files are as they were, or still not there"
    )
    # The whole one is taken afterwards: no damage has left anything in its way.
    code_, said, report = place.restore(place.kept.backup, *(["--replace"] if used else []))
    assert code_ == 0 and report["root"] == place.kept.root, said
    assert place.holds()

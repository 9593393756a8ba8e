"""A backup as a file: read from the outside, by hand, and by the verifier; damage found and named; a kill costs little."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.support import making
from torget.core.errors import Refused
from torget.files import actions as files
from torget.journal import actions as journal
from torget.journal.verifier import check_file, joined, parse_key, read_trust
from torget.journal.verifier.backups import backup_contents
from torget.journal.verifier.ground import VerifierKey
from torget.journal.verifier.keys import KeyHistory
from torget.journal.verifier.words import Wrong
from torget.operations import backup_format, backup_keys, backup_making, backup_tables

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "Vad kostar det att fiska i Ankdammen?"


@pytest.fixture
def town(settings: Any, tmp_path: Path) -> making.Town:
    """A town with a message, files of all sizes and a signed journal; small segments, so that there are several."""
    settings.TORGET_HOME = tmp_path / "home"
    settings.TORGET_BACKUP_FOLDER = ""
    settings.TORGET_BACKUP_DRILL = False
    made = making.town()
    made.written(TEXT)
    made.given(TEXT, whole=TEXT)
    for size in (0, 1, 5000, 70_000):
        files.keep(os.urandom(size))
    journal.sequence()
    backup_keys.make(tmp_path / "key.txt")
    return made


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_format, "PLAIN", 20_000)
    monkeypatch.setattr(backup_making, "PIECE", 16_000)


def _key() -> str:
    return journal.signing_key(create=False).public.text()


@pytest.mark.usefixtures("town", "small")
def test_a_backup_is_whole_and_signed_and_anyone_can_open_it_with_the_private_key(tmp_path: Path) -> None:
    kept = tmp_path / "kopia.torget"
    report = backup_making.make(kept)
    assert report.signed and report.files == 4 and report.entries == 2
    said = check_file(kept, parse_key(_key()))
    assert said["code"] == "backup_holds"
    assert said["facts"]["organisation"] == "Ekeviks kommun" and said["facts"]["journal"] == "2"
    assert check_file(kept)["code"] == "signer_unknown"
    # By hand, as the header says: tar, age, gunzip.
    out = tmp_path / "ut"
    with tarfile.open(kept) as tar:
        tar.extractall(out, filter="data")
    keys = backup_format.identities(tmp_path / "key.txt")
    for segment in sorted(out.glob("0*.age")):
        with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(segment.read_bytes(), keys))) as inner:
            inner.extractall(out, filter="data")
    rows = subprocess.run(
        ["gunzip", "-c", out / "tables" / "register_recordversion" / "000001.gz"], capture_output=True, check=True
    ).stdout.decode()
    assert TEXT in rows
    assert (out / "torget-backup.json").read_text().count("age -d") == 1
    assert len(list((out / "files").iterdir())) > 4, "the large file lies in pieces"


@pytest.mark.usefixtures("town")
def test_nothing_of_the_content_or_the_keys_is_readable_without_the_private_key(tmp_path: Path) -> None:
    kept = tmp_path / "kopia.torget"
    backup_making.make(kept)
    body = kept.read_bytes()
    assert b"Ankdammen" not in body and journal.signing_key().seed.hex().encode() not in body
    keys = backup_format.identities(tmp_path / "key.txt")
    with kept.open("rb") as file:
        members = backup_contents(file).segments().values()
        for member in members:
            file.seek(member.start)
            for name, _ in backup_format.entries(file.read(member.size), keys):
                assert name.startswith(("files/", "tables/", "files.list"))
    other = pyrage.x25519.Identity.generate()
    (tmp_path / "other.txt").write_text(str(other))
    with kept.open("rb") as file, pytest.raises(Refused, match="other_identity"):
        member = next(iter(backup_contents(file).segments().values()))
        file.seek(member.start)
        list(backup_format.entries(file.read(member.size), backup_format.identities(tmp_path / "other.txt")))


def _flip(place: Callable[[bytes], int]) -> Callable[[bytes], bytes]:
    def flipped(body: bytes) -> bytes:
        where = place(body)
        return body[:where] + bytes([body[where] ^ 1]) + body[where + 1 :]

    return flipped


def _without(name: bytes) -> Callable[[bytes], bytes]:
    def taken(body: bytes) -> bytes:
        start = body.index(name)
        size = int(body[start + 124 : start + 135], 8)
        return body[:start] + body[start + 512 + size + -size % 512 :]

    return taken


def _swapped(body: bytes) -> bytes:
    # The names change places and the contents do not.
    one, two = body.index(b"000001.age"), body.index(b"000002.age")
    first, second = bytearray(body[one : one + 512]), bytearray(body[two : two + 512])
    first[:10], second[:10] = b"000002.age", b"000001.age"
    for header, other in ((first, body[two : two + 512]), (second, body[one : one + 512])):
        header[124:136], _ = header[124:136], other
        header[148:156] = b" " * 8
        header[148:156] = f"{sum(header):06o}\0 ".encode()
    return body[:one] + bytes(first) + body[one + 512 : two] + bytes(second) + body[two + 512 :]


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], set[str], str]] = {
    "a bit in a segment": (_flip(lambda body: body.index(b"000002.age") + 700), {"backup_segment_changed"}, "000002.age"),
    "a segment is missing": (_without(b"000002.age"), {"backup_segment_missing"}, "000002.age"),
    "two segments have changed places": (_swapped, {"backup_segment_moved"}, "00000"),
    "cut in a segment": (lambda body: body[: body.index(b"000002.age") + 900], {"backup_cut"}, "000001.age"),
    "cut before the end": (lambda body: body[:-700], {"backup_cut"}, "manifest"),
    "a bit in the manifest": (
        _flip(lambda body: body.index(b'"organisation":"E') + 17), {"backup_manifest_changed"}, "",
    ),
    "a bit in the header": (_flip(lambda body: body.index(b"age -d")), {"backup_header_changed"}, ""),
    "a bit in the signature": (
        _flip(lambda body: body.rindex("—".encode()) + 60), {"forged", "other_key", "backup_note_broken"}, "",
    ),
    "no signature": (_without(b"manifest.note"), {"other_key"}, ""),
    "a bit in a name": (_flip(lambda body: body.index(b"000002.age") + 3), {"backup_broken"}, "000001.age"),
}  # fmt: skip


@pytest.mark.usefixtures("town", "small")
def test_damage_is_found_and_named(tmp_path: Path) -> None:
    kept, alone = tmp_path / "kopia.torget", tmp_path / "verify.py"
    backup_making.make(kept)
    whole = kept.read_bytes()
    alone.write_text(joined())
    for name, (damage, codes, what) in DAMAGE.items():
        hurt = tmp_path / "hurt"
        hurt.write_bytes(damage(whole))
        said = check_file(hurt, parse_key(_key()))
        assert said["code"] in codes and said["exit"] == 1, f"{name}: {said['code']}"
        assert what in said["sv"], f"{name}: {said['sv']}"
    # The one file that is given away says the same, alone.
    done = subprocess.run(
        [sys.executable, "-I", alone, hurt, "--key", _key()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "000001.age" in done.stdout


@pytest.mark.usefixtures("small")
def test_a_kill_costs_one_segment_and_the_rest_is_not_copied_again(
    town: making.Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kopia.torget"
    monkeypatch.setattr(backup_making._Making, "_database", _killed)
    with pytest.raises(InterruptedError):
        backup_making.make(kept)
    monkeypatch.undo()
    monkeypatch.setattr(backup_format, "PLAIN", 20_000)
    assert not kept.exists()
    assert check_file(kept.with_name(kept.name + ".ofardig"))["exit"] == 1, "what is not whole does not look so"
    with kept.with_name(kept.name + ".ofardig").open("ab") as file:
        file.write(b"half a segment")
    before = kept.with_name(kept.name + ".ofardig").read_bytes()
    read: list[str] = []
    original = files.path_of

    def noted(sha: str) -> Path:
        read.append(sha)
        return original(sha)

    monkeypatch.setattr(files, "path_of", noted)
    new = files.keep(b"came meanwhile")
    read.clear()
    town.written("Den här kom emellan.")
    report = backup_making.make(kept)
    assert report.resumed >= 4 and read == [new.pk]
    assert kept.read_bytes().startswith(before[:60_000]), "what was whole stands as it stood"
    assert check_file(kept, parse_key(_key()))["code"] == "backup_holds"
    assert not list(tmp_path.glob("*.ofardig*"))


def _killed(*given: object) -> Any:
    raise InterruptedError


@pytest.mark.usefixtures("town", "small")
def test_a_full_disk_is_said_and_nothing_is_left_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kopia.torget"
    synced = 0

    def full(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        if synced > 6:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(Refused, match="disk_full"):
        backup_making.make(kept)
    assert not list(tmp_path.glob("kopia*"))


@pytest.mark.usefixtures("town")
def test_it_is_refused_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(Refused, match="no_room"):
        backup_making.make(tmp_path / "kopia.torget")


@pytest.mark.usefixtures("town")
def test_a_damaged_and_a_lost_file_are_named_and_the_backup_is_made(tmp_path: Path) -> None:
    damaged, lost = files.keep(b"a file that is hurt"), files.keep(b"a file that is lost")
    files.path_of(damaged.pk).write_bytes(b"A file that is hurt")
    files.path_of(lost.pk).unlink()
    report = backup_making.make(tmp_path / "kopia.torget")
    assert (report.damaged, report.missing) == ([damaged.pk], [lost.pk])
    facts = check_file(tmp_path / "kopia.torget", parse_key(_key()))["facts"]
    assert (facts["damaged"], facts["missing"]) == ("1", "1")


@pytest.mark.usefixtures("town")
def test_without_the_journals_key_it_is_made_unsigned_and_says_so(tmp_path: Path) -> None:
    journal.key_path().unlink()
    report = backup_making.make(tmp_path / "kopia.torget")
    assert not report.signed
    assert check_file(tmp_path / "kopia.torget")["code"] == "backup_unsigned"


@pytest.mark.usefixtures("town")
def test_an_existing_file_and_a_missing_key_are_refused(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "finns").write_text("x")
    with pytest.raises(Refused, match="file_exists"):
        backup_making.make(tmp_path / "finns")
    backup_keys.public_path().unlink()
    with pytest.raises(Refused, match="backup_key_missing"):
        backup_making.make(tmp_path / "kopia.torget")
    settings.TORGET_BACKUP_KEY = "age1nonsense"
    with pytest.raises(Refused, match="backup_key_broken"):
        backup_making.make(tmp_path / "kopia.torget")


def test_the_private_key_may_not_lie_with_the_data(settings: Any, tmp_path: Path) -> None:
    settings.TORGET_HOME = tmp_path
    with pytest.raises(Refused, match="key_inside"):
        backup_keys.make(tmp_path / "keys" / "backup.key")


@pytest.mark.usefixtures("town")
def test_every_table_and_no_session_is_in_a_backup(tmp_path: Path) -> None:
    with backup_tables.snapshot() as snapshot:
        counted = {table.name: snapshot.count(table) for table in backup_tables.tables(sessions=False)}
    backup_making.make(tmp_path / "kopia.torget")
    with (tmp_path / "kopia.torget").open("rb") as file:
        manifest = backup_contents(file).manifest
    assert {table["name"]: table["rows"] for table in manifest["tables"]} == counted
    assert "django_session" not in counted and "register_record" in counted
    assert json.dumps(manifest).count("Ankdammen") == 0


@pytest.mark.usefixtures("town")
def test_a_backup_signed_by_an_earlier_key_holds_by_the_keys_through_time(town: making.Town, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{number}.torget" for number in range(3))
    keys = tmp_path / "nycklar.json"
    backup_making.make(first)
    former = parse_key(_key())
    journal.rotate()
    journal.sequence()
    backup_making.make(second)
    taken = journal.key_path().read_bytes()
    journal.revoke()
    journal.sequence()
    backup_making.make(third)
    keys.write_text(json.dumps(journal.history_document()))
    history = read_trust(str(keys))
    for kept in (first, second, third):
        said = check_file(kept, history)
        assert (said["code"], said["exit"]) == ("backup_holds", 0), f"{kept.name}: {said['sv']}"
    # Who trusts the first key alone, or the newest, is told that another has signed; with the history beside it all hold.
    assert check_file(third, former)["exit"] == 1 and check_file(first, parse_key(_key()))["exit"] == 1
    assert check_file(second, read_trust(former.text(), str(keys)))["code"] == "backup_holds"

    # Whoever stole the key that was revoked signs a backup of today with it.
    town.written("Efter återkallandet.")
    journal.sequence()
    fresh = journal.key_path().read_bytes()
    journal.key_path().write_bytes(taken)
    stolen = journal.signing_key(create=False)
    journal.key_path().write_bytes(fresh)
    size = journal.latest_checkpoint().size  # type: ignore[union-attr]
    assert isinstance(history, KeyHistory)
    for key, at, code in (
        (stolen.public, "2999-01-01T00:00:00.000Z", "key_revoked"),
        (stolen.public, "2000-01-01T00:00:00.000Z", "key_revoked"),
        (former, "2000-01-01T00:00:00.000Z", "key_retired"),
        (VerifierKey(former.name, bytes(32)), "2000-01-01T00:00:00.000Z", "other_key"),
    ):
        with pytest.raises(Wrong) as wrong:
            history.counted(key, size + 10, at)
        assert wrong.value.code == code

"""We watch other journals: one that forks, goes back or says something strange is named, with a proof where there is one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.journal import rules, verifier
from torget.journal.models import Entry, Witness
from torget.journal.tests.logs import Log
from torget.operations import proving, witness_sources, witnessing
from torget.operations.tests.watching import Long, checks_of, look_again

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
Enter = Callable[[int], None]
TRUE = Long()


def _watch(folder: Path, log: Log | None = None, size: int = 3) -> Witness:
    if log is not None:
        assert isinstance(log, Long)
        log.show(folder, size)
    return witnessing.add(Witness.OF, str(folder))


# ---- we watch another -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes", [(0, 5), (1, 2), (3, 7), (4, 300), (255, 256), (256, 257), (256, 700), (300, 699), (512, 700)]
)
def test_a_log_that_grows_is_followed_and_cosigned(
    sizes: tuple[int, int], home: Path, db: None, client: Client
) -> None:
    log, folder = Long(), home / "log"
    witness = _watch(folder, log, sizes[0])
    assert witness.problem == ""
    log.show(folder, sizes[1])
    assert look_again(witness) == ""
    kept = Witness.objects.get()
    assert (kept.size, kept.origin, kept.key) == (sizes[1], log.key.name, log.key.text())
    said = client.get(f"/journal/vittnesmal/{rules.origin_id(log.key.name)}").content.decode()
    key = rules.parse_key(client.get("/journal/vittnesnyckel").content.decode(), 4)
    note = rules.parse_note(said)
    assert rules.cosigned(note, key) == pytest.approx(clock.now().timestamp(), abs=60)
    rules.require_signature(note, log.key)
    with pytest.raises(rules.Wrong, match="forged"):
        rules.cosigned(note._replace(text=note.text.replace(str(sizes[1]), str(sizes[1] + 1), 1)), key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(5, 5, id="another log of the same size"),
        pytest.param(5, 9, id="another log that is longer"),
        pytest.param(256, 700, id="another log, over several tiles"),
        pytest.param(300, 600, id="parted late"),
    ],
)
def test_a_forked_log_is_caught_named_and_proved(old: int, new: int, home: Path, db: None, client: Client) -> None:
    folder = home / "log"
    witness = _watch(folder, TRUE, old)
    fork = Long(first=b"rewritten", same=old - 1)
    fork.show(folder, new)
    assert look_again(witness) == "forked"
    evidence = client.get(f"/journal/gaffel/{witness.pk}.json")
    file = home / "gaffel.json"
    file.write_bytes(evidence.content)
    said = verifier.check_file(file, TRUE.key)
    assert (said["code"], said["exit"], said["facts"]["size"]) == ("fork_holds", 0, str(old))
    assert Entry.objects.filter(kind="witness.fork_found").count() == 1
    page = client.get(reverse("journal:index")).content.decode()
    assert "går inte ihop: journalen har två versioner" in page
    assert [check.ok for check in checks_of("bevakad")] == [False]
    # It stays named, whatever the log shows afterwards.
    TRUE.show(folder, old + 1)
    assert look_again(witness) == "forked"
    assert Entry.objects.filter(kind="witness.fork_found").count() == 1
    # And the proof is no proof when it is touched.
    document = json.loads(evidence.content)
    for change in (
        {"old": document["new"]},
        {"root": rules.parse_note(document["old"]).root.hex()},
        {"path": ["00" * 32]},
    ):
        file.write_text(json.dumps(document | change))
        assert verifier.check_file(file, TRUE.key)["code"] == "fork_unproven"
    file.write_text(json.dumps(document | {"new": document["new"].replace("13:07", "12:07")}))
    assert verifier.check_file(file, TRUE.key)["code"] == "forged"


def _other_key(folder: Path) -> None:
    Long(seed=2).show(folder, 9)


def _cut(folder: Path) -> None:
    TRUE.show(folder, 9)
    tile = folder / "tile/0/000.p/9"
    tile.write_bytes(tile.read_bytes()[:-1])


def _flip(folder: Path) -> None:
    TRUE.show(folder, 9)
    tile = folder / "tile/0/000.p/9"
    tile.write_bytes(b"\x00" + tile.read_bytes()[1:])


def _forge(folder: Path) -> None:
    TRUE.show(folder, 9)
    (folder / "checkpoint").write_text(TRUE.note(9).replace("13:07", "12:07"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(lambda folder: TRUE.show(folder, 4), "went_back", id="a shorter log"),
        pytest.param(_other_key, "other_key", id="another key of the same name"),
        pytest.param(_forge, "forged", id="a forged head"),
        pytest.param(_cut, "bad_tile", id="a tile cut off"),
        pytest.param(_flip, "no_proof", id="a bit that flipped in a tile"),
        pytest.param(lambda folder: (folder / "checkpoint").write_text("x"), "bad_note", id="no head at all"),
        pytest.param(lambda folder: (folder / "checkpoint").write_bytes(b"\xff\xfe"), "bad_note", id="no text"),
        pytest.param(lambda folder: (folder / "checkpoint").unlink(), "not_found", id="no file"),
        pytest.param(lambda folder: folder.rename(folder.with_name("gone")), "no_answer", id="the folder is gone"),
        pytest.param(
            lambda folder: (folder / "checkpoint").write_bytes(b"x" * 1_000_001), "too_large", id="an endless answer"
        ),
    ],
)
def test_what_is_wrong_with_a_log_is_named_and_passes(
    change: Callable[[Path], object], problem: str, home: Path, db: None
) -> None:
    folder = home / "log"
    witness = _watch(folder, TRUE, 5)
    change(folder)
    assert look_again(witness) == problem
    assert Witness.objects.get().size == 5
    assert [check.ok for check in checks_of("bevakad")] == [False]
    TRUE.show(folder, 10)
    assert look_again(witness) == ""
    assert Witness.objects.get().size == 10


def test_a_key_that_is_signed_in_is_followed_and_a_lost_one_is_asked_about(enter: Enter, home: Path) -> None:
    def show() -> None:
        head = journal.latest_checkpoint()
        assert head is not None
        folder = home / "log"
        (folder / "tile/0").mkdir(parents=True, exist_ok=True)
        (folder / "checkpoint").write_text(head.note)
        (folder / "nyckel").write_text(journal.key_in_force())
        (folder / "nycklar").write_text(json.dumps(journal.history_document()))
        (folder / f"tile/0/000.p/{head.size}").parent.mkdir(exist_ok=True)
        (folder / f"tile/0/000.p/{head.size}").write_bytes(journal.tile(0, 0, head.size) or b"")

    enter(2)
    show()
    witness = _watch(home / "log")
    assert witness.problem == ""
    journal.rotate()
    enter(1)
    show()
    assert look_again(witness) == ""
    assert Witness.objects.get().key == journal.key_in_force()
    journal.key_path().unlink()
    journal.lose()
    enter(1)
    show()
    assert look_again(witness) == "key_lost"
    with pytest.raises(Refused, match="key_broken"):
        witnessing.trust(str(home / "log"), "nej")
    assert witnessing.trust(str(home / "log"), journal.key_in_force()).problem == ""


# ---- adding, taking away, the round ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "key", "code"),
    [
        pytest.param("/finns/inte", "", "no_folder", id="no such folder"),
        pytest.param("http://127.0.0.1:1/journal/", "", "inside", id="our own network"),
        pytest.param("http://anna:hemligt@example.org/", "", "has_password", id="a password"),
        pytest.param("http://[::1", "", "not_web", id="no address"),
        pytest.param(".", "nej", "key_broken", id="no key"),
    ],
)
def test_a_place_that_is_none(
    place: str, key: str, code: str, home: Path, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE", raising=False)
    with pytest.raises(Refused, match=code):
        witnessing.add(Witness.OF, place, key=key)
    assert not Witness.objects.exists()


def test_a_place_once_and_away_again(home: Path, db: None) -> None:
    witness = _watch(home / "log", TRUE)
    with pytest.raises(Refused, match="already"):
        _watch(home / "log")
    assert witnessing.forget(str(home / "log")) == 1
    assert witnessing.forget(str(home / "log")) == 0
    kinds = Entry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["witness.added", "witness.removed"]
    witnessing._note(witness, witness_sources.Trouble("went_back"))
    assert not Witness.objects.exists()


def test_a_pinned_key_from_elsewhere_is_not_changed_by_what_the_log_says(home: Path, db: None) -> None:
    TRUE.show(home / "log", 3)
    witness = witnessing.add(Witness.OF, str(home / "log"), key=Log(seed=2).key.text())
    assert (witness.problem, witness.note) == ("other_key", "")


def test_the_round_asks_each_five_minutes_and_after_a_clock_that_went_back(home: Path, db: None) -> None:
    log = Long()
    with clock.at(NOON):
        _watch(home / "log", log, 3)
    for minutes, size, new in ((1, 4, 0), (6, 4, 1), (7, 5, 0), (-60, 5, 1)):
        log.show(home / "log", size)
        with clock.at(NOON + timedelta(minutes=minutes)):
            assert proving.look_at_witnesses() == new


# ---- the doctor -----------------------------------------------------------------------------------------------------


def test_the_doctor_knows_the_journals_key(enter: Enter) -> None:
    assert [check.ok for check in checks_of("journalens")] == [True, True]
    enter(1)
    assert [check.ok for check in checks_of("journalens")] == [True, True]
    journal.key_path().chmod(0o644)
    assert "chmod 600" in checks_of("journalens nyckel")[0].remedy
    journal.key_path().unlink()
    (check,) = checks_of("journalens nyckel")
    assert (check.ok, "torget key lost" in check.remedy) == (False, True)


def test_the_doctor_sees_a_clock_that_went_back(enter: Enter) -> None:
    with clock.at(NOON):
        enter(1)
    with clock.at(NOON - timedelta(hours=1)):
        enter(1)
        (check,) = checks_of("journalens klocka")
    assert (check.ok, "3600 s efter" in check.says) == (False, True)

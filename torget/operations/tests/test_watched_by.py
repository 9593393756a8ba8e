"""Others watch our journal: a witness that lies is caught, and a plain folder keeps our heads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from torget.channels import outside
from torget.core import clock
from torget.journal import actions as journal
from torget.journal import rules, verifier
from torget.journal.models import Checkpoint, Witness
from torget.journal.tests.logs import Log
from torget.operations import witnessing
from torget.operations.tests.watching import checks_of, look_again

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
Enter = Callable[[int], None]


# ---- another watches us ---------------------------------------------------------------------------------------------


class Other:
    """A witness of ours, in memory: what it says at each name."""

    def __init__(self) -> None:
        self.key = journal.witness_key()
        self.said = ""

    def read(self, name: str) -> bytes:
        """Its key, or its statement."""
        if name == "vittnesnyckel":
            return self.key.public.text().encode()
        assert name.startswith("vittnesmal/")
        return self.said.encode()

    def saw(self, note: str, at: datetime | None = None) -> None:
        """Cosign a head of ours."""
        self.said = rules.cosign(note, self.key.public, int((at or clock.now()).timestamp()), self.key.sign)


@pytest.fixture
def other(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> Other:
    """A witness at an address, whose word is that of the object."""
    made = Other()
    monkeypatch.setattr(witnessing, "source_of", lambda place: made)
    monkeypatch.setattr(outside, "why_not", lambda place: "")
    return made


def _note(size: int) -> str:
    return Checkpoint.objects.get(size=size).note


def test_a_witness_that_has_seen_us_is_told_of(other: Other, enter: Enter, client: Client) -> None:
    enter(3)
    enter(4)
    other.saw(_note(3))
    witness = witnessing.add(Witness.BY, "https://grannen.example")
    assert (witness.place, witness.problem, witness.size) == ("https://grannen.example/journal/", "", 3)
    other.saw(_note(7))
    assert look_again(witness) == ""
    page = client.get(reverse("journal:index")).content.decode()
    assert "grannen.example" in page
    assert "7 poster, sedda" in page


def _never_signed(other: Other) -> None:
    key = rules.VerifierKey("ekevik.example/journal", Log(seed=5).key.public)
    text = rules.checkpoint_text(key.name, 7, b"x" * 32, NOON)
    other.saw(rules.note(text, key, Log(seed=5).private.sign(text.encode())))


def _signed_otherwise(other: Other) -> None:
    key = journal.signing_key()
    text = rules.checkpoint_text(key.public.name, 6, b"x" * 32, clock.now())
    other.saw(rules.note(text, key.public, key.sign(text.encode())))


def _longer(other: Other) -> None:
    key = journal.signing_key()
    text = rules.checkpoint_text(key.public.name, 70, b"x" * 32, clock.now())
    other.saw(rules.note(text, key.public, key.sign(text.encode())))


def _bad_signature(other: Other) -> None:
    other.saw(_note(7))
    other.said = other.said.rsplit("\u2014 ", 1)[0] + f"\u2014 {other.key.public.name} {'A' * 96}\n"


def _changed_time(other: Other) -> None:
    other.saw(_note(7), clock.now())
    earlier = other.said
    other.saw(_note(7), clock.now() + timedelta(seconds=9))
    # The time of one statement with the signature of another.
    line, other_line = (said.rsplit(" ", 1)[1].strip() for said in (earlier, other.said))
    other.said = earlier.replace(line, other_line[:16] + line[16:])


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        pytest.param(_never_signed, "not_ours", id="it says it saw what we never signed"),
        pytest.param(_bad_signature, "bad_signature", id="a signature that is none"),
        pytest.param(_changed_time, "bad_signature", id="another time than it signed"),
        pytest.param(lambda other: other.saw(_note(3)), "older", id="an older head than before"),
        pytest.param(
            lambda other: other.saw(_note(7), clock.now() - timedelta(hours=1)), "older", id="an older time than before"
        ),
        pytest.param(
            lambda other: other.saw(_note(7), clock.now() + timedelta(hours=1)), "ahead_of_time", id="the future"
        ),
        pytest.param(_longer, "we_went_back", id="a head of ours that we do not reach"),
        pytest.param(_signed_otherwise, "forked", id="a head of ours that does not fit"),
        pytest.param(lambda other: setattr(other, "said", "x"), "bad_note", id="no head at all"),
    ],
)
def test_a_witness_that_lies_is_caught(
    says: Callable[[Other], object], problem: str, other: Other, enter: Enter, home: Path, client: Client
) -> None:
    enter(3)
    enter(4)
    other.saw(_note(7))
    witness = witnessing.add(Witness.BY, "https://grannen.example/journal/")
    assert witness.problem == ""
    says(other)
    assert look_again(witness) == problem
    (check,) = checks_of("vittne")
    assert (check.ok, bool(check.remedy)) == (False, True)
    if problem == "forked":
        file = home / "gaffel.json"
        file.write_bytes(client.get(f"/journal/gaffel/{witness.pk}.json").content)
        assert verifier.check_file(file, journal.signing_key().public)["code"] == "fork_holds"
        assert "har sett en annan version av vår journal" in client.get(reverse("journal:index")).content.decode()


def test_a_witness_that_sleeps_is_named(other: Other, enter: Enter) -> None:
    enter(3)
    other.saw(_note(3))
    witness = witnessing.add(Witness.BY, "https://grannen.example/journal/")
    with clock.at(clock.now() + timedelta(days=3)):
        assert look_again(witness) == "stale"
    other.saw(_note(3))
    assert look_again(witness) == ""


# ---- a plain folder -------------------------------------------------------------------------------------------------


def test_a_folder_keeps_heads_day_by_day_and_the_newest(enter: Enter, home: Path) -> None:
    folder = home / "usb"
    folder.mkdir()
    for day in range(3):
        with clock.at(NOON + timedelta(days=day)):
            enter(2)
            if day == 0:
                witnessing.add(Witness.BY, str(folder))
            assert witnessing.look_at_all(at_once=True) == (day > 0)
    kept = sorted(path.name for path in folder.glob("torget-*/*"))
    assert kept == ["2026-11-16.txt", "2026-11-17.txt", "senaste.txt"]
    for path in folder.glob("torget-*/*"):
        assert verifier.check_file(path, journal.signing_key().public)["code"] == "checkpoint_holds"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("longer", "we_went_back", id="our journal was restored from an old copy"),
        pytest.param("other", "forked", id="our journal was written anew"),
        pytest.param("strange", "not_ours", id="a head that is not ours"),
    ],
)
def test_a_folder_that_holds_another_history_is_not_written_over(
    name: str, problem: str, enter: Enter, home: Path
) -> None:
    folder = home / "usb"
    folder.mkdir()
    enter(4)
    witness = witnessing.add(Witness.BY, str(folder))
    (file,) = folder.glob("torget-*/senaste.txt")
    key = journal.signing_key()
    if name == "strange":
        file.write_text(Log().note(3))
    else:
        text = rules.checkpoint_text(key.public.name, 9 if name == "longer" else 4, b"x" * 32, NOON)
        file.write_text(rules.note(text, key.public, key.sign(text.encode())))
    before = file.read_text()
    assert look_again(witness) == problem
    assert file.read_text() == before

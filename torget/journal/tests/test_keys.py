"""Keys that are changed in the open: rotated, lost, revoked; killed in the middle; and what stays valid."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions, rules, verifier
from torget.journal.actions import changing, keys
from torget.journal.models import Checkpoint, Entry, KeyChange

EnterSome = Callable[[int], list[Entry]]
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def _history() -> rules.KeyHistory:
    history = actions.key_history()
    assert history is not None
    return history


def _code(size: int, trust: Any, tmp_path: Path) -> str:
    file = tmp_path / "sigill.txt"
    file.write_text(Checkpoint.objects.get(size=size).note)
    return str(verifier.check_file(file, trust)["code"])


def test_without_a_journal_there_is_no_key_to_change(home: Path, db: None) -> None:
    assert actions.history_document() is None
    for deed in (actions.rotate, actions.lose, actions.revoke):
        with pytest.raises(Refused, match="no_journal"):
            deed()


def test_a_new_key_is_signed_in_by_the_old_one_and_entries_go_on(enter_some: EnterSome, tmp_path: Path) -> None:
    enter_some(2)
    actions.sequence()
    old = actions.signing_key().public
    change = actions.rotate()
    new = actions.signing_key().public
    assert (old != new, old.name == new.name, change.size) == (True, True, 2)
    enter_some(1)
    assert actions.sequence() == 2  # the change has an entry of its own
    assert Entry.objects.get(kind="journal.key_rotated").sequence == 2
    assert actions.audit() == 4
    history = _history()
    assert [(one.key, one.came, one.size) for one in history.periods] == [(old, "first", 2), (new, "rotated", None)]
    for size in (2, 4):
        assert _code(size, history, tmp_path) == "checkpoint_holds"
    # Whoever has only the old key trusts the new one by the statement, and the other way round.
    assert history.after(old) == history.after(new.fingerprint()) == history
    assert _code(2, new, tmp_path) == _code(4, old, tmp_path) == "other_key"


def test_the_old_key_signs_nothing_more(enter_some: EnterSome, tmp_path: Path) -> None:
    enter_some(1)
    actions.sequence()
    old_file = actions.key_path().read_bytes()
    old = actions.signing_key()
    actions.rotate()
    actions.sequence()
    actions.key_path().write_bytes(old_file)
    enter_some(1)
    with pytest.raises(Refused, match="key_changed"):
        actions.sequence()
    text = rules.checkpoint_text(old.public.name, 9, b"\0" * 32, NOON)
    forged = rules.parse_note(rules.note(text, old.public, old.sign(text.encode())))
    with pytest.raises(rules.Wrong, match="key_retired"):
        _history().signer_of(forged)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda path: path.unlink(), id="the file is gone"),
        pytest.param(lambda path: path.write_text("PRIVATE"), id="the file holds something else"),
    ],
)
def test_a_lost_key_is_followed_by_another_with_a_public_statement(
    harm: Callable[[Path], object], enter_some: EnterSome, tmp_path: Path
) -> None:
    enter_some(2)
    actions.sequence()
    old = rules.parse_key(actions.key_in_force())
    harm(actions.key_path())
    enter_some(1)
    with pytest.raises(Refused):
        actions.sequence()
    with pytest.raises(Refused):
        actions.rotate()
    actions.lose()
    assert actions.sequence() == 2
    history = _history()
    assert [one.came for one in history.periods] == ["first", "lost"]
    assert _code(4, history, tmp_path) == _code(2, history, tmp_path) == "checkpoint_holds"
    # The new key has no word from the old one: whoever trusts only that must ask.
    assert [one.key for one in history.after(old).periods] == [old]
    assert _code(4, history.after(old), tmp_path) == "other_key"
    assert actions.audit() == 4


def test_a_key_that_is_there_is_not_lost(enter_some: EnterSome) -> None:
    enter_some(1)
    actions.sequence()
    with pytest.raises(Refused, match="key_present"):
        actions.lose()
    assert not KeyChange.objects.exists()


def test_a_revoked_key_counts_for_nothing_from_the_time_on(enter_some: EnterSome, tmp_path: Path) -> None:
    for hour in range(3):
        with clock.at(NOON + timedelta(hours=hour)):
            enter_some(1)
            actions.sequence()
    old = actions.signing_key().public
    with clock.at(NOON + timedelta(hours=4)):
        with pytest.raises(Refused, match="since_ahead"):
            actions.revoke(since=NOON + timedelta(hours=5))
        with pytest.raises(Refused, match="no_such_key"):
            actions.revoke("0000 " * 9 + "0000")
        actions.revoke(since=NOON + timedelta(minutes=90))
        with pytest.raises(Refused, match="key_revoked"):
            actions.revoke(old.fingerprint())
        actions.sequence()
    history = _history()
    assert [(one.size, one.revoked) for one in history.periods] == [(2, "2026-11-16T13:30:00.000Z"), (None, "")]
    codes = {size: _code(size, history, tmp_path) for size in (1, 2, 3, 5)}
    assert codes == {1: "checkpoint_holds", 2: "checkpoint_holds", 3: "key_revoked", 5: "checkpoint_holds"}
    assert actions.audit() == 5


@pytest.mark.parametrize("deed", ["rotate", "lose"])
def test_killed_between_the_statement_and_the_file_it_goes_on(
    deed: str, enter_some: EnterSome, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_some(1)
    actions.sequence()
    if deed == "lose":
        actions.key_path().unlink()

    def die() -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="killed"):
        patched.setattr(keys, "take_following", die)
        getattr(changing, deed)()
    assert actions.sequence() == 1
    assert actions.signing_key().public.text() == actions.key_in_force()
    assert sorted(path.name for path in actions.key_path().parent.iterdir()) == ["journal.key"]
    assert actions.audit() == 2


def test_killed_before_the_statement_is_kept_nothing_has_changed(
    enter_some: EnterSome, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_some(1)
    actions.sequence()
    before = actions.signing_key()

    def die(*arguments: Any, **named: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="killed"):
        patched.setattr(changing, "enter", die)
        actions.rotate()
    assert not KeyChange.objects.exists()
    enter_some(1)
    assert actions.sequence() == 1
    assert actions.signing_key() == before
    actions.rotate()
    assert actions.signing_key() != before


def test_a_statement_is_not_changed(enter_some: EnterSome) -> None:
    enter_some(1)
    actions.sequence()
    change = actions.rotate()
    with pytest.raises(Refused, match="append_only"):
        change.save()
    with pytest.raises(IntegrityError, match="append only"), transaction.atomic():
        KeyChange.objects.update(size=7)


def test_a_receipt_from_before_holds_with_the_keys_through_time(home: Path, db: None, enter_some: EnterSome) -> None:
    record, salt = {"number": "KS 2026/0412-98", "text": "Hej"}, b"s" * 16
    digest = rules.record_digest(salt, record)
    entry = actions.enter("record.received", actor_ref="", object_ref="record:1", digest=digest)
    actions.sequence()
    entry.refresh_from_db()
    proof = actions.prove(entry)
    old = actions.signing_key().public
    actions.rotate()
    actions.sequence()
    later = actions.latest_checkpoint()
    assert later is not None
    way = [part.hex() for part in actions.consistency(proof.size, later.size)]
    consistency = {"size1": proof.size, "path": way, "note": later.note}
    receipt = rules.receipt_document(
        organisation="Ekevik", record=record, salt=salt, proof=proof, consistency=consistency
    )
    said = verifier.check(rules.canonical(receipt), _history())
    assert (said["code"], said["facts"]["key"]) == ("holds", old.fingerprint())
    assert verifier.check(rules.canonical(receipt), old)["code"] == "other_key"
    assert verifier.check(rules.canonical(receipt), _history().after(old))["code"] == "holds"


# ---- the history as a file ------------------------------------------------------------------------------------------


@pytest.fixture
def document(enter_some: EnterSome) -> dict[str, Any]:
    """A journal's keys after one of each change."""
    enter_some(1)
    actions.sequence()
    actions.rotate()
    actions.sequence()
    actions.revoke()
    actions.sequence()
    actions.key_path().unlink()
    actions.lose()
    found = actions.history_document()
    assert found is not None
    return dict(found)


def test_the_file_is_taken_for_a_key(document: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "nycklar.json"
    file.write_text(json.dumps(document, indent=1))
    history = verifier.read_trust(str(file))
    assert isinstance(history, rules.KeyHistory)
    assert [one.came for one in history.periods] == ["first", "rotated", "rotated", "lost"]
    first = rules.parse_key(document["first"])
    after = verifier.read_trust(first.fingerprint(), str(file))
    assert isinstance(after, rules.KeyHistory)
    assert [one.came for one in after.periods] == ["first", "rotated", "rotated"]
    with pytest.raises(rules.Wrong, match="other_key"):
        verifier.read_trust("0000 " * 9 + "0000", str(file))
    with pytest.raises(rules.Wrong, match="key_broken"):
        verifier.read_trust(str(file), str(file))


def _swap(document: dict[str, Any], one: int, two: int) -> None:
    changes = document["changes"]
    changes[one], changes[two] = changes[two], changes[one]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda doc: doc["changes"].pop(0), "history_broken", id="a step taken away"),
        pytest.param(lambda doc: _swap(doc, 0, 1), "history_broken", id="two steps in another order"),
        pytest.param(
            lambda doc: doc["changes"].__setitem__(0, doc["changes"][0].replace("\n1\n", "\n9\n")),
            "forged",
            id="a size",
        ),
        pytest.param(
            lambda doc: doc["changes"].__setitem__(0, "\n".join(doc["changes"][0].split("\n")[:-2]) + "\n"),
            "history_broken",
            id="a step that the new key has not signed",
        ),
        pytest.param(lambda doc: doc.update(first=actions.key_in_force()), "history_broken", id="another first key"),
        pytest.param(lambda doc: doc.update(origin="evil.example"), "history_broken", id="another journal"),
        pytest.param(lambda doc: doc.update(more=1), "wrong_type", id="a field more"),
        pytest.param(lambda doc: doc.update(changes=[7]), "wrong_type", id="a number for a step"),
        pytest.param(lambda doc: doc.update(changes=["x"] * 1001), "wrong_type", id="endless steps"),
        pytest.param(lambda doc: doc.update(changes=["x"]), "checkpoint_broken", id="no statement"),
        pytest.param(lambda doc: doc.update(format="torget-keys/2"), "wrong_format", id="a later format"),
    ],
)
def test_a_history_that_does_not_hold_together_is_refused(
    change: Callable[[dict[str, Any]], object], code: str, document: dict[str, Any], tmp_path: Path
) -> None:
    change(document)
    file = tmp_path / "nycklar.json"
    file.write_text(json.dumps(document))
    with pytest.raises(rules.Wrong) as wrong:
        verifier.read_trust(str(file))
    assert wrong.value.code == code

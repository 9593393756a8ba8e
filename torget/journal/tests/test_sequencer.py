"""The sequencer: numbers without gaps, one at a time, all or nothing, and never backwards in time."""

import hashlib
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from torget.core import clock, worker
from torget.core.errors import Refused
from torget.journal import actions, rules, verifier
from torget.journal.actions import keys, sequencing
from torget.journal.models import Checkpoint, Day, Entry, Node, SequencerLease

EnterSome = Callable[[int], list[Entry]]
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def _numbers() -> list[int | None]:
    return list(Entry.objects.order_by("pk").values_list("sequence", flat=True))


def _checkpoint() -> Checkpoint:
    return Checkpoint.objects.latest()


def test_entering_takes_one_insert_and_no_number(
    home: Path, db: None, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        entry = actions.enter("record.received", actor_ref="", object_ref="record:1", digest=b"\x01" * 32)
    assert entry.number is None
    assert list(Entry.objects.waiting()) == list(Entry.objects.about("record:1")) == [entry]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"digest": b"short"}, id="a digest of another length"),
        pytest.param({"kind": ""}, id="no kind"),
        pytest.param({"object_ref": ""}, id="no object"),
    ],
)
def test_what_is_no_entry(parts: dict[str, Any], db: None) -> None:
    whole = {"kind": "record.received", "actor_ref": "", "object_ref": "record:1", "digest": b"\x01" * 32} | parts
    with pytest.raises(ValueError, match="an entry needs"):
        actions.enter(whole.pop("kind"), **whole)


def test_the_database_refuses_a_short_digest(db: None) -> None:
    with pytest.raises(IntegrityError):
        Entry.objects.create(kind="a", object_ref="b", digest=b"short", at=NOON)


def test_numbers_have_no_gaps_and_the_checkpoint_is_signed(enter_some: EnterSome) -> None:
    enter_some(5)
    assert actions.sequence() == 5
    assert actions.sequence() == 0
    assert _numbers() == [0, 1, 2, 3, 4]
    checkpoint = _checkpoint()
    leaves = [rules.leaf_hash(rules.canonical(entry.leaf())) for entry in Entry.objects.order_by("sequence")]
    assert (checkpoint.size, bytes(checkpoint.root)) == (5, rules.root_of(leaves))
    rules.require_signature(rules.parse_note(checkpoint.note), actions.signing_key().public)
    assert checkpoint.note.startswith("test.example/journal\n5\n")


def test_batches_one_after_the_other_make_the_same_tree(enter_some: EnterSome) -> None:
    for round_size, limit in [(3, 2), (1, 5), (9, 4), (4, 100)]:
        enter_some(round_size)
        actions.sequence(limit)
    while actions.sequence(3):
        pass
    assert _numbers() == list(range(17))
    assert actions.audit() == 17
    assert Node.objects.count() == 17 + 8 + 4 + 2 + 1
    assert worker.jobs["journal.sequence"].run() == 0


def test_an_entry_that_commits_late_is_numbered_when_it_comes(enter_some: EnterSome) -> None:
    first, late, last = enter_some(3)
    Entry.objects.filter(pk=late.pk)._raw_delete(using="default")  # its transaction is still open
    actions.sequence()
    late.save(force_insert=True)
    actions.sequence()
    assert [Entry.objects.get(pk=entry.pk).sequence for entry in (first, late, last)] == [0, 2, 1]
    assert actions.audit() == 3


def test_an_undone_transaction_leaves_no_entry(home: Path, db: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.enter("record.received", actor_ref="", object_ref="record:1", digest=b"\x01" * 32)
        raise RuntimeError("the deed failed")
    assert actions.sequence() == 0


@pytest.mark.parametrize("where", ["_right_edge", "_sign", "_hold_lease"])
def test_a_crash_in_the_middle_leaves_nothing_half_done(
    where: str, enter_some: EnterSome, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_some(3)
    actions.sequence()
    enter_some(4)
    original = getattr(sequencing, where)

    def crash(*arguments: Any) -> Any:
        original(*arguments)
        raise RuntimeError("killed")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="killed"):
        patched.setattr(sequencing, where, crash)
        actions.sequence()
    assert _numbers() == [0, 1, 2, None, None, None, None]
    assert (Checkpoint.objects.count(), Node.objects.count(), _checkpoint().size) == (1, 4, 3)
    assert actions.sequence() == 4
    assert actions.audit() == 7


def test_one_sequencer_at_a_time(enter_some: EnterSome) -> None:
    with clock.at(NOON):
        enter_some(2)
        assert actions.sequence(1, owner="one") == 1
        assert actions.sequence(owner="two") == 0
    with clock.at(NOON + actions.LEASE - timedelta(seconds=1)):
        assert actions.sequence(owner="two") == 0
    with clock.at(NOON + actions.LEASE):
        assert actions.sequence(owner="two") == 1
    assert SequencerLease.objects.get().owner == "two"


def test_a_lease_from_before_the_clock_moved_back_binds_nobody(enter_some: EnterSome) -> None:
    enter_some(2)
    with clock.at(NOON):
        actions.sequence(1, owner="one")
    with clock.at(NOON - timedelta(hours=1)):
        assert actions.sequence(owner="two") == 1


def test_time_in_the_log_never_runs_backwards(enter_some: EnterSome) -> None:
    with clock.at(NOON):
        enter_some(1)
        actions.sequence()
    with clock.at(NOON - timedelta(minutes=10)):
        enter_some(1)
        actions.sequence()
    checkpoint = _checkpoint()
    assert (checkpoint.signed_at, checkpoint.clock_behind) == (NOON, 600_000)
    assert "time 2026-11-16T12:00:00.000Z" in checkpoint.note
    assert actions.audit() == 2


def test_the_day_keeps_its_last_checkpoint(enter_some: EnterSome) -> None:
    # 23.30 in Stockholm, then half an hour past midnight there: the same day in UTC, two days for people.
    for at in (NOON, NOON.replace(hour=22, minute=30), NOON.replace(hour=23, minute=30)):
        with clock.at(at):
            enter_some(1)
            actions.sequence()
    days = Day.objects.order_by("day").values_list("day", "checkpoint_id")
    assert [(str(day), size) for day, size in days] == [("2026-11-16", 2), ("2026-11-17", 3)]


def test_what_is_in_the_journal_stays(enter_some: EnterSome) -> None:
    enter_some(1)
    actions.sequence()
    for row in (Entry.objects.get(), Node.objects.get(), Checkpoint.objects.get()):
        with pytest.raises(Refused, match="append_only"):
            row.save()
        with pytest.raises(Refused, match="append_only"):
            row.delete()
    for rows in (Entry.objects.all(), Node.objects.all(), Checkpoint.objects.all()):
        with pytest.raises(Refused, match="append_only"):
            rows.delete()


@pytest.mark.parametrize(
    ("model", "change"),
    [(Entry, {"object_ref": "record:9"}), (Node, {"place": F("place") + 100}), (Checkpoint, {"note": "x"})],
)
def test_the_database_itself_refuses_a_change(model: Any, change: dict[str, Any], enter_some: EnterSome) -> None:
    enter_some(1)
    actions.sequence()
    with pytest.raises(IntegrityError, match="append only"), transaction.atomic():
        model.objects.update(**change)
    assert actions.audit() == 1


def _without_guards(statement: str) -> None:
    # As somebody with the database file and a purpose would.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE journal_entry DISABLE TRIGGER USER; ALTER TABLE journal_node DISABLE TRIGGER USER"
            )
        else:
            cursor.execute("DROP TRIGGER journal_entry_guard")
            cursor.execute("DROP TRIGGER journal_node_guard")
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE journal_entry SET object_ref = 'record:9' WHERE sequence = 1", id="a changed entry"),
        pytest.param("DELETE FROM journal_entry WHERE sequence = 1", id="an entry taken away"),
        pytest.param("DELETE FROM journal_entry WHERE sequence = 2", id="the last entry taken away"),
    ],
)
def test_the_audit_finds(statement: str, enter_some: EnterSome) -> None:
    enter_some(3)
    actions.sequence()
    assert actions.audit() == 3
    _without_guards(statement)
    with pytest.raises(Refused, match="tree_broken"):
        actions.audit()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM journal_node WHERE place = 72057594037927936", id="a node taken away"),
        pytest.param(
            "UPDATE journal_node SET hash = (SELECT hash FROM journal_node WHERE place = 0) WHERE place > 2",
            id="a changed node",
        ),
    ],
)
def test_nothing_is_signed_on_top_of_a_broken_tree(statement: str, enter_some: EnterSome) -> None:
    enter_some(3)
    actions.sequence()
    _without_guards(statement)
    enter_some(1)
    with pytest.raises(Refused, match="tree_broken"):
        actions.sequence()
    assert _checkpoint().size == 3


# ---- proofs ---------------------------------------------------------------------------------------------------------


def test_every_entry_is_proved_in_every_checkpoint(
    enter_some: EnterSome, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for count in (1, 2, 5, 3):
        enter_some(count)
        actions.sequence()
    checkpoints = list(Checkpoint.objects.order_by("size"))
    for entry in Entry.objects.order_by("sequence"):
        for checkpoint in checkpoints:
            if entry.sequence is not None and entry.sequence < checkpoint.size:
                with django_assert_max_num_queries(1):
                    proof = actions.prove(entry, checkpoint)
                leaf = rules.leaf_hash(rules.canonical(proof.leaf))
                assert rules.inclusion_holds(proof.index, proof.size, leaf, proof.path, bytes(checkpoint.root))
    for number, old in enumerate(checkpoints):
        for new in checkpoints[number:]:
            path = actions.consistency(old.size, new.size)
            assert rules.consistency_holds(old.size, new.size, bytes(old.root), bytes(new.root), path)


def test_an_entry_without_number_has_no_proof(enter_some: EnterSome) -> None:
    (entry,) = enter_some(1)
    with pytest.raises(Refused, match="not_sequenced"):
        actions.prove(entry)
    actions.sequence()
    (later,) = enter_some(1)
    with pytest.raises(Refused, match="not_sequenced"):
        actions.prove(later)


def test_a_receipt_from_the_log_holds_for_the_verifier(home: Path, db: None, enter_some: EnterSome) -> None:
    record, salt = {"number": "KS 2026/0412-98", "text": "Hej på er"}, b"s" * 16
    digest = rules.record_digest(salt, record)
    entry = actions.enter("record.received", actor_ref="", object_ref="record:1", digest=digest)
    enter_some(6)
    actions.sequence()
    entry.refresh_from_db()
    proof = actions.prove(entry)
    enter_some(4)
    actions.sequence()
    later = actions.latest_checkpoint()
    assert later is not None
    way = [part.hex() for part in actions.consistency(proof.size, later.size)]
    receipt = rules.receipt_document(
        organisation="Ekevik",
        record=record,
        salt=salt,
        proof=proof,
        consistency={"size1": proof.size, "path": way, "note": later.note},
    )
    data = rules.canonical(receipt)
    assert verifier.check(data, rules.parse_key(later.key))["code"] == "holds"
    assert verifier.check(data.replace("på er".encode(), "på dig".encode()), None)["code"] == "text_changed"


# ---- the key --------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_for_nobody_else_to_read(home: Path, db: None) -> None:
    with pytest.raises(Refused, match="key_missing"):
        actions.signing_key(create=False)
    key = actions.signing_key()
    assert stat.S_IMODE(actions.key_path().stat().st_mode) == 0o600
    assert [path.name for path in actions.key_path().parent.iterdir()] == ["journal.key"]
    assert actions.signing_key() == key
    assert key.seed.hex() not in repr(key)
    assert verifier.ed25519_holds(key.public.public, b"text", key.sign(b"text"))


def test_two_that_start_at_once_end_with_one_key(home: Path, db: None) -> None:
    key = actions.signing_key()
    keys._make_key(actions.key_path())  # the other one, a moment later
    assert actions.signing_key() == key


def _replace(path: Path) -> None:
    path.unlink()
    keys._make_key(path)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        pytest.param(lambda path: path.unlink(), "key_missing", id="the key is gone"),
        pytest.param(lambda path: path.chmod(0o644), "key_open", id="the key can be read by all"),
        pytest.param(lambda path: path.chmod(0o640), "key_open", id="the key can be read by the group"),
        pytest.param(lambda path: path.write_text("PRIVATE"), "key_broken", id="no key in the file"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), "key_broken", id="no text in the file"),
        pytest.param(
            lambda path: path.write_text(path.read_text().replace("test", "tost")), "key_broken", id="renamed"
        ),
        pytest.param(_replace, "key_changed", id="another key"),
    ],
)
def test_without_its_own_key_the_log_stops_and_says_why(
    harm: Callable[[Path], object], code: str, enter_some: EnterSome
) -> None:
    enter_some(1)
    actions.sequence()
    harm(actions.key_path())
    enter_some(1)
    with pytest.raises(Refused) as refused:
        actions.sequence()
    assert refused.value.code == code
    assert _numbers() == [0, None]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_writers_and_sequencers_at_once_leave_no_gap(home: Path) -> None:
    def write(name: int) -> None:
        for number in range(40):
            with transaction.atomic():
                digest = hashlib.sha256(b"%d %d" % (name, number)).digest()
                actions.enter("record.received", actor_ref="", object_ref=f"record:{number}", digest=digest)
        connection.close()

    def number(name: int) -> None:
        for _ in range(60):
            # The same owner: the lease lets both in, and only the row lock is left to keep them apart.
            actions.sequence(7, owner="same")
        connection.close()

    threads = [threading.Thread(target=what, args=(name,)) for what in (write, number) for name in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while actions.sequence(owner="same"):
        pass
    assert sorted(number for number in _numbers() if number is not None) == list(range(80))
    assert actions.audit() == 80

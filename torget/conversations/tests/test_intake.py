"""In: raw first, then parsed; twice changes nothing, and one bad event stalls nothing."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from tests.support.making import MONDAY, Told, Town, first, fresh, incoming, texts
from torget.channels.base import Broken, Deleted, File, Ignored
from torget.conversations import actions
from torget.conversations.actions import intake
from torget.conversations.actions.taking import Taking
from torget.conversations.models import Conversation, Message, Quarantined, RawEvent
from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions as files
from torget.journal.models import Entry
from torget.register import actions as register
from torget.register.models import Attachment, Record

LINES = b"""{"id": "1", "text": "Hur g\xc3\xa5r det med bron?", "name": "Signe Testsson"}
{"id": "2", "text": "Tack!"}
{"id": "3"
"""
NONE = {"new": 0, "had": 0, "changed": 0, "deleted": 0, "ignored": 0, "quarantined": 0}


def _counts(**some: int) -> dict[str, int]:
    return NONE | some


def _file(tmp_path: Path, body: bytes = LINES) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_bytes(body)
    return path


def test_a_file_is_committed_as_it_came_before_anything_is_parsed(town: Town) -> None:
    [event] = town.store(LINES)
    assert (event.state, bytes(event.body), event.outcome) == (RawEvent.WAITING, LINES, {})
    assert not Message.objects.exists()
    assert actions.parse(event) == _counts(new=2, quarantined=1)


def test_the_bad_line_lies_in_quarantine_beside_the_good_ones(town: Town) -> None:
    [event] = town.store(LINES)
    actions.parse(event)
    [row] = Quarantined.objects.all()
    assert (row.reason, row.state, row.raw_id) == ("not_json", Quarantined.OPEN, event.pk)
    assert "Signe" not in row.detail
    assert Message.objects.count() == 2


def test_the_same_file_twice_changes_nothing(town: Town, tmp_path: Path) -> None:
    path = _file(tmp_path)
    once = actions.receive_file(path, channel="jsonl")
    rows = [Message.objects.count(), Record.objects.count(), Entry.objects.count(), RawEvent.objects.count()]
    twice = actions.receive_file(path, channel="jsonl")
    assert once == {"given": 3} | _counts(new=2, quarantined=1)
    assert twice == {"given": 3} | _counts(had=2, quarantined=1)
    assert rows == [Message.objects.count(), Record.objects.count(), Entry.objects.count(), RawEvent.objects.count()]


def test_the_same_file_to_two_accounts_is_two_sets_of_messages(town: Town, tmp_path: Path) -> None:
    path = _file(tmp_path)
    first_time = actions.receive_file(path, channel="jsonl", handle="kommunen")
    assert actions.receive_file(path, channel="jsonl", handle="biblioteket") == first_time
    assert Message.objects.filter(external_id="1").count() == 2
    assert Conversation.objects.count() == 4


def test_an_unknown_channel_is_refused(town: Town) -> None:
    with pytest.raises(Refused, match="unknown_channel"):
        actions.account_for("fax")


def test_a_file_may_come_before_the_first_start(db: None, tmp_path: Path) -> None:
    assert actions.receive_file(_file(tmp_path), channel="jsonl")["new"] == 2


def test_edits_are_versions_also_back_to_the_first_words(town: Town) -> None:
    for minute, text in enumerate(("A", "B", "A", "A")):
        edited = MONDAY + timedelta(minutes=minute) if minute else None
        counts = town.take(incoming("1", text, edited_at=edited))
        assert counts["new" if minute == 0 else "had" if minute == 3 else "changed"] == 1
    message = Message.objects.get()
    assert texts(message) == ["A", "B", "A"]
    assert Entry.objects.filter(kind="record.edited", object_ref=message.record.ref).count() == 2


def test_an_older_snapshot_is_no_edit(town: Town) -> None:
    town.take(incoming("1", "A"))
    town.take(incoming("1", "B", edited_at=MONDAY))
    assert town.take(incoming("1", "A"))["had"] == 1
    assert texts(Message.objects.get()) == ["A", "B"]


def test_edits_in_one_delivery_follow_their_message(town: Town) -> None:
    counts = town.take(incoming("1", "A"), incoming("1", "B", edited_at=MONDAY), Deleted("1"), Deleted("1"))
    assert {name: count for name, count in counts.items() if count} == {"new": 1, "changed": 1, "deleted": 1, "had": 1}
    assert texts(Message.objects.get()) == ["A", "B"]


def test_a_deletion_is_noted_and_the_record_stays(town: Town) -> None:
    conversation = town.given("Hemlig plan", account=town.account())
    message = first(conversation)
    at = MONDAY - timedelta(minutes=5)
    assert town.take(Deleted(message.external_id, at=at))["deleted"] == 1
    message.refresh_from_db()
    assert message.deleted_at == at
    assert texts(message) == ["Hemlig plan"]
    assert Entry.objects.filter(kind="message.deleted_by_sender", object_ref=message.ref).count() == 1
    assert town.take(incoming(message.external_id, "Åter", edited_at=MONDAY))["had"] == 1
    assert town.take(Deleted("never seen"))["ignored"] == 1


def test_another_mail_under_a_message_id_that_we_have_is_kept(town: Town) -> None:
    town.take(incoming("<1@x>", "A", body_hash="a" * 64))
    assert town.take(incoming("<1@x>", "A", body_hash="a" * 64))["had"] == 1
    assert town.take(incoming("<1@x>", "B", body_hash="b" * 64))["new"] == 1
    assert town.take(incoming("<1@x>", "B", body_hash="b" * 64))["had"] == 1
    assert sorted(texts(message)[0] for message in Message.objects.all()) == ["A", "B"]


def test_two_mails_with_one_message_id_in_one_delivery_are_both_kept(town: Town) -> None:
    counts = town.take(incoming("<1@x>", "A", body_hash="a" * 64), incoming("<1@x>", "B", body_hash="b" * 64))
    assert counts["new"] == 2
    assert sorted(texts(message)[0] for message in Message.objects.all()) == ["A", "B"]


def test_a_message_dated_ahead_counts_as_of_now(town: Town) -> None:
    conversation = town.given(sent_at=MONDAY + timedelta(days=400))
    assert first(conversation).sent_at == MONDAY
    assert first(conversation).record.occurred_at == MONDAY


def test_a_thread_joins_its_conversation_and_its_case(town: Town) -> None:
    conversation = town.given()
    parent = first(conversation)
    town.take(incoming("svar", "Och stigen?", in_reply_to=parent.external_id))
    joined = Message.objects.get(external_id="svar")
    assert joined.conversation == conversation
    assert joined.record.case == parent.record.case
    assert joined.record.dnr == f"{parent.record.case}-2"
    assert fresh(conversation).message_count == 2


def test_a_whole_thread_in_one_delivery_is_one_conversation(town: Town) -> None:
    town.take(
        incoming("1", "Hur går det?"),
        incoming("2", "Hallå?", in_reply_to="1"),
        incoming("3", "Svara!", in_reply_to="borta", thread=("1", "2")),
    )
    [conversation] = Conversation.objects.all()
    assert (conversation.message_count, conversation.messages.count()) == (3, 3)
    assert [message.record.number for message in conversation.messages.order_by("pk")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("assigned", "state"),
    [pytest.param(False, "new", id="nobody had it"), pytest.param(True, "assigned", id="whoever had it gets it back")],
)
@pytest.mark.parametrize("closed", [False, True], ids=["answered", "closed"])
def test_a_reply_takes_an_answered_conversation_up_again(town: Town, assigned: bool, state: str, closed: bool) -> None:
    user, conversation = town.user(), town.given()
    if closed:
        actions.close(conversation, reason="no_question", by=user)
    else:
        town.answered(conversation, user)
    Conversation.objects.filter(pk=conversation.pk).update(assigned_to=user if assigned else None)
    town.take(incoming("tack", "En sak till?", in_reply_to=first(conversation).external_id))
    assert fresh(conversation).state == state
    assert fresh(conversation).message_count == (2 if closed else 3)


def test_conversations_are_numbered_in_order_without_gaps(town: Town) -> None:
    town.take(*(incoming(str(number), f"Fråga {number}?") for number in range(5)))
    town.given()
    assert sorted(Conversation.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_a_file_that_came_along_is_kept_with_its_version(town: Town, told: Told) -> None:
    told.items[b"1"] = [incoming("1", files=(File("../bild.txt", "text/plain", b"Ekevik"),))]
    [event] = town.store(b"1")
    actions.parse(event)
    [attachment] = Attachment.objects.all()
    assert (attachment.filename, attachment.version) == ("bild.txt", 1)
    assert files.read_verified(attachment.blob_id) == b"Ekevik"
    assert attachment.record.versions.get().sealed["attachments"] == [
        {"filename": "bild.txt", "sha256": attachment.blob_id, "size": 6}
    ]


def test_a_file_that_is_too_large_sends_its_message_to_quarantine(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = files.keep

    def keep(body: bytes, **given: Any) -> Any:
        return original(body, **given, limit=3)

    monkeypatch.setattr(files, "keep", keep)
    told.items[b"1"] = [incoming("1", files=(File("stor.txt", "text/plain", b"stor"),)), incoming("2")]
    [event] = town.store(b"1")
    assert actions.parse(event) == _counts(new=1, quarantined=1)
    assert Quarantined.objects.get().reason == "file_too_large"


@pytest.mark.parametrize(("failures", "counts"), [(2, {"new": 2}), (9, {"quarantined": 2})], ids=["once", "always"])
def test_what_another_took_in_at_the_same_moment_is_looked_for_again(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch, failures: int, counts: dict[str, int]
) -> None:
    told.items[b"1"] = [incoming("1"), incoming("2")]
    [event] = town.store(b"1")
    original, left = Taking.take, list(range(failures))

    def take(self: Taking, *given: Any, **more: Any) -> Any:
        if left:
            left.pop()
            raise IntegrityError("one_message")
        return original(self, *given, **more)

    monkeypatch.setattr(Taking, "take", take)
    # The first failure is that of all together; then each is tried by itself.
    assert actions.parse(event) == _counts(**counts)


def test_a_full_disk_leaves_the_delivery_waiting_and_it_is_taken_later(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.items[b"1"] = [incoming("1", files=(File("a.txt", "text/plain", b"a"),))]
    [event] = town.store(b"1")

    def full(body: bytes, **given: Any) -> Any:
        raise Refused("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(files, "keep", full)
        # A disk may be full for hours: however often the worker sweeps, it is no fault of the delivery's.
        for _ in range(2 * intake.MAX_ATTEMPTS):
            assert actions.parse_waiting() == 0
    event.refresh_from_db()
    assert event.state == RawEvent.WAITING
    assert actions.parse_waiting() == 1
    assert Attachment.objects.count() == 1


FAULTS = [
    pytest.param(ValueError, id="ValueError"),
    pytest.param(Refused, id="a refusal"),
    pytest.param(RuntimeError, id="a fault nobody thought of"),
]


def _fails_for(text: str, fault: Callable[[str], Exception]) -> Callable[..., Any]:
    original = register.receive

    def receive(arrivals: Sequence[register.Arrival], **given: Any) -> list[Record]:
        if any(arrival.text == text for arrival in arrivals):
            raise fault("broken")
        return original(arrivals, **given)

    return receive


@pytest.mark.parametrize("fault", FAULTS)
def test_one_item_that_cannot_be_kept_stalls_nothing(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    monkeypatch.setattr(register, "receive", _fails_for("B", fault))
    told.items[b"1"] = [incoming("1", "A"), incoming("2", "B"), incoming("3", "C"), Ignored("favourite")]
    told.items[b"2"] = [incoming("4", "D")]
    events = town.store(b"1", b"2")
    assert actions.parse_waiting() == 2
    assert sorted(texts(message)[0] for message in Message.objects.all()) == ["A", "C", "D"]
    row = Quarantined.objects.get()
    assert (row.raw, row.item, row.reason, row.detail) == (events[0], 1, "could_not_be_kept", fault.__name__)
    assert sorted(Conversation.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_what_is_quarantined_can_be_read_again(town: Town, told: Told) -> None:
    told.items[b"1"] = [incoming("1", "A"), Broken("no_text")]
    [event] = town.store(b"1")
    assert actions.parse(event) == _counts(new=1, quarantined=1)
    told.items[b"1"] = [incoming("1", "A"), incoming("2", "B")]
    intake.parse_again(event)
    assert actions.parse_waiting() == 1
    event.refresh_from_db()
    assert (event.state, event.outcome["counts"]) == (RawEvent.PARSED, _counts(new=1, had=1))
    assert Quarantined.objects.get().state == Quarantined.SOLVED


def test_what_is_not_understood_the_second_time_is_still_shown(town: Town, told: Told) -> None:
    told.items[b"1"] = [Broken("no_text")]
    [event] = town.store(b"1")
    actions.parse(event)
    intake.parse_again(event)
    actions.parse_waiting()
    assert Quarantined.objects.get().state == Quarantined.OPEN


def test_what_is_set_aside_stays_as_it_came(town: Town, told: Told) -> None:
    told.items[b"1"] = [Broken("no_text")]
    [event] = town.store(b"1")
    actions.parse(event)
    actions.set_aside(Quarantined.objects.get(), by=town.user())
    assert Quarantined.objects.get().state == Quarantined.DISMISSED
    assert bytes(RawEvent.objects.get().body) == b"1"
    assert Entry.objects.filter(kind="quarantine.set_aside").count() == 1


def test_a_delivery_that_fails_five_times_is_put_aside_and_counted(
    town: Town, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.items[b"1"] = [incoming("1")]
    [event] = town.store(b"1")

    def broken(event: RawEvent) -> dict[str, int]:
        raise OSError("the file is gone")

    monkeypatch.setattr(intake, "parse", broken)
    states = []
    for _ in range(intake.MAX_ATTEMPTS):
        actions.parse_waiting()
        states.append(RawEvent.objects.get().state)
    assert states == [RawEvent.WAITING] * 4 + [RawEvent.QUARANTINED]
    assert Quarantined.objects.get().detail == "OSError"
    event.refresh_from_db()
    assert event.outcome["counts"] == _counts(quarantined=1)


def test_a_busy_database_is_waited_for(town: Town, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.items[b"1"] = [incoming("1")]
    [event] = town.store(b"1")
    with monkeypatch.context() as patch:
        patch.setattr(register, "receive", _fails_for("Hur går det med bron?", OperationalError))
        with pytest.raises(OperationalError):
            actions.parse(event)
    assert not Message.objects.exists()
    assert actions.parse_waiting() == 1
    assert Message.objects.count() == 1


def test_a_key_is_not_kept_in_the_database(town: Town, told: Told) -> None:
    told.items[b"a secret key"] = [Ignored("token")]
    [event] = town.store(b"a secret key")
    actions.parse(event)
    event.refresh_from_db()
    assert (bytes(event.body), event.outcome["reasons"]) == (b"", {"token": 1})


def test_new_year_has_a_series_of_its_own(town: Town) -> None:
    with clock.at(MONDAY.replace(month=12, day=31, hour=22, minute=59)):
        old = first(town.given()).record
    with clock.at(MONDAY.replace(month=12, day=31, hour=23, minute=1)):
        new = first(town.given()).record
    # The year turns on Stockholm's clock, an hour before that of UTC.
    assert (old.dnr, new.dnr) == ("KS 2026/0001-1", "KS 2027/0001-1")

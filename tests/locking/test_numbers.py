"""Numbers that are given at the same moment: without gaps, each once; and the same thing sent twice is one thing."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.locking.together import together
from torget.channels.base import Raw
from torget.conversations import actions
from torget.conversations.models import Conversation, Message, NumberSeries, RawEvent, Receipt
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.people.models import Contact
from torget.register import actions as register
from torget.register.models import Case, DiarySeries, Record
from torget.register.rules import State

pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[..., Conversation]
THREADS = 8


def _delivery(name: str, rows: list[dict[str, object]]) -> RawEvent:
    account = actions.account_for("jsonl")
    return actions.store(account, [Raw(body=json.dumps(rows).encode(), source=name)], name)[0]


def test_the_same_form_from_eight_threads_is_one_message_with_one_receipt(staff: list[User]) -> None:
    for turn in range(4):
        form = actions.Written(text=f"Hej {turn}", email="alva@example.se", nonce=f"same-{turn}")
        secrets = together(*(partial(actions.post_form, form) for _ in range(THREADS)))
        assert len(set(secrets)) == 1
        assert Message.objects.count() == Record.objects.count() == Receipt.objects.count() == turn + 1
    assert Entry.objects.filter(kind="record.received").count() == 4
    assert Contact.objects.count() == 1


def test_numbers_have_no_gaps_when_eight_write_at_once(staff: list[User]) -> None:
    def post(thread: int) -> None:
        for turn in range(20):
            actions.post_form(actions.Written(text=f"Fråga {turn} av {thread}", email=f"{thread}@example.se"))

    together(*(partial(post, thread) for thread in range(THREADS)))
    total = THREADS * 20
    assert sorted(Conversation.objects.values_list("number", flat=True)) == list(range(1, total + 1))
    assert sorted(Case.objects.values_list("number", flat=True)) == list(range(1, total + 1))
    assert DiarySeries.objects.get().last == NumberSeries.objects.get().last == total
    assert Record.objects.filter(number=1).count() == total
    # No lost update: each of them was told to the public pages.
    assert PublicVersion.current() == total


def test_confirmed_twice_at_once_is_one_number(staff: list[User]) -> None:
    for turn in range(4):
        event = _delivery(f"d{turn}", [{"id": f"m{turn}", "text": "Fin park!", "visibility": "public"}])
        actions.parse(event)
        record = Record.objects.get(message__external_id=f"m{turn}")
        together(
            *(partial(register.confirm, record, state=State.REGISTERED, subject="Park", by=user) for user in staff * 2)
        )
        case = Case.objects.get(records=record)
        record.refresh_from_db()
        assert (case.number, record.number, case.last_record) == (turn + 1, 1, 1)
    assert Case.objects.count() == DiarySeries.objects.get().last == 4


def test_a_raw_event_read_by_two_workers_at_once_gives_its_items_once(staff: list[User]) -> None:
    for turn in range(4):
        rows: list[dict[str, object]] = [{"id": f"{turn}-{n}", "text": f"Hej {n}", "name": "Bo"} for n in range(12)]
        event = _delivery(f"d{turn}", rows)
        counts = together(*(partial(actions.parse, RawEvent.objects.get(pk=event.pk)) for _ in range(4)))
        assert [count["new"] for count in counts] == [12] * 4  # each is told what became of it
        assert Message.objects.count() == 12 * (turn + 1)
    assert sorted(Conversation.objects.values_list("number", flat=True)) == list(range(1, 49))


def test_the_same_items_in_two_deliveries_at_once_are_single(staff: list[User]) -> None:
    for turn in range(4):
        rows: list[dict[str, object]] = [{"id": f"{turn}-{n}", "text": f"Hej {n}", "name": f"n{n}"} for n in range(12)]
        events = [_delivery(f"a{turn}", rows), _delivery(f"b{turn}", rows[::-1])]
        counts = together(*(partial(_until_parsed, event) for event in events))
        assert sum(count["new"] for count in counts) == 12
        assert sum(count["had"] for count in counts) == 12
        assert Message.objects.count() == 12 * (turn + 1)
    total = Conversation.objects.count()
    assert sorted(Conversation.objects.values_list("number", flat=True)) == list(range(1, total + 1))


def _until_parsed(event: RawEvent) -> dict[str, int]:
    """As the worker does: parsed again where two stood in each other's way."""
    return actions.parse(RawEvent.objects.select_related("account__authority").get(pk=event.pk))


def test_the_same_file_taken_in_twice_at_once_is_in_once(staff: list[User], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"id": f"r{n}", "text": f"Hej {n}"}) for n in range(30)))
    said = together(*(partial(actions.receive_file, path, channel="jsonl") for _ in range(3)))
    assert [counts["given"] for counts in said] == [30] * 3
    assert Message.objects.count() == 30
    assert RawEvent.objects.count() == 1


def test_four_sequencers_number_everything_once(staff: list[User], settings: object, tmp_path: Path) -> None:
    def enter(name: int) -> None:
        for turn in range(40):
            journal.enter("try.entered", actor_ref=f"t{name}", object_ref=f"o:{turn}", digest=bytes(32))

    def number(name: int) -> int:
        done = 0
        for _ in range(30):
            done += journal.sequence(limit=7, owner=f"sequencer {name}")
        return done

    done = together(*(partial(enter, n) for n in range(4)), *(partial(number, n) for n in range(4)))[4:]
    while more := journal.sequence(owner="sequencer 0") or journal.sequence(owner=_holder()):
        done.append(more)
    assert sum(done) == 160 == journal.audit()
    assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(160))


def _holder() -> str:
    from torget.journal.models import SequencerLease

    return SequencerLease.objects.get().owner

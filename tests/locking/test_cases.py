"""Cases at the same moment: joined both ways, parted while something comes in, numbered by two: each number once."""

import json
from functools import partial
from itertools import count

import pytest

from tests.locking.together import refusals, together
from torget.channels.base import Raw
from torget.conversations import actions
from torget.conversations.models import Conversation, Message, RawEvent
from torget.organisations.models import Authority, User
from torget.register import actions as register
from torget.register.models import Case, FormerNumber, Record
from torget.register.rules import State

pytestmark = pytest.mark.django_db(transaction=True)
_counter = count()


def _deliver(*rows: dict[str, object]) -> None:
    name = f"case delivery {next(_counter)}"
    event = actions.store(actions.account_for("jsonl"), [Raw(body=json.dumps(rows).encode(), source=name)], name)[0]
    actions.parse(RawEvent.objects.select_related("account__authority").get(pk=event.pk))


def _begun(key: str) -> Case:
    """A case with three records, of one thread."""
    _deliver({"id": key, "text": "Hur blir det?", "address": f"{key}@example.se"})
    for number in range(2):
        _deliver({"id": f"{key}-{number}", "text": "Mer?", "address": f"{key}@example.se", "in_reply_to": key})
    case = Message.objects.get(external_id=key).record.case
    assert case is not None
    return case


def _whole() -> None:
    """Each record has a number of its own in its case, and no number of the case is used by two, now or before."""
    now = Record.objects.exclude(number=None).values_list("case", "number")
    taken = [(case, number or 0) for case, number in now]
    taken += FormerNumber.objects.values_list("case", "number")
    for case in Case.objects.all():
        assert sorted(number for pk, number in taken if pk == case.pk) == list(range(1, case.last_record + 1))


def test_joined_both_ways_at_once_one_wins(staff: list[User]) -> None:
    for turn in range(4):
        one, two = _begun(f"a{turn}"), _begun(f"b{turn}")
        said = together(
            partial(actions.merge_cases, one, into=two, by=staff[0]),
            partial(actions.merge_cases, two, into=one, by=staff[1]),
        )
        assert len(refusals(said)) == 1
        records = Record.objects.filter(case__in=[one, two]).order_by("number")
        assert list(records.values_list("case", "number")) == [(records[0].case_id, n) for n in range(1, 7)]
    _whole()


def test_what_comes_in_while_cases_are_joined_lands_in_the_one_that_is_left(staff: list[User]) -> None:
    for turn in range(4):
        one, two = _begun(f"c{turn}"), _begun(f"d{turn}")
        together(
            partial(actions.merge_cases, one, into=two, by=staff[0]),
            partial(_deliver, {"id": f"late{turn}", "text": "Nu?", "address": "x@example.se", "in_reply_to": f"c{turn}"}),
            partial(actions.classify, Message.objects.get(external_id=f"c{turn}"), state=State.REGISTERED,
                    subject="Bron", by=staff[1]),
        )  # fmt: skip
        assert not Record.objects.filter(case=one).exists()
        assert Conversation.objects.get(messages__external_id=f"c{turn}").case_id == two.pk
        assert Message.objects.get(external_id=f"late{turn}").record.case_id == two.pk
    _whole()


def test_parted_and_joined_at_once(staff: list[User]) -> None:
    for turn in range(4):
        one, two = _begun(f"e{turn}"), _begun(f"f{turn}")
        records = list(one.records.all()[:2])
        together(
            partial(actions.move_records, records, to=None, subject="Eget", by=staff[0]),
            partial(actions.merge_cases, one, into=two, by=staff[1]),
        )
    _whole()


def test_two_authorities_number_by_themselves_when_eight_open_at_once(staff: list[User]) -> None:
    board = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    first = Authority.default()

    def open_ten(authority: Authority) -> None:
        for turn in range(10):
            register.open_case(authority, subject=f"Ärende {turn}", by=staff[0])

    together(*(partial(open_ten, authority) for authority in (first, board) * 4))
    for authority in (first, board):
        numbers = sorted(Case.objects.filter(authority=authority).values_list("number", flat=True))
        assert numbers == list(range(1, 41))


def test_two_confirm_the_same_records_at_once_each_once(staff: list[User]) -> None:
    from torget.registrar import actions as registrar

    rows: list[dict[str, object]] = [{"id": f"g{n}", "text": "Fin park!", "visibility": "public"} for n in range(20)]
    _deliver(*rows)
    records = list(Record.objects.filter(message__external_id__startswith="g"))
    said = together(*(partial(registrar.confirm_batch, records, state=None, by=user) for user in staff[:2]))
    assert refusals(said) == ["already_confirmed"]
    assert set(Record.objects.filter(pk__in=[r.pk for r in records]).values_list("state", flat=True)) == {"ordered"}

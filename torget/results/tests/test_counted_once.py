"""What is acknowledged, taken back, judged anew or joined: counted once, where it is read, and never as what it is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from torget.conversations import actions as conversations
from torget.conversations.actions.joining import merge, unmerge
from torget.conversations.models import Conversation, Message, Receipt
from torget.core import clock
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.results import actions, report, tasks
from torget.results.models import AnswerTimeBucket, DailyRollup, RecurringSubject
from torget.results.tests.made import Town
from torget.results.tests.test_counting import WEEK, at, people


@pytest.fixture
def amina(town: Town) -> User:
    return User.objects.create_user("amina@exempel.se", None, name="Amina", role=Role.COMMUNICATOR.value)


def days(*fields: str) -> dict[int, tuple[int, ...]]:
    """{day of November: those sums}, the days on which all of them are nought left out."""
    rows = DailyRollup.objects.values_list("day", *fields)
    return {day.day: tuple(sums) for day, *sums in rows if any(sums)}


def answered_on() -> list[date]:
    return list(AnswerTimeBucket.objects.order_by("day").values_list("day", flat=True))


def changed(messages: QuerySet[Message], **fields: object) -> None:
    messages.update(**fields)
    Conversation.objects.filter(messages__in=messages).update(changed_at=clock.now())


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("state", ["sent", "approved", "bounced"])
def test_an_acknowledgement_helps_nobody_and_is_missed_by_nobody(town: Town, state: str) -> None:
    answer = town.answer(town.conversation(at(9, 9)), at(9, 10), state=state)
    changed(Message.objects.filter(pk=answer.pk), automatic=True)
    tasks.roll_up()
    assert people(WEEK) == set()
    assert report.report_on(WEEK).unreached == 0


def test_an_answer_that_was_taken_back_is_not_missed(town: Town) -> None:
    conversation = town.conversation(at(9, 9))
    answers = [town.answer(conversation, at(9, 10), state=state) for state in ("withdrawn", "bounced", "sent")]
    for taken_back in (answers[0], answers[2]):  # The last one left, and was removed from its channel afterwards.
        changed(Message.objects.filter(pk=taken_back.pk), removed_at=at(9, 11))
    tasks.roll_up()
    assert report.report_on(WEEK).unreached == 1


# ---------------------------------------------------------------- verdicts


def test_a_changed_verdict_is_counted_once_on_the_day_of_the_last_word(town: Town) -> None:
    conversation = town.conversation(at(2, 9), channel="web")
    town.answer(conversation, at(2, 10))
    receipt = Receipt.objects.create(secret_hash="0" * 64, conversation=conversation, made_at=at(2, 9))
    for day, word in ((9, Receipt.YES), (11, Receipt.PARTLY), (16, Receipt.NO)):
        with clock.at(at(day, 12)):
            conversations.say_helped(receipt, word)
            tasks.roll_up()
    with clock.at(at(20, 12)):
        tasks.roll_up()
    assert days("helped_yes", "helped_partly", "helped_no") == {16: (0, 0, 1)}


def test_former_verdicts_are_looked_up_by_conversation(town: Town) -> None:
    conversation = town.conversation(at(9, 9))
    town.judge(conversation, at(10, 9), Receipt.YES)
    with CaptureQueriesContext(connection) as queries:
        actions._verdicts_of([conversation])
    sql = queries.captured_queries[-1]["sql"]
    assert "journal_entry_object" in plan(sql)


# ---------------------------------------------------------------- joined


def test_what_was_joined_is_counted_where_it_is_read(town: Town, amina: User) -> None:
    kim = town.contact("kim", at(1, 8))
    joined, into = (town.conversation(at(day, 9), subject="Hissen", contact=kim) for day in (9, 11))
    town.message(into, at(11, 9), Message.IN)
    town.answer(joined, at(10, 9))
    town.answer(into, at(12, 9))
    tasks.roll_up()
    assert days("received", "answered") == {9: (1, 1), 11: (1, 1)}
    assert answered_on() == [date(2026, 11, 10), date(2026, 11, 12)]
    assert RecurringSubject.objects.count() == 1
    with clock.at(at(20, 9)):
        merge(joined, into=into, by=amina, same_person=True)
        tasks.roll_up()
    assert days("received", "answered") == {11: (1, 1)}
    # The first answer that is read there now is older than what is read there first: no time can be told.
    assert answered_on() == []
    assert RecurringSubject.objects.count() == 0
    assert people(WEEK) == {kim.ref}


def test_what_a_receipt_shows_has_reached_its_owner_also_after_a_join(town: Town, amina: User) -> None:
    kim = town.contact("kim", at(1, 8))
    joined, into = (town.conversation(at(9, 9), contact=kim) for _ in range(2))
    town.message(into, at(9, 9), Message.IN)
    town.answer(joined, at(9, 10), state="no_way_out")
    Receipt.objects.create(secret_hash="0" * 64, conversation=joined, made_at=at(9, 11))
    tasks.roll_up()
    assert people(WEEK) == {kim.ref}
    with clock.at(at(20, 9)):
        merge(joined, into=into, by=amina, same_person=True)
        tasks.roll_up()
    assert people(WEEK) == {kim.ref}


def test_what_no_receipt_shows_has_not_reached_anyone_by_a_join(town: Town, amina: User) -> None:
    """The receipt of the joined one shows what came along and what is said since, not what was answered there before."""
    kim = town.contact("kim", at(1, 8))
    joined, into, last = (town.conversation(at(9, 9), contact=kim) for _ in range(3))
    for conversation in (joined, into, last):
        town.message(conversation, at(9, 9), Message.IN)
    town.answer(into, at(9, 10), state="no_way_out")
    Receipt.objects.create(secret_hash="0" * 64, conversation=joined, made_at=at(9, 11))
    with clock.at(at(12, 9)):
        merge(joined, into=into, by=amina, same_person=True)
        tasks.roll_up()
    assert people(WEEK) == set() and report.report_on(WEEK).unreached == 1
    # Joined further, and answered there: that answer the receipt does show.
    with clock.at(at(13, 9)):
        merge(Conversation.objects.get(pk=into.pk), into=last, by=amina, same_person=True)
    town.answer(Conversation.objects.get(pk=last.pk), at(13, 10), state="no_way_out")
    Conversation.objects.filter(pk=last.pk).update(changed_at=at(13, 10))
    with clock.at(at(13, 11)):
        tasks.roll_up()
    assert people(WEEK) == {kim.ref} and report.report_on(WEEK).unreached == 1


def test_what_is_parted_again_is_counted_again(town: Town, amina: User) -> None:
    joined, into = town.conversation(at(9, 9)), town.conversation(at(2, 9))
    for conversation in (joined, into):
        town.message(conversation, conversation.first_received_at, Message.IN)
    town.answer(joined, at(10, 9))
    town.answer(into, at(12, 9))
    tasks.roll_up()
    before = days("received", "answered"), answered_on()
    with clock.at(at(20, 9)):
        merge(joined, into=into, by=amina, same_person=True)
        tasks.roll_up()
    # The first answer is now the joined one's: the day of the other has one no longer.
    assert (days("received", "answered"), answered_on()) == ({2: (1, 1)}, [date(2026, 11, 10)])
    with clock.at(at(21, 9)):
        unmerge(Conversation.objects.get(pk=joined.pk), by=amina)
        tasks.roll_up()
    assert (days("received", "answered"), answered_on()) == before


@pytest.mark.parametrize("how", ["joined", "sealed"])
def test_a_sealed_subject_never_comes_up(town: Town, amina: User, how: str) -> None:
    into = town.conversation(at(3, 9), subject="Annat")
    for _ in range(2):
        sealed = town.conversation(at(9, 9), subject="Skyddad fråga")
        town.message(sealed, at(9, 9), Message.IN, secret=how == "joined")
        if how == "joined":
            merge(sealed, into=into, by=amina, same_person=True)
        Conversation.objects.filter(pk=sealed.pk).update(sealed=how == "sealed")
    tasks.roll_up()
    assert not RecurringSubject.objects.exists()


# ---------------------------------------------------------------- by which index


def plan(sql: str) -> str:
    """How SQLite would go about it, without statistics; skips where the database is another."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's plan")
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return "\n".join(row[3] for row in cursor.fetchall())


@pytest.mark.parametrize("sums", [actions._sums, actions._times, actions._subjects])
def test_the_sums_go_by_the_day_and_not_by_what_is_joined(town: Town, sums: object) -> None:
    assert callable(sums)
    with CaptureQueriesContext(connection) as queries:
        sums(at(9, 0), at(9, 0) + timedelta(days=1))
    asked = [one["sql"] for one in queries.captured_queries if "merged_into_id" in one["sql"]]
    assert len(asked) == 1
    assert "conversation_began" in plan(asked[0]) or "conversation_answered" in plan(asked[0])

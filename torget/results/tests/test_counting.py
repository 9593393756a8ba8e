"""The roll-up: what counts, in which week, once; the same however often it is made; the same as a naive recount."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from torget.conversations.actions import of_the_writer
from torget.conversations.models import Conversation, Message, Receipt
from torget.core import clock
from torget.organisations.models import ClosedDay, Organisation
from torget.organisations.rules import working_seconds
from torget.results import actions, report, tasks
from torget.results.models import AnswerTimeBucket, DailyRollup, Progress, RecurringSubject, WeekRollup
from torget.results.rules import histogram
from torget.results.rules.weeks import Week, week_of
from torget.results.tests.made import Town, set_cost

WEEK = Week(2026, 46)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in November 2026 on Stockholm's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=actions.STOCKHOLM).astimezone(UTC)


def people(week: Week) -> set[str]:
    """Who was reached, looked up anew; the sum that is stored says as many."""
    start, end = actions.between(week.monday, week.sunday)
    answers = actions.reached(Q(captured_at__gte=start, captured_at__lt=end))
    rows = answers.values_list("conversation__contact_id", "conversation__number")
    refs = {f"contact:{contact}" if contact else f"conversation:{number}" for contact, number in rows}
    assert sum(WeekRollup.objects.filter(week=week.monday).values_list("people", flat=True)) == len(refs)
    return refs


# ---------------------------------------------------------------- what counts


def test_a_person_is_counted_once_a_week_and_an_unknown_one_once_a_conversation(town: Town) -> None:
    kim = town.contact("kim", at(9, 8))
    for day in (9, 10, 12):
        town.answer(town.conversation(at(day, 9), contact=kim), at(day, 10))
    unknown = town.conversation(at(10, 9), channel="web")
    town.answer(unknown, at(10, 11))
    town.answer(unknown, at(11, 11))
    town.answer(town.conversation(at(16, 1), contact=kim), at(16, 2))
    tasks.roll_up()
    assert people(WEEK) == {kim.ref, unknown.ref}
    assert people(Week(2026, 47)) == {kim.ref}


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        pytest.param("sent", True, id="an answer that left"),
        pytest.param("approved", False, id="not one on its way"),
        pytest.param("sending", False, id="nor one that is leaving"),
        pytest.param("no_way_out", False, id="nor one without a way out"),
        pytest.param("bounced", False, id="nor one that came back"),
        pytest.param("refused", False, id="nor one that was refused"),
        pytest.param("unknown", False, id="nor one of unknown outcome"),
    ],
)
def test_an_answer_counts_when_it_reached(town: Town, state: str, counts: bool) -> None:
    town.answer(town.conversation(at(9, 9)), at(9, 10), state=state)
    tasks.roll_up()
    assert len(people(WEEK)) == counts
    assert report.report_on(WEEK).unreached == (not counts)


def test_an_answer_without_a_way_out_counts_once_it_can_be_read(town: Town) -> None:
    published, handed_over = town.conversation(at(9, 9)), town.conversation(at(9, 9))
    message = town.answer(published, at(9, 10), state="no_way_out")
    town.answer(handed_over, at(9, 10), state="no_way_out")
    tasks.roll_up()
    assert people(WEEK) == set()
    Message.objects.filter(pk=message.pk).update(published_version=1)
    Conversation.objects.filter(pk=published.pk).update(published_at=at(16, 5), changed_at=at(16, 5))
    Receipt.objects.create(secret_hash="0" * 64, conversation=handed_over, made_at=at(16, 5))
    Conversation.objects.filter(pk=handed_over.pk).update(changed_at=at(16, 5))
    tasks.roll_up()
    assert people(WEEK) == {published.ref, handed_over.ref}


def test_a_day_is_stockholms_day(town: Town) -> None:
    town.conversation(at(9, 23, 59))
    town.conversation(at(10, 0, 0))
    tasks.roll_up()
    assert dict(DailyRollup.objects.values_list("day", "received")) == {date(2026, 11, 9): 1, date(2026, 11, 10): 1}


def test_an_answer_later_belongs_to_the_day_the_question_came(town: Town) -> None:
    conversation = town.conversation(at(9, 9))
    tasks.roll_up()
    town.answer(conversation, at(13, 9))
    assert tasks.roll_up() > 0
    row = DailyRollup.objects.get()
    assert (row.day, row.received, row.answered) == (date(2026, 11, 9), 1, 1)
    # Its time is counted on the day of the answer, which then is finished: 4 working days of 8.5 hours.
    bucket = AnswerTimeBucket.objects.get()
    assert (bucket.day, bucket.bucket) == (date(2026, 11, 13), histogram.bucket(4 * 8.5 * 3600))


def test_verdicts_count_on_the_day_they_are_given(town: Town) -> None:
    conversation = town.conversation(at(9, 9))
    town.answer(conversation, at(9, 10))
    town.judge(conversation, at(12, 20), "yes")
    town.judge(conversation, at(12, 21), "partly")
    tasks.roll_up()
    row = DailyRollup.objects.get(day=date(2026, 11, 12))
    assert (row.received, row.helped_yes, row.helped_partly, row.helped_no) == (0, 1, 1, 0)


def test_subjects_recur_by_exact_comparison_and_never_from_secret_records(town: Town) -> None:
    for subject in ("Hissen", "SV: hissen", "Snöröjning", "Skyddad fråga", "Skyddad fråga"):
        conversation = town.conversation(at(9, 9), subject=subject)
        secret = Message.objects.filter(record__secret=True).exists()
        town.message(conversation, at(9, 9), Message.IN, secret=subject == "Skyddad fråga" and not secret)
    tasks.roll_up()
    assert list(RecurringSubject.objects.values_list("subject", "count")) == [("Hissen", 2)]


# ---------------------------------------------------------------- how it is counted


def test_counting_again_changes_nothing(town: Town) -> None:
    fill(town, random.Random(7), 60)
    assert tasks.roll_up() > 0
    first = stored()
    assert tasks.roll_up() == 0
    assert not actions.roll_up(date(2026, 11, 11))
    assert stored() == first


def test_what_is_gone_is_taken_out_of_the_sums(town: Town) -> None:
    conversation = town.conversation(at(9, 9), subject="Hissen")
    town.conversation(at(9, 10), subject="Hissen")
    message = town.answer(conversation, at(9, 11))
    tasks.roll_up()
    assert RecurringSubject.objects.count() == 1
    assert WeekRollup.objects.values_list("people", "recurring").get() == (1, 2)
    Message.objects.filter(pk=message.pk).update(deleted_at=at(16, 5))
    Conversation.objects.filter(pk=conversation.pk).update(subject_key="annat", changed_at=at(16, 5))
    assert tasks.roll_up() == 1
    assert not RecurringSubject.objects.exists() and not WeekRollup.objects.exists()


def test_the_sums_can_be_thrown_away(town: Town) -> None:
    fill(town, random.Random(11), 60)
    tasks.roll_up()
    first = stored()
    for model in (DailyRollup, AnswerTimeBucket, WeekRollup, RecurringSubject, Progress):
        model._default_manager.all().delete()
    tasks.roll_up()
    assert stored() == first


def test_a_clock_moved_back_loses_nothing(town: Town) -> None:
    town.conversation(at(20, 9))  # Stamped while the clock was ahead.
    with clock.at(at(20, 10)):
        tasks.roll_up()
    with clock.at(at(16, 6)):
        town.answer(town.conversation(at(2, 9)), at(16, 6))
        Conversation.objects.filter(first_received_at=at(2, 9)).update(changed_at=at(16, 6))
        tasks.roll_up()
    assert DailyRollup.objects.filter(day=date(2026, 11, 2), answered=1).exists()


@pytest.mark.parametrize("seed", range(6))
def test_the_sums_equal_a_naive_recount(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    Organisation.objects.update(opens="07:30", closes="17:00")
    ClosedDay.objects.create(day=date(2026, 11, 6), reason="Städdag")
    actions_batch = actions.BATCH
    actions.BATCH = 7  # So that a hundred conversations are many batches.
    try:
        for _round in range(3):
            fill(town, chance, 30)
            with clock.at(at(16, 6) + timedelta(minutes=_round)):
                tasks.roll_up()
    finally:
        actions.BATCH = actions_batch
    assert stored() == recounted()


def test_a_week_is_read_in_the_same_number_of_queries_whatever_it_holds(town: Town) -> None:
    counts = []
    for size in (1, 60):
        fill(town, random.Random(size), size)
        tasks.roll_up()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            report.report_on(WEEK)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_a_quiet_minute_is_a_few_reads(town: Town) -> None:
    fill(town, random.Random(3), 60)
    tasks.roll_up()
    with clock.at(at(17, 6)):
        tasks.roll_up()
        with CaptureQueriesContext(connection) as queries:
            tasks.roll_up()
    assert len(queries) <= 40
    assert not [one for one in queries.captured_queries if "INSERT" in one["sql"] or "DELETE" in one["sql"]]


# ---------------------------------------------------------------- for machines


def test_the_report_for_machines(town: Town) -> None:
    set_cost("calls_per_officer_week", 105, 90, 120)
    set_cost("hours_per_officer_week", 40, 40, 40)
    set_cost("cost_per_call", 80, 65, 95)
    for number in range(21):
        conversation = town.conversation(at(9, 9), channel="web", subject="Hissen" if number < 5 else "")
        if number:
            town.answer(conversation, at(9, 11))
    tasks.roll_up()
    told = report.week_report("2026-W46")
    assert told["people_helped"] == told["meetings"] == 20
    assert told["officer_weeks"] == {"value": 0.2, "low": 0.2, "high": 0.2, "reckoning": "20 ÷ 105 = 0,2"}
    assert told["kronor"] == {"value": 1600, "low": 1300, "high": 1900, "reckoning": "20 × 80 = 1\u00a0600"}
    assert told["missing_assumptions"] == ["reception_visits_per_day"]
    assert [one["key"] for one in told["sources"]] == [
        "calls_per_officer_week",
        "hours_per_officer_week",
        "cost_per_call",
    ]
    assert told["answer_time"]["median_hours"] == pytest.approx(2, rel=0.05)
    assert (told["answer_time"]["answers"], told["answer_time"]["error_percent"]) == (20, 5)
    assert told["recurring"] == [{"subject": "Hissen", "count": 5}]
    assert told["channels"] == [{"channel": "web", "received": 21, "answered": 20}]
    with pytest.raises(ValueError):
        report.week_report("vecka 46")


def test_an_assumption_of_nought_is_missing_and_breaks_nothing(town: Town) -> None:
    set_cost("cost_per_call", 0, 0, 0)
    assert "cost_per_call" in report.week_report("2026-W46")["missing_assumptions"]


# ---------------------------------------------------------------- the naive recount


def fill(town: Town, chance: random.Random, size: int) -> None:
    """Conversations over three weeks, answered, judged, published, deleted, joined and kept secret at random."""
    contacts = [town.contact(f"p{chance.random()}", at(1, 1)) for _ in range(8)]
    for _ in range(size):
        began = at(1, 0) + timedelta(minutes=chance.randrange(15 * 24 * 60))
        conversation = town.conversation(
            began,
            channel=chance.choice(["web", "mail", "mastodon"]),
            subject=chance.choice(["", "Hissen", "Re: Hissen", "Snöröjning", "Sophämtning"]),
            contact=chance.choice([*contacts, None]),
        )
        town.message(conversation, began, Message.IN, secret=chance.random() < 0.1)
        for _answer in range(chance.choice([0, 1, 1, 2])):
            state = chance.choice(["sent", "sent", "approved", "no_way_out", "bounced"])
            message = town.answer(conversation, began + timedelta(minutes=chance.randrange(6000)), state=state)
            if chance.random() < 0.1:
                Message.objects.filter(pk=message.pk).update(deleted_at=began)
            if chance.random() < 0.1:
                Message.objects.filter(pk=message.pk).update(automatic=True)
            if chance.random() < 0.2:
                Message.objects.filter(pk=message.pk).update(published_version=1)
                Conversation.objects.filter(pk=conversation.pk).update(published_at=began)
        if conversation.first_answered_at and chance.random() < 0.4:
            town.judge(conversation, conversation.first_answered_at, chance.choice(["yes", "partly", "no", ""]))
        others = Conversation.objects.filter(merged_into=None).exclude(pk=conversation.pk).order_by("pk")
        into = others.first() if chance.random() < 0.1 else None
        Conversation.objects.filter(pk=conversation.pk).update(
            merged_into=into, sealed=chance.random() < 0.1, changed_at=clock.now()
        )


def stored() -> dict[str, dict[tuple[Any, ...], Any]]:
    rollups = DailyRollup.objects.values_list(
        "day", "channel", "received", "answered", "helped_yes", "helped_partly", "helped_no"
    )
    return {
        "days": {row[:2]: row[2:] for row in rollups},
        "times": {row[:3]: row[3] for row in AnswerTimeBucket.objects.values_list("day", "channel", "bucket", "count")},
        "weeks": {
            row[:1]: row[1:] for row in WeekRollup.objects.values_list("week", "people", "unreached", "recurring")
        },
        "subjects": {row[:2]: row[2] for row in RecurringSubject.objects.values_list("week", "subject_key", "count")},
    }


def recounted() -> dict[str, dict[tuple[Any, ...], Any]]:
    """The same sums by looking at every row there is, one at a time."""
    days: dict[tuple[Any, ...], list[int]] = {}
    times: Counter[tuple[Any, ...]] = Counter()
    found: set[tuple[Any, ...]] = set()
    subjects: Counter[tuple[Any, ...]] = Counter()
    weeks: dict[date, list[int]] = {}
    hours, closed = Organisation.current().hours, ClosedDay.days()

    def day(moment: datetime) -> date:
        return moment.astimezone(actions.STOCKHOLM).date()

    for one in Conversation.objects.prefetch_related("messages__record", "messages__outbox", "receipts"):
        if one.merged_into is None:
            row = days.setdefault((day(one.first_received_at), one.channel), [0] * 5)
            row[0] += 1
            if one.first_answered_at:
                row[1] += 1
                seconds = working_seconds(one.first_received_at, one.first_answered_at, hours, closed)
                times[(day(one.first_answered_at), one.channel, histogram.bucket(seconds))] += 1
        for receipt in one.receipts.all():
            if receipt.helped and receipt.helped_at:
                place = ["yes", "partly", "no"].index(receipt.helped) + 2
                days.setdefault((day(receipt.helped_at), one.channel), [0] * 5)[place] += 1
        for message in one.messages.all():
            by_somebody = message.direction == "out" and not message.automatic
            if by_somebody and not message.deleted_at:
                row = weeks.setdefault(week_of(day(message.captured_at)).monday, [0, 0, 0])
                ref = one.contact.ref if one.contact else one.ref
                if not reached(one, message):
                    row[1] += not message.removed_at
                elif (week_of(day(message.captured_at)), ref) not in found:
                    found.add((week_of(day(message.captured_at)), ref))
                    row[0] += 1
        open_to_all = not one.sealed and not any(message.record.secret for message in one.messages.all())
        if open_to_all and one.merged_into is None:
            subjects[(week_of(day(one.first_received_at)).monday, one.subject_key)] += 1
    recurring = {key: number for key, number in subjects.items() if number > 1}
    for (monday, _), number in recurring.items():
        weeks.setdefault(monday, [0, 0, 0])[2] += number
    return {
        "days": {key: tuple(row) for key, row in days.items()},
        "times": dict(times),
        "weeks": {(week,): tuple(row) for week, row in weeks.items() if any(row)},
        "subjects": recurring,
    }


def reached(conversation: Conversation, message: Message) -> bool:
    if message.outbox.state == "sent":
        return True
    if message.published_version and conversation.published_at:
        return True
    if message.outbox.state != "no_way_out":
        return False
    shown = [of_the_writer(one) for one in conversation.merged.all() if one.receipts.all()]
    return bool(conversation.receipts.all()) or any(message in there for there in shown)


def test_the_naive_recount_is_not_naive_about_nothing(town: Town) -> None:
    # The recount above would agree with an empty roll-up if the rows it reads were not there.
    fill(town, random.Random(0), 90)
    naive = recounted()
    assert all(naive.values())
    joined = Conversation.objects.exclude(merged_into=None).count()
    assert joined
    assert math.isclose(sum(row[0] for row in naive["days"].values()), 90 - joined)

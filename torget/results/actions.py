"""Counting: the sums of a day and of a week are made anew from the conversations, never added to.

A sum that is made anew is right however often and in whatever order it is made, and after any crash. Nothing is written
where nothing has changed, so a quiet minute costs a few reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Count, F, Min, Q

from torget.conversations.actions import of_the_writer
from torget.conversations.models import Conversation, Message, Outbox, Receipt
from torget.conversations.rules import Sending
from torget.core import clock
from torget.journal.models import Entry
from torget.organisations.models import ClosedDay, Organisation
from torget.organisations.rules import working_seconds
from torget.register.models import guarded
from torget.results.models import AnswerTimeBucket, DailyRollup, Progress, RecurringSubject, WeekRollup
from torget.results.rules import histogram
from torget.results.rules.weeks import Week, week_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BATCH = 500
# A change may be committed a little after the moment that it is stamped with: look that far back, each time.
OVERLAP = timedelta(minutes=2)


def catch_up() -> int:
    """Roll up today, yesterday, and the days and weeks of every conversation changed since last time.

    Returns how many of these days and weeks had other sums than before: 0 when there was nothing new.
    """
    now = clock.now()
    today = now.astimezone(STOCKHOLM).date()
    days = {today, today - timedelta(days=1)}
    progress = Progress.objects.filter(pk=1).first()
    latest = progress.seen_until if progress else None
    for batch in _changed(_not_seen(progress, now)):
        latest = max(latest or batch[-1].changed_at, batch[-1].changed_at)
        days |= _days_of(batch)
    weeks = {week_of(day) for day in days}
    changed = sum(_roll_up_day(day) for day in sorted(days)) + sum(_roll_up_week(week) for week in sorted(weeks))
    # Never ahead of the clock: after a clock moved back, what is changed from now on must be found too.
    Progress.objects.update_or_create(pk=1, defaults={"seen_until": latest and min(latest, now), "counted_at": now})
    return changed


def roll_up(day: date) -> bool:
    """Make the sums of one day (Stockholm's) and of its week anew; whether any of them became another."""
    changed_day = _roll_up_day(day)
    return _roll_up_week(week_of(day)) or changed_day


def _not_seen(progress: Progress | None, now: datetime) -> Q:
    """Changes that the last count may not have seen; all of them before the first."""
    if progress is None or progress.seen_until is None or progress.counted_at is None:
        return Q()
    if progress.seen_until > now:
        return Q(changed_at__gte=now - OVERLAP)  # The clock was moved back: what it stamps now lies before the mark.
    if progress.counted_at - progress.seen_until >= OVERLAP:
        # What bears an older stamp was committed when the last count looked, so a great import is not read for ever.
        return Q(changed_at__gt=progress.seen_until)
    return Q(changed_at__gte=progress.seen_until - OVERLAP)


def _changed(after: Q) -> Iterable[Sequence[Conversation]]:
    """Conversations changed after that, oldest change first, in batches."""
    rows = Conversation.objects.order_by("changed_at", "id").only(
        "id", "changed_at", "first_received_at", "first_answered_at"
    )
    while batch := list(rows.filter(after)[:BATCH]):
        yield batch
        last = batch[-1]
        after = Q(changed_at__gte=last.changed_at) & (Q(changed_at__gt=last.changed_at) | Q(id__gt=last.pk))


def _day(moment: datetime) -> date:
    return moment.astimezone(STOCKHOLM).date()


def _days_of(batch: Sequence[Conversation]) -> set[date]:
    """The days on which these conversations began, were answered or were judged, those they have left among them."""
    moments = [moment for one in batch for moment in (one.first_received_at, one.first_answered_at) if moment]
    # Every answer, not the first alone: joining, parting and taking back make another one the first.
    answers = Message.objects.filter(conversation__in=batch, direction=Message.OUT).values_list(
        "captured_at", "sent_at"
    )
    moments += [moment for answer in answers for moment in answer]
    return {_day(moment) for moment in (*moments, *_verdicts_of(batch))}


def _verdicts_of(batch: Sequence[Conversation]) -> list[datetime]:
    """When these conversations were judged, and before that if somebody changed their mind."""
    receipts = Receipt.objects.filter(conversation__in=batch, helped_at__isnull=False)
    judged = list(receipts.values_list("conversation__number", "helped_at"))
    refs = {f"conversation:{number}" for number, _ in judged}
    # The receipt holds the last word alone; the journal knows on which day the former was counted. By the beginning of
    # the kind, which no index serves: SQLite would read all verdicts there are rather than these conversations' entries.
    said = Entry.objects.filter(object_ref__in=refs, kind__startswith="answer.helped_")
    return [*(moment for _, moment in judged if moment), *said.values_list("at", flat=True)]


def between(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first day's midnight up to, not with, the midnight after the last, on Stockholm's clock, as UTC."""
    ends = (first, last + timedelta(days=1))
    start, end = (datetime.combine(day, time(), STOCKHOLM).astimezone(UTC) for day in ends)
    return start, end


# ---------------------------------------------------------------- a day


def _roll_up_day(day: date) -> bool:
    start, end = between(day, day)
    rollups = _replace(DailyRollup, {"day": day}, ("channel",), _sums(start, end))
    times = _replace(AnswerTimeBucket, {"day": day}, ("channel", "bucket"), _times(start, end))
    return rollups or times


def _whole() -> models.QuerySet[Conversation]:
    """Conversations, those that have been joined into another left out: they are counted where they are read."""
    # As an exclusion: "is null" would lead SQLite by the index over merged_into, through nearly every row there is.
    return Conversation.objects.exclude(merged_into__isnull=False)


def _sums(start: datetime, end: datetime) -> dict[tuple[Hashable, ...], dict[str, Any]]:
    """{(channel,): sums} of one day: two grouped queries, whatever the number of conversations."""
    nothing = {"received": 0, "answered": 0, "helped_yes": 0, "helped_partly": 0, "helped_no": 0}
    sums: dict[tuple[Hashable, ...], dict[str, Any]] = {}
    began = _whole().filter(first_received_at__gte=start, first_received_at__lt=end).order_by()
    for row in began.values("channel").annotate(received=Count("id"), answered=Count("first_answered_at")):
        sums[(row["channel"],)] = nothing | {"received": row["received"], "answered": row["answered"]}
    judged = Receipt.objects.filter(helped_at__gte=start, helped_at__lt=end).exclude(helped="").order_by()
    verdicts = judged.values_list("conversation__channel", "helped").annotate(count=Count("id"))
    for channel, helped, count in verdicts:
        sums.setdefault((channel,), dict(nothing))[f"helped_{helped}"] = count
    return sums


def _times(start: datetime, end: datetime) -> dict[tuple[Hashable, ...], dict[str, Any]]:
    """{(channel, bucket): count} of the first answers given that day, in working time of the desk."""
    hours, closed = Organisation.current().hours, ClosedDay.days()
    answered = _whole().filter(first_answered_at__gte=start, first_answered_at__lt=end).order_by()
    # A joined conversation may have an answer from before its own first message: no time can be told of that.
    answered = answered.filter(first_answered_at__gte=F("first_received_at"))
    counts: Counter[tuple[Hashable, ...]] = Counter()
    rows = answered.values_list("channel", "first_received_at", "first_answered_at")
    for channel, received_at, answered_at in rows.iterator(chunk_size=2000):
        if answered_at is not None:
            seconds = working_seconds(received_at, answered_at, hours, closed)
            counts[(channel, histogram.bucket(seconds))] += 1
    return {key: {"count": count} for key, count in counts.items()}


# ---------------------------------------------------------------- a week


def _roll_up_week(week: Week) -> bool:
    start, end = between(week.monday, week.sunday)
    of_week = Q(captured_at__gte=start, captured_at__lt=end)
    recurring = _subjects(start, end)
    subjects = _replace(RecurringSubject, {"week": week.monday}, ("subject_key",), recurring)
    sums = {
        "people": _people(of_week),
        "unreached": _unreached(of_week),
        "recurring": sum(row["count"] for row in recurring.values()),
    }
    return _replace(WeekRollup, {"week": week.monday}, (), {(): sums} if any(sums.values()) else {}) or subjects


def _people(within: Q) -> int:
    """Everyone whom an answer reached: sent, published, or on a receipt handed over. One on its way did not reach yet."""
    unknown = Q(conversation__contact=None)
    found = reached(within).aggregate(
        known=Count("conversation__contact", distinct=True),
        unknown=Count("conversation", filter=unknown, distinct=True),
    )
    return int(found["known"] + found["unknown"])


def _unreached(within: Q) -> int:
    """Answers among `within` that the one who asked cannot read yet: on their way, bounced, or without a way out.

    Neither acknowledgements, which nobody waits for, nor what was taken back, which nobody is to read.
    """
    within &= Q(removed_at__isnull=True)
    answers = Message.objects.filter(within, direction=Message.OUT, automatic=False, deleted_at__isnull=True)
    # Two counts and a difference: both go by the index over the days, where "not among those" would read every answer.
    return answers.count() - reached(within).count()


def reached(within: Q) -> models.QuerySet[Message]:
    """Answers among `within` that the one who asked can read, written by somebody: an acknowledgement helps nobody."""
    handed_over = models.Exists(Receipt.objects.filter(conversation=models.OuterRef("conversation")))
    # Looked up for each answer: PostgreSQL would join a week's answers with all that have ever left.
    state = models.Subquery(Outbox.objects.filter(message=models.OuterRef("pk")).values("state")[:1])
    can_be_read = (
        Q(state=Sending.SENT.value)
        | Q(published_version__isnull=False, conversation__published_at__isnull=False)
        | (Q(state=Sending.NO_WAY_OUT.value) & handed_over)
    )
    answers = Message.objects.filter(within, direction=Message.OUT, automatic=False, deleted_at__isnull=True)
    return answers.alias(state=state).filter(can_be_read | Q(pk__in=_on_receipts_of_joined(answers)))


def _on_receipts_of_joined(answers: models.QuerySet[Message]) -> list[int]:
    """Those that stand on the receipt of a conversation which has been joined into theirs: not all that is said there does.

    Joined ones are few, and each receipt says by itself what it shows.
    """
    found: list[int] = []
    level = Conversation.objects.filter(
        merged_into__in=answers.filter(outbox__state=Sending.NO_WAY_OUT.value).values("conversation")
    )
    while joined := list(level.select_related("merged_into")):
        for one in joined:
            if one.receipts.exists():
                found += answers.filter(pk__in=of_the_writer(one).values("pk")).values_list("pk", flat=True)
        level = Conversation.objects.filter(merged_into__in=joined)
    return found


def _subjects(start: datetime, end: datetime) -> dict[tuple[Hashable, ...], dict[str, Any]]:
    """{(subject_key,): subject and count} for subjects of at least two conversations that began in the week."""
    held = Message.objects.filter(guarded("record__"), conversation=models.OuterRef("pk"))
    # The seal beside the records: what was guarded may have been joined into another and have left its subject here.
    began = _whole().filter(first_received_at__gte=start, first_received_at__lt=end, sealed=False)
    grouped = began.exclude(subject_key="").exclude(models.Exists(held)).order_by().values("subject_key")
    rows = grouped.annotate(count=Count("id"), subject_=Min("subject")).filter(count__gte=2)
    return {(row["subject_key"],): {"subject": row["subject_"], "count": row["count"]} for row in rows.iterator()}


# ---------------------------------------------------------------- writing


def _replace(
    model: type[models.Model],
    owner: Mapping[str, date],
    key: tuple[str, ...],
    wanted: Mapping[tuple[Hashable, ...], Mapping[str, Any]],
) -> bool:
    """Make the owner's rows be exactly `wanted`, {key values: the other fields}; whether anything was written."""
    fields = sorted({name for row in wanted.values() for name in row})
    stored = {
        tuple(row[name] for name in key): row
        for row in model._default_manager.filter(**owner).values("pk", *key, *fields)
    }
    surplus = [row["pk"] for values, row in stored.items() if values not in wanted]
    new = [
        model(**owner, **dict(zip(key, values, strict=True)), **row)
        for values, row in wanted.items()
        if values not in stored or any(stored[values][name] != value for name, value in row.items())
    ]
    if not surplus and not new:
        return False
    with transaction.atomic():
        for start in range(0, len(surplus), BATCH):
            model._default_manager.filter(pk__in=surplus[start : start + BATCH]).delete()
        # Another worker may be counting the same day: its row is then overwritten, or left where it says all there is.
        unique = [*owner, *key]
        if fields:
            model._default_manager.bulk_create(
                new, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=fields
            )
        else:
            model._default_manager.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
    return True

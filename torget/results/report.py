"""The results of a week, read from the sums: the same for the page, the file and the command. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from torget.organisations.models import UnitCost
from torget.results.models import AnswerTimeBucket, DailyRollup, Progress, RecurringSubject, WeekRollup
from torget.results.rules import histogram, numbers, worth
from torget.results.rules.histogram import Quantile
from torget.results.rules.weeks import Week, last_weeks, parse_week, week_of
from torget.results.rules.worth import Assumption, Figure, Worth

WEEKS_IN_LINE = 6
SUBJECTS = 5


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """One week's time to first answer, in working time; None where nothing was answered."""

    week: Week
    median: Quantile | None
    p90: Quantile | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject and how many conversations had it."""

    subject: str
    count: int


@dataclass(frozen=True, slots=True)
class ChannelSum:
    """One channel's week: conversations that began, and how many of them are answered by now."""

    channel: str
    received: int
    answered: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told of one week."""

    week: Week
    worth: Worth
    before: Worth
    answer_times: tuple[AnswerTime, ...]
    recurring: tuple[Subject, ...]
    recurring_total: int
    channels: tuple[ChannelSum, ...]
    helped_yes: int
    helped_partly: int
    helped_no: int
    unreached: int
    counted_at: datetime | None

    @property
    def received(self) -> int:
        """Conversations that began in the week."""
        return sum(channel.received for channel in self.channels)

    @property
    def answered(self) -> int:
        """How many of these are answered by now."""
        return sum(channel.answered for channel in self.channels)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened in the week."""
        judged = self.helped_yes + self.helped_partly + self.helped_no
        return not (self.received or self.worth.people_helped.value or self.answer_times[-1].median or judged)


def report_on(week: Week) -> Report:
    """Read one week's results in a fixed number of queries, whatever the week holds."""
    given = assumptions()
    weeks = _weeks(week)
    now, before = weeks.get(week.monday, WeekRollup()), weeks.get(week.shifted(-1).monday, WeekRollup())
    sums = _sums(week)
    subjects = RecurringSubject.objects.filter(week=week.monday)
    top = subjects.order_by("-count", "subject_key").values_list("subject", "count")[:SUBJECTS]
    channels = sorted(sums.items(), key=lambda item: (-item[1]["received"], item[0]))
    return Report(
        week=week,
        # Nobody can press "it helped" on an open answer yet: until then nobody is counted as helped by one.
        worth=worth.worth(now.people, 0, given),
        before=worth.worth(before.people, 0, given),
        answer_times=_answer_times(last_weeks(week, WEEKS_IN_LINE)),
        recurring=tuple(Subject(subject, count) for subject, count in top),
        recurring_total=now.recurring,
        channels=tuple(ChannelSum(name, row["received"], row["answered"]) for name, row in channels if row["received"]),
        helped_yes=sum(row["helped_yes"] for row in sums.values()),
        helped_partly=sum(row["helped_partly"] for row in sums.values()),
        helped_no=sum(row["helped_no"] for row in sums.values()),
        unreached=now.unreached,
        counted_at=Progress.when_counted(),
    )


def assumptions() -> dict[str, Assumption]:
    """The organisation's unit times and costs by key; one that cannot be reckoned with is left out, as if missing."""
    given = {}
    for row in UnitCost.objects.filter(key__in=worth.ASSUMPTIONS):
        try:
            given[row.key] = Assumption(
                row.key, row.value, row.low, row.high, row.unit, row.source, row.source_date, row.is_default
            )
        except ValueError:
            continue  # Nought or less: `worth` then names it as missing, and the page says so.
    return given


def _weeks(week: Week) -> dict[date, WeekRollup]:
    """The sums of the week and of the one before it, by their Mondays; a week without anything has none."""
    return {one.week: one for one in WeekRollup.objects.filter(week__in=(week.monday, week.shifted(-1).monday))}


def _sums(week: Week) -> Mapping[str, Mapping[str, int]]:
    """{channel: sums} of the week's seven days."""
    names = ("received", "answered", "helped_yes", "helped_partly", "helped_no")
    days = DailyRollup.objects.filter(day__range=(week.monday, week.sunday)).order_by()
    rows = days.values_list("channel").annotate(*(Sum(name) for name in names))
    return {channel: dict(zip(names, sums, strict=True)) for channel, *sums in rows}


def _answer_times(weeks: Sequence[Week]) -> tuple[AnswerTime, ...]:
    counts: dict[Week, dict[int, int]] = defaultdict(dict)
    days = AnswerTimeBucket.objects.filter(day__range=(weeks[0].monday, weeks[-1].sunday)).order_by()
    for day, bucket, count in days.values_list("day", "bucket").annotate(total=Sum("count")):
        of_week = counts[week_of(day)]
        of_week[bucket] = of_week.get(bucket, 0) + count
    return tuple(
        AnswerTime(week, histogram.quantile(counts[week], 0.5), histogram.quantile(counts[week], 0.9)) for week in weeks
    )


def latest_week() -> Week | None:
    """The newest week that anything is counted for; None before the first count of anything."""
    day = DailyRollup.objects.order_by("-day").values_list("day", flat=True).first()
    return week_of(day) if day else None


# ---------------------------------------------------------------- for machines


def week_report(week: str) -> dict[str, Any]:
    """One week ("2026-W46") as plain values for JSON; ValueError for what is no week. Times in working hours."""
    report = report_on(parse_week(week))
    told = report.worth
    return {
        "week": report.week.code,
        "people_helped": int(told.people_helped.value),
        "meetings": int(told.meetings.value),
        "reception_days": _figure(told.reception_days),
        "officer_weeks": _figure(told.officer_weeks),
        "hours": _figure(told.hours),
        "kronor": _figure(told.kronor),
        "missing_assumptions": list(told.missing),
        "sources": [_source(one) for one in sources_of(told)],
        "answer_time": _answer_time(report.answer_times[-1]),
        "received": report.received,
        "answered": report.answered,
        "unreached": report.unreached,
        "helped": {"yes": report.helped_yes, "partly": report.helped_partly, "no": report.helped_no},
        "recurring": [{"subject": one.subject, "count": one.count} for one in report.recurring],
        "channels": [
            {"channel": one.channel, "received": one.received, "answered": one.answered} for one in report.channels
        ],
        "counted_at": report.counted_at.isoformat(timespec="seconds") if report.counted_at else None,
    }


def sources_of(told: Worth) -> list[Assumption]:
    """Every assumption that a figure of the week rests on, once each."""
    figures = (told.officer_weeks, told.hours, told.kronor, told.reception_days)
    return list({one.key: one for figure in figures if figure for one in figure.sources}.values())


def _figure(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    decimals = numbers.DECIMALS[figure.key]
    ends = {name: float(numbers.rounded(getattr(figure, name), decimals)) for name in ("value", "low", "high")}
    return {**ends, "reckoning": worth.reckoning(figure, "sv")}


def _source(one: Assumption) -> dict[str, Any]:
    return {
        "key": one.key,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "unit": one.unit,
        "source": one.source,
        "source_date": one.source_date.isoformat() if one.source_date else None,
        "is_default": one.is_default,
    }


def _answer_time(time: AnswerTime) -> dict[str, Any]:
    return {
        "median_hours": hours(time.median),
        "p90_hours": hours(time.p90),
        "error_percent": histogram.ERROR_PERCENT,
        "answers": time.median.count if time.median else 0,
    }


def hours(quantile: Quantile | None) -> float | None:
    """A quantile in hours with two decimals, None for nothing measured."""
    return float(numbers.rounded(quantile.value / 3600, 2)) if quantile else None

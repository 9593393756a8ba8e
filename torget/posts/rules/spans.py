"""Days, weeks and months of the calendar, and moments from a day and a time on the wall."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Part of day: from which hour on. The rows of the week's table.
PARTS = (("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18))


def moment(day: date, clock: time) -> datetime | None:
    """The moment (aware, UTC) of a day and a time in Stockholm; None for the hour that does not exist in spring."""
    there = datetime.combine(day, clock.replace(tzinfo=None), STOCKHOLM)
    found = there.astimezone(UTC)
    # The hour that comes twice in autumn is the first of the two.
    return found if found.astimezone(STOCKHOLM).replace(tzinfo=None) == there.replace(tzinfo=None) else None


def week_of(day: date) -> list[date]:
    """Monday to Sunday of the week that `day` lies in."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]


def month_of(day: date) -> list[list[date]]:
    """The weeks, Monday to Sunday, that hold a day of the month that `day` lies in."""
    week = week_of(day.replace(day=1))
    weeks = [week]
    while (week[6] + timedelta(days=1)).month == day.month and (week[6] + timedelta(days=1)).year == day.year:
        week = week_of(week[6] + timedelta(days=1))
        weeks.append(week)
    return weeks


def shifted(day: date, view: str, steps: int) -> date:
    """The first day of the week or month `steps` away; the same day where the calendar has no such."""
    try:
        if view == "month":
            months = day.year * 12 + day.month - 1 + steps
            return date(months // 12, months % 12 + 1, 1)
        return week_of(day)[0] + timedelta(weeks=steps)
    except (OverflowError, ValueError):
        return day


def bounds(days: Sequence[date]) -> tuple[datetime, datetime]:
    """From midnight before the first day to midnight after the last, in UTC."""
    first = datetime.combine(days[0], time(), STOCKHOLM)
    last = datetime.combine(days[-1] + timedelta(days=1), time(), STOCKHOLM)
    return first.astimezone(UTC), last.astimezone(UTC)


def part_of(at: datetime) -> str:
    """Which part of the day a moment lies in, by the clock in Stockholm."""
    hour = at.astimezone(STOCKHOLM).hour
    return [name for name, since in PARTS if since <= hour][-1]


def read_day(text: str) -> date | None:
    """A day from an address, 2026-11-23; None for nonsense and for what lies outside our time."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2100 else None

"""ISO 8601 weeks, the unit in which results are told: "2026-W46" runs from a Monday to a Sunday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WEEK = re.compile(r"(\d{4})-?[Ww](\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week; compared and sorted in the order of time."""

    year: int
    number: int

    @property
    def code(self) -> str:
        """The week as it is written in addresses, files and commands: "2026-W46"."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return date.fromisocalendar(self.year, self.number, 7)

    @property
    def days(self) -> tuple[date, ...]:
        """The seven days, Monday first."""
        return tuple(self.monday + timedelta(days=number) for number in range(7))

    def shifted(self, weeks: int) -> Week:
        """The week that many weeks later (earlier when negative), over the turn of the year too."""
        return week_of(self.monday + timedelta(weeks=weeks))


def week_of(day: date) -> Week:
    """The ISO week that a day belongs to; its year may differ from the day's own around New Year."""
    calendar = day.isocalendar()
    return Week(calendar.year, calendar.week)


def parse_week(text: str) -> Week:
    """Read "2026-W46" (also "2026W46", and a small w); ValueError for all else, as week 53 of a year with 52."""
    match = _WEEK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a week: {text[:20]!r}")
    year, number = int(match[1]), int(match[2])
    # Year 9999 has weeks whose Sunday, or whose neighbour, cannot be written as a date.
    if not 1900 <= year <= 2200:
        raise ValueError(f"not a week within reach: {text[:20]!r}")
    return week_of(date.fromisocalendar(year, number, 1))


def last_weeks(week: Week, count: int) -> tuple[Week, ...]:
    """The weeks that end with this one, oldest first."""
    return tuple(week.shifted(-back) for back in range(count - 1, -1, -1))

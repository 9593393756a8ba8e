"""The working hours of the desk: 8.00–16.30 on days that are not closed, with lunch 12–13. Pure."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from torget.demo import town

ZONE = ZoneInfo("Europe/Stockholm")
OPENS, CLOSES = time(8), time(16, 30)
LUNCH = (time(12), time(13))
CLOSED = frozenset(closed.day for closed in town.CLOSED_DAYS)


def local(text: str) -> datetime:
    """The UTC moment of a local time written "2026-11-10 09.02"."""
    return datetime.strptime(text, "%Y-%m-%d %H.%M").replace(tzinfo=ZONE).astimezone(UTC)


def on(day: date, clock: time) -> datetime:
    """The UTC moment of a local day and time."""
    return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)


def is_open_day(day: date) -> bool:
    """Whether the desk is staffed that day."""
    return day.weekday() < 5 and day not in CLOSED


def at_work(moment: datetime) -> bool:
    """Whether somebody may be working at the moment: an open day, within hours, not at lunch."""
    here = moment.astimezone(ZONE)
    return is_open_day(here.date()) and OPENS <= here.time() <= CLOSES and not LUNCH[0] <= here.time() < LUNCH[1]


def later(start: datetime, hours: float) -> datetime:
    """The moment when so many open hours have passed since start."""
    left, day = timedelta(hours=hours), start.astimezone(ZONE).date()
    while True:
        if is_open_day(day):
            begin = max(start, on(day, OPENS))
            room = on(day, CLOSES) - begin
            if room >= left:
                return begin + left
            left -= max(timedelta(), room)
        day += timedelta(days=1)


def after_lunch(moment: datetime, rng: random.Random) -> datetime:
    """The same moment, or soon after one o'clock when it falls in the lunch hour."""
    here = moment.astimezone(ZONE)
    if LUNCH[0] <= here.time() < LUNCH[1]:
        return on(here.date(), time(13, rng.randint(0, 14), rng.randint(0, 59)))
    return moment

"""When an account is to be looked at again. BBS law (1998:112) 4 §: reasonable oversight of what others write openly."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from torget.organisations.rules import Hours, working_seconds

SHORTEST, LONGEST = 15, 5 * 24 * 60
"""Minutes that an interval may be."""
ADDRESSED = frozenset({"web", "mail", "csv", "jsonl", "api"})
"""Channels in which nothing is written openly: the law leaves addressed mail and direct messages out (1 §)."""


class Watch(StrEnum):
    """How an account stands."""

    NONE = "none"
    NEVER = "never"
    ON_TIME = "on_time"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Standing:
    """The word, and how many minutes of opening time are left (below zero: past)."""

    word: Watch
    left: int = 0


def standing(
    *, minutes: int | None, watched: datetime | None, now: datetime, hours: Hours, closed_days: Set[date]
) -> Standing:
    """How an account stands now. Minutes count while the desk is open: nobody is late in the night."""
    if minutes is None:
        return Standing(Watch.NONE)
    if watched is None:
        return Standing(Watch.NEVER)
    passed = int(working_seconds(watched, now, hours, closed_days) // 60)
    return Standing(Watch.ON_TIME if passed <= minutes else Watch.OVERDUE, minutes - passed)


def why_not(channel: str, minutes: int | None) -> str | None:
    """Why an account cannot have this interval, as a code."""
    if minutes is None:
        return None
    if channel in ADDRESSED:
        return "nothing_open_there"
    return None if SHORTEST <= minutes <= LONGEST else "interval_out_of_bounds"

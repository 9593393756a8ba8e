"""Working time and roles: pure policy."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class Role(StrEnum):
    """What a member of staff does at the desk."""

    COMMUNICATOR = "communicator"
    EXPERT = "expert"
    APPROVER = "approver"
    REGISTRAR = "registrar"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a role may do; `RIGHTS` says who."""

    SEE_DESK = "see_desk"
    ANSWER = "answer"
    NOTE = "note"
    CLASSIFY = "classify"
    REGISTER = "register"
    PUBLISH = "publish"
    SEE_RESULTS = "see_results"
    SETTINGS = "settings"


RIGHTS: Mapping[Role, Set[Right]] = {
    Role.COMMUNICATOR: {
        Right.SEE_DESK, Right.ANSWER, Right.NOTE, Right.CLASSIFY, Right.PUBLISH, Right.SEE_RESULTS,
    },
    Role.EXPERT: {Right.SEE_DESK, Right.NOTE},
    Role.APPROVER: {Right.SEE_DESK, Right.ANSWER, Right.NOTE, Right.PUBLISH, Right.SEE_RESULTS},
    Role.REGISTRAR: {Right.SEE_DESK, Right.NOTE, Right.CLASSIFY, Right.REGISTER, Right.SEE_RESULTS},
    Role.MANAGER: {Right.SEE_DESK, Right.ANSWER, Right.NOTE, Right.SEE_RESULTS},
    Role.ADMINISTRATOR: set(Right),
}  # fmt: skip


def may(role: str, right: Right) -> bool:
    """Whether a member of staff with `role` has `right`; an unknown role has none."""
    try:
        return right in RIGHTS[Role(role)]
    except ValueError:
        return False


INVITED_DAYS = 14
"""An invitation holds for so long."""


def why_not_accepted(*, used: bool, revoked: bool, expires: datetime, now: datetime) -> str:
    """Why an invitation opens nothing: a code, "" when it does. What was used says so also when its time is out."""
    if used:
        return "used"
    if revoked:
        return "revoked"
    return "expired" if now >= expires else ""


@dataclass(frozen=True, slots=True)
class Hours:
    """When the desk is open on a working day, local time."""

    opens: time = time(8, 0)
    closes: time = time(16, 30)


def is_working_day(day: date, closed_days: Set[date]) -> bool:
    """Monday to Friday, and not a day the desk is shut."""
    return day.weekday() < 5 and day not in closed_days


def answer_due(received: date, *, working_days: int, closed_days: Set[date]) -> date:
    """The last day for an answer: `working_days` after the day of arrival, which never counts."""
    day = received
    while working_days:
        day += timedelta(days=1)
        if is_working_day(day, closed_days):
            working_days -= 1
    return day


def due_moment(received: datetime, *, working_days: int, hours: Hours, closed_days: Set[date]) -> datetime:
    """When an answer is due (aware, UTC): at closing time of the last day."""
    day = answer_due(received.astimezone(STOCKHOLM).date(), working_days=working_days, closed_days=closed_days)
    return datetime.combine(day, hours.closes, STOCKHOLM).astimezone(UTC)


def working_seconds(start: datetime, end: datetime, hours: Hours, closed_days: Set[date]) -> float:
    """Seconds between two aware moments during which the desk was open; 0 when `end` is not after `start`."""
    if end <= start:
        return 0.0
    # Local wall clock: the desk opens at eight by the clock on the wall, also the day summer time ends. Both bounds
    # lie outside the night when the clock is changed, so wall-clock differences within a day are true seconds.
    local_start, local_end = (moment.astimezone(STOCKHOLM).replace(tzinfo=None) for moment in (start, end))
    total = 0.0
    day = local_start.date()
    while day <= local_end.date():
        if is_working_day(day, closed_days):
            opens = max(datetime.combine(day, hours.opens), local_start)
            closes = min(datetime.combine(day, hours.closes), local_end)
            total += max(0.0, (closes - opens).total_seconds())
        day += timedelta(days=1)
    return total


def next_opening(now: datetime, hours: Hours, closed_days: Set[date]) -> datetime:
    """When the desk is next open (aware, UTC): `now` itself while it is."""
    local = now.astimezone(STOCKHOLM).replace(tzinfo=None)
    day = local.date()
    for _ in range(400):
        opens, closes = datetime.combine(day, hours.opens), datetime.combine(day, hours.closes)
        if is_working_day(day, closed_days) and local < closes:
            return now if local >= opens else opens.replace(tzinfo=STOCKHOLM).astimezone(UTC)
        day += timedelta(days=1)
        local = datetime.combine(day, time(0))
    return now

"""When a backup is due, which are kept, when their absence is an alarm: pure. docs/rules/backup.md"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = time(1, 30)
AGAIN = timedelta(hours=1)
LATE = timedelta(hours=36)
TRIAL_EVERY, TRIAL_LATE = timedelta(days=7), timedelta(days=10)


def _since(moment: datetime) -> datetime:
    """The latest half past one at night (by the clock on the wall) that has passed at `moment`."""
    local = moment.astimezone(STOCKHOLM)
    day = local.date() if local.time() >= HOUR else local.date() - timedelta(days=1)
    return datetime.combine(day, HOUR, STOCKHOLM).astimezone(UTC)


def backup_due(now: datetime, last_ok: datetime | None, last_try: datetime | None) -> bool:
    """Whether tonight's backup is to be made: none since half past one, and none tried in the last hour.

    A time ahead of now (the clock went back) counts as never.
    """
    if last_try and timedelta() <= now - last_try < AGAIN:
        return False
    return last_ok is None or last_ok > now or last_ok < _since(now)


def trial_due(now: datetime, last_ok: datetime | None, last_try: datetime | None) -> bool:
    """Whether a backup is to be tried by restoring it: a week since it went well, a day since it was tried."""
    if last_try and timedelta() <= now - last_try < timedelta(days=1):
        return False
    return last_ok is None or last_ok > now or now - last_ok >= TRIAL_EVERY


def why_alarm(
    now: datetime, since: datetime, last_ok: datetime | None, trial_ok: datetime | None, *, tries: bool
) -> str:
    """Why someone must look: backup_late, trial_late, or nothing. `since` is when backups were turned on."""
    if now - max(last_ok or since, since) > LATE:
        return "backup_late"
    if tries and now - max(trial_ok or since, since) > TRIAL_LATE:
        return "trial_late"
    return ""


def to_remove(days: Iterable[date], *, today: date, keep_days: int, keep_weeks: int) -> list[date]:
    """The days whose backups may go: not of the last `keep_days`, nor the newest of one of the last `keep_weeks` weeks.

    The newest of all always stays, however old.
    """
    found: Sequence[date] = sorted(set(days))
    if not found:
        return []
    newest_of_week = {day.isocalendar()[:2]: day for day in found}
    kept = {found[-1]}
    kept |= {day for day in found if day > today - timedelta(days=keep_days)}
    kept |= {day for day in newest_of_week.values() if day > today - timedelta(weeks=keep_weeks)}
    return [day for day in found if day not in kept]

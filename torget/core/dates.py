"""Times, dates and numbers as people read them, in Swedish and English.

All functions are pure: they take an aware datetime (or a date, a number) and a language code, and return plain text.
Times are shown in Stockholm's time whatever the server's zone is. The house style is `14.07`, `16 november 2026`,
`3,2` and `18 204` in Swedish; `14:07`, `16 November 2026`, `3.2` and `18,204` in English.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

# Own tables rather than the framework's: its Swedish short names cut "mars", "juni" and "juli", which are never cut.
_MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december".split(),
    "en": "January February March April May June July August September October November December".split(),
}
_SHORT_MONTHS = {
    "sv": "jan feb mars apr maj juni juli aug sep okt nov dec".split(),
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
}
_WEEKDAYS = {
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}
_SHORT_WEEKDAYS = {
    "sv": "mån tis ons tors fre lör sön".split(),
    "en": "Mon Tue Wed Thu Fri Sat Sun".split(),
}
_NEAR = {"sv": {-1: "i går", 0: "i dag", 1: "i morgon"}, "en": {-1: "yesterday", 0: "today", 1: "tomorrow"}}


def _language(code: str) -> str:
    return "en" if code.lower().startswith("en") else "sv"


def local(moment: datetime) -> datetime:
    """The same moment on Stockholm's clock; raises ValueError for a naive datetime, which has no moment."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone cannot be shown")
    return moment.astimezone(STOCKHOLM)


def local_date(day: date) -> date:
    """The day in Stockholm of an aware datetime, or the date itself."""
    return local(day).date() if isinstance(day, datetime) else day


def time_of_day(moment: datetime, language: str) -> str:
    """`14.07`, in English `14:07`."""
    here = local(moment)
    return f"{here:%H.%M}" if _language(language) == "sv" else f"{here:%H:%M}"


def clock_time(hour: time, language: str) -> str:
    """A time that is of no day: `8.30` of a shift as `08.30`, in English `08:30`."""
    return f"{hour:%H.%M}" if _language(language) == "sv" else f"{hour:%H:%M}"


def to_the_second(moment: datetime, language: str) -> str:
    """`14.07.31`, in English `14:07:31`."""
    here = local(moment)
    return f"{here:%H.%M.%S}" if _language(language) == "sv" else f"{here:%H:%M:%S}"


def long_date(day: date, language: str) -> str:
    """`16 november 2026`, in English `16 November 2026`."""
    here = local_date(day)
    return f"{here.day} {_MONTHS[_language(language)][here.month - 1]} {here.year}"


def short_date(day: date, language: str) -> str:
    """`16 nov`, in English `16 Nov`; the year is left to the context."""
    here = local_date(day)
    return f"{here.day} {_SHORT_MONTHS[_language(language)][here.month - 1]}"


def date_and_time(moment: datetime, language: str) -> str:
    """`16 november 2026 kl. 14.07`, in English `16 November 2026 at 14:07`."""
    between = " kl. " if _language(language) == "sv" else " at "
    return long_date(moment, language) + between + time_of_day(moment, language)


def when_in_list(moment: datetime, now: datetime, language: str) -> str:
    """How old a row is, in as few letters as can be: `13.21` today, `fre` within the last six days, then `16 nov`."""
    days = (local_date(now) - local_date(moment)).days
    if days == 0:
        return time_of_day(moment, language)
    if 0 < days < 7:
        return _SHORT_WEEKDAYS[_language(language)][local_date(moment).weekday()]
    return short_date(moment, language)


def due(moment: datetime, now: datetime, language: str) -> str:
    """A time limit in words: `i dag 16.00`, `i morgon 12.00`, `onsdag 12.00` (within six days), `16 nov 12.00`."""
    code = _language(language)
    days = (local_date(moment) - local_date(now)).days
    if days in _NEAR[code]:
        day = _NEAR[code][days]
    elif 1 < days < 7:
        day = _WEEKDAYS[code][local_date(moment).weekday()]
    else:
        day = short_date(moment, code)
    return f"{day} {time_of_day(moment, code)}"


def is_soon(moment: datetime, now: datetime, *, within: timedelta = timedelta(hours=4)) -> bool:
    """Whether a time limit has passed or is at most `within` away."""
    return moment - now <= within


def whole(number: int | float | Decimal, language: str) -> str:
    """`18 204` with no-break spaces, in English `18,204`; rounded half up, never in scientific notation."""
    rounded = Decimal(str(number)).quantize(Decimal(1), ROUND_HALF_UP)
    return _separated(rounded, 0, language)


def fraction(number: int | float | Decimal, language: str, decimals: int = 1) -> str:
    """`3,2`, in English `3.2`, with as many decimals as asked; rounded half up."""
    rounded = Decimal(str(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return _separated(rounded, decimals, language)


def _separated(number: Decimal, decimals: int, language: str) -> str:
    text = f"{abs(number):,.{decimals}f}"
    if _language(language) == "sv":
        text = text.replace(",", NO_BREAK_SPACE).replace(".", ",")
    return (MINUS if number < 0 else "") + text

"""How numbers are rounded and written: the one place, so that the page, the chart, the file and the reckoning agree."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from torget.core import dates

# Decimals in which each figure is told. People are whole; an officer week is told in tenths, since half a person's week
# is a difference that management sees; hours and kronor are whole, since their range is far wider than a decimal.
DECIMALS = {
    "people_answered": 0,
    "people_open": 0,
    "people_helped": 0,
    "meetings": 0,
    "reception_days": 1,
    "officer_weeks": 1,
    "hours": 0,
    "kronor": 0,
    "answer_hours": 1,
    "percent": 0,
}


def rounded(value: float, decimals: int) -> Decimal:
    """Half away from zero, the way people round by hand: 0.25 becomes 0.3 where Python's own `round` says 0.2."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def told(key: str, value: float, language: str) -> str:
    """A figure with the decimals that belong to its key, "3,2" or "18 204"; KeyError for a key without a rule."""
    return dates.fraction(rounded(value, DECIMALS[key]), language, DECIMALS[key])


def tells(key: str, value: float) -> bool:
    """Whether anything is left of a figure when it is told: 0.04 officer weeks is "0,0", which tells nobody anything."""
    return rounded(value, DECIMALS[key]) != 0


def exact(value: float, language: str) -> str:
    """A number with every digit it has and none more (105, 6,5): an assumption in a reckoning may not be rounded."""
    number = Decimal(repr(float(value)))
    exponent = number.normalize().as_tuple().exponent
    return dates.fraction(number, language, max(0, -exponent) if isinstance(exponent, int) else 0)


def percent(part: int, whole: int) -> int:
    """Whole per cent, 0 when there is nothing to share."""
    return int(rounded(100 * part / whole, 0)) if whole else 0

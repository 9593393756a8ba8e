"""Time to first answer in a fixed logarithmic histogram: days and channels add up, and the error is known beforehand.

A median cannot be added from day to day; counts in fixed buckets can. Each bucket is a tenth wider than the one before,
so a quantile told as the bucket's geometric middle is never more than √1.1 − 1 = 4.9 % from the true one, whatever the
data. The edges are fixed for ever: to change them would make old days unreadable.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isnan, log, sqrt

GROWTH = 1.1
FIRST_SECONDS = 60.0
LAST_SECONDS = 1000 * 3600.0

# Upper edges in seconds: 60, 66, 72.6, … and exactly 1,000 hours last. Bucket 0 is all up to a minute, bucket i lies
# above edge i-1 and up to edge i, and the bucket after the last edge holds everything longer.
_STEPS = ceil(log(LAST_SECONDS / FIRST_SECONDS, GROWTH))
EDGES: tuple[float, ...] = (*(FIRST_SECONDS * GROWTH**step for step in range(_STEPS)), LAST_SECONDS)
LONGEST = len(EDGES)
BUCKETS = LONGEST + 1

# The stated error, in whole per cent and never less than the true bound.
ERROR_PERCENT = ceil(100 * (sqrt(GROWTH) - 1))


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile in seconds of working time, with the bounds that it surely lies within and how many were measured.

    `high` is infinite beyond 1,000 hours, where `value` is the lower bound: "at least 1,000 hours".
    """

    value: float
    low: float
    high: float
    count: int


def bucket(seconds: float) -> int:
    """The bucket (0 … BUCKETS − 1) of a time; ValueError for NaN. Below 0 (a clock moved back) counts as at once."""
    if isnan(seconds):
        raise ValueError("a time that is not a number has no bucket")
    return bisect_left(EDGES, seconds)


def bounds(number: int) -> tuple[float, float]:
    """What a bucket holds: above the first and up to the second number of seconds. ValueError for no such bucket."""
    if not 0 <= number < BUCKETS:
        raise ValueError(f"no bucket {number}")
    low = EDGES[number - 1] if number else 0.0
    return low, EDGES[number] if number < LONGEST else float("inf")


def merge(*histograms: Mapping[int, int]) -> dict[int, int]:
    """The sum of histograms {bucket: count}, whatever days and channels they come from."""
    total: Counter[int] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return {number: total[number] for number in sorted(total) if total[number]}


def quantile(histogram: Mapping[int, int], share: float) -> Quantile | None:
    """The time within which `share` (0 < share ≤ 1) of the answers came, by nearest rank; None when there are none."""
    if not 0 < share <= 1:
        raise ValueError("the share lies above 0 and up to 1")
    count = sum(histogram.values())
    if not count:
        return None
    # The share as it is written: 0.9 of ten is the ninth, though the float 0.9 is a little more than nine tenths.
    rank = max(1, ceil(Fraction(repr(share)) * count))
    for number in sorted(histogram):
        rank -= histogram[number]
        if rank <= 0:
            break
    low, high = bounds(number)
    if number == 0:
        middle = high / 2  # Up to a minute: there is no ratio to nought, and half a minute is as near as anyone asks.
    elif number == LONGEST:
        middle = low
    else:
        middle = sqrt(low * high)
    return Quantile(middle, low, high, count)

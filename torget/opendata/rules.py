"""How many addresses a map of the site holds, and when security.txt has to be read anew. Pure; docs/rules/api.md"""

from datetime import UTC, datetime, timedelta

MOST = 50_000
"""Addresses in one map (sitemaps.org)."""
FRESH = timedelta(days=180)


def parts(highest: int) -> int:
    """How many maps are needed for things that are numbered from 1 to `highest`: each holds a range of numbers."""
    return -(-max(highest, 0) // MOST)


def span(part: int) -> tuple[int, int]:
    """The first and last number of a map; maps are counted from 1."""
    return (part - 1) * MOST + 1, part * MOST


def expires(now: datetime) -> datetime:
    """When what is said now is to be read anew (RFC 9116): half a year ahead, at the start of a month, so that it is stable."""
    later = now.astimezone(UTC) + FRESH
    return later.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

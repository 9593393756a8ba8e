"""Notices by article 16 of the Digital Services Act, (EU) 2022/2065: what one must hold, and what becomes of it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from urllib.parse import urlsplit

from torget.moderation.rules.grounds import Ground

OTHER = "other"
"""Unlawful in a way that the closed list does not name: a person reads what it is."""


class Decision(StrEnum):
    """What was decided on a notice: taken away, left, or nothing of the kind was found."""

    REMOVED = "removed"
    KEPT = "kept"
    NOT_FOUND = "not_found"


def needs_a_name(ground: str) -> bool:
    """Article 16(2)(c): name and address, except for the offences of articles 3 to 7 of directive 2011/93/EU."""
    return ground != Ground.CHILD_ABUSE


@dataclass(frozen=True, slots=True)
class Target:
    """What a notice points at: the number of a conversation of ours, or an address anywhere; both may be unknown."""

    number: int | None = None
    url: str = ""


_NUMBER = re.compile(r"^(?:nr|nummer|samtal|#)?\s*\.?\s*([0-9]{1,15})$", re.IGNORECASE)
_PAGE = re.compile(r"^/(?:en/)?samtal/([0-9]{1,15})/?$")


def target_of(text: str, *, hosts: frozenset[str]) -> Target:
    """What the address or number that somebody wrote points at; never an error. `hosts` are our own names."""
    text = text.strip()
    if match := _NUMBER.match(text):
        return Target(number=int(match[1]))
    try:
        parts = urlsplit(text if "//" in text or text.startswith("/") else f"//{text}")
        host = parts.netloc.lower()
    except ValueError:
        return Target()
    if (not host or host in hosts) and (match := _PAGE.match(parts.path)):
        return Target(number=int(match[1]))
    return Target(url=text) if host else Target()


def median_hours(spans: list[tuple[datetime, datetime]]) -> float | None:
    """The median time from received to decided, in hours; None where nothing was decided."""
    return median((end - start) / timedelta(hours=1) for start, end in spans) if spans else None


def why_not_review(*, decider: int | None, reviewer: int, open_: bool) -> str | None:
    """Why somebody cannot decide a complaint: it is decided, or they would judge their own decision."""
    if not open_:
        return "decided"
    return "same_person" if decider == reviewer else None

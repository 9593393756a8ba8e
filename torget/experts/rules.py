"""Policy of asking a colleague: who is free, what goes along, when to remind and tell, who knows. docs/rules/expert-link.md"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from torget.organisations.rules import STOCKHOLM, Hours, due_moment, is_working_day, working_seconds
from torget.register.rules import mask_identity_numbers

LIFE = timedelta(days=14)
"""How long a link opens its question."""
MAX_TEXT = 20_000
"""Longest answer by the link, in characters."""
MAX_QUESTION = 4_000
"""Longest question to a colleague, in characters."""
MAX_WORDS = 60
"""How many different words of a question are learned from its answer."""
LETTER_LEASE = timedelta(minutes=2)
"""How long a worker that took a letter may be silent before nobody knows whether it left."""
LONGEST_PAUSE = timedelta(minutes=60)
"""Longest wait between two attempts to hand a letter to the mail server."""


class State(StrEnum):
    """Where a question to a colleague is."""

    ASKED = "asked"
    ANSWERED = "answered"
    USED = "used"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Kind(StrEnum):
    """What a letter to a colleague is for."""

    QUESTION = "question"
    REMINDER = "reminder"
    DUE = "due"
    NEWS = "news"


class Posting(StrEnum):
    """Where a letter is on its way out. Unknown is never repeated by machine."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


class Tidings(StrEnum):
    """What a colleague is told afterwards: what became of the answer, "ja, det hjälpte", a word of thanks."""

    OUTCOME = "outcome"
    HELPED = "helped"
    THANKS = "thanks"


# ---- the link -------------------------------------------------------------------------------------------------------


def why_shut(state: str, *, expires: datetime, now: datetime) -> str | None:
    """Why the link opens nothing more, as a code: revoked | expired; None while it opens.

    The time decides, not the worker that notes it: a link is shut at the second it ends.
    """
    if state == State.REVOKED:
        return "revoked"
    return "expired" if now >= expires or state == State.EXPIRED else None


def why_no_answer(state: str, *, text: str, expires: datetime, now: datetime, seen: int, version: int) -> str | None:
    """Why an answer cannot be taken or changed, as a code; None when it can.

    `seen` is which version of the answer the page showed (0: none), `version` which there is: of two who write at once
    the second is told, and keeps the words.
    """
    if shut := why_shut(state, expires=expires, now=now):
        return shut
    if state == State.USED:
        return "used"
    if state == State.DECLINED:
        return "declined"
    if not text.strip():
        return "empty"
    if len(text) > MAX_TEXT:
        return "too_long"
    return "changed_since" if seen != version else None


def is_colleague(address: str, known: Collection[str]) -> bool:
    """Whether an e-mail address lies at one of the organisation's own domains, or under one; `known` are addresses."""
    domain = address.rpartition("@")[2].casefold().rstrip(".")
    ours = {other.rpartition("@")[2].casefold().rstrip(".") for other in known if "@" in other}
    return any(domain == one or domain.endswith(f".{one}") for one in ours if one)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who could be asked: how many questions lie with them, and whether they have asked to be left alone."""

    key: int
    open_questions: int
    stopped: bool = False


def first_free(members: Sequence[Member]) -> int | None:
    """The key of the first with no question open; None when all are busy or left alone, or there is nobody."""
    return next((member.key for member in members if not member.open_questions and not member.stopped), None)


def least_busy(members: Sequence[Member]) -> int | None:
    """The key of the one with the fewest questions open, in the order given; None when there is nobody to ask."""
    return min((m for m in members if not m.stopped), key=lambda m: m.open_questions, default=Member(0, 0)).key or None


# ---- what goes along ------------------------------------------------------------------------------------------------

_HIDDEN = "[…]"


def masked(text: str, names: Collection[str] = ()) -> str:
    """`text` without identity numbers and without the sender's own names and addresses, as a colleague reads it.

    Each part of a name counts, where it is written as a name is; other people's names are not found: a person must look.
    """
    text = mask_identity_numbers(text)
    for whole in sorted({" ".join(name.split()) for name in names if name.strip()}, key=len, reverse=True):
        if "@" in whole:
            text = re.sub(re.escape(whole), _HIDDEN, text, flags=re.IGNORECASE)
            continue
        text = re.sub(rf"(?<!\w){re.escape(whole)}(?!\w)", _HIDDEN, text, flags=re.IGNORECASE)
        parts = [part for part in re.split(r"[\s.,]+", whole) if len(part) > 2 and part[0].isupper()]
        for part in parts:
            # Only as a name is written: "Bror" goes, "min bror" stays. The genitive goes with it.
            text = re.sub(rf"(?<!\w){re.escape(part)}(s?)(?!\w)", _HIDDEN, text)
    return text


# ---- when -----------------------------------------------------------------------------------------------------------


def minutes_between(asked: datetime, answered: datetime, hours: Hours, closed_days: Set[date]) -> int:
    """How long an answer took in minutes of working time; by the clock where it came while the desk was shut. At least 1."""
    seconds = working_seconds(asked, answered, hours, closed_days) or (answered - asked).total_seconds()
    return max(1, round(seconds / 60))


def working_moment(start: datetime, seconds: float, hours: Hours, closed_days: Set[date]) -> datetime:
    """The moment (aware, UTC) when the desk has been open for `seconds` since `start`."""
    left = timedelta(seconds=seconds)
    local = start.astimezone(STOCKHOLM).replace(tzinfo=None)
    day = local.date()
    # A desk that is never open has no such moment: after a year the clock on the wall decides.
    for _ in range(366):
        if is_working_day(day, closed_days):
            opens = max(datetime.combine(day, hours.opens), local)
            closes = datetime.combine(day, hours.closes)
            if opens + left <= closes:
                return (opens + left).replace(tzinfo=STOCKHOLM).astimezone(UTC)
            left -= max(timedelta(0), closes - opens)
        day += timedelta(days=1)
        local = datetime.combine(day, time.min)
    return start + timedelta(seconds=seconds)


def reminder_moment(asked: datetime, wanted: datetime, hours: Hours, closed_days: Set[date]) -> datetime | None:
    """When to remind before the time is out: halfway in working time; None where there are less than two hours in all."""
    total = working_seconds(asked, wanted, hours, closed_days)
    return working_moment(asked, total / 2, hours, closed_days) if total >= 7200 else None


def is_open(now: datetime, hours: Hours, closed_days: Set[date]) -> bool:
    """Whether the desk is open at `now`: nobody is reminded or told of anything at night."""
    local = now.astimezone(STOCKHOLM)
    return is_working_day(local.date(), closed_days) and hours.opens <= local.time() < hours.closes


def wishes(now: datetime, hours: Hours, closed_days: Set[date]) -> dict[str, datetime]:
    """By when an answer may be wanted: code → closing time of that day (aware, UTC). Today only while an hour is left."""
    local = now.astimezone(STOCKHOLM)
    found: dict[str, datetime] = {}
    closes = datetime.combine(local.date(), hours.closes, STOCKHOLM)
    if is_working_day(local.date(), closed_days) and closes - local >= timedelta(hours=1):
        found["today"] = closes.astimezone(UTC)
    for code, days in (("next", 1), ("two", 2), ("five", 5)):
        found[code] = due_moment(now, working_days=days, hours=hours, closed_days=closed_days)
    return found


# ---- who knows ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A word of a question that somebody has answered."""

    expert: int
    question: int
    word: str


def who_knows(asked: Mapping[str, float], heard: Sequence[Heard], *, limit: int = 3) -> list[int]:
    """The keys of those who answered before on like words, the likeliest first. `asked`: the question's stems, weighed.

    A word that few questions hold says more than one that many hold. A question is like when it shares two words, or one
    of six letters or more; many like questions count for more than one, but less for each.
    """
    questions: dict[int, set[str]] = {}
    experts: dict[int, int] = {}
    for one in heard:
        if one.word in asked:
            questions.setdefault(one.question, set()).add(one.word)
            experts[one.question] = one.expert
    holding = Counter(word for words in questions.values() for word in words)
    likeness: dict[int, list[float]] = {}
    for question, words in questions.items():
        if len(words) >= 2 or any(len(word) >= 6 for word in words):
            weight = sum(asked[word] * math.log(1 + len(questions) / holding[word]) for word in words)
            likeness.setdefault(experts[question], []).append(weight)

    def score(expert: int) -> float:
        return sum(weight / (place + 1) for place, weight in enumerate(sorted(likeness[expert], reverse=True)))

    return sorted(likeness, key=lambda expert: (-score(expert), expert))[:limit]

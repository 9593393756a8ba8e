"""The way of a post: its stages, who may approve, when it leaves, and what else happens at that time."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from torget.conversations.rules import Sending
from torget.posts.rules.spans import STOCKHOLM

LEASE = timedelta(minutes=4)
"""How long the worker may be silent with a delivery; pictures take longer than words."""
LONGEST_PAUSE = timedelta(minutes=60)
NEAR = timedelta(hours=1)
"""Posts so close to each other are warned of."""
STORM = 30
STORM_SPAN = timedelta(hours=2)
"""So many new messages in an account in so long is a storm."""
EARLY, LATE = time(7, 0), time(21, 0)
"""Before and after these, on the clock in Stockholm, few read and nobody answers."""


class Stage(StrEnum):
    """Where a post is."""

    DRAFT = "draft"
    WAITING = "waiting"
    PLANNED = "planned"
    OUT = "out"
    TROUBLE = "trouble"


_WAITS_FOR_A_PERSON = {Sending.UNKNOWN, Sending.REFUSED, Sending.BOUNCED}
_UNDER_WAY = {Sending.APPROVED, Sending.SENDING, Sending.NO_WAY_OUT}


def stage_of(sendings: Sequence[Sending]) -> Stage:
    """The stage that the deliveries of an approved post give it: trouble first, since a person is asked for."""
    if any(one in _WAITS_FOR_A_PERSON for one in sendings):
        return Stage.TROUBLE
    if any(one in _UNDER_WAY for one in sendings):
        return Stage.PLANNED
    return Stage.OUT if Sending.SENT in sendings else Stage.DRAFT


def why_not_edit(stage: Stage, sendings: Sequence[Sending]) -> str | None:
    """Why the words cannot be changed: what may be out somewhere is not written anew, it is copied."""
    if stage is Stage.OUT:
        return "already_out"
    if any(one in (Sending.SENT, Sending.SENDING, Sending.UNKNOWN) for one in sendings):
        return "partly_out"
    return None


def why_not_approve(
    stage: Stage, *, me: int, author: int, writer: int, needs_approval: bool, seen: int, version: int
) -> str | None:
    """Why `me` cannot approve version `seen`; None when it goes.

    `writer` wrote the latest version: with approval by a colleague, neither that nor who began the post decides alone.
    """
    if stage not in (Stage.DRAFT, Stage.WAITING):
        return "already_approved"
    if seen != version:
        return "changed_since"
    if needs_approval and me in (author, writer):
        return "own_post"
    return None


def leaves_at(planned: datetime | None, now: datetime, undo_seconds: int) -> datetime:
    """When an approved post leaves: at its time, and never before it could be taken back."""
    soonest = now + timedelta(seconds=undo_seconds)
    return max(planned, soonest) if planned else soonest


def pause(attempts: int, retry_after: float) -> timedelta:
    """How long to wait after so many attempts that surely did not get out; the channel's own word counts when it is longer."""
    return min(
        LONGEST_PAUSE, max(timedelta(minutes=2 ** min(attempts - 1, 6)), timedelta(seconds=max(0.0, retry_after)))
    )


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another post that is planned or out: when, by which accounts (keys), and what it is called."""

    at: datetime
    accounts: frozenset[int]
    title: str
    key: int = 0


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to think of before approving; never a no. `detail` is a title or a name, `number` a count."""

    code: str
    detail: str = ""
    number: int = 0
    at: datetime | None = None
    key: int = 0


def cautions(
    at: datetime | None,
    *,
    now: datetime,
    accounts: Set[int],
    neighbours: Sequence[Neighbour],
    closed: Mapping[date, str],
    storms: Mapping[str, int],
) -> list[Caution]:
    """What else goes out within the hour, a time when nobody is there, and accounts that many write to just now."""
    found: list[Caution] = []
    moment = at if at and at > now else now
    if at and at < now:
        found.append(Caution("past", at=at))
    for other in sorted(neighbours, key=lambda one: one.at):
        if abs(other.at - moment) < NEAR:
            code = "same_channel" if other.accounts & accounts else "same_hour"
            found.append(Caution(code, detail=other.title, at=other.at, key=other.key))
    local = moment.astimezone(STOCKHOLM)
    if local.date() in closed:
        found.append(Caution("closed_day", detail=closed[local.date()]))
    elif local.weekday() >= 5:
        found.append(Caution("weekend"))
    if not EARLY <= local.time() < LATE:
        found.append(Caution("late"))
    found += [Caution("storm", detail=name, number=count) for name, count in storms.items() if count >= STORM]
    return found


def title_of(title: str, text: str) -> str:
    """What the post is called among colleagues: as given, else its first words."""
    given = " ".join(title.split())
    words = given or " ".join(text.split())
    return words if len(words) <= 70 else words[:70].rsplit(" ", 1)[0] + "…"

"""Policy of working together: fields of saved replies, who is named, what an approval holds, who has the desk, when to mail."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FIELDS = ("förnamn", "diarienummer", "länk", "handläggare")
"""The fields a saved reply may hold, between braces."""
_FIELD = re.compile(r"\{(" + "|".join(FIELDS) + r")\}", re.IGNORECASE)
# A name after @, but not the second half of a mail address or of a handle such as @ek@exempel.social.
_NAMED = re.compile(r"(?<![\w@.])@([^\W\d_][\w\-]*(?: [^\W\d_][\w\-]*)?)(?![\w@])")
MAX_NAMED = 20
"""So many people a note calls for at most."""


class Kind(StrEnum):
    """What a colleague should know of."""

    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    CHANGE_WANTED = "change_wanted"
    DRAFT_RETIRED = "draft_retired"
    TAKEN_OVER = "taken_over"
    EXPERT_ANSWERED = "expert_answered"
    UNKNOWN_OUTCOME = "unknown_outcome"


WAITING_KINDS = (Kind.MENTIONED, Kind.ASSIGNED, Kind.EXPERT_ANSWERED, Kind.CHANGE_WANTED)
"""Notices that put their conversation under "Väntar på dig" until they are read."""


class Asked(StrEnum):
    """Where an asking for approval is; only the first is open."""

    OPEN = "open"
    APPROVED = "approved"
    CHANGE = "change"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    """The text was changed after the asking: a new version needs a new asking."""
    RETIRED = "retired"
    """Another answer went out first."""


# ---- saved replies ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filled:
    """A saved reply with its fields filled in; `missing` are the fields that had no value and stand as they were."""

    text: str
    missing: tuple[str, ...]


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """The text with {förnamn} and the like replaced; what has no value stays, so that it is seen. Other braces are text."""
    missing: list[str] = []

    def one(found: re.Match[str]) -> str:
        name = found[1].lower()
        if value := values.get(name, ""):
            return value
        if name not in missing:
            missing.append(name)
        return found[0]

    return Filled(_FIELD.sub(one, text), tuple(missing))


def left_open(text: str) -> tuple[str, ...]:
    """The fields that still stand unfilled in an answer, each once: nobody is to be greeted as {förnamn}."""
    return tuple(dict.fromkeys(found.lower() for found in _FIELD.findall(text)))


def first_name(name: str) -> str:
    """What a person is greeted by; nothing for a handle, an address or a name of which one cannot tell."""
    words = name.replace(",", " , ").split()
    if not words or "@" in name or any(sign.isdigit() for sign in name):
        return ""
    # "Testsson, Signe": the family name stands first.
    given = words[words.index(",") + 1] if "," in words and words.index(",") + 1 < len(words) else words[0]
    return given if given.isalpha() or given.replace("-", "").isalpha() else ""


# ---- mentions ---------------------------------------------------------------------------------------------------


def named(text: str, people: Iterable[tuple[int, str]]) -> list[int]:
    """Whom a note calls for: keys of the (key, name) pairs, in order of the text. A name that nobody has is only text.

    `@Anna Provdal` is that one; `@Anna` is everyone called Anna, since nobody should wait for a word that never came.
    """
    whole: dict[str, list[int]] = {}
    first: dict[str, list[int]] = {}
    for key, name in people:
        words = name.casefold().split()
        if words:
            whole.setdefault(" ".join(words[:2]), []).append(key)
            first.setdefault(words[0], []).append(key)
    found: dict[int, None] = {}
    for name in _NAMED.findall(text):
        words = name.casefold().split()
        for key in whole.get(" ".join(words)) or first.get(words[0], []):
            found[key] = None
    return list(found)[:MAX_NAMED]


# ---- approvals --------------------------------------------------------------------------------------------------


def seal(text: str, files: Sequence[tuple[str, str]], *, salt: bytes) -> bytes:
    """What an approval holds for (32 bytes): this text and these files (hash, alternative text), and no other."""
    digest = sha256(salt)
    for part in (text.strip(), *(word for pair in files for word in pair)):
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()


def why_no_decision(state: str, *, same: bool, me: int, author: int, may: bool) -> str | None:
    """Why somebody cannot approve, as a code; None when they can. `same`: the draft is still what was asked about."""
    if state != Asked.OPEN:
        return "already_decided"
    if me == author:
        return "own_draft"
    if not may:
        return "not_asked"
    if not same:
        return "draft_changed"
    return None


def leaves_at(now: datetime, *, send_at: datetime | None, undo_seconds: int) -> datetime | None:
    """When an answer may leave: at the moment it was meant for, else after the time one has to take it back. None: now."""
    rested = now + timedelta(seconds=undo_seconds) if undo_seconds else None
    if send_at is None or send_at <= now:
        return rested
    return max(send_at, rested) if rested else send_at


# ---- shifts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's time at the desk: each week on `weekday` (0 is Monday), or on one `day`. Local wall clock."""

    user: int
    starts: time
    ends: time
    weekday: int | None = None
    day: date | None = None


def turns_on(turns: Iterable[Turn], day: date) -> list[Turn]:
    """The turns of a day in order of time: those of the very day where there are any, else those of its weekday."""
    given = list(turns)
    found = [turn for turn in given if turn.day == day] or [
        turn for turn in given if turn.day is None and turn.weekday == day.weekday()
    ]
    return sorted(found, key=lambda turn: (turn.starts, turn.user))


def on_duty(turns: Iterable[Turn], now: datetime, closed_days: Set[date]) -> list[Turn]:
    """Who has the desk at this moment (aware); nobody on a day the desk is shut, unless somebody is put there by name."""
    local = now.astimezone(STOCKHOLM)
    today = turns_on(turns, local.date())
    if local.date() in closed_days:
        today = [turn for turn in today if turn.day == local.date()]
    clock = local.time().replace(tzinfo=None)
    return [turn for turn in today if turn.starts <= clock < turn.ends]


# ---- the digest -------------------------------------------------------------------------------------------------

REST = timedelta(minutes=30)
"""A notice this young is not mailed yet: who sits at the desk sees it there."""


def may_mail(now: datetime, *, opens: time, closes: time, closed_days: Set[date]) -> bool:
    """Whether a digest may be mailed now: within the desk's hours on a working day (local wall clock)."""
    local = now.astimezone(STOCKHOLM)
    if local.weekday() > 4 or local.date() in closed_days:
        return False
    return opens <= local.time().replace(tzinfo=None) < closes

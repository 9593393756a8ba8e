"""The closed list of grounds for taking something away, and what may be done by each. docs/rules/moderation.md

Sources: BBS law (1998:112) 5 §, what is to be removed because it is *obviously* of that kind; the organisation's own rules
for its comment fields. That somebody dislikes what is said is no ground (RF 2 kap. 1 §): there is none to choose for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "2026-11"
"""Which list was in force when something was decided; a new one when a ground is added, dropped or changes its law."""


class Ground(StrEnum):
    """Why something is taken away; `moderation.words.GROUNDS` has the words."""

    THREAT = "threat"
    PRIVACY = "privacy"
    INCITEMENT = "incitement"
    AGITATION = "agitation"
    CHILD_ABUSE = "child_abuse"
    VIOLENCE = "violence"
    TERRORISM = "terrorism"
    COPYRIGHT = "copyright"
    PERSONAL_DATA = "personal_data"
    INSULTS = "insults"
    OFF_TOPIC = "off_topic"
    SPAM = "spam"


LAW: Final[Mapping[Ground, str]] = {
    Ground.THREAT: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 4 kap. 5 § brottsbalken",
    Ground.PRIVACY: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 4 kap. 6 c § brottsbalken",
    Ground.INCITEMENT: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 16 kap. 5 § brottsbalken",
    Ground.AGITATION: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 16 kap. 8 § brottsbalken",
    Ground.CHILD_ABUSE: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 16 kap. 10 a § brottsbalken",
    Ground.VIOLENCE: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 16 kap. 10 c § brottsbalken",
    Ground.TERRORISM: "5 § 1 lagen (1998:112) om ansvar för elektroniska anslagstavlor; 7 § terroristbrottslagen (2022:666)",
    Ground.COPYRIGHT: "5 § 2 lagen (1998:112) om ansvar för elektroniska anslagstavlor; lagen (1960:729) om upphovsrätt",
}
"""The law behind a ground. A ground that is not here is the organisation's own rule, and is said to be."""

UNLAWFUL: Final = frozenset(LAW)
NO_COPY: Final = frozenset({Ground.CHILD_ABUSE})
"""To copy it is a crime in itself (16 kap. 10 a § brottsbalken): no evidence copy, and the police at once."""


class How(StrEnum):
    """What is done: hidden so that only the writer sees it, or removed."""

    HIDE = "hide"
    REMOVE = "remove"


def proposed(ground: Ground) -> How:
    """What is proposed first: what is unlawful is removed, what only breaks our rules is hidden."""
    return How.REMOVE if ground in UNLAWFUL else How.HIDE


class Way(StrEnum):
    """Where it is done."""

    HERE = "here"
    """On our own pages, at once."""
    CHANNEL = "channel"
    """In a connected channel, by the worker."""
    BY_HAND = "by_hand"
    """In a channel that is not connected: a person does it there and says so here."""


class State(StrEnum):
    """How far it has come; the same as an answer's on its way out. Unknown is never repeated by machine."""

    ASKED = "asked"
    DOING = "doing"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNDONE = "undone"


NEEDS_A_PERSON: Final = (State.REFUSED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a message can be read: `open_there` by all in its channel, `open_here` on a page of ours, `live` connected."""

    open_there: bool
    open_here: bool
    live: bool


def way_of(shown: Shown) -> Way:
    """Where it is to be taken away."""
    if not shown.open_there:
        return Way.HERE
    return Way.CHANNEL if shown.live else Way.BY_HAND


def why_not(shown: Shown, *, removed: bool, deleted: bool) -> str | None:
    """Why a message cannot be taken away, as a code.

    What was sent to us alone is seen by nobody else: the BBS law leaves it out (1 §), and disposal is another decision.
    """
    if removed:
        return "already_removed"
    if deleted:
        return "gone_already"
    if not shown.open_there and not shown.open_here:
        return "nobody_sees_it"
    return None


RETRIES: Final = (10, 60, 300, 1800, 7200)
"""Seconds before the next attempt; after the last one a person decides."""


def next_attempt(attempts: int, asked: float = 0.0) -> float | None:
    """Seconds until it is tried again after so many attempts, never before the channel asked for; None: no more."""
    if attempts > len(RETRIES):
        return None
    return max(asked, float(RETRIES[attempts - 1])) if attempts else 0.0

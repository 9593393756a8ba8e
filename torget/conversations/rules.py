"""Policy of the conversation: states, the lease, when an answer may go, what the resident is told next."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

LEASE = timedelta(minutes=15)
"""How long a lease lasts without a sign of life from its owner."""
SENDING_LEASE = timedelta(minutes=2)
"""How long the worker that took an answer may be silent before its outcome counts as unknown."""
MAX_TEXT = 20_000
"""Longest text a resident or staff may send by a form, in characters."""
MAX_DRAFT = 5 * MAX_TEXT
"""A draft may be longer than what is sent: one that was taken back, and what was begun since, lie in it together."""


LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z0-9]{2,8})*")
LONGEST_TAG = 20
MAX_PUBLISHED = 200
"""How many messages of a conversation are published, its first ones."""


class State(StrEnum):
    """Where a conversation is, the same words on the desk and in the code."""

    NEW = "new"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"


class Way(StrEnum):
    """How an answer leaves: by e-mail, on the receipt page, in the connected channel, or not at all."""

    EMAIL = "email"
    RECEIPT = "receipt"
    CHANNEL = "channel"
    NONE = "none"


class Sending(StrEnum):
    """The outbox's states. Unknown is never repeated by machine."""

    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    BOUNCED = "bounced"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NO_WAY_OUT = "no_way_out"
    WITHDRAWN = "withdrawn"


_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD for the signs that no database takes: NUL and lone surrogates. All else stays as written."""
    return _NOT_STORABLE.sub("\ufffd", text)


def way_out(channel: str, email: str, *, connected: bool = False) -> Way:
    """How an answer to a message from `channel` leaves: by its connected account; the own form by mail or its receipt."""
    if connected:
        return Way.CHANNEL
    if channel != "web":
        return Way.NONE
    return Way.EMAIL if email else Way.RECEIPT


def reply_name(channel: str, external_id: str, alias: str) -> str:
    """What a channel calls a message that is answered: Mastodon its server's own id, mail the Message-ID, else the id."""
    if channel == "mastodon":
        return alias or external_id
    # Another mail under a Message-ID that we had already was given a mark of its own (actions/taking.py).
    return external_id.rpartition("#")[0] or external_id if channel == "mail" else external_id


def lease_holder(owner_id: int | None, until: datetime | None, now: datetime) -> int | None:
    """Who holds the lease now, if anyone."""
    if owner_id is None or until is None:
        return None
    # An end further away than any lease lasts was set before the clock was moved back: it holds nobody.
    return owner_id if now < until <= now + 2 * LEASE else None


def why_no_reply(text: str, *, holder: int | None, me: int, seen: int, messages: int) -> str | None:
    """Why an answer cannot be sent, as a code; None when it can.

    `seen` is how many messages the writer of the answer had on the screen, `messages` how many there are: a stale
    page never lets a second answer out.
    """
    if not text.strip():
        return "empty"
    if len(text) > MAX_TEXT:
        return "too_long"
    if holder is not None and holder != me:
        return "locked_by_other"
    if messages != seen:
        return "thread_moved"
    return None


def shown(messages: Sequence[tuple[int, int]]) -> str:
    """A short name for what a preview showed: which messages (key, version), so that nothing unread is published."""
    return sha256(";".join(f"{key}:{version}" for key, version in messages).encode()).hexdigest()[:16]


def subject_of(subject: str, text: str) -> str:
    """What staff read in the queue: the subject as given, else the first words."""
    given = " ".join(subject.split())
    if given:
        return given[:200]
    words = " ".join(text.split())
    return words if len(words) <= 70 else words[:70].rsplit(" ", 1)[0] + "…"


def subject_key(subject: str) -> str:
    """The subject as compared for recurrence: reply marks, signs and case taken away, å ä ö kept."""
    text = unicodedata.normalize("NFC", subject).casefold()
    for _ in range(5):
        for mark in ("re:", "sv:", "fw:", "fwd:", "vb:", "vs:"):
            text = text.strip().removeprefix(mark)
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text).split())[:120]


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the receipt: `name` is a code, `when` the moment it was done or is due."""

    name: str
    state: str
    """done, now or next"""
    when: datetime | None


def receipt_steps(
    *, received: datetime, taken: datetime | None, answered: datetime | None, due: datetime, closed: bool
) -> list[Step]:
    """What has happened and what happens next, in order."""
    steps = [Step("received", "done", received)]
    if answered:
        return [*steps, Step("read", "done", taken or answered), Step("answered", "done", answered)]
    if closed:
        return [*steps, Step("read", "done", taken), Step("closed", "done", None)]
    if taken:
        return [*steps, Step("read", "done", taken), Step("writing", "now", due)]
    return [*steps, Step("reading", "now", None), Step("answer_due", "next", due)]


def is_new_version(*, latest: str, new: str, latest_edited: datetime | None, new_edited: datetime | None) -> bool:
    """Whether an incoming text is a new version of what we have: other words, and not an older snapshot.

    Compared with the latest version, so that A, B, A is three versions; a page recorded before the last edit is none.
    """
    if latest == new:
        return False
    if latest_edited is None:
        return True
    return new_edited is not None and new_edited >= latest_edited


def other_language(said: str) -> str:
    """The language that a source says the words are in (BCP 47), where it is another than Swedish; else nothing.

    It goes into `lang`, so that a screen reader changes its voice (WCAG 2.2, 3.1.2). A source may say anything at all.
    """
    tag = said.strip().lower()
    return "" if tag[:2] == "sv" or not LANGUAGE.fullmatch(tag) or len(tag) > LONGEST_TAG else tag

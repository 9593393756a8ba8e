"""What a token may, what events there are, and when a webhook is tried again. Pure; docs/rules/api.md"""

from datetime import timedelta
from enum import StrEnum


class Scope(StrEnum):
    """What a token opens."""

    WRITE = "messages:write"
    READ = "messages:read"
    RESULTS = "results:read"


class Event(StrEnum):
    """What a program is told of by webhook. The answer itself (`answer.sent`) goes by the outbox, as in every channel."""

    RECEIVED = "message.received"
    ANSWERED = "answer.sent"
    CLOSED = "conversation.closed"
    REOPENED = "conversation.reopened"
    PUBLISHED = "conversation.published"
    UNPUBLISHED = "conversation.unpublished"


KINDS: dict[str, Event] = {
    "record.received": Event.RECEIVED,
    "record.dispatched": Event.ANSWERED,
    "conversation.closed": Event.CLOSED,
    "conversation.reopened": Event.REOPENED,
    "conversation.published": Event.PUBLISHED,
    "conversation.unpublished": Event.UNPUBLISHED,
}
"""The journal's kind of entry → the event that it becomes."""

MOST_ATTEMPTS = 12
"""With the pauses below, some three days."""
SENT_KEPT, FAILED_KEPT = timedelta(days=30), timedelta(days=90)
"""How long a delivery that has ended can be seen and sent again."""


def pause_after(attempts: int) -> timedelta:
    """How long a webhook rests after so many attempts that failed: a minute, then twice as long, at most twelve hours."""
    return timedelta(minutes=min(2 ** max(attempts - 1, 0), 720))


def gives_up(attempts: int) -> bool:
    """Whether so many attempts are enough; a person may send it again."""
    return attempts >= MOST_ATTEMPTS

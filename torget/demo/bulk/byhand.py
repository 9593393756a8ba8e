"""What is seldom done to a conversation, done to some of the past by the actions themselves: published, secret, noted, tagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.db import transaction

from torget.conversations import actions
from torget.conversations.actions.organising import tag
from torget.conversations.models import Conversation, Message
from torget.organisations.models import User

PUBLISHED, SECRET, NOTED, TAGGED = 500, 2500, 1500, 1000
"""One conversation in so many; each kind is spread over the whole past."""
TAGS = ("snöröjning", "förskola", "trafik", "bygglov", "äldreomsorg", "avfall")
PROVISION = "OSL 26:1"
AT_ONCE = 100


def touch(numbers: tuple[int, int], staff: Sequence[User]) -> int:
    """Do it to conversations between these numbers (both included); how many deeds. Parts of a hundred are a transaction."""
    first, last = numbers
    done = 0
    for every, what in ((PUBLISHED, _publish), (SECRET, _seal), (NOTED, _note), (TAGGED, _tag)):
        # Each kind begins at a place of its own, so that they do not meet in the same conversations.
        wanted = list(range(first + every // 3, last + 1, every))
        for start in range(0, len(wanted), AT_ONCE):
            done += _together(what, wanted[start : start + AT_ONCE], staff)
    return done


@transaction.atomic
def _together(what: Callable[[Conversation, User], None], numbers: Sequence[int], staff: Sequence[User]) -> int:
    count = 0
    for conversation in _of(numbers):
        what(conversation, staff[conversation.number % len(staff)])
        count += 1
    return count


def _of(numbers: Sequence[int]) -> Iterator[Conversation]:
    yield from Conversation.objects.filter(number__in=numbers).order_by("number")


def _publish(conversation: Conversation, by: User) -> None:
    if not conversation.sealed:
        actions.publish(conversation, title=conversation.subject, by=by)


def _seal(conversation: Conversation, by: User) -> None:
    message = Message.objects.filter(conversation=conversation, direction=Message.IN).order_by("pk")[0]
    actions.mark_secret(message, provision=PROVISION, by=by)


def _note(conversation: Conversation, by: User) -> None:
    actions.note(conversation, text="Ringde och berättade hur det går till. Inget mer att göra.", by=by)


def _tag(conversation: Conversation, by: User) -> None:
    tag(conversation, names=[TAGS[conversation.number % len(TAGS)]], by=by)

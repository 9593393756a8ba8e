"""How many ask the same: each new conversation is put to those of the last month that its first message is like."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from torget.conversations import ordering, priority
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.core.kept import kept
from torget.core.rows import find, insert
from torget.matching.rules import ALIKE, Content, content, likeness
from torget.register.models import RecordVersion
from torget.search.actions.indexing import LATE
from torget.search.models import Asked, AskedWord, Cursor

WINDOW = timedelta(days=30)
"""How far back "the same" is counted."""
AT_ONCE = 50
WORDS = 16
"""So many of a message's words are kept, those that say most: how it is found by others."""
LOOKED_AT, COMPARED = 3000, 30
"""Of those that share a word so many rows are looked at, the rarest words first, and so many messages compared."""


@dataclass(slots=True)
class _First:
    """A conversation with what its first message asks."""

    conversation: int
    at: datetime
    subject_key: str
    # Its subject and words: who writes the very same asks the same, without any look-up.
    text: str
    content: Content


def count_same(limit: int = AT_ONCE) -> int:
    """Worker's job: put what is new beside what asks the same and count; how many conversations were put.

    `Conversation.same_count` is how many others of the last 30 days ask the same, and `first_at` follows. It is derived:
    nothing in the journal, and `changed_at` stays, since nothing was done to the conversation.
    """
    now = clock.now()
    keys = _new(now - WINDOW, limit)
    if not keys:
        return 0  # the common case takes no lock
    firsts = _firsts(keys)
    groups: set[int] = set()
    with transaction.atomic():
        there = set(Asked.objects.filter(pk__in=keys).values_list("pk", flat=True))
        said: dict[str, int] = {}
        put: list[tuple[_First, list[int], int]] = []
        for first in firsts:
            mine = numbers(first.content)
            group = said.get(first.text) if mine else None
            if group is None:
                # What was put a moment ago is looked for as well.
                _write(put, there)
                put.clear()
                group = said[first.text] = _group_of(first, mine, now - WINDOW)
            put.append((first, mine, group))
            groups.add(group)
        _write(put, there)
        _count(groups, now - WINDOW)
        # Late ones lie before what has been looked at: the cursor never goes back for them.
        at = Cursor.objects.filter(name="asked").values_list("number", flat=True).first() or 0
        Cursor.objects.update_or_create(name="asked", defaults={"number": max(*keys, at)})
    return len(keys)


def forget_old(limit: int = 5000) -> int:
    """Worker's job: what was asked more than 30 days ago is no longer counted; how many were forgotten."""
    since = clock.now() - WINDOW
    old = list(Asked.objects.filter(at__lt=since).order_by("at").values_list("pk", "group")[:limit])
    if not old:
        return 0
    with transaction.atomic():
        keys = [key for key, _ in old]
        AskedWord.objects.filter(asked__in=keys).delete()
        Asked.objects.filter(pk__in=keys).delete()
        _count({group for _, group in old}, since)
    return len(old)


def _new(since: datetime, limit: int) -> list[int]:
    """Conversations of the window that have not been put anywhere yet, oldest first."""
    recent = Conversation.objects.filter(first_received_at__gte=since, merged_into=None)
    cursor = Cursor.objects.filter(pk="asked").values_list("number", flat=True).first()
    if cursor is None:
        # Once: where the window begins. All before it are passed over.
        cursor = (recent.aggregate(first=Min("pk"))["first"] or 1) - 1
    keys = list(recent.filter(pk__gt=cursor).order_by("pk").values_list("pk", flat=True)[:limit])
    if len(keys) < limit and connection.vendor == "postgresql":
        # Transactions that took their number early and committed late.
        late = recent.filter(
            ~Exists(Asked.objects.filter(pk=OuterRef("pk"))), pk__lte=cursor, pk__gt=cursor - 1000,
            first_received_at__gte=clock.now() - LATE,
        )  # fmt: skip
        keys += late.order_by("pk").values_list("pk", flat=True)[: limit - len(keys)]
    return keys


def _firsts(keys: Sequence[int]) -> list[_First]:
    """The conversations with what their first message asks, in order."""
    if not keys:
        return []
    first: dict[int, int] = {}
    for conversation, record in _records(list(keys)):
        first.setdefault(conversation, record)
    texts = {record: f"{subject}\n{text}" for record, subject, text in _texts(list(first.values()))}
    # In a storm the same words stand in many of them: taken apart once.
    contents = {text: content(text) for text in {"", *texts.values()}}
    found = [(pk, at, key, texts.get(first[pk], "")) for pk, at, key in _conversations(list(first))]
    return [_First(pk, at, key, text, contents[text]) for pk, at, key, text in found]


@kept
def _records(conversations: list[int]) -> QuerySet[Message, Any]:
    rows = Message.objects.filter(conversation__pk__in=conversations, direction=Message.IN).order_by("pk")
    return rows.values_list("conversation", "record")


@kept
def _texts(records: list[int]) -> QuerySet[RecordVersion, Any]:
    versions = RecordVersion.objects.filter(record__pk__in=records).order_by("number")
    return versions.values_list("record", "subject", "text")


@kept
def _conversations(keys: list[int]) -> QuerySet[Conversation, Any]:
    found = Conversation.objects.filter(pk__in=keys).order_by("pk")
    return found.values_list("pk", "first_received_at", "subject_key")


def numbers(asked: Content) -> list[int]:
    """The words that say most, each as a number of 63 bits."""
    telling = sorted(asked.words.items(), key=lambda pair: (-pair[1], pair[0]))[:WORDS]
    return [int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) >> 1 for word, _ in telling]


def _group_of(first: _First, mine: Sequence[int], since: datetime) -> int:
    """The group that a conversation belongs to, or one of its own; `mine` are its words as numbers."""
    group = _same_subject(first, since)
    if group is None:
        near = _near(mine, since, first.conversation)
        best = _likest(first, near[:1])
        if best[0] < 1.0:
            # In a storm many ask with the same words, and then the nearest says it already.
            best = max(best, _likest(first, near[1:]))
        if best[0] >= ALIKE:
            [asked] = find(Asked, conversation=-best[1])
            group = asked.group
    return first.conversation if group is None else group


def _write(put: Sequence[tuple[_First, list[int], int]], there: Set[int]) -> None:
    """Store conversations with their words and their groups; those that are `there` have been put before."""
    for first, _, group in put:
        if first.conversation in there:
            Asked.objects.filter(pk=first.conversation).update(group=group, at=first.at)
            AskedWord.objects.filter(asked=first.conversation).delete()
    new = [(first, group) for first, _, group in put if first.conversation not in there]
    insert(Asked, (Asked(conversation_id=first.conversation, group=group, at=first.at) for first, group in new))
    words = ((first.conversation, word) for first, mine, _ in put for word in mine)
    insert(AskedWord, (AskedWord(asked_id=asked, word=word) for asked, word in words))


def _likest(first: _First, keys: Sequence[int]) -> tuple[float, int]:
    """How like the likest of these conversations is, and its key below zero: of equals the oldest."""
    likes = [(likeness(first.content, other.content), -other.conversation) for other in _firsts(keys)]
    return max(likes, default=(0.0, 0))


def _same_subject(first: _First, since: datetime) -> int | None:
    """The group of one with the very same subject, where that says something: a single word is no question."""
    if len(content(first.subject_key).words) < 2:
        return None
    others = [key for key in _with_subject(first.subject_key, since) if key != first.conversation][:20]
    return next(iter(_groups(others)), None) if others else None


@kept
def _with_subject(subject_key: str, since: datetime) -> QuerySet[Conversation, Any]:
    same = Conversation.objects.filter(subject_key=subject_key, first_received_at__gte=since)
    return same.order_by("first_received_at").values_list("pk", flat=True)[:21]


@kept
def _groups(keys: list[int]) -> QuerySet[Asked, Any]:
    return Asked.objects.filter(conversation__pk__in=keys).order_by("at").values_list("group", flat=True)[:1]


def _near(mine: Sequence[int], since: datetime, me: int) -> list[int]:
    """Conversations that share the rarest words, those that share most first."""
    if not mine:
        return []
    rare: list[int] = []
    looked_at = 0
    for word, times in sorted(_times(list(mine)), key=lambda pair: (pair[1], pair[0])):
        looked_at += times
        if looked_at > LOOKED_AT and rare:
            break
        rare.append(word)
    return _sharing(rare[:WORDS], since, me) if rare else []


@kept
def _times(words: list[int]) -> QuerySet[AskedWord, Any]:
    there = AskedWord.objects.filter(word__in=words).values("word").annotate(times=Count("pk"))
    return there.values_list("word", "times")


@kept
def _sharing(words: list[int], since: datetime, me: int) -> QuerySet[AskedWord, Any]:
    shared = AskedWord.objects.filter(word__in=words, asked__at__gte=since).exclude(asked=me).values("asked")
    return shared.annotate(n=Count("pk")).order_by("-n", "-asked").values_list("asked", flat=True)[:COMPARED]


def _count(groups: Iterable[int], since: datetime) -> None:
    """Write the counts of the groups where they have changed, and let the order follow."""
    sizes = Asked.objects.filter(group__in=list(groups), at__gte=since).values("group").annotate(n=Count("pk"))
    for group, size in sizes.values_list("group", "n"):
        members = Asked.objects.filter(group=group, at__gte=since).values("pk")
        moved = Conversation.objects.filter(pk__in=members).exclude(same_count=size - 1)
        keys = list(moved.values_list("pk", flat=True))
        Conversation.objects.filter(pk__in=keys).update(same_count=size - 1)
        # Beyond a few the order does not move any more, so that a storm is not put in order again by each of its posts.
        if size <= 2 * priority.MOST_SAME:
            ordering.reorder(keys)
        else:
            ordering.reorder(sorted(keys)[-1:])

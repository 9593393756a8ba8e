"""Keeps the index: what is new, edited or moved is written anew, what is as it was is left alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q

from torget.conversations.models import Conversation, Message, Note
from torget.core import clock
from torget.matching.rules import fold
from torget.register.models import RecordVersion
from torget.register.rules import Kind, dnr
from torget.search import rules
from torget.search.models import Cursor, Entry

VERSIONS, CONVERSATIONS = 500, 200
"""How much a sweep takes in hand: some tenths of a second of work."""
AT_ONCE, YOUNG = 500, 2000
LATE = timedelta(minutes=10)
"""PostgreSQL commits out of order: what got its number this long ago is either here or will not come."""
OVERLAP = timedelta(seconds=60)
WORKING = Kind.WORKING.value
_OPEN = ("new", "assigned", "waiting")


@dataclass(slots=True)
class _Thing:
    """A message or a note on its way into the index."""

    conversation: int
    record: int
    at: Any
    marks: str
    message: int | None = None
    note: int | None = None
    version: int = 0

    @property
    def key(self) -> int:
        """Messages by their number, notes by theirs below zero."""
        return self.message if self.message is not None else -(self.note or 0)


def sweep() -> int:
    """Worker's job: index what has come or changed since the last time; how many entries were written."""
    versions, changes = _cursor("version"), _cursor("changed")
    rows = RecordVersion.objects.filter(pk__gt=versions.number).order_by("pk")[:VERSIONS]
    new = list(rows.values_list("pk", "record__message__conversation", "record__note__conversation"))
    keys = _both((message, note) for _, message, note in new)
    keys |= _late(versions)
    changed = _changed(changes)
    if changes.moment is None:
        # All that is here already comes with its versions; from now on what changes is looked at, too.
        _move(changes, moment=clock.now())
    keys |= {key for key, _ in changed}
    written = index(keys)
    if new:
        _move(versions, number=new[-1][0])
    if changed:
        # Those of the last minute are looked at again: who began before them may not have committed yet.
        latest = max(changed[-1][1], changes.moment or changed[-1][1])
        overlap = _overlap()
        if len(changed) < CONVERSATIONS and latest < clock.now() - overlap - OVERLAP:
            # What bears so old a stamp has come: it is passed, and a quiet desk is not read over and over.
            latest = changed[-1][1] + overlap + timedelta(microseconds=1)
        _move(changes, moment=latest)
    return written


def _both(pairs: Iterable[tuple[int | None, int | None]]) -> set[int]:
    """The conversations that versions belong to, by a message or by a note; drafts belong to none here."""
    return {key for pair in pairs for key in pair if key is not None}


def _cursor(name: str) -> Cursor:
    return Cursor.objects.filter(pk=name).first() or Cursor(name=name)


def _move(cursor: Cursor, **to: Any) -> None:
    if all(getattr(cursor, name) == value for name, value in to.items()):
        return
    Cursor.objects.update_or_create(name=cursor.name, defaults=to)


def _late(cursor: Cursor) -> set[int]:
    """Conversations of versions that were committed after younger ones had been indexed."""
    if connection.vendor != "postgresql":
        return set()
    since = clock.now() - LATE
    # By their numbers first: no index holds the moments, and a quiet register would be gone through each time.
    newest = RecordVersion.objects.filter(pk__gt=cursor.number - YOUNG, pk__lte=cursor.number)
    first = newest.filter(created_at__gte=since).aggregate(first=Min("pk"))["first"]
    if first is None:
        return set()
    missing = RecordVersion.objects.filter(
        ~Exists(Entry.objects.filter(version=OuterRef("pk"))), pk__gte=first, pk__lte=cursor.number
    )
    return _both(missing.values_list("record__message__conversation", "record__note__conversation")[:CONVERSATIONS])


def _overlap() -> timedelta:
    """PostgreSQL commits out of order, SQLite does not."""
    return OVERLAP if connection.vendor == "postgresql" else timedelta(0)


def _changed(cursor: Cursor) -> list[tuple[int, Any]]:
    """Conversations (key, when) that changed since the cursor: another state, tag, case or name."""
    if cursor.moment is None:
        return []
    overlap = _overlap()
    # A cursor ahead of the clock was set before the clock was moved back.
    since = min(cursor.moment, clock.now()) - overlap
    rows = Conversation.objects.filter(changed_at__gte=since).order_by("changed_at", "pk")
    found = list(rows.values_list("pk", "changed_at")[:CONVERSATIONS])
    if found and len(found) == CONVERSATIONS and found[-1][1] <= cursor.moment:
        # More than a sweep holds within the overlap or at one moment (a file): they are taken all at once, once.
        found += list(rows.filter(changed_at__gte=found[-1][1]).values_list("pk", "changed_at")[: 100 * CONVERSATIONS])
    return found


def rebuild(*, at_once: int = AT_ONCE, say: Any = None) -> int:
    """Write every entry anew, a part at a time, while what is there goes on being found; how many there are."""
    done, last = 0, 0
    while True:
        keys = list(Conversation.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:at_once])
        if not keys:
            break
        done, last = done + index(keys, anew=True), keys[-1]
        if say:
            say(done)
    newest = RecordVersion.objects.aggregate(last=Max("pk"))["last"] or 0
    Cursor.objects.update_or_create(name="version", defaults={"number": newest})
    latest = Conversation.objects.aggregate(last=Max("changed_at"))["last"]
    Cursor.objects.update_or_create(name="changed", defaults={"moment": latest})
    return done


def index(keys: Collection[int], *, anew: bool = False) -> int:
    """Index these conversations: messages and notes whose entry is missing or stale (`anew`: all); how many were written."""
    if not keys:
        return 0
    heads = _heads(keys)
    things = {thing.key: thing for thing in [*_messages(keys, heads), *_notes(keys, heads)]}
    _put_versions(keys, things.values())
    # An answer that was taken back is a draft again.
    Entry.objects.filter(conversation__in=keys, message__record__kind=WORKING).delete()
    there = _there(things.values())
    stale = [
        thing
        for key, thing in things.items()
        if thing.version and (anew or there.get(key, ())[1:] != (thing.version, thing.conversation, thing.marks))
    ]
    for start in range(0, len(stale), AT_ONCE):
        _write(stale[start : start + AT_ONCE], there)
    return len(stale)


def _there(things: Iterable[_Thing]) -> dict[int, tuple[int, int, int, str]]:
    """What the index has of them: place, version, conversation, marks; by key."""
    given = list(things)
    found: dict[int, tuple[int, int, int, str]] = {}
    columns = ("message", "note", "place", "version", "conversation", "marks")
    for start in range(0, len(given), 2000):
        part = given[start : start + 2000]
        mine = Q(message__in=[thing.message for thing in part if thing.message is not None])
        notes = [thing.note for thing in part if thing.note is not None]
        rows = list(Entry.objects.filter(mine).values_list(*columns))
        rows += Entry.objects.filter(note__in=notes).values_list(*columns) if notes else []
        found |= {row[0] if row[0] is not None else -row[1]: row[2:] for row in rows}
    return found


def _messages(keys: Collection[int], heads: "dict[int, _Head]") -> list[_Thing]:
    """The messages of the conversations with their marks."""
    rows = Message.objects.filter(conversation__in=keys).exclude(record__kind=WORKING).order_by("pk")
    things, seen = [], set()
    for pk, conversation, record, sent_at, direction, *who, prefix, year, number, place in rows.values_list(
        "pk", "conversation", "record", "sent_at", "direction",
        "sender__name", "sender__address", "record__correspondent", "author__name",
        "record__case__authority__prefix", "record__case__year", "record__case__number", "record__number",
    ):  # fmt: skip
        marks = [*heads[conversation].every, f"#d:{direction}"]
        if direction == Message.OUT:
            who = who[3:]
        marks += rules.marks_of_sender(*filter(None, who))
        if prefix and number and place:
            whole = dnr(prefix, year, number, place)
            marks += _both_terms(whole)
        if conversation not in seen:
            seen.add(conversation)
            marks += heads[conversation].first
        things.append(_Thing(conversation, record, sent_at, " ".join(dict.fromkeys(marks)), message=pk))
    return things


def _notes(keys: Collection[int], heads: "dict[int, _Head]") -> list[_Thing]:
    """The notes of the conversations with their marks."""
    rows = Note.objects.filter(conversation__in=keys).values_list("pk", "conversation", "record", "at", "author__name")
    return [
        _Thing(key, record, at, " ".join([*heads[key].every, "#d:note", *rules.marks_of_sender(name)]), note=pk)
        for pk, key, record, at, name in rows
    ]


@dataclass(slots=True)
class _Head:
    """What the conversation says of all that is in it, and of its first message."""

    every: list[str]
    first: list[str]


def _heads(keys: Collection[int]) -> dict[int, _Head]:
    tags = defaultdict(list)
    for key, name in Conversation.tags.through.objects.filter(conversation__in=keys).values_list(
        "conversation", "tag__name"
    ):
        tags[key].append(name)
    columns = ("pk", "number", "channel", "state", "subject", "unit__name")
    heads = {}
    for key, number, channel, state, subject, unit in Conversation.objects.filter(pk__in=keys).values_list(*columns):
        every = [f"#k:{channel}", *(["#open"] if state in _OPEN else [])]
        for tag in sorted(tags[key]):
            every += [f"#t:{'_'.join(fold(tag).split())}", *_both_terms(tag)]
        title = f"{subject} {unit or ''}"
        heads[key] = _Head(every, [str(number), *_both_terms(title)])
    return heads


def _both_terms(text: str) -> list[str]:
    """The stems of a text, and what they are made of."""
    return " ".join(rules.terms_of(text)).split()


def _put_versions(keys: Collection[int], things: Iterable[_Thing]) -> None:
    """Note the version in force of each."""
    latest: dict[int, int] = {}
    rows = RecordVersion.objects.filter(Q(record__message__conversation__in=keys)).order_by("number")
    latest |= dict(rows.values_list("record", "pk"))
    rows = RecordVersion.objects.filter(Q(record__note__conversation__in=keys)).order_by("number")
    latest |= dict(rows.values_list("record", "pk"))
    for thing in things:
        thing.version = latest.get(thing.record, 0)


def _write(things: Sequence[_Thing], there: dict[int, tuple[int, int, int, str]]) -> None:
    """Put entries of things in the place of those that are there. Words are worked out before the transaction begins."""
    texts = {
        pk: (f"{subject}\n{text or whole}" if subject else text or whole)
        for pk, subject, text, whole in RecordVersion.objects.filter(
            pk__in=[thing.version for thing in things]
        ).values_list("pk", "subject", "text", "whole_text")
    }
    entries = []
    for thing in things:
        words, parts = rules.terms_of(texts[thing.version][: 5 * rules.MAX_TEXT])
        entries.append(
            Entry(
                conversation_id=thing.conversation,
                message_id=thing.message,
                note_id=thing.note,
                version=thing.version,
                words=words,
                parts=parts,
                marks=thing.marks,
            )
        )
    with transaction.atomic():
        old = [there[thing.key][0] for thing in things if thing.key in there]
        if old:
            Entry.objects.filter(place__in=old).delete()
        _give_places(things, entries)
        # In order of place: FTS5 writes its buffer out each time that a number is lower than the last.
        entries.sort(key=lambda entry: entry.place)
        Entry.objects.bulk_create(entries, ignore_conflicts=True)


def _give_places(things: Sequence[_Thing], entries: Sequence[Entry]) -> None:
    """A place for each in its minute, by its number; where that is taken, in a later minute."""
    wanted = {place: rules.place_of(thing.at) + abs(thing.key) % rules.SLOTS for place, thing in enumerate(things)}
    taken: set[int] = set()
    while wanted:
        used = set(Entry.objects.filter(place__in=wanted.values()).values_list("place", flat=True))
        again = {}
        for number, place in wanted.items():
            if place in used or place in taken:
                again[number] = place + rules.SLOTS
            else:
                taken.add(place)
                entries[number].place = place
        wanted = again

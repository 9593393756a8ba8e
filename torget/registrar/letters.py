"""Letters between authorities that hold a message's words: what one dispatched and the other received of a thread handed over."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from torget.conversations.actions.joining import has_lain_in
from torget.conversations.actions.organising import clock_words
from torget.conversations.models import Conversation, Message
from torget.journal.models import Entry
from torget.register.models import Record, RecordVersion

LASTS = timedelta(minutes=5)
"""Longer than any forwarding lasts, from its first entry to its last."""


def letters_of(record: Record) -> Iterable[Record]:
    """The letters that repeat a message which is erased (register.erasers.companions): both sides of each forwarding.

    The journal says which: a thread's forwarding is entered with the digest of the record that was received. One from
    before the message came holds nothing of it, though its words may stand there by chance.
    """
    message = Message.objects.filter(record=record, direction=Message.IN).first()
    if message is None:
        return []
    lain = has_lain_in(message)
    threads = {one.ref for one in (*lain, *Conversation.objects.filter(merged_into__in=lain))}
    came = Entry.objects.filter(object_ref=record.ref, kind="record.received").order_by("pk").first()
    parts = {f"{clock_words(message.sent_at)}\n{one.whole}" for one in RecordVersion.objects.filter(record=record)}
    entries = Entry.objects.filter(object_ref__in=threads, kind="conversation.forwarded", pk__gt=came.pk if came else 0)
    return [letter for entry in entries.order_by("pk") for letter in _both_sides(entry, parts)]


def _both_sides(forwarded: Entry, parts: set[str]) -> Iterator[Record]:
    # All of it is entered in one transaction; others may have entered something of their own meanwhile.
    when = (forwarded.at - LASTS, forwarded.at)
    lately = Entry.objects.filter(actor_ref=forwarded.actor_ref, at__range=when, pk__lt=forwarded.pk)
    came = lately.filter(kind="record.received", digest=forwarded.digest).order_by("-pk").first()
    if came is None:
        return
    received = RecordVersion.objects.select_related("record").get(record=_key(came.object_ref), digest=came.digest)
    if not any(_holds(received.whole, part) for part in parts):
        return
    yield received.record
    refs = lately.filter(kind="record.dispatched", pk__gt=came.pk).values_list("object_ref", flat=True)
    for sent in RecordVersion.objects.select_related("record").filter(record__in=[_key(ref) for ref in refs]):
        if _body(sent.whole) and _body(sent.whole) == _body(received.whole):
            yield sent.record


def _holds(letter: str, part: str) -> bool:
    """Whether a letter has the part as it was put there (`organising.forward`): a whole one, between empty lines."""
    return any(f"\n\n{one}\n\n" in f"{letter}\n\n" for one in (part, part.rstrip()))


def _key(ref: str) -> int:
    return int(ref.partition(":")[2])


def _body(letter: str) -> str:
    """What stands below a letter's first line, which says from whom and to whom."""
    return letter.partition("\n\n")[2]

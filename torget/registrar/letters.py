"""Letters between authorities that hold a message's words: what one dispatched and the other received of a thread handed over."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db.models import Q

from torget.conversations.models import Conversation, Message
from torget.journal.models import Entry
from torget.register.models import Record, RecordVersion

LASTS = timedelta(minutes=5)
"""Longer than any forwarding lasts, from its first entry to its last."""


def letters_of(record: Record) -> Iterable[Record]:
    """The letters that repeat a message which is erased (register.erasers.companions): both sides of each forwarding.

    The journal says which: a thread's forwarding is entered with the digest of the record that was received.
    """
    message = Message.objects.filter(record=record, direction=Message.IN).first()
    if message is None:
        return []
    mine = Q(pk=message.conversation_id) | Q(merged_into=message.conversation_id)
    threads = [one.ref for one in Conversation.objects.filter(mine)]
    said = {version.whole for version in RecordVersion.objects.filter(record=record)}
    entries = Entry.objects.filter(object_ref__in=threads, kind="conversation.forwarded").order_by("pk")
    return [letter for entry in entries for letter in _both_sides(entry, said)]


def _both_sides(forwarded: Entry, said: set[str]) -> Iterator[Record]:
    # All of it is entered in one transaction; others may have entered something of their own meanwhile.
    lately = Entry.objects.filter(actor_ref=forwarded.actor_ref, at__gte=forwarded.at - LASTS, pk__lt=forwarded.pk)
    came = lately.filter(kind="record.received", digest=forwarded.digest).order_by("-pk").first()
    if came is None:
        return
    received = RecordVersion.objects.select_related("record").get(record=_key(came.object_ref), digest=came.digest)
    if not any(text in received.whole for text in said):
        return
    yield received.record
    refs = lately.filter(kind="record.dispatched", pk__gt=came.pk).values_list("object_ref", flat=True)
    for sent in RecordVersion.objects.select_related("record").filter(record__in=[_key(ref) for ref in refs]):
        if _body(sent.whole) == _body(received.whole):
            yield sent.record


def _key(ref: str) -> int:
    return int(ref.partition(":")[2])


def _body(letter: str) -> str:
    """What stands below a letter's first line, which says from whom and to whom."""
    return letter.partition("\n\n")[2]

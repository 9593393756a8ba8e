"""What only a circle may read: secrecy marks, protected identity, and the seal on a conversation that follows from them.

Docs: docs/rules/secrecy.md. A conversation is sealed while any record in it is guarded; `reseal` is called by every
verb that changes either.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from torget.conversations import rules
from torget.conversations.actions.handling import follow_case, lock, unpublish
from torget.conversations.models import Conversation, Message, openable_by
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import Authority, User
from torget.organisations.rules import Right
from torget.people import actions as people
from torget.people.models import Contact
from torget.register import actions as register
from torget.register.actions import Chosen
from torget.register.models import Record, guarded


def reseal(keys: Collection[int]) -> None:
    """Let the seal follow what lies in these conversations now. One statement."""
    held = Message.objects.filter(guarded("record__"), conversation=OuterRef("pk"))
    Conversation.objects.filter(pk__in=keys).update(sealed=Exists(held))


def _circle(conversation: Conversation, by: User, chosen: Chosen | None) -> Chosen:
    """Who reads it unless somebody chose: whoever marks it, and who has the conversation."""
    if chosen is not None:
        return chosen
    return Chosen(users=sorted({by.pk, conversation.assigned_to_id or by.pk}))


@transaction.atomic
def mark_secret(
    message: Message,
    *,
    provision: str,
    by: User,
    chosen: Chosen | None = None,
    authority: Authority | None = None,
) -> Record:
    """Put a secrecy mark on a message's record and our answers to it; a published conversation is taken down with it.

    `chosen`: who may read it; None: whoever marks it and who has the conversation.
    """
    conversation = lock(message.conversation)
    record = register.mark_secret(
        message.record,
        provision=rules.storable(provision),
        by=by,
        chosen=_circle(conversation, by, chosen),
        authority=authority,
    )
    follow_case(message, record, by)
    reseal([conversation.pk])
    unpublish(conversation, by=by)
    return record


@transaction.atomic
def lift_secret(message: Message, *, by: User) -> Record:
    """Take the secrecy mark away again, from the record and our answers to it."""
    lock(message.conversation)
    record = register.lift_secret(message.record, by=by)
    follow_case(message, record, by)
    reseal([message.conversation_id])
    return record


@transaction.atomic
def set_circle(message: Message, chosen: Chosen, *, by: User) -> Record:
    """Say anew who may read a message's record and our answers to it. Errors: Refused("not_guarded")."""
    lock(message.conversation)
    record = register.set_circle(message.record, chosen, by=by)
    follow_case(message, record, by)
    return record


# ---- protected identity ---------------------------------------------------------------------------------------------


@transaction.atomic
def protect(message: Message, *, by: User, chosen: Chosen | None = None) -> list[Record]:
    """Protect the identity of whoever wrote a message: this, all else from there, and what comes later.

    The conversations are sealed to the circle, and taken down where they are published. Errors: Refused("not_theirs").
    """
    if message.direction != Message.IN:
        raise Refused("not_theirs")
    contact = message.sender
    held = _held(message, contact)
    conversations = _lock_all(held)
    if contact is not None:
        people.set_protected(contact, True)
    first = next(one for one in conversations if one.pk == message.conversation_id)
    records = register.protect(
        [row.record for row in held.select_related("record")], contact=contact, chosen=_circle(first, by, chosen), by=by
    )
    _sealed_anew(conversations)
    for conversation in conversations:
        unpublish(conversation, by=by)
    return records


@transaction.atomic
def unprotect(message: Message, *, by: User) -> list[Record]:
    """Take the protection off again, from all that the same person has written."""
    contact = message.sender
    held = _held(message, contact)
    conversations = _lock_all(held)
    if contact is not None:
        people.set_protected(contact, False)
    records = register.unprotect([row.record for row in held.select_related("record")], contact=contact, by=by)
    _sealed_anew(conversations)
    return records


def _held(message: Message, contact: Contact | None) -> QuerySet[Message, Any]:
    """All messages that show who it is: those from the same address, and our answers in conversations that it began."""
    if contact is None:
        shown = Message.objects.filter(pk=message.pk)
        earlier = Message.objects.filter(conversation=message.conversation_id, direction=Message.IN, pk__lt=message.pk)
        # Our answers are to whoever began the conversation, and carry the name and the subject of that.
        return (
            shown
            if earlier.exists()
            else shown | Message.objects.filter(conversation=message.conversation_id, direction=Message.OUT)
        )
    theirs = Message.objects.filter(sender=contact)
    ours = Message.objects.filter(direction=Message.OUT, conversation__contact=contact)
    return Message.objects.filter(pk__in=theirs.values("pk")) | Message.objects.filter(pk__in=ours.values("pk"))


def _lock_all(held: QuerySet[Message, Any]) -> Sequence[Conversation]:
    keys = list(held.order_by().values_list("conversation", flat=True).distinct())
    list(Conversation.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    return list(Conversation.objects.filter(pk__in=keys).order_by("pk"))


def _sealed_anew(conversations: Sequence[Conversation]) -> None:
    keys = [conversation.pk for conversation in conversations]
    reseal(keys)
    Conversation.objects.filter(pk__in=keys).update(changed_at=clock.now())


def can_open(user: User, conversation: Conversation) -> bool:
    """Whether somebody may open a conversation. No statement for one that is not sealed."""
    if not conversation.sealed:
        return user.may(Right.SEE_DESK)
    return Conversation.objects.visible_to(user).filter(pk=conversation.pk).exists()


def readable(records: Iterable[Record], user: User) -> set[int]:
    """Keys of those that `user` may read: neither they nor the thread they lie in are for a circle one is not in."""
    keys = [record.pk for record in records]
    if not keys:
        return set()
    closed = Message.objects.filter(record__in=keys).exclude(openable_by(user, "conversation__"))
    seen = Record.objects.visible_to(user).filter(pk__in=keys).exclude(pk__in=closed.values("record"))
    return set(seen.values_list("pk", flat=True))


# ---- hiding ---------------------------------------------------------------------------------------------------------


def hide_from(user: User | None, rows: Sequence[Conversation]) -> None:
    """Mark on each row whether `user` may not open it (`row.hidden`); without a user what is sealed is hidden.

    One statement, and none where nothing is sealed.
    """
    sealed = [row.pk for row in rows if row.sealed]
    seen: set[int] = set()
    if sealed and user is not None:
        seen = set(Conversation.objects.visible_to(user).filter(pk__in=sealed).values_list("pk", flat=True))
    for row in rows:
        row.hidden = row.sealed and row.pk not in seen

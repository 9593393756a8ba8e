"""What a conversation holds of a record that is erased, and what must be said of its outbox after a restore."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from torget.channels.base import Deleted, Incoming, Raw
from torget.channels.registry import CHANNELS
from torget.conversations import rules
from torget.conversations.models import Account, Conversation, Message, Outbox, RawEvent, Receipt
from torget.core import clock
from torget.people.models import Contact
from torget.register.models import Record, RecordVersion

NEAR = 20
"""How many deliveries before each version are read to find the ones that the message came in."""


def erase_message(record: Record) -> Iterable[str]:
    """Take away what the thread holds of the record: addresses, hashes, the deliveries' bytes, the public copy."""
    message = Message.objects.select_related("account", "conversation").filter(record=record).first()
    if message is None:
        return ()
    for raw in _deliveries(message):
        RawEvent.objects.filter(pk=raw).update(body=b"", url="")
    Outbox.objects.filter(message=message).update(address="", remote_url="", problem="")
    sender = message.sender_id
    Message.objects.filter(pk=message.pk).update(
        sender=None, url="", body_hash="", warning="", published_version=None, alias=message.alias
    )
    conversation = message.conversation
    changes: dict[str, Any] = {"changed_at": clock.now()}
    first = Message.objects.filter(conversation=conversation).order_by("pk").values_list("pk", flat=True)[0]
    if first == message.pk:
        # What the conversation is called are the words of its first message.
        changes |= {"subject": "", "subject_key": "", "public_title": "", "published_at": None}
        Receipt.objects.filter(conversation=conversation).update(thanks="")
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    if sender and not Message.objects.filter(sender=sender).exists():
        Contact.objects.filter(pk=sender).delete()
    return ()


def _deliveries(message: Message) -> set[int]:
    """The deliveries that name the message when read again; the own form has none."""
    channel = CHANNELS.get(message.account.channel)
    if channel is None or message.direction == Message.OUT:
        return set()
    wanted = {message.external_id, message.external_id.rpartition("#")[0]} - {""}
    found: set[int] = set()
    moments = [
        message.captured_at,
        *RecordVersion.objects.filter(record=message.record_id).values_list("created_at", flat=True),
    ]
    for moment in set(moments):
        near = RawEvent.objects.filter(account=message.account, captured_at__lte=moment + timedelta(seconds=1))
        for raw in near.exclude(pk__in=found).order_by("-pk")[:NEAR]:
            given = Raw(
                body=bytes(raw.body), source=raw.source, media_type=raw.media_type, method=raw.method, url=raw.url
            )
            items = channel.read(given, own=message.account.handle)
            if any(isinstance(item, Incoming | Deleted) and item.external_id in wanted for item in items):
                found.add(raw.pk)
    return found


@transaction.atomic
def settle_restored() -> int:
    """What was on its way when the backup was made may have left since: its outcome is unknown, and nothing leaves again.

    An answer in a channel is looked for at its source; a mail is shown to a person. What was planned for a moment that
    has not come yet has surely not left. Leases of a machine that is no more are let go.
    """
    now = clock.now()
    Account.objects.update(lease_owner="", lease_until=None, next_fetch_at=None)
    open_states = [rules.Sending.APPROVED.value, rules.Sending.SENDING.value]
    perhaps = Outbox.objects.filter(state__in=open_states).exclude(
        Q(state=rules.Sending.APPROVED.value) & (Q(not_before__gt=now) | Q(way=rules.Way.RECEIPT.value))
    )
    keys = list(perhaps.values_list("pk", "message__conversation"))
    Outbox.objects.filter(pk__in=[key for key, _ in keys]).update(
        state=rules.Sending.UNKNOWN.value, problem="restored", lease_owner="", lease_until=None, next_attempt_at=None,
        looked_at=None,
    )  # fmt: skip
    Conversation.objects.filter(pk__in={conversation for _, conversation in keys}).update(
        state=rules.State.WAITING.value, snoozed_until=None, changed_at=now
    )
    return len(keys)

"""What a conversation holds of a record that is erased, and what must be said of its outbox after a restore."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from torget.conversations import rules
from torget.conversations.actions.deliveries import deliveries_of
from torget.conversations.models import Account, Conversation, Message, Outbox, RawEvent, Receipt
from torget.core import clock
from torget.people.models import Contact
from torget.register.models import Record


def erase_message(record: Record) -> Iterable[str]:
    """Take away what the thread holds of the record: addresses, hashes, the deliveries' bytes, the public copy."""
    message = Message.objects.select_related("account", "conversation").filter(record=record).first()
    if message is None:
        return ()
    keys = [raw.pk for raw in deliveries_of(message)]
    RawEvent.objects.filter(pk__in=keys).update(body=b"", url="")
    Outbox.objects.filter(message=message).update(address="", remote_url="", problem="")
    sender = message.sender_id
    Message.objects.filter(pk=message.pk).update(
        sender=None, url="", body_hash="", warning="", published_version=None, alias=message.alias
    )
    conversation = message.conversation
    # The version names the stored HTML of the published thread, which held the words too.
    changes: dict[str, Any] = {"changed_at": clock.now(), "public_version": F("public_version") + 1}
    first = Message.objects.filter(conversation=conversation).order_by("pk").values_list("pk", flat=True)[0]
    if first == message.pk:
        # What the conversation is called are the words of its first message.
        changes |= {"subject": "", "subject_key": "", "public_title": "", "published_at": None}
        Receipt.objects.filter(conversation=conversation).update(thanks="")
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    if sender and not Message.objects.filter(sender=sender).exists():
        Contact.objects.filter(pk=sender).delete()
    return ()


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

"""A mail that comes in is acknowledged by mail, where the organisation wants it: once, and never in answer to a machine."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import F

from torget.channels.base import Incoming
from torget.conversations.actions.answering import answered_by, queue
from torget.conversations.models import Account, Conversation, Message, Receipt
from torget.core import clock, dates
from torget.organisations import rules as working
from torget.organisations.models import ClosedDay, Organisation
from torget.register import actions as register

FRESH = timedelta(days=1)
"""Older mail was fetched when the mailbox was connected: nobody waits for a word that it has come."""


def acknowledge_new(account: Account, opened: Sequence[tuple[Conversation, Incoming]]) -> int:
    """Acknowledge the conversations that a delivery opened, in its transaction; how many were."""
    if account.channel != "mail" or not account.is_live or not opened:
        return 0
    organisation = Organisation.current()
    if not organisation.acknowledges:
        return 0
    return sum(_acknowledge(conversation, incoming, organisation) for conversation, incoming in opened)


def _acknowledge(conversation: Conversation, incoming: Incoming, organisation: Organisation) -> bool:
    now = clock.now()
    address = incoming.sender.address
    old = incoming.sent_at is not None and incoming.sent_at < now - FRESH
    ours = Account.objects.filter(channel="mail", handle__iexact=address).exists()
    if not incoming.acknowledgeable or incoming.spam or old or ours:
        return False
    # Once for a sender and day: two machines that both acknowledge would otherwise write to each other for ever.
    told = Message.objects.filter(direction=Message.OUT, automatic=True, captured_at__gte=now - FRESH)
    if told.filter(conversation__contact=conversation.contact_id).exists():
        return False
    asked = answered_by(conversation)
    if asked is None:
        return False
    secret = secrets.token_urlsafe(16)
    Receipt.objects.create(secret_hash=sha256(secret.encode()).hexdigest(), conversation=conversation, made_at=now)
    record = register.acknowledge(asked.record, text=words(conversation, organisation, secret))
    queue(conversation, record, by=None, automatic=True)
    Conversation.objects.filter(pk=conversation.pk).update(message_count=F("message_count") + 1)
    return True


def words(conversation: Conversation, organisation: Organisation, secret: str) -> str:
    """What the acknowledgement says: the number, when an answer comes, where it can be read, and when we are shut."""
    now = clock.now()
    closed = ClosedDay.days(now.date())
    greeting = organisation.own_words("acknowledgement") or "Hej! Vi har tagit emot det du skrev."
    parts = [
        f"{greeting} Det har nummer {conversation.number}.",
        f"Svar kommer senast {dates.due(conversation.answer_due, now, 'sv')}.",
    ]
    opening = working.next_opening(now, organisation.hours, closed)
    if opening > now:
        parts.append(f"Just nu är det stängt hos oss. Vi är tillbaka {dates.due(opening, now, 'sv')}.")
    parts.append(f"Här ser du vad som händer, och svaret när det finns:\n{settings.TORGET_URL}/kvitto/{secret}/")
    parts.append("Det här mejlet skickades av sig självt. Du kan svara på det om du vill lägga till något.")
    ending = "\n".join(filter(None, [organisation.name, organisation.phone]))
    return "\n\n".join([*parts, ending])

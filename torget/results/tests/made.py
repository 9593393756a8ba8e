"""Conversations as rows, made quickly and without the actions: the count reads rows, whoever wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count

from torget.conversations.models import Account, Conversation, Message, Outbox, Receipt
from torget.conversations.rules import subject_key
from torget.organisations.models import Authority, UnitCost
from torget.people.models import Contact
from torget.register.models import Record


@dataclass
class Town:
    """Makes what a test counts."""

    authority: Authority
    numbers: count[int] = field(default_factory=lambda: count(1))
    accounts: dict[str, Account] = field(default_factory=dict)

    def contact(self, name: str, at: datetime) -> Contact:
        """A person with an address."""
        return Contact.objects.create(channel="mail", address=f"{name}@exempel.se", name=name, first_seen_at=at)

    def conversation(
        self, at: datetime, *, channel: str = "mail", subject: str = "", contact: Contact | None = None
    ) -> Conversation:
        """A conversation that began at that moment."""
        account = self.accounts.get(channel) or Account.objects.create(channel=channel, authority=self.authority)
        self.accounts[channel] = account
        number = next(self.numbers)
        return Conversation.objects.create(
            number=number, account=account, channel=channel, subject=subject or f"Fråga {number}",
            subject_key=subject_key(subject or f"Fråga {number}"), contact=contact, first_received_at=at,
            answer_due=at, first_at=at, last_message_at=at, changed_at=at,
        )  # fmt: skip

    def message(self, conversation: Conversation, at: datetime, direction: str, *, secret: bool = False) -> Message:
        """A message of the conversation, in or out."""
        record = Record.objects.create(
            authority=self.authority, kind="received", occurred_at=at, captured_at=at, channel=conversation.channel,
            secret=secret,
        )  # fmt: skip
        return Message.objects.create(
            conversation=conversation, record=record, account=conversation.account, direction=direction,
            external_id=f"{conversation.number}-{record.pk}", visibility="direct", sent_at=at, captured_at=at,
        )  # fmt: skip

    def answer(self, conversation: Conversation, at: datetime, *, state: str = "sent") -> Message:
        """An answer, which is in that state of the outbox."""
        message = self.message(conversation, at, Message.OUT)
        Outbox.objects.create(message=message, way="email", state=state)
        conversation.first_answered_at = conversation.first_answered_at or at
        conversation.changed_at = at
        conversation.save()
        return message

    def judge(self, conversation: Conversation, at: datetime, verdict: str) -> None:
        """What the resident said of the answer on a receipt."""
        Receipt.objects.create(
            secret_hash=f"{next(self.numbers):064x}",
            conversation=conversation,
            made_at=at,
            helped=verdict,
            helped_at=at,
        )
        Conversation.objects.filter(pk=conversation.pk).update(changed_at=at)


def set_cost(key: str, value: float, low: float, high: float, *, source: str = "Kontaktcentrets statistik") -> None:
    """An assumption of the organisation's own."""
    UnitCost.objects.update_or_create(
        key=key,
        defaults={
            "value": value, "low": low, "high": high, "unit": "st", "source": source,
            "source_date": date(2026, 10, 31), "is_default": False,
        },
    )  # fmt: skip

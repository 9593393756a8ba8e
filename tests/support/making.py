"""A small town with staff, a channel that says what the test tells it to, and messages through the same actions as people's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count

from django.apps import apps
from django.db import connection, transaction

from torget.channels.base import Deleted, Incoming, Item, Raw, Sender, Visibility
from torget.conversations import actions
from torget.conversations.actions.taking import Taking
from torget.conversations.models import Account, Conversation, Message, RawEvent
from torget.core import clock
from torget.organisations.models import Authority, Organisation, User
from torget.organisations.rules import Role

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
"""Ten in the morning in Stockholm, on an ordinary working day."""
PERSON = "19121212-1212"
"""The number that the tax agency itself prints as its example; nobody has it."""
FORM_SENDER = "signe@exempel.se"


def made_up_number(first_nine: str) -> str:
    """Ten digits that pass the check of a personal number, from the nine that the test wants."""
    total = 0
    for place, sign in enumerate(first_nine):
        value = int(sign) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return f"{first_nine[:6]}-{first_nine[6:]}{-total % 10}"


@dataclass
class Told:
    """Stands for a channel: what each delivery holds is what the test said it holds."""

    name: str = "jsonl"
    label: str = "Test"
    mark: str = "T"
    default_visibility: Visibility = Visibility.DIRECT
    items: dict[bytes, list[Item]] = field(default_factory=dict)

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """A delivery for each line."""
        for number, line in enumerate(body.splitlines()):
            yield Raw(body=line, source=f"{source}#{number}")

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """What the test said."""
        return list(self.items[bytes(raw.body)])


def incoming(external_id: str, text: str = "Hur går det med bron?", **more: object) -> Incoming:
    """A message from Signe; `more` are other fields of Incoming."""
    given: dict[str, object] = {
        "sender": Sender(address="signe@social.example", name="Signe Testsson"),
        "visibility": Visibility.DIRECT,
        "whole": text,
    }
    return Incoming(external_id=external_id, text=text, **(given | more))  # type: ignore[arg-type]


@dataclass
class Town:
    """What a test acts on. Made by `town()`."""

    organisation: Organisation
    authority: Authority
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def user(self, role: Role = Role.COMMUNICATOR, name: str = "") -> User:
        """A member of staff."""
        number = next(self._numbers)
        return User.objects.create_user(
            f"{role.value}{number}@exempel.se", None, name=name or f"{role.value.title()} Testsson", role=role.value
        )

    def account(self, channel: str = "jsonl", handle: str = "") -> Account:
        """An account of the organisation's."""
        return actions.account_for(channel, handle)

    def take(self, *items: Incoming | Deleted, account: Account | None = None) -> dict[str, int]:
        """Take parsed items as one delivery."""
        with transaction.atomic():
            return Taking(account or self.account()).take([(item, ()) for item in items])

    def given(
        self, text: str = "Hur går det med bron?", *, account: Account | None = None, **more: object
    ) -> Conversation:
        """A conversation that began with a message from a file."""
        external_id = f"given-{next(self._numbers)}"
        account = account or self.account()
        self.take(incoming(external_id, text, **more), account=account)
        return Message.objects.get(account=account, external_id=external_id).conversation

    def said(self, text: str = "Så är det.") -> Conversation:
        """A conversation that began with a public comment, which is proposed to be kept in order."""
        return self.given(text, visibility=Visibility.PUBLIC)

    def written(self, text: str = "När öppnar badet?", *, email: str = "", **more: str) -> tuple[str, Conversation]:
        """A conversation that began by the form; the receipt's secret and the conversation."""
        secret = actions.post_form(actions.Written(text=text, email=email, **more))  # type: ignore[arg-type]
        receipt = actions.find_receipt(secret)
        assert receipt is not None
        return secret, receipt.conversation

    def answered(self, conversation: Conversation, by: User, text: str = "Den öppnar på måndag.") -> Message:
        """The answer of a member of staff who has seen everything."""
        seen = Conversation.objects.get(pk=conversation.pk).message_count
        return actions.reply(conversation, text=text, seen=seen, by=by)

    def store(self, *bodies: bytes, account: Account | None = None) -> list[RawEvent]:
        """Deliveries, committed and not parsed."""
        raws = [Raw(body=body, source="prov") for body in bodies]
        return actions.store(account or self.account(), raws, sha256(b"\n".join(bodies)).hexdigest())


def town(*, demo: bool = True) -> Town:
    """The organisation with its default authority; in a demo town nobody is asked for a second factor."""
    organisation = Organisation.objects.create(
        name="Ekeviks kommun", short_name="Ekevik", phone="0123-456 78", demo=demo, register_public=True
    )
    authority = Authority.objects.create(
        name="Kommunstyrelsen", prefix="KS", archive_creator="Kommunstyrelsen", is_default=True
    )
    return Town(organisation, authority)


def first(conversation: Conversation) -> Message:
    """The message that began the conversation, read anew."""
    return conversation.messages.select_related("record__case__authority", "conversation").order_by("pk")[0]


def fresh(conversation: Conversation) -> Conversation:
    """The conversation as it now stands."""
    return Conversation.objects.get(pk=conversation.pk)


def texts(message: Message) -> Sequence[str]:
    """The versions of a message, oldest first."""
    return list(message.record.versions.order_by("number").values_list("text", flat=True))


def local(moment: datetime) -> str:
    """The moment on the wall clock in Stockholm, to compare in words."""
    return moment.astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H.%M")


def everything() -> str:
    """All that is stored, in all tables, as one text."""
    parts: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            for row in cursor.fetchall():
                parts += [bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value) for value in row]
    return "\n".join(parts)

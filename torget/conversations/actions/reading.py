"""What a receipt shows of its thread: the writer's own words and our answers, each in its last version, in two statements.

What stands beside is fetched by small selects within these and not joined: PostgreSQL tries every order of joins, which took
it five milliseconds for the seven tables that a receipt hangs on, and the answer a fifth of one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from torget.conversations.actions.joining import of_the_writer, told, writer_of
from torget.conversations.models import Account, Conversation, Message
from torget.core.kept import prepared
from torget.organisations.models import Authority, User
from torget.people.models import Contact
from torget.register.models import Attachment, Case, RecordVersion
from torget.register.rules import dnr

MOST = 200
"""Messages on a receipt."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a receipt shows it, with what it shows of the first one's record."""

    ours: bool
    automatic: bool
    by: str
    at: datetime
    text: str
    whole: str
    record: int
    dnr: str
    in_case: bool
    authority: int
    state: str
    """"unclassified" until staff have confirmed it."""
    correspondent: str
    has_files: bool
    salt: bytes
    """Of the first version, as its document is; empty where the words are erased."""
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said, oldest first, and what stands around it."""

    said: list[Said]
    address: str
    """Of the one who wrote, as far as we know it."""
    authority: str
    """Whose account it came to, where that is some authority's own."""
    case_authority: int | None
    """Whose case it belongs to now."""


COLUMNS = (
    "pk", "direction", "automatic", "by", "sent_at", "record__versions__text", "record__versions__whole_text",
    "record__pk", "prefix", "record__case__year", "record__case__number", "record__number",
    "record__authority", "record__state", "record__confirmed_at", "record__correspondent", "has_files",
    "record__versions__number", "record__versions__salt", "record__versions__sealed",
)  # fmt: skip


def thread_of_the_writer(conversation: Conversation) -> Thread:
    """The first `MOST` of `of_the_writer`; the usual case, unjoined, by kept queries."""
    [(message, sender, joined, *around)] = _around(conversation.pk)
    if conversation.merged_into_id is None and not joined:
        rows: Iterable[tuple[Any, ...]] = _thread(conversation.pk, *writer_of([(message or 0, sender)]))
    else:
        rows = _rows(of_the_writer(conversation))
    address, authority, case_authority = around
    return Thread(_folded(rows), address or "", authority or "", case_authority)


@prepared
def _around(conversation: int) -> QuerySet[Conversation, Any]:
    """The first message that came in, who sent it, whether anything has been joined into it, and what `Thread` has besides."""
    began = Message.objects.filter(conversation=OuterRef("pk"), direction=Message.IN).order_by("pk")
    found = Conversation.objects.filter(pk=conversation).annotate(
        began=Subquery(began.values("pk")[:1]),
        writer=Subquery(began.values("sender")[:1]),
        joined=Exists(Conversation.objects.filter(merged_into=OuterRef("pk"))),
        address=Subquery(Contact.objects.filter(pk=OuterRef("contact")).values("address")[:1]),
        authority=Subquery(Account.objects.filter(pk=OuterRef("account")).values("authority__name")[:1]),
        owner=Subquery(Case.objects.filter(pk=OuterRef("case")).values("authority")[:1]),
    )
    return found.values_list("began", "writer", "joined", "address", "authority", "owner")


@prepared
def _thread(conversation: int, sender: int, message: int) -> QuerySet[Message, Any]:
    return _rows(told(conversation, sender, message))


def _rows(messages: QuerySet[Message]) -> QuerySet[Message, Any]:
    """A row for the first version of each message and one for the newest, however many lie between."""
    newest = RecordVersion.objects.filter(record=OuterRef("record")).order_by("-number").values("number")[:1]
    files = Exists(Attachment.objects.filter(record=OuterRef("record")))
    by = User.objects.filter(pk=OuterRef("author")).values("name")[:1]
    prefix = Authority.objects.filter(pk=OuterRef("record__case__authority")).values("prefix")[:1]
    found = messages.annotate(newest=Subquery(newest), has_files=files, by=Subquery(by), prefix=Subquery(prefix))
    found = found.filter(Q(record__versions__number=1) | Q(record__versions__number=F("newest")))
    return found.order_by("pk", "record__versions__number").values_list(*COLUMNS)[: 2 * MOST]


def _folded(rows: Iterable[tuple[Any, ...]]) -> list[Said]:
    messages: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        messages.setdefault(row[0], []).append(row)
    return [_said(versions[0], versions[-1]) for versions in list(messages.values())[:MOST]]


def _said(first: tuple[Any, ...], newest: tuple[Any, ...]) -> Said:
    _, direction, automatic, by, at, text, whole, record, prefix, year, case, number = newest[:12]
    authority, state, confirmed, correspondent, has_files = newest[12:17]
    salt, sealed = first[18:]
    return Said(
        ours=direction == Message.OUT, automatic=automatic, by=by or "", at=at, text=text, whole=whole or text,
        record=record, dnr=dnr(prefix, year, case, number) if case and number else "", in_case=bool(case),
        authority=authority, state=state if confirmed else "unclassified", correspondent=correspondent,
        has_files=has_files, salt=bytes(salt), document={**sealed, "text": first[6] or first[5]},
    )  # fmt: skip

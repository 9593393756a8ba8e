"""What staff have published of conversations, as everyone sees it: for the pages, the API and the catalogue alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from torget.conversations import rules
from torget.conversations.models import Conversation, Message
from torget.core import languages
from torget.core.kept import kept
from torget.core.paging import place, read_place
from torget.register.models import RecordVersion
from torget.register.rules import mask_identity_numbers


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """Published conversations, newest first; `older` is the place of what comes after, "" at the end."""

    rows: Sequence[Conversation]
    older: str
    newer: bool


def published(after: str, size: int) -> PublishedPage:
    """A page of what is published, keyset by the moment of publishing; a place that is none is the beginning."""
    start = read_place(after)
    rows = _newest(*(start or (None, 0)), most=size + 1)
    last = rows[size - 1] if len(rows) > size else None
    older = place(last.published_at, last.pk) if last and last.published_at else ""
    return PublishedPage(rows[:size], older, bool(start))


SHOWN = (
    "number", "channel", "public_title", "first_received_at", "first_answered_at", "published_at",
    "case__year", "case__number", "case__authority__prefix",
)  # fmt: skip
"""The columns that lists of them show; any other is read when it is asked for."""


@kept
def _newest(before: datetime | None, key: int, *, most: int) -> QuerySet[Conversation]:
    found = Conversation.objects.filter(published_at__isnull=False).select_related("case__authority").only(*SHOWN)
    if before:
        # The bound by itself is what the index is entered by.
        found = found.filter(Q(published_at__lt=before) | Q(pk__lt=key), published_at__lte=before)
    return found.order_by("-published_at", "-pk")[:most]


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """A published message as everyone sees it: no sender, no number of any person."""

    pk: int
    from_us: bool
    by: str
    text: str
    at: datetime
    removed: bool
    language: str


def messages_of(conversation: Conversation) -> list[PublicMessage]:
    """What staff have published of a conversation: each message in the version that they read, masked."""
    rows = list(
        conversation.messages.filter(published_version__isnull=False, record__secret=False)
        .order_by("id")
        .values(
            "pk",
            "direction",
            "sent_at",
            "deleted_at",
            "record",
            "published_version",
            "author__name",
            "author__title",
            "language",
        )[: rules.MAX_PUBLISHED]
    )
    versions = RecordVersion.objects.filter(record__in=[row["record"] for row in rows])
    texts = {(record, number): text for record, number, text in versions.values_list("record_id", "number", "text")}
    return [_shown(row, texts.get((row["record"], row["published_version"] or 0), "")) for row in rows]


def _shown(row: Mapping[str, Any], text: str) -> PublicMessage:
    text = "" if row["deleted_at"] else mask_identity_numbers(text)
    return PublicMessage(
        pk=row["pk"],
        from_us=row["direction"] == Message.OUT,
        by=", ".join(part for part in (row["author__name"], row["author__title"]) if part),
        text=text,
        at=row["sent_at"],
        removed=row["deleted_at"] is not None,
        # Where the source names no language it is guessed: said even so, since the page around it is in two languages.
        language=row["language"] or languages.guess(text) or "sv",
    )

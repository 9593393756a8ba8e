"""The receipt file: a message's words, its place in the journal and the journal's signed head, in one document."""

from typing import Any

from django.db.models import QuerySet

from torget.conversations.models import Message
from torget.core.kept import kept
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.journal.rules import receipt_document
from torget.organisations.models import Organisation


@kept
def _numbered(ref: str) -> QuerySet[Entry]:
    return Entry.objects.filter(object_ref=ref, kind="record.received", sequence__isnull=False).order_by("id")[:1]


def receipt_file(message: Message) -> dict[str, Any] | None:
    """The receipt of the message's first version; None while its entry is not numbered and signed yet."""
    entry = next(iter(_numbered(message.record.ref)), None)
    if entry is None:
        return None
    version = min(message.record.versions.all(), key=lambda v: v.number)
    if not version.salt:
        return None  # erased: the journal keeps the digest, and without words and salt there is nothing to prove by it
    return receipt_document(
        organisation=Organisation.current().name,
        record=version.document(),
        salt=bytes(version.salt),
        proof=journal.prove(entry),
    )

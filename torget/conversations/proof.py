"""The receipt file: a message's words, its place in the journal and the journal's signed head, in one document."""

from typing import Any

from django.db.models import QuerySet, Subquery

from torget.conversations.actions.reading import Said
from torget.core.kept import prepared
from torget.journal import actions as journal
from torget.journal.models import Checkpoint, Entry
from torget.journal.rules import receipt_document


@prepared
def _numbered(ref: str) -> QuerySet[Entry]:
    """The entry of a record that came in, with the newest checkpoint beside it."""
    newest = Checkpoint.objects.order_by("-size")
    head = {f"head_{name}": Subquery(newest.values(name)[:1]) for name in ("size", "note", "key")}
    found = Entry.objects.filter(object_ref=ref, kind="record.received", sequence__isnull=False)
    with_head: QuerySet[Entry] = found.annotate(**head).order_by("id")[:1]
    return with_head


def receipt_file(said: Said, organisation: str) -> dict[str, Any] | None:
    """The receipt of the message's first version; None while its entry is not numbered and signed yet, and once it is erased."""
    # Erased, the journal keeps the digest, and without words and salt there is nothing to prove by it.
    entry: Any = next(iter(_numbered(f"record:{said.record}")), None) if said.salt else None
    if entry is None:
        return None
    head = Checkpoint(size=entry.head_size, note=entry.head_note, key=entry.head_key)
    return receipt_document(
        organisation=organisation, record=said.document, salt=said.salt, proof=journal.prove(entry, head)
    )

"""Versions and attachments of the records on a page, read for all of them at once."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from torget.core.kept import kept
from torget.register.models import Attachment, Record, RecordVersion


@kept
def _versions(records: list[int]) -> QuerySet[RecordVersion]:
    return RecordVersion.objects.filter(record__pk__in=records).order_by("record", "number")


@kept
def _attachments(records: list[int]) -> QuerySet[Attachment]:
    found = Attachment.objects.filter(record__pk__in=records).select_related("blob__rendition")
    return found.order_by("record", "pk")


def fill(records: Iterable[Record], *, attachments: bool = True) -> None:
    """Give each record its versions and attachments, as `latest` and `files` give them on. Two statements."""
    by_key = {record.pk: record for record in records}
    for record in by_key.values():
        record.read_versions = []
        record.read_attachments = [] if attachments else None
    keys = list(by_key)
    _give(_versions(keys), by_key, "read_versions")
    if attachments:
        _give(_attachments(keys), by_key, "read_attachments")


def _give(found: Iterable[Any], records: dict[int, Record], name: str) -> None:
    for one in found:
        # What points back at its record asks nobody for it.
        one.record = records[one.record_id]
        getattr(records[one.record_id], name).append(one)

"""What is stored of the record."""

from torget.register.models.beside import (
    CaseLink,
    Correction,
    Erasure,
    FormerNumber,
    Hold,
    Protection,
    Provision,
    Shown,
)
from torget.register.models.records import (
    Attachment,
    Case,
    CaseQuerySet,
    Circle,
    DiarySeries,
    Record,
    RecordQuerySet,
    RecordVersion,
    guarded,
    readable_by,
)

__all__ = [
    "Attachment",
    "Case",
    "CaseLink",
    "CaseQuerySet",
    "Circle",
    "Correction",
    "DiarySeries",
    "Erasure",
    "FormerNumber",
    "Hold",
    "Protection",
    "Provision",
    "Record",
    "RecordQuerySet",
    "RecordVersion",
    "Shown",
    "guarded",
    "readable_by",
]

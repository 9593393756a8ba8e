"""Correct what the register says of a record; its words and proofs are never touched. docs/rules/cases.md"""

import os
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.journal.rules import record_digest
from torget.organisations.models import Authority
from torget.register import rules
from torget.register.actions.cases import move_records
from torget.register.actions.receiving import lock
from torget.register.actions.showing import show
from torget.register.models import Case, Correction, Record

if TYPE_CHECKING:
    from torget.organisations.models import User

Value = str | datetime | Authority


def as_text(value: Value) -> str:
    """How a value is kept in the history: a moment as ISO 8601, an authority by its name."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.name if isinstance(value, Authority) else value


@transaction.atomic
def correct(record: Record, *, field: rules.Field, value: Value, why: str, by: "User") -> Correction:
    """Put a field right and keep what it was, who changed it, when and why.

    A record of the wrong authority leaves its case for a new one of the right authority; its number stays and leads on.
    The sealed document of each version still holds what came. Errors: Refused needs_why | same_value | needs_subject |
    in_the_future | is_working.
    """
    why = " ".join(why.split())[:300]
    if not why:
        raise Refused("needs_why")
    record = lock(record)
    if record.kind == rules.Kind.WORKING:
        raise Refused("is_working")
    value = _checked(record, field, value)
    before = record.authority if field is rules.Field.AUTHORITY else getattr(record, field.value)
    if as_text(before) == as_text(value):
        raise Refused("same_value")
    kept = _keep(record, field, as_text(before), as_text(value), why, by)
    if isinstance(value, Authority):
        if record.case is not None:
            move_records([record], to=None, subject=record.subject or "…", authority=value, by=by)
        else:
            Record.objects.filter(pk=record.pk).update(authority=value)
    else:
        Record.objects.filter(pk=record.pk).update(**{field.value: value})
        if field is rules.Field.SUBJECT and record.case and record.number == 1:
            Case.objects.filter(pk=record.case.pk).update(subject=str(value))
    show([record.pk])
    PublicVersion.bump()
    return kept


def _checked(record: Record, field: rules.Field, value: Value) -> Value:
    if field is rules.Field.OCCURRED_AT:
        if not isinstance(value, datetime) or value > clock.now():
            raise Refused("in_the_future")
        return value
    if field is rules.Field.AUTHORITY:
        if not isinstance(value, Authority):
            raise Refused("same_value")
        return value
    longest = {rules.Field.SUBJECT: 300, rules.Field.CORRESPONDENT: 320, rules.Field.CHANNEL: 20}[field]
    text = " ".join(str(value).split())[:longest]
    if not text and field is not rules.Field.CORRESPONDENT:
        raise Refused("needs_subject" if field is rules.Field.SUBJECT else "same_value")
    return text


def _keep(record: Record, field: rules.Field, before: str, after: str, why: str, by: "User") -> Correction:
    kept = Correction(
        record=record,
        field=field.value,
        before=before[:400],
        after=after[:400],
        why=why,
        by=by,
        at=clock.now(),
        salt=os.urandom(16),
    )
    kept.digest = record_digest(bytes(kept.salt), correction_document(kept))
    kept.save(force_insert=True)
    journal.enter("record.corrected", actor_ref=by.ref, object_ref=record.ref, digest=kept.digest)
    return kept


def correction_document(kept: Correction) -> dict[str, str]:
    """What the digest of a correction covers: how anyone with the salt checks it against the journal."""
    return {
        "record": kept.record.ref,
        "field": kept.field,
        "before": kept.before,
        "after": kept.after,
        "why": kept.why,
    }

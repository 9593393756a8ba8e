"""What staff say of a record: how it is kept and its subject, one by one or many alike."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.register import rules
from torget.register.actions.receiving import digests, enter_now, give_number, lock, lock_many, open_cases
from torget.register.models import Case, Record

if TYPE_CHECKING:
    from torget.organisations.models import User

AT_ONCE = 100


@transaction.atomic
def confirm(record: Record, *, state: rules.State, subject: str, by: "User") -> Record:
    """Confirm how a record is kept; the subject is what the public register will show. Errors: Refused."""
    record = lock(record)
    if reason := rules.why_not_state(state, secret=record.secret):
        raise Refused(reason)
    subject = " ".join(subject.split())[:300]
    if state is rules.State.REGISTERED and not subject:
        raise Refused("needs_subject")
    if state is rules.State.REGISTERED and record.case is None:
        give_number(record, open_cases(record.authority, [subject], clock.now())[0])
    # Without a subject of theirs nothing is shown: the sender's own words never become public by themselves.
    record.state, record.subject = state.value, subject
    decided = state is not rules.State.UNCLASSIFIED
    # Put back to "not classified": somebody is to say anew how it is kept.
    record.confirmed_by, record.confirmed_at = (by, clock.now()) if decided else (None, None)
    record.save()
    if subject and record.case and record.number == 1:
        Case.objects.filter(pk=record.case.pk).update(subject=record.subject)
    enter_now(f"record.{state.value}", record, by)
    PublicVersion.bump()
    return record


@transaction.atomic
def confirm_many(
    records: Sequence[Record], *, state: rules.State | None, subject: str = "", by: "User"
) -> list[Record]:
    """Confirm many records alike: `state` (None: each as proposed) and one subject (empty: each keeps its own, masked).

    What a colleague has confirmed meanwhile is left as it is. Those that are confirmed, as they were before, are given
    back. Constant SQL. Errors: Refused mixed_secret | secret_must_be_registered | needs_subject | not_decided.
    """
    found = [record for record in lock_many(records) if record.confirmed_at is None]
    before = [copy(record) for record in found]
    if not rules.may_decide_together([_reason(record) for record in found]):
        raise Refused("mixed_secret")
    now, common = clock.now(), " ".join(subject.split())[:300]
    for record in found:
        _decide(record, state, common)
        record.confirmed_by, record.confirmed_at = by, now
    _number(found, now)
    changed = ("state", "subject", "case", "number", "confirmed_by", "confirmed_at")
    Record.objects.bulk_update(found, changed, batch_size=AT_ONCE)
    firsts = [record for record in found if record.case and record.number == 1]
    for record in firsts:
        record.case.subject = record.subject or record.case.subject  # type: ignore[union-attr]
    Case.objects.bulk_update([record.case for record in firsts if record.case], ("subject",), batch_size=AT_ONCE)
    sealed = digests(found)
    journal.enter_many(
        journal.Entering(f"record.{record.state}", by.ref, record.ref, sealed[record.pk]) for record in found
    )
    PublicVersion.bump()
    return before


def _reason(record: Record) -> str:
    return rules.Why.MAY_BE_SECRET if record.is_guarded else record.proposed_reason


def _decide(record: Record, state: rules.State | None, subject: str) -> None:
    decided = state or (rules.State(record.proposed_state) if record.proposed_state else rules.State.UNCLASSIFIED)
    if decided is rules.State.UNCLASSIFIED:
        raise Refused("not_decided")
    if reason := rules.why_not_state(decided, secret=record.secret):
        raise Refused(reason)
    record.subject = subject or rules.mask_identity_numbers(record.subject)
    if decided is rules.State.REGISTERED and not record.subject:
        raise Refused("needs_subject")
    record.state = decided.value


def _number(records: Sequence[Record], now: datetime) -> None:
    """A case of its own for each that is to be registered and has none."""
    new = [record for record in records if record.state == rules.State.REGISTERED and record.case is None]
    by_authority: dict[int, list[Record]] = {}
    for record in new:
        by_authority.setdefault(record.authority_id, []).append(record)
    for _, of_one in sorted(by_authority.items()):
        cases = open_cases(of_one[0].authority, [record.subject for record in of_one], now, records=1)
        for record, case in zip(of_one, cases, strict=True):
            record.case, record.number = case, 1


@transaction.atomic
def unconfirm_many(subjects: Mapping[int, str], *, confirmed_at: datetime, by: "User") -> list[Record]:
    """Put records back to "not classified" with the subjects they had (record key → subject), numbers kept.

    Only those that are still as they were left at `confirmed_at`; they are given back. Each is entered in the journal.
    """
    rows = lock_many(list(Record.objects.filter(pk__in=subjects)))
    found = [record for record in rows if record.confirmed_at == confirmed_at]
    for record in found:
        record.subject, record.confirmed_by, record.confirmed_at = subjects[record.pk], None, None
        record.state = rules.State.UNCLASSIFIED.value
    Record.objects.bulk_update(found, ("state", "subject", "confirmed_by", "confirmed_at"), batch_size=AT_ONCE)
    sealed = digests(found)
    journal.enter_many(
        journal.Entering("record.unclassified", by.ref, record.ref, sealed[record.pk]) for record in found
    )
    PublicVersion.bump()
    return found

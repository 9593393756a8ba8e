"""What staff say of a record: how it is kept, its subject, its secrecy."""

from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.register import rules
from torget.register.actions.receiving import enter_now, give_number, lock, open_cases
from torget.register.models import Case, Record

if TYPE_CHECKING:
    from torget.organisations.models import User


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
def mark_secret(record: Record, *, provision: str, by: "User") -> Record:
    """Put a secrecy mark on a record (OSL 5:5): a warning with provision and date; it forces registration."""
    provision = " ".join(provision.split())[:120]
    if not provision:
        raise Refused("needs_provision")
    record = lock(record)
    if record.case is None:
        give_number(record, open_cases(record.authority, [record.subject or "…"], clock.now())[0])
    record.secret, record.secrecy_provision, record.secrecy_marked_at = True, provision, clock.now()
    record.state = rules.State.REGISTERED.value
    record.confirmed_by, record.confirmed_at = by, clock.now()
    record.save()
    enter_now("record.secrecy_marked", record, by)
    PublicVersion.bump()
    return record


@transaction.atomic
def lift_secret(record: Record, *, by: "User") -> Record:
    """Take the secrecy mark away after a new review; the record stays registered, and its subject is to be confirmed.

    The mark may have come before anyone had read the subject, and what is shown in public has been read.
    """
    record = lock(record)
    record.secret, record.secrecy_provision = False, ""
    record.confirmed_by = record.confirmed_at = None
    record.save(update_fields=["secret", "secrecy_provision", "confirmed_by", "confirmed_at"])
    enter_now("record.secrecy_lifted", record, by)
    PublicVersion.bump()
    return record

"""Who may read a record: secrecy mark with provision and circle, protected identity, who has read. docs/rules/secrecy.md"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.models import Authority
from torget.people.models import Contact
from torget.register import rules
from torget.register.actions.receiving import digests, enter_now, give_number, lock, lock_many, open_cases
from torget.register.actions.showing import show
from torget.register.models import Circle, Protection, Record

if TYPE_CHECKING:
    from torget.organisations.models import User

SAME_READING = timedelta(minutes=10)
"""Who opens the same record again within so long has read it once: a page that is shown anew after each deed."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is to be in a circle: keys of people and of units. Nobody: the registrars and administrators of the house."""

    users: Collection[int] = ()
    units: Collection[int] = ()


def make_circle(chosen: Chosen) -> Circle | None:
    """A circle of those who are chosen; None for nobody."""
    if not chosen.users and not chosen.units:
        return None
    circle = Circle.objects.create()
    circle.users.set(chosen.users)
    circle.units.set(chosen.units)
    return circle


@transaction.atomic
def mark_secret(
    record: Record,
    *,
    provision: str,
    by: "User",
    chosen: Chosen | None = None,
    authority: Authority | None = None,
) -> Record:
    """Put a secrecy mark on a record (OSL 5:5): a warning with provision, date and authority; it forces registration.

    `chosen`: who may read it besides its registrars; None: whoever marks it. Errors: Refused("needs_provision").
    """
    provision = " ".join(provision.split())[:120]
    if not provision:
        raise Refused("needs_provision")
    record = lock(record)
    if record.case is None:
        give_number(record, open_cases(record.authority, [record.subject or "…"], clock.now())[0])
    if chosen is not None or not (record.is_guarded or record.circle_id):
        record.circle = make_circle(Chosen(users=[by.pk]) if chosen is None else chosen)
    record.secret, record.secrecy_provision, record.secrecy_marked_at = True, provision, clock.now()
    record.secrecy_authority = authority or record.authority
    record.state = rules.State.REGISTERED.value
    record.confirmed_by, record.confirmed_at = by, clock.now()
    record.save()
    enter_now("record.secrecy_marked", record, by)
    PublicVersion.bump()
    return record


@transaction.atomic
def guard_alike(record: Record, like: Record, *, by: "User") -> Record:
    """Guard a record as another whose words it holds: protected identity, circle and secrecy mark go along."""
    if not like.is_guarded:
        return record
    record = lock(record)
    record.protected_identity, record.circle_id = like.protected_identity, like.circle_id
    record.save(update_fields=["protected_identity", "circle"])
    if like.secret:
        return mark_secret(record, provision=like.secrecy_provision, by=by)
    _enter("record.identity_protected", [record], by)
    PublicVersion.bump()
    return record


@transaction.atomic
def lift_secret(record: Record, *, by: "User") -> Record:
    """Take the secrecy mark away after a new review; the record stays registered, and its subject is to be confirmed.

    The mark may have come before anyone had read the subject, and what is shown in public has been read.
    """
    record = lock(record)
    record.secret, record.secrecy_provision, record.secrecy_authority = False, "", None
    if not record.protected_identity:
        record.circle = None
    record.confirmed_by = record.confirmed_at = None
    record.save(
        update_fields=["secret", "secrecy_provision", "secrecy_authority", "circle", "confirmed_by", "confirmed_at"]
    )
    enter_now("record.secrecy_lifted", record, by)
    PublicVersion.bump()
    return record


@transaction.atomic
def set_circle(record: Record, chosen: Chosen, *, by: "User") -> Record:
    """Say anew who may read a guarded record. Errors: Refused("not_guarded")."""
    record = lock(record)
    if not record.is_guarded:
        raise Refused("not_guarded")
    record.circle = make_circle(chosen)
    record.save(update_fields=["circle"])
    enter_now("record.circle_set", record, by)
    return record


# ---- protected identity ---------------------------------------------------------------------------------------------


@transaction.atomic
def protect(records: Sequence[Record], *, contact: Contact | None, chosen: Chosen, by: "User") -> list[Record]:
    """Protect whose identity these records show; with a contact, also in all that comes from there later."""
    circle = make_circle(chosen)
    found = lock_many(records)
    keys = [record.pk for record in found]
    Record.objects.filter(pk__in=keys, circle=None, secret=False).update(circle=circle)
    Record.objects.filter(pk__in=keys).update(protected_identity=True)
    if contact is not None:
        Protection.objects.update_or_create(
            contact=contact, defaults={"circle": circle, "by": by, "since": clock.now()}
        )
    _enter("record.identity_protected", found, by)
    PublicVersion.bump()
    return found


@transaction.atomic
def unprotect(records: Sequence[Record], *, contact: Contact | None, by: "User") -> list[Record]:
    """Take the protection off again; what has a secrecy mark of its own keeps that and its circle."""
    found = lock_many(records)
    keys = [record.pk for record in found]
    Record.objects.filter(pk__in=keys, secret=False).update(circle=None)
    Record.objects.filter(pk__in=keys).update(protected_identity=False)
    if contact is not None:
        Protection.objects.filter(contact=contact).delete()
    _enter("record.identity_unprotected", found, by)
    PublicVersion.bump()
    return found


def _enter(kind: str, records: Sequence[Record], by: "User") -> None:
    sealed = digests(records)
    journal.enter_many(journal.Entering(kind, by.ref, record.ref, sealed[record.pk]) for record in records)
    show([record.pk for record in records])


def circles_of(contacts: Iterable[Contact]) -> dict[int, Circle | None]:
    """For contacts with a protected identity: who may read what comes from them. No statement where there is none."""
    keys = [contact.pk for contact in contacts if contact.protected_identity]
    if not keys:
        return {}
    rows = Protection.objects.filter(contact__in=keys).select_related("circle")
    return {row.contact_id: row.circle for row in rows}


# ---- who has read ---------------------------------------------------------------------------------------------------


@transaction.atomic
def note_reading(records: Sequence[Record], *, by: "User") -> int:
    """Enter in the journal who opened guarded records; once in ten minutes for each. How many were entered."""
    guarded = {record.ref: record for record in records if record.is_guarded}
    if not guarded:
        return 0
    lately = Entry.objects.filter(
        object_ref__in=guarded, kind="record.read", actor_ref=by.ref, at__gte=clock.now() - SAME_READING
    )
    known = set(lately.values_list("object_ref", flat=True))
    fresh = [record for ref, record in guarded.items() if ref not in known]
    _enter("record.read", fresh, by)
    return len(fresh)

"""Cases: open, merge, move records, link, close, reopen. Numbers are never given twice. docs/rules/cases.md

Rows are locked in one order by all: records by their keys, then cases by theirs. Whoever calls from above has locked
the conversations before.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.core.series import advance
from torget.journal import actions as journal
from torget.organisations.models import Authority
from torget.register import rules
from torget.register.actions.receiving import digests, lock_many, open_cases
from torget.register.models import Case, CaseLink, FormerNumber, Record

if TYPE_CHECKING:
    from torget.organisations.models import User

MOST = 10_000
"""So many records are moved at once; a case with more is parted in several goes."""


def enter(kind: str, case: Case, by: "User", *about: object) -> None:
    """An entry about a case: the digest holds numbers, never words."""
    digest = sha256(":".join([kind, case.dnr, *map(str, about)]).encode()).digest()
    journal.enter(kind, actor_ref=by.ref, object_ref=case.ref, digest=digest)


def lock_cases(*cases: Case) -> list[Case]:
    """Cases under their row locks, taken in the order of their keys; in the order given, as they now are."""
    keys = [case.pk for case in cases]
    list(Case.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    found = Case.objects.select_related("authority", "merged_into__authority").in_bulk(keys)
    return [found[key] for key in keys]


def read_at(case: Case) -> Case:
    """Where a case is read: itself, or what it has been joined into."""
    while case.merged_into is not None:
        case = case.merged_into
    return case


@transaction.atomic
def open_case(authority: Authority, *, subject: str, by: "User") -> Case:
    """Open a case by hand. Errors: Refused("needs_subject")."""
    subject = " ".join(subject.split())[:300]
    if not subject:
        raise Refused("needs_subject")
    case = open_cases(authority, [subject], clock.now())[0]
    enter("case.opened", case, by)
    return case


@transaction.atomic
def merge_cases(source: Case, *, into: Case, by: "User") -> Case:
    """Join a case into another: its records get the next numbers there, its own numbers stay and lead on.

    Errors: Refused same_case | case_merged | case_closed | other_authority | too_many.
    """
    _, (source, into) = _lock(list(Record.objects.filter(case__in=[source, into])), source, into)
    reason = rules.why_not_merge(
        same=source.pk == into.pk,
        source_merged=source.merged_into_id is not None,
        target_merged=into.merged_into_id is not None,
        target_closed=into.closed_at is not None,
        same_authority=source.authority_id == into.authority_id,
    )
    if reason:
        raise Refused(reason)
    # Read anew: what came into the case while we waited for its row comes along.
    _renumber(list(Record.objects.filter(case=source).order_by("number")), into, by)
    now = clock.now()
    Case.objects.filter(pk=source.pk).update(merged_into=into, closed_at=source.closed_at or now)
    Case.objects.filter(merged_into=source).update(merged_into=into)
    source.merged_into = into
    enter("case.merged", source, by, into.dnr)
    enter("case.received_merged", into, by, source.dnr)
    PublicVersion.bump()
    return into


@transaction.atomic
def move_records(
    records: Sequence[Record], *, to: Case | None, subject: str = "", authority: Authority | None = None, by: "User"
) -> Case:
    """Part records out to another case, or to a new one with `subject`; the old numbers stay and lead on.

    `authority`: only for a record that was registered with the wrong one, and then to a new case of that authority.
    Errors: Refused nothing_chosen | needs_subject | same_case | case_merged | case_closed | other_authority | too_many.
    """
    if not records:
        raise Refused("nothing_chosen")
    known = [case for case in [records[0].case, to] if case is not None]
    found, _ = _lock(list(records), *known)
    found = [record for record in found if record.kind != rules.Kind.WORKING]
    authorities = {record.authority_id for record in found}
    if len(authorities) != 1:
        raise Refused("other_authority" if authorities else "nothing_chosen")
    if to is None:
        to = open_case(authority or found[0].authority, subject=subject, by=by)
    else:
        to = Case.objects.select_related("authority").get(pk=to.pk)
        why = rules.why_not_merge(
            same=any(record.case_id == to.pk for record in found),
            source_merged=False,
            target_merged=to.merged_into_id is not None,
            target_closed=to.closed_at is not None,
            same_authority=to.authority_id in authorities,
        )
        if why:
            raise Refused(why)
    _renumber(sorted(found, key=lambda record: (record.number or 0, record.pk)), to, by)
    enter("case.received_records", to, by, len(found))
    PublicVersion.bump()
    return to


def _lock(records: list[Record], *cases: Case) -> tuple[list[Record], list[Case]]:
    if len(records) > MOST:
        raise Refused("too_many")
    found = lock_many(records)
    return found, lock_cases(*cases)


def _renumber(records: Sequence[Record], to: Case, by: "User") -> None:
    """The next numbers in `to`, in the given order; the numbers they had are kept as references."""
    if not records:
        return
    now = clock.now()
    FormerNumber.objects.bulk_create(
        FormerNumber(case_id=record.case_id, number=record.number, record=record, at=now)
        for record in records
        if record.case_id and record.number
    )
    first = advance(Case, len(records), column="last_record", id=to.pk)
    for place, record in enumerate(records):
        record.case, record.number, record.authority_id = to, first + place, to.authority_id
    Record.objects.bulk_update(records, ("case", "number", "authority"), batch_size=100)
    sealed = digests(records)
    journal.enter_many(journal.Entering("record.moved", by.ref, record.ref, sealed[record.pk]) for record in records)


# ---- links ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def link_cases(case: Case, other: Case, *, by: "User") -> None:
    """Say that two cases have to do with each other, also of two authorities. Twice changes nothing. Errors: same_case."""
    if case.pk == other.pk:
        raise Refused("same_case")
    one, two = sorted(lock_cases(case, other), key=lambda c: c.pk)
    _, made = CaseLink.objects.get_or_create(one=one, other=two, defaults={"made_by": by, "at": clock.now()})
    if made:
        enter("case.linked", one, by, two.dnr)
        enter("case.linked", two, by, one.dnr)


@transaction.atomic
def unlink_cases(case: Case, other: Case, *, by: "User") -> None:
    """Take a link between two cases away again."""
    one, two = sorted(lock_cases(case, other), key=lambda c: c.pk)
    if CaseLink.objects.filter(one=one, other=two).delete()[0]:
        enter("case.unlinked", one, by, two.dnr)
        enter("case.unlinked", two, by, one.dnr)


# ---- close and reopen -----------------------------------------------------------------------------------------------


@transaction.atomic
def close_case(case: Case, *, working: Sequence[Record], keep: Sequence[Record], by: "User") -> Case:
    """Close a case and weed its working material, apart from what is kept because it adds facts (TF 2:12).

    `working`: drafts and notes of the case; the caller has taken away the rows that point at those not kept. What is
    kept becomes a record drawn up, with a number. The journal keeps the digest of what was weeded, never its words.
    Errors: Refused case_closed | case_has_unconfirmed.
    """
    locked, (case,) = _lock(list(working), case)
    if case.closed_at is not None:
        raise Refused("case_closed")
    if Record.objects.unconfirmed().filter(case=case).exists():
        raise Refused("case_has_unconfirmed")
    kept = {record.pk for record in keep}
    material = [record for record in locked if record.kind == rules.Kind.WORKING]
    sealed = digests(material)
    now = clock.now()
    for record in (one for one in material if one.pk in kept):
        record.kind, record.state = rules.Kind.DRAWN_UP.value, rules.State.REGISTERED.value
        record.case, record.authority, record.occurred_at = case, case.authority, now
        record.number = advance(Case, 1, column="last_record", id=case.pk)
        record.subject, record.confirmed_by, record.confirmed_at = f"Tjänsteanteckning i {case.dnr}", by, now
        record.save()
        journal.enter("record.kept_at_closing", actor_ref=by.ref, object_ref=record.ref, digest=sealed[record.pk])
    weeded = [record for record in material if record.pk not in kept]
    journal.enter_many(journal.Entering("record.weeded", by.ref, one.ref, sealed[one.pk]) for one in weeded)
    Record.objects.filter(pk__in=[record.pk for record in weeded]).delete()
    Case.objects.filter(pk=case.pk).update(closed_at=now)
    case.closed_at = now
    enter("case.closed", case, by, len(weeded), len(kept))
    PublicVersion.bump()
    return case


@transaction.atomic
def reopen_case(case: Case, *, by: "User") -> Case:
    """Take a closed case up again. Errors: Refused("case_merged"): it is read and worked on in another."""
    (case,) = lock_cases(case)
    if case.merged_into_id:
        raise Refused("case_merged")
    if case.closed_at is not None:
        Case.objects.filter(pk=case.pk).update(closed_at=None)
        case.closed_at = None
        enter("case.reopened", case, by)
        PublicVersion.bump()
    return case

"""In: received messages become records with versions, a proposal and a number."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from torget.core import clock
from torget.core.rows import insert
from torget.core.series import advance
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.journal.rules import record_digest
from torget.organisations.models import Authority
from torget.register import rules
from torget.register.models import Attachment, Case, Circle, DiarySeries, Record, RecordVersion

if TYPE_CHECKING:
    from torget.organisations.models import User

SYSTEM = "system"


@dataclass(slots=True)
class Arrival:
    """A received message on its way into the register. `occurred_at` is when it reached us (OSL 5:2: date of receipt).

    `subject` is what the sender gave, `title` what the register calls it until staff have confirmed a subject.
    """

    text: str
    channel: str
    correspondent: str
    subject: str
    title: str
    occurred_at: datetime
    addressed: bool
    whole: str = ""
    case: Case | None = None
    automatic: bool = False
    edited_at: datetime | None = None
    files: Sequence[tuple[Blob, str]] = ()
    # The sender's identity is protected: who may read what comes from them.
    protected: bool = False
    circle: Circle | None = None


def _sealed(record: Record, subject: str, files: Sequence[tuple[Blob, str]]) -> dict[str, object]:
    return {
        "authority": record.authority.name,
        "kind": record.kind,
        "received_at": record.occurred_at.isoformat(timespec="milliseconds"),
        "channel": record.channel,
        "correspondent": record.correspondent,
        "subject": subject,
        "attachments": [{"filename": name, "sha256": blob.pk, "size": blob.size} for blob, name in files],
    }


def version_of(
    record: Record,
    *,
    text: str,
    whole: str = "",
    subject: str = "",
    number: int = 1,
    files: Sequence[tuple[Blob, str]] = (),
    edited_at: datetime | None = None,
) -> RecordVersion:
    """A version that is not saved yet, sealed with a fresh salt."""
    version = RecordVersion(
        record=record,
        number=number,
        text=text,
        whole_text="" if whole == text else whole,
        subject=subject[:300],
        sealed=_sealed(record, subject[:300], files),
        salt=os.urandom(16),
        edited_at=edited_at,
        created_at=clock.now(),
    )
    version.digest = record_digest(bytes(version.salt), version.document())
    return version


def open_cases(authority: Authority, subjects: Sequence[str], opened_at: datetime, *, records: int = 0) -> list[Case]:
    """Open a case for each subject, with running numbers of the authority's series for the year.

    `records` is how many records each of them has from the start.
    """
    if not subjects:
        return []
    year = opened_at.astimezone(clock.STOCKHOLM).year
    first = advance(DiarySeries, len(subjects), authority=authority, year=year)
    return insert(
        Case,
        (
            Case(
                authority=authority,
                year=year,
                number=first + place,
                subject=subject[:300],
                opened_at=opened_at,
                last_record=records,
            )
            for place, subject in enumerate(subjects)
        ),
    )


def give_number(record: Record, case: Case) -> None:
    """Put the record in the case with the next number in it (not saved)."""
    case.last_record = advance(Case, 1, column="last_record", id=case.pk)
    record.case, record.number = case, case.last_record


def receive(arrivals: Sequence[Arrival], *, authority: Authority, by: str = SYSTEM) -> list[Record]:
    """Keep received messages: a record each with its first version, a proposal, and a number where one is proposed.

    Call inside the business transaction. Constant SQL for many arrivals, apart from those that join an open case.
    """
    now = clock.now()
    records = []
    for arrival in arrivals:
        whole = arrival.whole or arrival.text
        proposal = rules.propose(
            f"{arrival.subject}\n{whole}",
            addressed=arrival.addressed,
            automatic=arrival.automatic,
            in_case=arrival.case is not None,
            files=len(arrival.files),
            protected=arrival.protected,
        )
        records.append(
            Record(
                authority=arrival.case.authority if arrival.case else authority,
                kind=rules.Kind.RECEIVED.value,
                occurred_at=arrival.occurred_at,
                captured_at=now,
                correspondent=arrival.correspondent[:320],
                subject=arrival.title[:300],
                channel=arrival.channel,
                proposed_state=proposal.state.value,
                proposed_reason=proposal.why.value,
                has_identity_number=proposal.why is rules.Why.IDENTITY_NUMBER,
                protected_identity=arrival.protected,
                circle=arrival.circle,
            )
        )
    _number_new(records, arrivals, authority)
    insert(Record, records)
    versions = [
        version_of(r, text=a.text, whole=a.whole or a.text, subject=a.subject, files=a.files, edited_at=a.edited_at)
        for r, a in zip(records, arrivals, strict=True)
    ]
    insert(RecordVersion, versions)
    attachments = [
        Attachment(record=r, blob=blob, filename=name)
        for r, a in zip(records, arrivals, strict=True)
        for blob, name in a.files
    ]
    insert(Attachment, attachments)
    journal.enter_many(
        [
            journal.Entering("record.received", actor_ref=by, object_ref=r.ref, digest=bytes(v.digest))
            for r, v in zip(records, versions, strict=True)
        ]
    )
    return records


def _number_new(records: Sequence[Record], arrivals: Sequence[Arrival], authority: Authority) -> None:
    """Numbers for the records that are to be registered: in their thread's case, else each in a case of its own."""
    for record, arrival in zip(records, arrivals, strict=True):
        if arrival.case and record.proposed_state == rules.State.REGISTERED:
            give_number(record, arrival.case)
    new = [r for r in records if r.proposed_state == rules.State.REGISTERED and r.case is None]
    # Each year has its own series: a page of messages fetched around New Year may need two.
    for year in sorted({r.captured_at.astimezone(clock.STOCKHOLM).year for r in new}):
        of_year = [r for r in new if r.captured_at.astimezone(clock.STOCKHOLM).year == year]
        cases = open_cases(authority, [r.subject for r in of_year], of_year[0].captured_at, records=1)
        for record, case in zip(of_year, cases, strict=True):
            record.case, record.number = case, 1


@transaction.atomic
def add_version(
    record: Record,
    *,
    text: str,
    whole: str = "",
    subject: str = "",
    edited_at: datetime | None = None,
    files: Sequence[tuple[Blob, str]] = (),
    by: str = SYSTEM,
) -> RecordVersion:
    """A new version of a received record, as its sender edited it; the former ones stay."""
    last = RecordVersion.objects.filter(record=record).order_by("-number")[0]
    version = version_of(
        record, text=text, whole=whole, subject=subject, number=last.number + 1, files=files, edited_at=edited_at
    )
    version.save()
    for blob, name in files:
        Attachment.objects.create(record=record, version=version.number, blob=blob, filename=name)
    if rules.find_identity_numbers(f"{subject}\n{version.whole}") and not record.has_identity_number:
        Record.objects.filter(pk=record.pk).update(has_identity_number=True)
    journal.enter("record.edited", actor_ref=by, object_ref=record.ref, digest=bytes(version.digest))
    return version


def lock(record: Record) -> Record:
    """The record under a row lock, read once the lock is ours: in one query PostgreSQL joins the case as it was before."""
    Record.objects.select_for_update().values_list("pk").get(pk=record.pk)
    return Record.objects.select_related("authority", "case__authority").get(pk=record.pk)


def lock_many(records: Sequence[Record]) -> list[Record]:
    """Records under their row locks, taken in the order of their keys so that two never wait in a ring; as they now are."""
    keys = [record.pk for record in records]
    list(Record.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    return list(Record.objects.select_related("authority", "case__authority").filter(pk__in=keys).order_by("pk"))


def digests(records: Sequence[Record]) -> dict[int, bytes]:
    """The digest of the latest version of each, by the record's key: what ties a journal entry to the words."""
    keys = [record.pk for record in records]
    rows = RecordVersion.objects.filter(record__in=keys).order_by("number").values_list("record", "digest")
    return {key: bytes(digest) for key, digest in rows}


def enter_now(kind: str, record: Record, by: "User") -> None:
    """A journal entry about the record as it now stands: the digest of its latest version ties it to the words."""
    version = RecordVersion.objects.filter(record=record).order_by("-number")[0]
    journal.enter(kind, actor_ref=by.ref, object_ref=record.ref, digest=bytes(version.digest))

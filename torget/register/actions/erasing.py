"""Erasing a record's content by decision (gallring): no mandate, no erasure; a legal hold wins; a restore brings nothing back.

docs/rules/backup.md. What stays: that the record was, its numbers, dates and authority, and the digests in the journal.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models import Max, ProtectedError, Q, QuerySet

from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.files import actions as files
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.register import ledger
from torget.register.actions.receiving import lock, lock_many
from torget.register.actions.showing import show
from torget.register.erasers import companions, erasers
from torget.register.models import Attachment, Case, Correction, Erasure, FormerNumber, Hold, Record, RecordVersion

if TYPE_CHECKING:
    from torget.organisations.models import User

log = logging.getLogger("torget.register")
ERASED_CASE = "Gallrad handling"
"""What a case is called that was opened for a record that is no more."""


def held(record: Record) -> Hold | None:
    """The legal hold that stands in the way of erasing this record: on itself, its case, or one that it has left.

    Erasing takes away what such a case keeps of it, its subject and its packages.
    """
    return _holds(record).order_by("pk").first()


def _holds(record: Record) -> "QuerySet[Hold]":
    left = FormerNumber.objects.filter(record=record).values("case")
    mine = Q(record=record) | Q(case__in=left)
    mine |= Q(case=record.case_id) if record.case_id else Q()
    return Hold.objects.filter(mine, lifted_at=None)


def erase(record: Record, *, mandate: str, reason: str, by: "User") -> Erasure:
    """Erase what a record says: words, subject, sender, files and what was made of them. It cannot be undone.

    Records that say the same again (erasers.companions) go under the same decision, each with its own line in the ledger.
    Refused: needs_mandate, needs_reason, legal_hold (with its reason, also one on a companion), already_erased, ledger_broken.
    """
    mandate, reason = " ".join(mandate.split())[:200], " ".join(reason.split())[:300]
    if not mandate:
        raise Refused("needs_mandate")
    if not reason:
        raise Refused("needs_reason")
    with transaction.atomic():
        found = lock_many([record, *(one for find in companions.values() for one in find(record))])
        for one in found:
            if hold := held(one):
                raise Refused("legal_hold", hold.reason)
        erased = set(Erasure.objects.filter(record__in=found).values_list("record", flat=True))
        if record.pk in erased:
            raise Refused("already_erased")
        # The record itself first: its erasure is the one that the decision names.
        waiting = sorted((one for one in found if one.pk not in erased), key=lambda one: one.pk != record.pk)
        made = [_erase(one, mandate=mandate, reason=reason, by=by) for one in waiting]
    return made[0]


def _erase(record: Record, *, mandate: str, reason: str, by: "User") -> Erasure:
    at = clock.now()
    digests = _digests(record)
    blobs = _blank(record)
    journal.enter("record.erased", actor_ref=by.ref, object_ref=record.ref, digest=bytes.fromhex(digests[-1]))
    # Last, and before the commit: a kill between the two leaves a line that the next start carries out.
    line = ledger.append(
        record=record.pk, digests=digests, files=blobs, mandate=mandate, reason=reason, by=by.ref,
        at=at.isoformat(timespec="milliseconds"), after=_last(),
    )  # fmt: skip
    transaction.on_commit(lambda: _unlink_now(blobs))
    return Erasure.objects.create(record=record, mandate=mandate, reason=reason, by_ref=by.ref, at=at, ledger=line.n)


def _last() -> int:
    """The last line that the database knows of: where a ledger was lost with its machine, the next one goes on after it."""
    return int(Erasure.objects.aggregate(last=Max("ledger"))["last"] or 0)


def _digests(record: Record) -> tuple[str, ...]:
    found = RecordVersion.objects.filter(record=record).order_by("number").values_list("digest", flat=True)
    return tuple(bytes(digest).hex() for digest in found)


def _blank(record: Record) -> tuple[str, ...]:
    """Take the content away; the hashes of the files that no other row holds, whose bytes go once this is committed."""
    before = set(Attachment.objects.filter(record=record).values_list("blob_id", flat=True))
    for erase_of in erasers.values():
        before |= set(erase_of(record))
    Attachment.objects.filter(record=record).delete()
    RecordVersion.objects.filter(record=record).update(text="", whole_text="", subject="", sealed={}, salt=b"")
    # A correction holds what the field said before and after. It is written once, and goes whole.
    QuerySet(Correction).filter(record=record)._raw_delete(DEFAULT_DB_ALIAS)
    Record.objects.filter(pk=record.pk).update(subject="", correspondent="", has_identity_number=False)
    Case.objects.filter(pk__in=_begun_by(record)).update(subject=ERASED_CASE)
    show([record.pk])
    PublicVersion.bump()
    return tuple(sorted(_let_go(before)))


def _begun_by(record: Record) -> set[int]:
    """The cases that the record is, or was, the first of, and that are named by its words: one it has left keeps them."""
    begun = set(FormerNumber.objects.filter(record=record, number=1).values_list("case", flat=True))
    return begun | {record.case_id} if record.case_id and record.number == 1 else begun


def _let_go(shas: Iterable[str]) -> list[str]:
    """Take away the rows of files that nothing points at any more, and of the pictures made from them."""
    gone = []
    waiting = list(shas)
    while waiting:
        blob = Blob.objects.filter(pk=waiting.pop()).first()
        if blob is None:
            continue
        sha, rendition = blob.sha256, blob.rendition_id
        try:
            with transaction.atomic():
                blob.delete()
        except (ProtectedError, IntegrityError):
            continue  # somebody else's too
        gone.append(sha)
        if rendition:
            waiting.append(str(rendition))
    return gone


def _unlink(shas: Iterable[str]) -> int:
    """Remove the bytes of files that no row names; how many there were."""
    return sum(files.remove(sha) for sha in shas)


def _unlink_now(shas: Iterable[str]) -> None:
    """The same once the erasure is committed: a store that does not answer undoes nothing, the next start tries again."""
    try:
        _unlink(shas)
    except OSError:
        log.error("register.files_left")


# ---- after a restore, and after a kill ------------------------------------------------------------------------------


def replay(*, unlink: bool = True) -> int:
    """Carry out what the ledger says and the database does not: after a restore, before anything is served.

    Returns how many records that were. A record is known by its number and the digest of its first version: after a
    restore another one may have got the same number. With `unlink` False the bytes stay (the database is not in its
    place yet): call `unlink_erased` then. Refused("ledger_broken").
    """
    count = len(_carry_out_waiting())
    if unlink:
        unlink_erased()
    return count


def _carry_out_waiting() -> list[ledger.Line]:
    """The lines that were carried out now. Refused("ledger_broken")."""
    lines = ledger.read()
    # Two ledgers may have given the same number, to two records.
    done = set(Erasure.objects.values_list("ledger", "record")) if lines else set()
    return [line for line in lines if (line.n, line.record) not in done and _carry_out(line)]


def _carry_out(line: ledger.Line) -> bool:
    decided = datetime.fromisoformat(line.at)
    with transaction.atomic():
        record = Record.objects.select_for_update().filter(pk=line.record).first()
        if record is None or not set(_digests(record)) & set(line.digests):
            return False
        record = lock(record)
        if Erasure.objects.filter(record=record).exists():
            return False
        if _holds(record).filter(set_at__gt=decided).exists():
            # It came to nothing then, and somebody has put a stop to it since. One from before was lifted, and came back.
            log.warning("register.erasure_held line=%s", line.n)
            return False
        _blank(record)
        digest = bytes.fromhex(line.digests[-1])
        journal.enter("record.erased_again", actor_ref="system", object_ref=record.ref, digest=digest)
        number = _last() + 1 if Erasure.objects.filter(ledger=line.n).exists() else line.n
        Erasure.objects.create(
            record=record, mandate=line.mandate, reason=line.reason, by_ref=line.by, at=decided, ledger=number
        )
    return True


def unlink_erased() -> int:
    """Remove the bytes of every file that the ledger names and no row does; how many there were."""
    return _unlink({sha for line in ledger.read() for sha in line.files})


# ---- legal holds ----------------------------------------------------------------------------------------------------


@transaction.atomic
def hold(*, record: Record | None = None, case: Case | None = None, reason: str, by: "User") -> Hold:
    """Put a legal hold on a record or a case. Refused("needs_reason")."""
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Refused("needs_reason")
    made = Hold.objects.create(record=record, case=case, reason=reason, set_by=by, set_at=clock.now())
    ref = record.ref if record else f"case:{case.pk}" if case else ""
    journal.enter("hold.set", actor_ref=by.ref, object_ref=ref, digest=bytes(32))
    return made


def lift(held_by: Hold, *, by: "User") -> int:
    """Lift a hold and carry out what it held back of the ledger; how many records that were. Twice changes nothing.

    Refused("ledger_broken"): the hold is lifted, and nothing is erased.
    """
    with transaction.atomic():
        if not Hold.objects.filter(pk=held_by.pk, lifted_at=None).update(lifted_by=by, lifted_at=clock.now()):
            return 0
        ref = f"record:{held_by.record_id}" if held_by.record_id else f"case:{held_by.case_id}"
        journal.enter("hold.lifted", actor_ref=by.ref, object_ref=ref, digest=bytes(32))
    carried = _carry_out_waiting()
    _unlink_now({sha for line in carried for sha in line.files})
    return len(carried)

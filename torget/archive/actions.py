"""Writes of the archive: ask for a package, make those that wait, and hand one over."""

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from torget.archive import rules
from torget.archive.models import Beside, Package
from torget.archive.sip.build import Made, build
from torget.archive.sip.container import clear_unfinished
from torget.archive.sip.raw import closed_since
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.register.hiding import closed_cases
from torget.register.models import Case, FormerNumber, Record

log = logging.getLogger("torget.archive")
_OWNER = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(4)}"
_TELL_EVERY = 2.0
"""Seconds between two writes of how far a package has come: each also makes the lease longer."""


def folder() -> Path:
    """Where ready packages lie until they are taken away."""
    return Path(settings.TORGET_HOME) / "arkivpaket"


# ---- making ---------------------------------------------------------------------------------------------------------


def number_all() -> None:
    """Let the journal number what waits, so that every version can be proved. Refused as `journal.sequence`."""
    while journal.sequence():
        pass


def pack(case: Case, into: Path, *, csip: rules.Csip, version: rules.Erms, by: str = "system",
         say: Callable[[int, int], None] = lambda records, size: None, made_at: datetime | None = None) -> Made:  # fmt: skip
    """Make a case's package in the folder `into` and enter in the journal that it was made, with the hash of its METS.

    Errors: Refused, see `sip.build.build`; then the folder is as it was.
    """
    number_all()
    at = (made_at or clock.now()).replace(microsecond=0)
    made = build(case, into, csip=csip, version=version, made_at=at, say=say)
    journal.enter("case.packed", actor_ref=by, object_ref=f"case:{case.pk}", digest=bytes.fromhex(made.mets))
    return made


@transaction.atomic
def ask(case: Case, *, csip: rules.Csip, version: rules.Erms, by: User) -> Package:
    """Ask for a package; one that is in hand already is that one. Errors: Refused("not_allowed")."""
    if not may_read_all(case, by):
        raise Refused("not_allowed")
    try:
        with transaction.atomic():
            package: Package = Package.objects.create(
                case=case,
                csip=csip.value,
                erms=version.value,
                asked_by=by,
                asked_at=clock.now(),
                records_total=Record.objects.filter(case=case).exclude(kind="working").count(),
            )
    except IntegrityError:
        found = Package.objects.filter(case=case, csip=csip.value, erms=version.value, state__in=["asked", "doing"])
        return found.get()  # type: ignore[no-any-return]
    journal.enter("package.asked", actor_ref=by.ref, object_ref=package.ref, digest=bytes(32))
    return package


def may_read_all(case: Case, user: User) -> bool:
    """Whether the user may see each record that the case has, or has had when a package was made: it holds them all."""
    return not closed_cases([case.pk], user)


# ---- the worker -----------------------------------------------------------------------------------------------------


def pack_waiting() -> int:
    """Worker's job: make one package that waits; how many were handled. No transaction is held while it is made."""
    package = _take()
    if package is None:
        return 0
    clear_unfinished(folder(), older_than=2 * rules.LEASE.total_seconds())
    csip, version = rules.Csip(package.csip), rules.Erms(package.erms)
    try:
        made = pack(package.case, folder(), csip=csip, version=version, by=package.asked_by.ref, say=_teller(package))
    except Refused as refused:
        _give_up(package, refused.code, refused.detail)
    except Exception as error:
        log.exception("archive.package_failed package=%s", package.pk)
        _give_up(package, "unknown", type(error).__name__)
    else:
        if not _ready(package, made):
            # Begun anew meanwhile, by another or without what was erased: nobody would ever take this file away.
            made.path.unlink(missing_ok=True)
    return 1


def clear_strays(older_than: float = 24 * 3600.0) -> int:
    """Worker's job: remove packages that no row names, untouched for so many seconds; how many.

    Their worker was killed between file and row, or the row went and the process before its file; after a restore of an
    older backup the rows are gone too. They may hold what has been erased since.
    """
    cleared = 0
    for path in folder().glob("*.zip"):
        try:
            old = time.time() - path.stat().st_mtime > older_than
        except FileNotFoundError:
            continue  # another has taken it away
        if old and rules.PACKAGE_NAME.fullmatch(path.name) and not Package.objects.filter(filename=path.name).exists():
            path.unlink(missing_ok=True)
            cleared += 1
    return cleared


def _mine(package: Package) -> QuerySet[Package]:
    return Package.objects.filter(pk=package.pk, state=rules.State.DOING.value, lease_owner=_OWNER)


def _take() -> Package | None:
    """The oldest package that nobody has in hand, now ours; what has ended with its worker too often is given up."""
    now = clock.now()
    # A lease further ahead than any can be was set before the clock was moved back.
    silent = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * rules.LEASE)
    dead = Q(state=rules.State.DOING.value) & silent
    Package.objects.filter(dead, attempts__gte=rules.MOST_ATTEMPTS).update(
        state=rules.State.FAILED.value, problem="worker_stopped", lease_owner="", lease_until=None
    )
    waiting = Package.objects.filter(Q(state=rules.State.ASKED.value) | dead).order_by("pk")
    for key in waiting.values_list("pk", flat=True)[:5]:
        # The condition once more: of two workers one finds the row changed.
        if (
            waiting.order_by()
            .filter(pk=key)
            .update(
                state=rules.State.DOING.value,
                lease_owner=_OWNER,
                lease_until=now + rules.LEASE,
                attempts=F("attempts") + 1,
                records_done=0,
            )
        ):
            taken: Package = Package.objects.select_related("case__authority", "asked_by").get(pk=key)
            return taken
    return None


def _teller(package: Package) -> Callable[[int, int], None]:
    """Writes now and then how far it has come, and holds the lease; Refused("lease_lost") when another has taken it up."""
    last = time.monotonic()

    def say(records: int, size: int) -> None:
        nonlocal last
        if time.monotonic() - last < _TELL_EVERY:
            return
        last = time.monotonic()
        if not _mine(package).update(records_done=records, lease_until=clock.now() + rules.LEASE):
            raise Refused("lease_lost")

    return say


def _give_up(package: Package, code: str, detail: str) -> None:
    _mine(package).update(
        state=rules.State.FAILED.value, problem=code[:40], detail=detail[:200], lease_owner="", lease_until=None
    )


def _ready(package: Package, made: Made) -> bool:
    """Note what was made; False when the package is no longer ours, or holds words that are no longer for all to see."""
    with transaction.atomic():
        if not _still_open(sorted(made.beside)):
            if package.attempts >= rules.MOST_ATTEMPTS:
                _give_up(package, "unknown", "words were closed each time")
            else:
                _mine(package).update(state=rules.State.ASKED.value, lease_owner="", lease_until=None)
            return False
        ours = _mine(package).update(
            state=rules.State.READY.value,
            filename=made.path.name,
            size=made.size,
            files=made.files,
            withheld=made.withheld,
            mets_sha256=made.mets,
            made_at=clock.now(),
            records_done=made.records,
            records_total=made.records,
            problem="",
            lease_owner="",
            lease_until=None,
        )
        if ours:
            Beside.objects.bulk_create(Beside(package=package, record_id=record) for record in sorted(made.beside))
    return bool(ours)


def _still_open(records: Sequence[int]) -> bool:
    """Whether all of these are for all to see, now and until our transaction ends.

    Whoever erases or guards one of them waits for us or we for them: then one of us sees what the other did.
    """
    for start in range(0, len(records), 500):
        part = Record.objects.filter(pk__in=records[start : start + 500])
        list(part.select_for_update().order_by("pk").values_list("pk"))
        if closed_since(part):
            return False
    return True


# ---- handing over ---------------------------------------------------------------------------------------------------


def fetch(package: Package, *, by: User) -> BinaryIO:
    """Hand a ready package over, and enter in the journal who took it. Errors: Refused not_allowed | not_ready | file_gone.

    One with others' words that are no longer for all to see is not handed over: it is made anew.
    """
    if not may_read_all(package.case, by):
        raise Refused("not_allowed")
    if package.state == rules.State.READY and closed_since(
        Record.objects.filter(pk__in=Beside.objects.filter(package=package).values("record"))
    ):
        _begin_anew(package)
        raise Refused("not_ready")
    if package.state != rules.State.READY or not rules.PACKAGE_NAME.fullmatch(package.filename):
        raise Refused("not_ready")
    try:
        file = (folder() / package.filename).open("rb")
    except FileNotFoundError:
        raise Refused("file_gone") from None
    digest = bytes.fromhex(package.mets_sha256)
    journal.enter("package.fetched", actor_ref=by.ref, object_ref=package.ref, digest=digest)
    return file


@transaction.atomic
def _begin_anew(package: Package) -> None:
    """Take a ready package's file away and have it made once more; where one like it is in hand already, that one serves."""
    kept = Package.objects.select_for_update().filter(pk=package.pk, state=rules.State.READY.value).first()
    if kept is None:
        return
    name = kept.filename
    in_hand = Q(state__in=[rules.State.ASKED.value, rules.State.DOING.value])
    if Package.objects.filter(in_hand, case=kept.case_id, csip=kept.csip, erms=kept.erms).exists():
        kept.delete()
    else:
        kept.beside.all().delete()
        kept.state, kept.filename, kept.mets_sha256, kept.made_at = rules.State.ASKED.value, "", "", None
        kept.attempts, kept.size, kept.files, kept.records_done, kept.withheld = 0, 0, 0, 0, 0
        try:
            with transaction.atomic():
                kept.save()
        except IntegrityError:
            # Another like it was asked for at the same moment, and serves.
            kept.delete()
    transaction.on_commit(lambda: _unlink([name]))


@transaction.atomic
def take_away(package: Package, *, by: User) -> None:
    """Remove a package that the archive has received, or that failed; the case and its records are untouched.

    Errors: Refused("in_hand") while it is being made.
    """
    kept = Package.objects.select_for_update().get(pk=package.pk)
    if kept.in_hand:
        raise Refused("in_hand")
    name, ref = kept.filename, kept.ref
    kept.delete()
    journal.enter("package.taken_away", actor_ref=by.ref, object_ref=ref, digest=bytes(32))
    transaction.on_commit(lambda: _unlink([name]))


def _unlink(names: Iterable[str]) -> None:
    for name in names:
        if rules.PACKAGE_NAME.fullmatch(name):
            try:
                (folder() / name).unlink(missing_ok=True)
            except OSError:
                # The row is gone: `clear_strays` comes for the file.
                log.exception("archive.file_left name=%s", name)


def forget(record: Record) -> tuple[()]:
    """Take away the packages that may hold a record whose content is erased; one being made is begun anew without it.

    Those of cases that it has left too: they may be from before. And those of other cases in whose deliveries it stands.
    Called inside the transaction of the erasure (register.erasers). What an archive has received is the archive's.
    """
    left = FormerNumber.objects.filter(record=record).values_list("case", flat=True)
    elsewhere = Beside.objects.filter(record=record).values_list("package", flat=True)
    held = Package.objects.filter(Q(case__in={*left, record.case_id} - {None}) | Q(pk__in=list(elsewhere)))
    held.filter(state=rules.State.DOING.value).update(state=rules.State.ASKED.value, lease_owner="", lease_until=None)
    ready = held.exclude(state=rules.State.ASKED.value)
    names = list(ready.values_list("filename", flat=True))
    ready.delete()
    transaction.on_commit(lambda: _unlink(names))
    return ()

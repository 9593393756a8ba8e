"""The log of accounts: a row for people, and an entry in the journal without names and addresses."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from torget.accounts.models import Event, Policy
from torget.conversations.rules import storable
from torget.core import clock
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.models import User

NOTHING = bytes(32)
FOLLOWED = (
    "staff.invited", "staff.invitation_revoked", "staff.joined", "staff.changed", "staff.deactivated",
    "staff.reactivated", "register.exported",
)  # fmt: skip
"""What other modules enter in the journal and this log tells too, by how it begins."""
BATCH = 2000


@transaction.atomic
def note(
    kind: str, *, user: User | None, by: User | None = None, detail: str = "", address: str | None = None
) -> Event:
    """Write down that something was done with an account. `by`: who did it, where it was not its owner."""
    doer = by or user
    journal.enter(
        kind,
        actor_ref=doer.ref if doer else "unknown",
        object_ref=user.ref if user else "login",
        digest=NOTHING,
    )
    return Event.objects.create(
        at=clock.now(), kind=kind, user=user, by=by, detail=storable(detail)[:200], address=address or None
    )


def follow(limit: int = BATCH) -> int:
    """Worker's job: take over what other modules have entered since last time. Returns how many entries were looked at."""
    with transaction.atomic():
        policy, _ = Policy.objects.select_for_update().get_or_create(pk=1)
        # By their number, which has no gaps: what is committed later has a later one.
        entries = list(Entry.objects.filter(sequence__gte=policy.followed).order_by("sequence")[:limit])
        if not entries:
            return 0
        told = [entry for entry in entries if entry.kind.startswith(FOLLOWED)]
        people = User.objects.in_bulk(
            {key for entry in told for ref in (entry.actor_ref, entry.object_ref) if (key := _key(ref)) is not None}
        )
        rows = []
        for entry in told:
            by, user = (people.get(_key(ref) or 0) for ref in (entry.actor_ref, entry.object_ref))
            rows.append(Event(at=entry.at, kind=entry.kind, user=user or by, by=by if user else None, entry=entry.pk))
        Event.objects.bulk_create(rows, ignore_conflicts=True)
        Policy.objects.filter(pk=1).update(followed=(entries[-1].sequence or 0) + 1)
    return len(entries)


def _key(ref: str) -> int | None:
    kind, _, key = ref.partition(":")
    return int(key) if kind == "user" and key.isascii() and key.isdecimal() else None


def forget_addresses(limit: int = 1000) -> int:
    """Worker's job: empty the addresses that have been kept for as long as is said. Returns how many."""
    oldest = clock.now() - timedelta(days=settings.TORGET_LOGIN_ADDRESS_DAYS)
    keys = list(Event.objects.filter(at__lte=oldest, address__isnull=False).values_list("pk", flat=True)[:limit])
    return Event.objects.filter(pk__in=keys).update(address=None)

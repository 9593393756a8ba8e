"""Numbering and signing: one sequencer at a time gives entries their places and signs the head."""

import os
import secrets
import socket
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from torget.core import clock
from torget.core.errors import Refused
from torget.journal import rules
from torget.journal.actions import keys
from torget.journal.actions.keys import SigningKey
from torget.journal.actions.proving import nodes_at
from torget.journal.models import Checkpoint, Day, Entry, Node, SequencerLease

# Long enough for a slow batch, short enough that nobody waits when a sequencer has died.
LEASE = timedelta(seconds=5)
_OWNER = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def sequence(limit: int = 1000, *, owner: str = _OWNER) -> int:
    """Number the entries that wait (at most `limit`), extend the tree and sign a checkpoint, all or nothing.

    Returns how many were numbered; 0 also when another process holds the lease. Refused when the key or the stored
    tree cannot be trusted (key_missing, key_open, key_broken, key_changed, tree_broken).
    """
    if not Entry.objects.waiting().exists():
        return 0  # the common case takes no lock
    SequencerLease.objects.get_or_create(pk=1)
    with transaction.atomic():
        if not _hold_lease(owner):
            return 0
        entries = list(Entry.objects.waiting()[:limit])
        if not entries:
            return 0
        latest = Checkpoint.objects.order_by("-size").first()
        key = keys.signing_key()
        if latest and keys.key_in_force() != key.public.text():
            raise Refused("key_changed")
        size, edge = _right_edge(latest)
        leaves = [rules.leaf_hash(rules.canonical(entry.leaf())) for entry in entries]
        edge, made = rules.grow(edge, size, leaves)
        _number(entries, size, leaves)
        Node.objects.bulk_create([Node(place=rules.place_key(place), hash=value) for place, value in made])
        _sign(key, size + len(entries), rules.fold(edge), latest)
    return len(entries)


def _number(entries: Sequence[Entry], first: int, leaves: Sequence[bytes]) -> None:
    rows = [(first + place, leaf, entry.pk) for place, (entry, leaf) in enumerate(zip(entries, leaves, strict=True))]
    with connection.cursor() as cursor:
        # Django's bulk_update takes a second for a thousand rows, this a hundredth of it.
        cursor.executemany(
            "UPDATE journal_entry SET sequence = %s, leaf_hash = %s WHERE id = %s AND sequence IS NULL", rows
        )
        if cursor.rowcount != len(rows):
            raise Refused("tree_broken", "an entry was numbered by somebody else")


def _hold_lease(owner: str) -> bool:
    # The row lock (PostgreSQL) or the IMMEDIATE transaction (SQLite) is what keeps two apart; the lease only spares
    # the others the work, and outlives the transaction so that numbering does not wander between processes.
    lease = SequencerLease.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if lease is None:
        return False
    now = clock.now()
    # An end further away than any lease is long was set before the clock moved back: it binds nobody.
    if lease.owner != owner and lease.until and now < lease.until <= now + LEASE:
        return False
    lease.owner, lease.until = owner, now + LEASE
    lease.save()
    return True


def _right_edge(latest: Checkpoint | None) -> tuple[int, list[bytes]]:
    if latest is None:
        return 0, []
    places = rules.root_span(latest.size)
    nodes = nodes_at(places)
    edge = [nodes[place] for place in places]
    if rules.fold(edge) != bytes(latest.root):
        raise Refused("tree_broken", f"the root of {latest.size} entries is not the signed one")
    return latest.size, edge


def hold_still() -> None:
    """Keep every sequencer out until the transaction ends; for those who change the key."""
    SequencerLease.objects.get_or_create(pk=1)
    SequencerLease.objects.select_for_update().get(pk=1)


def _sign(key: SigningKey, size: int, root: bytes, latest: Checkpoint | None) -> Checkpoint:
    now = clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    at = max(now, latest.signed_at) if latest else now
    text = rules.checkpoint_text(key.public.name, size, root, at)
    checkpoint = Checkpoint.objects.create(
        size=size,
        root=root,
        note=rules.note(text, key.public, key.sign(text.encode())),
        key=key.public.text(),
        signed_at=at,
        clock_behind=(at - now) // timedelta(milliseconds=1),
    )
    day = timezone.localdate(at, timezone.get_default_timezone())
    Day.objects.update_or_create(day=day, defaults={"checkpoint": checkpoint})
    return checkpoint

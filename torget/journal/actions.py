"""Writes of the journal: enter, number and sign. And the proofs that are read from what is written."""

import os
import secrets
import socket
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from torget.core import clock
from torget.core.errors import Refused
from torget.core.rows import insert
from torget.journal import rules
from torget.journal.models import Checkpoint, Day, Entry, Node, SequencerLease
from torget.journal.rules import Place, Proof, VerifierKey

# Long enough for a slow batch, short enough that nobody waits when a sequencer has died.
LEASE = timedelta(seconds=5)
_OWNER = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


# ---- entering -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entering:
    """One thing to enter: see `enter`."""

    kind: str
    actor_ref: str
    object_ref: str
    digest: bytes

    def entry(self) -> Entry:
        """Return the row, not yet stored; ValueError when the digest is not 32 bytes or a name is missing."""
        if len(self.digest) != 32 or not self.kind or not self.object_ref:
            raise ValueError("an entry needs a kind, an object and a digest of 32 bytes")
        now = clock.now()
        # The leaf holds milliseconds: what is stored must not say more than what is hashed.
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return Entry(kind=self.kind, actor_ref=self.actor_ref, object_ref=self.object_ref, digest=self.digest, at=at)


def enter(kind: str, *, actor_ref: str, object_ref: str, digest: bytes) -> Entry:
    """Enter one thing, inside the transaction of the deed: one INSERT, no lock.

    `digest` is 32 bytes, salted by the caller (rules.record_digest). ValueError when a part is missing.
    """
    entry = Entering(kind, actor_ref, object_ref, digest).entry()
    entry.save(force_insert=True)
    return entry


def enter_many(items: Iterable[Entering]) -> list[Entry]:
    """Enter several things at once, in their order."""
    return insert(Entry, [item.entry() for item in items])


# ---- numbering and signing ------------------------------------------------------------------------------------------


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
        key = signing_key()
        if latest and latest.key != key.public.text():
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
    nodes = _nodes(places)
    edge = [nodes[place] for place in places]
    if rules.fold(edge) != bytes(latest.root):
        raise Refused("tree_broken", f"the root of {latest.size} entries is not the signed one")
    return latest.size, edge


def _sign(key: "SigningKey", size: int, root: bytes, latest: Checkpoint | None) -> Checkpoint:
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


# ---- proving --------------------------------------------------------------------------------------------------------


def latest_checkpoint() -> Checkpoint | None:
    """Return the newest checkpoint, or None before anything is numbered."""
    return Checkpoint.objects.order_by("-size").first()


def prove(entry: Entry, checkpoint: Checkpoint | None = None) -> Proof:
    """Prove that the entry is in the log of the checkpoint (default: the newest); two queries at most.

    Refused("not_sequenced") when the entry has no number, or one that the checkpoint does not reach.
    """
    checkpoint = checkpoint or latest_checkpoint()
    if entry.sequence is None or checkpoint is None or entry.sequence >= checkpoint.size:
        raise Refused("not_sequenced")
    path = _resolve(rules.inclusion_spans(entry.sequence, checkpoint.size))
    return Proof(entry.leaf(), entry.sequence, checkpoint.size, path, checkpoint.note, checkpoint.key)


def consistency(size1: int, size2: int) -> tuple[bytes, ...]:
    """Prove that the log of size2 entries begins with the log of size1 entries; one query. ValueError for bad sizes."""
    return _resolve(rules.consistency_spans(size1, size2))


def _resolve(spans: Sequence[rules.Span]) -> tuple[bytes, ...]:
    nodes = _nodes([place for places in spans for place in places])
    return rules.resolve(spans, nodes.__getitem__)


def _nodes(places: Sequence[Place]) -> dict[Place, bytes]:
    keys = {rules.place_key(place): place for place in places}
    rows = Node.objects.filter(place__in=keys).values_list("place", "hash")
    found = {keys[key]: bytes(value) for key, value in rows}
    if missing := len(keys) - len(found):
        raise Refused("tree_broken", f"{missing} nodes are missing")
    return found


def audit() -> int:
    """Count the whole log anew from its entries and compare it with the newest checkpoint; returns its size.

    Reads every entry, so for the doctor and drills only. Refused("tree_broken") at the first fault.
    """
    latest, edge, size = latest_checkpoint(), list[bytes](), 0
    for entry in Entry.objects.filter(sequence__isnull=False).order_by("sequence").iterator(chunk_size=1000):
        value = rules.leaf_hash(rules.canonical(entry.leaf()))
        if entry.sequence != size or value != bytes(entry.leaf_hash or b""):
            raise Refused("tree_broken", f"entry {size + 1} is missing or changed")
        edge, _ = rules.grow(edge, size, [value])
        size += 1
    if latest is None and size == 0:
        return 0
    if latest is None or latest.size != size or bytes(latest.root) != rules.fold(edge):
        raise Refused("tree_broken", f"the root of {size} entries is not the signed one")
    rules.require_signature(rules.parse_note(latest.note), rules.parse_key(latest.key))
    return size


# ---- the key --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The log's private key; its name is the log's name and stays what it was when the key was made."""

    public: VerifierKey
    seed: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def __repr__(self) -> str:
        """Show the public half only: a key must not end in a log."""
        return f"SigningKey({self.public.text()})"


def key_path() -> Path:
    """Where the private key lies: outside database and backup."""
    return Path(settings.TORGET_HOME) / "keys" / "journal.key"


def signing_key(*, create: bool = True) -> SigningKey:
    """Load the key, made at first use.

    Refused: key_missing (it is gone but has signed before, or `create` is False), key_open (others may read the file),
    key_broken (the file holds something else).
    """
    path = key_path()
    if not path.exists():
        if not create or Checkpoint.objects.exists():
            raise Refused("key_missing", str(path))
        _make_key(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused("key_open", str(path))
    try:
        name, number, seed = rules.parse_secret(path.read_text())
    except ValueError:
        raise Refused("key_broken", str(path)) from None
    public = VerifierKey(name, _public_half(seed))
    if public.digest()[:4].hex() != number:
        raise Refused("key_broken", str(path))
    return SigningKey(public, seed)


def _public_half(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _make_key(path: Path) -> None:
    seed = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = VerifierKey(getattr(settings, "TORGET_ORIGIN", "torget.local/journal"), _public_half(seed))
    rules.parse_key(public.text())  # a name with a space or a plus sign would make every receipt unreadable
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written whole beside its place and then linked: a crash leaves no half key, and of two that start at once the
    # first one wins.
    made = path.with_name(f"journal.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(rules.secret_text(public, seed))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)
        except FileExistsError:
            pass  # another process was first; its key is the key
    finally:
        made.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""What the journal stores: entries, the tree's complete subtrees, signed checkpoints, and who numbers entries now."""

from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from torget.core.errors import Refused
from torget.journal import rules


class AppendOnly(models.QuerySet[Any]):
    """Rows that are added and never taken away."""

    def delete(self) -> NoReturn:
        """Refuse: what is in the journal stays."""
        raise Refused("append_only")


class EntryQuerySet(AppendOnly):
    """Reads of entries."""

    def waiting(self) -> "EntryQuerySet":
        """Entries that have no number yet, oldest first."""
        return self.filter(sequence__isnull=True).order_by("pk")

    def about(self, *object_refs: str) -> "EntryQuerySet":
        """Entries about the objects, oldest first."""
        return self.filter(object_ref__in=object_refs).order_by("pk")


class Kept(models.Model):
    """A row that is written once. A database trigger (migration 0002) says the same to whoever comes past Django."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; Refused("append_only") for a row that is in the journal already."""
        if self._is_final():
            raise Refused("append_only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: what is in the journal stays."""
        raise Refused("append_only")

    def _is_final(self) -> bool:
        return not self._state.adding


class Entry(Kept):
    """That something was done: what kind, by whom, to what, with the salted digest of what it was about.

    Written inside the transaction of the deed without a number; the sequencer numbers it soon after.
    """

    kind = models.CharField(max_length=64)
    actor_ref = models.CharField(max_length=128, blank=True)
    object_ref = models.CharField(max_length=128)
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    # The leaf's place from 0; people are told `number`, from 1.
    sequence = models.BigIntegerField(null=True, unique=True, editable=False)
    leaf_hash = models.BinaryField(max_length=32, null=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="journal_entry_waiting", condition=models.Q(sequence__isnull=True)),
            models.Index(fields=["object_ref", "id"], name="journal_entry_object"),
            # The log: all of it, one kind, one person, each by time.
            models.Index(fields=["at", "id"], name="journal_entry_at"),
            models.Index(fields=["kind", "at", "id"], name="journal_entry_kind"),
            models.Index(fields=["actor_ref", "at", "id"], name="journal_entry_actor"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(sequence__gte=0), name="journal_entry_sequence_from_zero"),
            models.CheckConstraint(
                condition=models.Q(sequence__isnull=True, leaf_hash__isnull=True)
                | models.Q(sequence__isnull=False, leaf_hash__isnull=False),
                name="journal_entry_sequence_with_leaf",
            ),
            models.CheckConstraint(condition=Exact(Length("digest"), 32), name="journal_entry_digest_is_sha256"),
        ]

    def _is_final(self) -> bool:
        return not self._state.adding and self.sequence is not None

    @property
    def number(self) -> int | None:
        """The entry's number for people, from 1; None until the sequencer has been by."""
        return None if self.sequence is None else self.sequence + 1

    def leaf(self) -> dict[str, str]:
        """What the leaf of this entry says."""
        return rules.leaf(
            kind=self.kind,
            actor=self.actor_ref,
            object_ref=self.object_ref,
            digest=bytes(self.digest),
            at=self.at,
        )


class Node(Kept):
    """The root of a complete subtree, keyed by its place in the tree (rules.place_key). Level 0 is the leaves."""

    # One number instead of level and index: a proof is then one short IN on the primary key (measured: 13 ms as pairs).
    place = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)

    objects = AppendOnly.as_manager()


class Checkpoint(Kept):
    """The signed head of the log at one size ("sigill")."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    key = models.TextField()
    signed_at = models.DateTimeField()
    # How far the clock lay behind the checkpoint before, in milliseconds; time in the log never runs backwards.
    clock_behind = models.BigIntegerField(default=0)

    objects = AppendOnly.as_manager()

    class Meta:
        get_latest_by = "size"

    @property
    def root_groups(self) -> str:
        """The root in hexadecimal groups of four, for people to compare."""
        return rules.groups(bytes(self.root).hex())


class Day(models.Model):
    """The last checkpoint of each day: the one that is published and given to others."""

    day = models.DateField(primary_key=True)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="+")


class KeyChange(Kept):
    """That the journal's key was changed, as the statement that the keys have signed (verifier/keys.py)."""

    ROTATED, LOST, REVOKED = "rotated", "lost", "revoked"

    what = models.CharField(max_length=16)
    old = models.TextField()
    # Empty when a key is only revoked.
    new = models.TextField(blank=True)
    size = models.BigIntegerField()
    at = models.DateTimeField()
    note = models.TextField()

    objects = AppendOnly.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(what__in=("rotated", "lost", "revoked")), name="journal_key_change_kinds"
            ),
            models.CheckConstraint(
                condition=models.Q(what="revoked", new="") | (~models.Q(what="revoked") & ~models.Q(new="")),
                name="journal_key_change_new_key",
            ),
        ]


class Stamp(models.Model):
    """A time stamp (RFC 3161) of a checkpoint's note, by a service that is not ours."""

    checkpoint = models.OneToOneField(Checkpoint, on_delete=models.PROTECT, related_name="stamp")
    service = models.TextField()
    # The whole answer, DER, as openssl ts reads it; the time is what the service says in it.
    response = models.BinaryField()
    at = models.DateTimeField()


class Witness(models.Model):
    """Another journal that we watch ("of"), or somebody who watches ours ("by"): another Torget, or a plain folder."""

    OF, BY = "of", "by"

    role = models.CharField(max_length=2)
    # An address that ends with a slash, or the path of a folder.
    place = models.CharField(max_length=500)
    # Whose word it is: the journal's key ("of") or the witness's ("by"); pinned when first seen, or given.
    key = models.TextField(blank=True)
    origin = models.CharField(max_length=200, blank=True)
    # The last head that was kept, with our own cosignature ("of") or theirs ("by").
    note = models.TextField(blank=True)
    size = models.BigIntegerField(default=0)
    kept_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    # What is wrong, as a code; a fork stays until somebody takes the row away.
    problem = models.CharField(max_length=32, blank=True)
    problem_since = models.DateTimeField(null=True)
    # "torget-fork/1", when the two heads do not fit.
    evidence = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "place"], name="journal_witness_once"),
            models.CheckConstraint(condition=models.Q(role__in=("of", "by")), name="journal_witness_roles"),
        ]


class SequencerLease(models.Model):
    """The one row that says which process numbers entries, and until when it may think so."""

    owner = models.CharField(max_length=128, blank=True)
    until = models.DateTimeField(null=True)

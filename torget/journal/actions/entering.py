"""Entering: one row in the transaction of the deed."""

from collections.abc import Iterable
from dataclasses import dataclass

from torget.core import clock
from torget.core.rows import insert
from torget.journal.models import Entry


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

"""The rows of a chapter on their way in: what `writing.py` makes and `keeping.py` changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from torget.conversations.models import Account, Conversation, Message, Outbox, Receipt
from torget.demo.bulk import tables
from torget.demo.bulk.tables import Table
from torget.journal.models import Entry, Node
from torget.journal.rules import iso, leaf_hash
from torget.organisations.models import User
from torget.people.models import Contact
from torget.register.models import Case, Record, RecordVersion, Shown

_iso = lru_cache(maxsize=1000)(iso)


@dataclass(slots=True)
class Kept:
    """A record on its way in: its row, the row by which the public finds it, and the digest of its words."""

    row: list[Any]
    shown: list[Any]
    digest: bytes


@dataclass(slots=True)
class Thread:
    """A conversation on its way in: its row, the row of its case, the facts of its first record, and its records."""

    row: list[Any]
    case: list[Any] | None
    correspondent: str
    subject: str
    authority: int
    authority_name: str
    kept: list[Kept] = field(default_factory=list)
    receipt: list[Any] | None = None


class Rows:
    """Rows of all tables that a message touches, with keys that go on from what there is."""

    def __init__(self, accounts: Mapping[str, Account], staff: Sequence[User]) -> None:
        self.accounts, self.staff = accounts, staff
        self.contacts, self.cases, self.records = Table(Contact), Table(Case), Table(Record)
        self.versions, self.entries, self.nodes = Table(RecordVersion), Table(Entry), Table(Node)
        self.shown, self.receipts = Table(Shown), Table(Receipt)
        self.conversations, self.messages, self.outbox = Table(Conversation), Table(Message), Table(Outbox)
        self.when, self.json = tables.moments(), tables.as_json()
        self.bumps = 0
        self.leaves: list[bytes] = []

    @property
    def all(self) -> list[Table]:
        """The tables with keys that the database counts, in the order in which rows point at each other."""
        return [
            self.contacts, self.cases, self.records, self.versions, self.entries,
            self.conversations, self.messages, self.outbox, self.receipts,
        ]  # fmt: skip

    def enter(self, kind: str, actor: str, ref: str, digest: bytes, at: datetime) -> None:
        """A journal entry; it is numbered with its chapter."""
        if at.microsecond % 1000:
            at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        # The leaf's canonical form: all that stands in it is plain ASCII without quotation marks.
        leaf = f'{{"actor":"{actor}","at":"{_iso(at)}","digest":"{digest.hex()}","kind":"{kind}","object":"{ref}"}}'
        hashed = leaf_hash(leaf.encode())
        self.leaves.append(hashed)
        self.entries.add(
            kind=kind, actor_ref=actor, object_ref=ref, digest=digest, at=self.when(at), leaf_hash=hashed
        )  # fmt: skip

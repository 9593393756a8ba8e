"""Proofs that are read from what is written: that an entry is in the log, and that a log begins with an older one."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from torget.core.errors import Refused
from torget.core.kept import kept
from torget.journal import rules
from torget.journal.models import Checkpoint, Entry, Node
from torget.journal.rules import Place, Proof


def latest_checkpoint() -> Checkpoint | None:
    """Return the newest checkpoint, or None before anything is numbered."""
    return next(iter(_latest()), None)


@kept
def _latest() -> QuerySet[Checkpoint]:
    return Checkpoint.objects.order_by("-size")[:1]


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
    nodes = nodes_at([place for places in spans for place in places])
    return rules.resolve(spans, nodes.__getitem__)


def nodes_at(places: Sequence[Place]) -> dict[Place, bytes]:
    """Return the stored hashes of the places, one query; Refused("tree_broken") when one is missing."""
    keys = {rules.place_key(place): place for place in places}
    found = {keys[key]: bytes(value) for key, value in _hashes(list(keys))}
    if missing := len(keys) - len(found):
        raise Refused("tree_broken", f"{missing} nodes are missing")
    return found


@kept
def _hashes(places: list[int]) -> QuerySet[Node, Any]:
    return Node.objects.filter(place__in=places).values_list("place", "hash")


def root_at(size: int) -> bytes:
    """The root of the log's first `size` entries (at least 1, at most what is signed); one query."""
    return _resolve([rules.root_span(size)])[0]


def tile(level: int, index: int, width: int) -> bytes | None:
    """The hashes of a tile (C2SP tlog-tiles), 32 bytes each; None when the log does not reach so far; two queries.

    Hash i of tile n at level l is the root over 256**l leaves from leaf (n * 256 + i) * 256**l.
    """
    latest, first, height = latest_checkpoint(), index << rules.TILE_HEIGHT, rules.TILE_HEIGHT * level
    if latest is None or height > 55 or first + width > latest.size >> height:
        return None
    ends = [rules.place_key((height, number)) for number in (first, first + width - 1)]
    found = Node.objects.filter(place__range=ends).order_by("place").values_list("hash", flat=True)
    hashes = [bytes(value) for value in found]
    if len(hashes) != width:
        raise Refused("tree_broken", f"{width - len(hashes)} nodes are missing")
    return b"".join(hashes)

"""Counting the whole log anew: every entry, every node of the tree, every checkpoint."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from torget.core.errors import Refused
from torget.journal import rules
from torget.journal.actions.changing import key_history
from torget.journal.models import Checkpoint, Entry, Node
from torget.journal.rules import KeyHistory, VerifierKey

CHUNK = 8192


def audit() -> int:
    """Count the whole log anew and compare it with what is stored and signed; returns its size.

    Every entry, every node, and every checkpoint's root and signature are looked at (a million entries: see
    benchmarks/bench_journal.py). Refused("tree_broken") at the first fault, which is named; wrong_signature.
    """
    history = key_history()
    newest = (
        Entry.objects.filter(sequence__isnull=False).order_by("-sequence").values_list("sequence", flat=True).first()
    )
    # Read after the entries: whatever is numbered is signed in the same transaction. No transaction around the whole,
    # which would stop every writer on SQLite; what is behind us does not change, and what is new is for the next time.
    latest = Checkpoint.objects.order_by("-size").first()
    whole = latest.size if latest else 0
    if newest is not None and newest >= whole:
        raise Refused("tree_broken", f"entry {newest + 1} is numbered, but no checkpoint covers it")
    size, edge = 0, list[bytes]()
    while size < whole:
        end = min(whole, size + CHUNK)
        leaves = list(_leaves(_entries(size, end), size))
        if len(leaves) != end - size:
            raise Refused("tree_broken", f"entry {size + len(leaves) + 1} is missing or changed")
        edge = _grow(edge, size, leaves, _heads(size, end, history))
        size = end
    return size


Row = tuple[str, str, str, bytes, datetime, int, bytes]


def _entries(first: int, end: int) -> list[Row]:
    columns = ("actor_ref", "kind", "object_ref", "digest", "at", "sequence", "leaf_hash")
    rows = Entry.objects.filter(sequence__gte=first, sequence__lt=end).order_by("sequence")
    return list(rows.values_list(*columns))


def _leaves(rows: list[Row], first: int) -> Iterator[bytes]:
    for index, (actor, kind, about, digest, at, number, stored) in enumerate(rows, first):
        leaf = (
            f'{{"actor":{quoted(actor)},"at":"{_iso(at)}","digest":"{bytes(digest).hex()}",'
            f'"kind":{quoted(kind)},"object":{quoted(about)}}}'
        )
        value = sha256(b"\x00" + leaf.encode()).digest()
        if number != index or value != bytes(stored):
            raise Refused("tree_broken", f"entry {index + 1} is missing or changed")
        yield value


# What rules.canonical makes of rules.leaf, spelled out: it takes a fifth of the time, a million times over.
quoted = json.encoder.encode_basestring


def _iso(at: datetime) -> str:
    text = at.isoformat(timespec="milliseconds")
    return text[:-6] + "Z" if text.endswith("+00:00") else rules.iso(at)


def _heads(first: int, end: int, history: KeyHistory | None) -> dict[int, bytes]:
    found = {}
    for head in Checkpoint.objects.filter(size__gt=first, size__lte=end).iterator(chunk_size=1000):
        note, root = rules.parse_note(head.note), bytes(head.root)
        if (note.size, note.root) != (head.size, root):
            raise Refused("tree_broken", f"checkpoint {head.size} says another thing than its signed note")
        _require_signature(note, rules.parse_key(head.key), history)
        found[head.size] = root
    return found


def _require_signature(note: rules.Note, key: VerifierKey, history: KeyHistory | None) -> None:
    # By the library, which is fifty times as quick as the verifier's own arithmetic; there is a checkpoint a second.
    if history is None or key not in [period.key for period in history.periods]:
        raise Refused("wrong_signature", f"checkpoint {note.size} is signed by a key that is none of ours")
    mine = [raw for name, number, raw in note.signatures if (name, number) == (key.name, key.digest()[:4])]
    try:
        for raw in mine:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw, note.text.encode())
    except InvalidSignature:
        mine = []
    if not mine or note.origin != key.name:
        raise Refused("wrong_signature", f"checkpoint {note.size}")


def _grow(edge: list[bytes], size: int, leaves: list[bytes], heads: dict[int, bytes]) -> list[bytes]:
    start, made = size, list[tuple[rules.Place, bytes]]()
    for end in sorted({*heads, size + len(leaves)}):
        edge, more = rules.grow(edge, start, leaves[start - size : end - size])
        made += more
        start = end
        if end in heads and rules.fold(edge) != heads[end]:
            raise Refused("tree_broken", f"the root of {end} entries is not the signed one")
    _compare(made)
    return edge


def _compare(made: list[tuple[rules.Place, bytes]]) -> None:
    # Level by level, since nodes lie in that order: a range of each instead of sixteen thousand keys.
    levels: dict[int, dict[int, bytes]] = {}
    for place, value in made:
        levels.setdefault(place[0], {})[rules.place_key(place)] = value
    for level, wanted in levels.items():
        stored = Node.objects.filter(place__gte=min(wanted), place__lte=max(wanted)).values_list("place", "hash")
        found = {place: bytes(value) for place, value in stored.iterator(chunk_size=CHUNK)}
        if found != wanted:
            wrong = min(place for place in wanted.keys() | found.keys() if wanted.get(place) != found.get(place))
            index = wrong & (1 << 56) - 1
            raise Refused(
                "tree_broken", f"node {index} of level {level} (entries from {(index << level) + 1}) is changed"
            )

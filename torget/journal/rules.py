"""What the log is made of: leaves, the tree of RFC 6962, which nodes a proof needs, checkpoints, the receipt file.

Checking lives in verifier/, which residents run on their own; making lives here, on the same hashes. Pure functions.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from torget.journal.verifier.ground import (
    Note,
    VerifierKey,
    canonical,
    consistency_holds,
    inclusion_holds,
    leaf_hash,
    node_hash,
    parse_key,
    parse_note,
    record_digest,
    require_signature,
)
from torget.journal.verifier.proofs import PROOFS_FORMAT
from torget.journal.verifier.receipts import FORMAT
from torget.journal.verifier.words import Wrong

__all__ = [
    "FORMAT",
    "PROOFS_FORMAT",
    "Note",
    "Proof",
    "VerifierKey",
    "Wrong",
    "canonical",
    "consistency_holds",
    "inclusion_holds",
    "leaf_hash",
    "node_hash",
    "parse_key",
    "parse_note",
    "record_digest",
    "require_signature",
]

EMPTY_ROOT = sha256(b"").digest()

# A node is the root of a complete subtree: (level, index) spans the leaves index * 2**level up to the next node.
Place = tuple[int, int]
# A hash that a proof needs, as the complete subtrees that make it, from left to right.
Span = list[Place]


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log: its leaf, its place (index from 0, of size), the path (32 bytes each), the note."""

    leaf: Mapping[str, str]
    index: int
    size: int
    path: tuple[bytes, ...]
    checkpoint: str
    key: str


def iso(moment: datetime) -> str:
    """Write an aware time as ISO 8601 in UTC with milliseconds: 2026-11-16T13:07:31.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def leaf(*, kind: str, actor: str, object_ref: str, digest: bytes, at: datetime) -> dict[str, str]:
    """Return what a leaf says; its canonical form is what is hashed."""
    return {"kind": kind, "actor": actor, "object": object_ref, "digest": digest.hex(), "at": iso(at)}


def place_key(place: Place) -> int:
    """Return the one number (below 2**63) under which a node is stored: the level, then 56 bits of index."""
    level, index = place
    return level << 56 | index


# ---- which nodes are needed -----------------------------------------------------------------------------------------


def span(start: int, end: int) -> Span:
    """Return the complete subtrees that cover the leaves start..end-1, where start lies at a split of RFC 6962."""
    places = []
    while start < end:
        level = (end - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return places


def fold(hashes: Sequence[bytes]) -> bytes:
    """Join the roots of adjacent complete subtrees, ever smaller to the right, into the root over all of them."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_span(size: int) -> Span:
    """Return the complete subtrees that make the root of `size` leaves: the tree's right edge."""
    return span(0, size)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return, leaf first, what PATH(index, D[size]) of RFC 6962 2.1.1 is made of; ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append(span(middle, end))
            end = middle
        else:
            spans.append(span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(size1: int, size2: int) -> list[Span]:
    """Return what PROOF(size1, D[size2]) of RFC 6962 2.1.2 is made of; ValueError unless 0 < size1 <= size2."""
    if not 0 < size1 <= size2:
        raise ValueError("no such sizes")
    spans: list[Span] = []
    start, end = 0, size2
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            spans.append(span(middle, end))
            end = middle
        else:
            spans.append(span(start, middle))
            start = middle
    # The reader has the old root already, unless the way down has turned right.
    return ([span(start, end)] if start else []) + spans[::-1]


def _split(size: int) -> int:
    # The largest power of two below size (RFC 6962 2.1).
    return 1 << (size - 1).bit_length() - 1


def resolve(spans: Iterable[Span], node: Callable[[Place], bytes]) -> tuple[bytes, ...]:
    """Turn spans into hashes by looking each complete subtree up with `node`."""
    return tuple(fold([node(place) for place in places]) for places in spans)


def grow(edge: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> tuple[list[bytes], list[tuple[Place, bytes]]]:
    """Append leaf hashes to a tree of `size` leaves of which only the right edge is known.

    Returns the new right edge and every complete subtree that came into being, leaves included.
    """
    stack, made = list(edge), []
    for index, current in enumerate(leaves, size):
        level, place = 0, index
        made.append(((level, place), current))
        # Each trailing one bit of the index is a full left sibling that waits on the stack.
        while place & 1:
            current, level, place = node_hash(stack.pop(), current), level + 1, place >> 1
            made.append(((level, place), current))
        stack.append(current)
    return stack, made


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    return fold(grow([], 0, leaves)[0])


# ---- checkpoints ----------------------------------------------------------------------------------------------------


def checkpoint_text(origin: str, size: int, root: bytes, at: datetime) -> str:
    """Return what is signed: origin, size and root (C2SP tlog-checkpoint), and when as a line of addition."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntime {iso(at)}\n"


def note(text: str, key: VerifierKey, signature: bytes) -> str:
    """Return the signed note (C2SP signed-note) of a text that ends in a line break."""
    return f"{text}\n\u2014 {key.name} {base64.b64encode(key.digest()[:4] + signature).decode()}\n"


def secret_text(key: VerifierKey, seed: bytes) -> str:
    """Return the private key file's one line, in the form of C2SP signed-note's reference tools."""
    return f"PRIVATE+KEY+{key.name}+{key.digest()[:4].hex()}+{base64.b64encode(bytes([1]) + seed).decode()}\n"


def parse_secret(text: str) -> tuple[str, str, bytes]:
    """Read a private key line: name, id and the 32-byte seed; ValueError when it is none."""
    private, word, name, number, encoded = text.strip().split("+", 4)
    raw = base64.b64decode(encoded, validate=True)
    if (private, word) != ("PRIVATE", "KEY") or len(raw) != 33 or raw[0] != 1:
        raise ValueError("not a signing key")
    return name, number, raw[1:]


def groups(digits: str, size: int = 4) -> str:
    """Part a row of digits into groups that people can read aloud."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


# ---- the receipt ----------------------------------------------------------------------------------------------------


def receipt_document(
    *,
    organisation: str,
    record: Mapping[str, object],
    salt: bytes,
    proof: Proof,
    consistency: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return the receipt file as an object for JSON; ValueError when the entry is not about the record.

    `record` holds number, authority, received_at, channel, correspondent, subject, text and attachments (each with
    filename, sha256, size), as text, whole numbers and null; `salt` is 16 bytes; `consistency` leads to a later
    checkpoint: size1, path (hex), note.
    """
    digest = record_digest(salt, record).hex()
    if len(salt) != 16 or proof.leaf["digest"] != digest:
        raise ValueError("the entry is about another record or another version of it")
    document: dict[str, object] = {
        "format": FORMAT,
        "organisation": organisation,
        "record": dict(record),
        "salt": salt.hex(),
        "digest": digest,
        "entry": dict(proof.leaf),
        "index": proof.index,
        "size": proof.size,
        "path": [node.hex() for node in proof.path],
        "checkpoint": proof.checkpoint,
        "key": proof.key,
    }
    return document | ({"consistency": dict(consistency)} if consistency else {})

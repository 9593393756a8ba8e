"""The ground that every check stands on: hashes, the tree, Ed25519, signed notes, keys, JSON read strictly.

Sources: RFC 6962 and 9162 (tree, proofs), RFC 8032 (Ed25519), C2SP tlog-checkpoint and signed-note (checkpoint, key).
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torget.journal.verifier.words import Wrong, shown

LARGEST = 20 * 1024 * 1024  # bytes; a file that is read whole: it holds text and digests, never files


def canonical(value: object) -> bytes:
    """The one JSON form: keys sorted, no spaces, UTF-8. TypeError for fractions, which have no single spelling."""

    def plain(part: object) -> object:
        if part is None or isinstance(part, str | int):
            return part
        if isinstance(part, list | tuple):
            return [plain(item) for item in part]
        if isinstance(part, Mapping) and all(isinstance(name, str) for name in part):
            return {name: plain(item) for name, item in part.items()}
        raise TypeError(f"no canonical form for {type(part).__name__}")

    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record_digest(salt: bytes, record: Mapping[str, object]) -> bytes:
    """SHA-256 of the salt (16 bytes) and the record's canonical form: the 32 bytes that the journal keeps."""
    return hashlib.sha256(salt + canonical(record)).digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf (RFC 6962 2.1); the leading zero keeps leaves and inner nodes apart."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node from its two children (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_holds(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash is number `index` (from 0) in the tree of `size` leaves (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != 32:
        return False
    here, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            current = node_hash(sibling, current)
            # A right edge without siblings climbs for free until it is a right child again.
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and current == root


def consistency_holds(size1: int, size2: int, root1: bytes, root2: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of size2 leaves begins with the whole tree of size1 leaves (RFC 9162 2.1.4.2)."""
    if size1 == size2:
        return size1 > 0 and not path and root1 == root2
    if not 0 < size1 < size2 or not path:
        return False  # an empty tree is the beginning of anything, so it proves nothing
    # A whole power of two is itself the first node of the proof, so the log leaves it out.
    nodes = list(path) if size1 & (size1 - 1) else [root1, *path]
    here, last = size1 - 1, size2 - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, node)
        here, last = here >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


# Ed25519, checking only. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and T = xyZ (RFC 8032 5.1.4).
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, -1, PRIME) % PRIME
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    minus, plus = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    cross, double = 2 * CURVE_D * a[3] * b[3], 2 * a[2] * b[2]
    e, f, g, h = plus - minus, double - cross, double + cross, plus + minus
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _times(scalar: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _point(raw: bytes) -> Point:
    number = int.from_bytes(raw, "little")
    y, odd = number & (2**255 - 1), number >> 255
    above, below = y * y - 1, CURVE_D * y * y + 1
    # One power gives the candidate for the root of above/below without a division (RFC 8032 5.1.3).
    x = above * below**3 * pow(above * below**7, (PRIME - 5) // 8, PRIME) % PRIME
    if (below * x * x + above) % PRIME == 0:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if len(raw) != 32 or y >= PRIME or (below * x * x - above) % PRIME or (x == 0 and odd):
        raise ValueError("not a point of the curve")
    x = x if x & 1 == odd else PRIME - x
    return x, y, 1, x * y % PRIME


BASE = _point((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))
NAME = r"([^\s+\x00-\x1f\x7f]{1,200})"  # of a log and its key (C2SP signed-note)


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64-byte signature is the 32-byte public key's over the message (RFC 8032 5.1.7)."""
    answer = int.from_bytes(signature[32:], "little")
    try:
        key = _point(public)
    except ValueError:
        return False
    if len(signature) != 64 or answer >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_key = (PRIME - key[0], key[1], 1, PRIME - key[3])
    x, y, z, _ = _add(_times(answer, BASE), _times(challenge, minus_key))
    x, y = x * pow(z, -1, PRIME) % PRIME, y * pow(z, -1, PRIME) % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


class VerifierKey(NamedTuple):
    """A public key (32 bytes) under the name of its log."""

    name: str
    public: bytes

    def digest(self) -> bytes:
        """SHA-256 of name, kind (1: Ed25519) and key; its first four bytes are the id in signatures, a hint only."""
        return hashlib.sha256(self.name.encode() + b"\n\x01" + self.public).digest()

    def text(self) -> str:
        """The key in the form name+id+base64."""
        return f"{self.name}+{self.digest()[:4].hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"

    def fingerprint(self) -> str:
        """160 bits in ten groups of four hexadecimal digits, for people to compare."""
        return " ".join(re.findall("....", self.digest().hex()[:40]))


class Note(NamedTuple):
    """A signed checkpoint: the signed text and what it says, and (name, key id, signature) of each signer."""

    text: str
    origin: str
    size: int
    root: bytes
    added: tuple[str, ...]
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def time(self) -> str:
        """When it was signed by the log's own word, ISO 8601 UTC; empty when the log does not say."""
        return next((line.removeprefix("time ") for line in self.added if line.startswith("time ")), "")


def _base64(text: str, code: str, detail: str = "") -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(code, detail) from None
    if base64.b64encode(raw).decode() != text:
        raise Wrong(code, detail)  # two spellings of one value would be two texts
    return raw


def parse_key(text: str) -> VerifierKey:
    """Read a key in the form name+id+base64; Wrong("key_broken") when it is none or its id does not agree."""
    found = re.fullmatch(NAME + r"\+[0-9a-f]{8}\+(\S+)", text.strip())
    key = VerifierKey(found[1], _base64(found[2], "key_broken")[1:]) if found else None
    if key is None or len(key.public) != 32 or key.text() != text.strip():
        raise Wrong("key_broken")
    return key


def parse_note(text: str) -> Note:
    """Take a signed checkpoint apart; Wrong("checkpoint_broken") when it is none."""
    body, gap, rest = text.rpartition("\n\n")
    lines, signed = body.split("\n"), re.findall("\u2014 " + NAME + r" (\S+)\n", rest)
    whole = "".join(f"\u2014 {name} {encoded}\n" for name, encoded in signed)
    if not gap or not whole or whole != rest or len(signed) > 100:
        raise Wrong("checkpoint_broken", "signature")
    if len(lines) < 3 or "" in lines or re.search(r"[\x00-\x1f]", "".join(lines)):
        raise Wrong("checkpoint_broken", "lines")
    root = _base64(lines[2], "checkpoint_broken", "root")
    if len(root) != 32 or not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1]):
        raise Wrong("checkpoint_broken", "size, root")
    raws = [(name, _base64(encoded, "checkpoint_broken", "signature")) for name, encoded in signed]
    signatures = tuple((name, raw[:4], raw[4:]) for name, raw in raws)
    return Note(body + "\n", lines[0], int(lines[1]), root, tuple(lines[3:]), signatures)


def require_signature(note: Note, key: VerifierKey) -> None:
    """Raise Wrong unless the note speaks of the key's own log and the key has signed it."""
    mine = [signed for name, number, signed in note.signatures if (name, number) == (key.name, key.digest()[:4])]
    if note.origin != key.name or not mine:
        raise Wrong("other_key")
    if not all(ed25519_holds(key.public, note.text.encode(), signed) for signed in mine):
        raise Wrong("forged")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Wrong("duplicate_key", shown(name))
        found[name] = value
    return found


def load_json(data: bytes, largest: int = LARGEST) -> dict[str, Any]:
    """Read the bytes of a JSON object whose names stand once and whose values have one spelling, or raise Wrong."""
    if len(data) > largest:
        raise Wrong("too_large")
    text = data.decode("utf-8-sig", errors="replace").strip()
    try:
        found = json.loads(text, object_pairs_hook=_no_twins)
        canonical(found)  # refuses what has no one spelling: fractions, half characters
    except json.JSONDecodeError as error:
        cut = text.startswith("{") and (error.pos >= len(text) - 6 or error.msg.startswith("Unterminated"))
        raise Wrong("cut_off" if cut else "not_json") from None
    except (TypeError, ValueError, RecursionError):
        raise Wrong("not_json") from None
    if not isinstance(found, dict):
        raise Wrong("not_json")
    return found


def hashes(values: Any, name: str, length: int = 32) -> list[bytes]:
    """Read a list of at most 128 hexadecimal values of `length` bytes; Wrong("wrong_type", name)."""
    if not isinstance(values, list) or len(values) > 128:
        raise Wrong("wrong_type", name)
    for value in values:
        if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{2 * length}}}", value):
            raise Wrong("wrong_type", name)
    return [bytes.fromhex(value) for value in values]

"""Check a Torget receipt off line: python verifier.py RECEIPT [--key KEY] [--json]

One file, standard library only (Python 3.11), to be read whole and run anywhere. A receipt holds the record as it was
taken in, a salt, the journal entry with their digest, the path from that entry to the root of the journal's tree, and
the checkpoint (sigill) that the organisation signed. Exit: 0 holds; 1 something is wrong; 2 the command could not be
carried out; 3 the receipt agrees with itself, but no signer was named, so anyone may have made it.
Sources: RFC 6962 and 9162 (tree, proofs), RFC 8032 (Ed25519), C2SP tlog-checkpoint and signed-note (checkpoint, key).
"""

import argparse
import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "torget-receipt/1"
LARGEST = 20 * 1024 * 1024  # bytes; a receipt holds text and digests, never files
REQUIRED = {"format", "organisation", "record", "salt", "digest", "entry", "index", "size", "path", "checkpoint"}
KINDS: dict[str, type] = {"record": dict, "entry": dict, "index": int, "size": int, "path": list, "consistency": dict}

# Every outcome: code, exit code, Swedish | English. {} is filled with what it is about.
OUTCOMES = """
holds 0 Stämmer. Handlingen är ord för ord den som fördes in. | Holds. The record is word for word what was entered.
signer_unknown 3 Stämmer i sig; okänd utfärdare. Ange nyckeln med --key. | Consistent; signer unknown. Give --key.
text_changed 1 Handlingen är ändrad sedan den fördes in. | The record has been changed since it was entered.
entry_other 1 Posten i journalen gäller en annan handling. | The journal entry is about another record.
not_in_log 1 Posten ingår inte i filens sigill. | The entry is not part of the checkpoint in the file.
other_key 1 En annan nyckel har undertecknat sigillet. | Another key has signed the checkpoint.
forged 1 Underskriften eller sigillet är förfalskat. | The signature or the checkpoint is forged.
forked 1 Journalen finns i två versioner som inte går ihop. | The journal has two versions that disagree.
checkpoint_broken 1 Sigillet har fel form ({}). | The checkpoint is malformed ({}).
cut_off 1 Filen är avklippt. Ladda ner kvittot igen. | The file is cut off. Download the receipt again.
not_json 1 Filen är inte ett kvitto från Torget. | The file is not a receipt from Torget.
duplicate_key 1 Fältet {} står två gånger, så inget av dem gäller. | The field {} stands twice, so neither counts.
wrong_format 1 Kontrollen känner inte till den sortens kvitto. | This verifier does not know that kind of receipt.
wrong_type 1 Fältet {} saknas, är okänt eller har fel form. | The field {} is missing, unknown or malformed.
too_large 1 Filen är större än 20 MB. Det är inget kvitto. | The file is over 20 MB. It is no receipt.
unreadable 2 Filen går inte att läsa: {} | The file cannot be read: {}
key_broken 2 Nyckeln går inte att tolka. Kopiera hela raden. | The key makes no sense. Copy the whole line.
key_needed 2 Kvittot saknar nyckel. Ange hela, inte fingeravtrycket. | No key in the receipt. Give all of it.
"""
WORDS = {line.split(" ")[0]: line.split(" ", 2)[1:] for line in OUTCOMES.strip().splitlines()}


class Wrong(Exception):
    """Something does not hold: `code` is one of OUTCOMES, `detail` says what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


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


def _shown(value: object) -> str:
    # What the file says is printed on a terminal: no escape codes, no endless lines.
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:120])


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Wrong("duplicate_key", _shown(name))
        found[name] = value
    return found


def load(data: bytes) -> dict[str, Any]:
    """Read the bytes of a receipt into an object whose fields have the right names and types, or raise Wrong."""
    if len(data) > LARGEST:
        raise Wrong("too_large")
    text = data.decode("utf-8-sig", errors="replace").strip()
    try:
        receipt = json.loads(text, object_pairs_hook=_no_twins)
        canonical(receipt)  # refuses what has no one spelling: fractions, half characters
    except json.JSONDecodeError as error:
        cut = text.startswith("{") and (error.pos >= len(text) - 6 or error.msg.startswith("Unterminated"))
        raise Wrong("cut_off" if cut else "not_json") from None
    except (TypeError, ValueError, RecursionError):
        raise Wrong("not_json") from None
    if not isinstance(receipt, dict) or "format" not in receipt:
        raise Wrong("not_json")
    if receipt["format"] != FORMAT:
        raise Wrong("wrong_format")
    # A field that no proof covers could carry any claim at all: none is let through.
    wrong = sorted((REQUIRED - receipt.keys()) | (receipt.keys() - REQUIRED - {"key", "consistency"}))
    wrong += [name for name, value in receipt.items() if type(value) is not KINDS.get(name, str)]
    if wrong:
        raise Wrong("wrong_type", _shown(wrong[0]))
    return receipt


def _hashes(values: list[Any], name: str, length: int = 32) -> list[bytes]:
    for value in values:
        if len(values) > 128 or not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{2 * length}}}", value):
            raise Wrong("wrong_type", name)
    return [bytes.fromhex(value) for value in values]


def _signer(claimed: str | None, trust: VerifierKey | str | None) -> VerifierKey | None:
    if isinstance(trust, VerifierKey):
        return trust
    key = parse_key(claimed) if claimed else None
    if trust and (key is None or key.fingerprint() != trust):
        raise Wrong("other_key" if key else "key_needed")
    return key


def _check(receipt: dict[str, Any], trust: VerifierKey | str | None) -> dict[str, str]:
    record, entry, size, note = receipt["record"], receipt["entry"], receipt["size"], parse_note(receipt["checkpoint"])
    notes, path = [note], _hashes(receipt["path"], "path")
    (salt,), (digest,) = _hashes([receipt["salt"]], "salt", 16), _hashes([receipt["digest"]], "digest")
    if sorted(entry) != ["actor", "at", "digest", "kind", "object"] or {type(part) for part in entry.values()} != {str}:
        raise Wrong("wrong_type", "entry")
    if record_digest(salt, record) != digest:
        raise Wrong("text_changed")
    if entry["digest"] != receipt["digest"]:
        raise Wrong("entry_other")
    inside = inclusion_holds(receipt["index"], size, leaf_hash(canonical(entry)), path, note.root)
    if note.size != size or not inside:
        raise Wrong("not_in_log")
    if (later := receipt.get("consistency")) is not None:
        if {name: type(part) for name, part in later.items()} != {"size1": int, "path": list, "note": str}:
            raise Wrong("wrong_type", "consistency")
        new, path = parse_note(later["note"]), _hashes(later["path"], "consistency")
        same_log = new.origin == note.origin and later["size1"] == size
        if not same_log or not consistency_holds(size, new.size, note.root, new.root, path):
            raise Wrong("forked")
        notes.append(new)
    key = _signer(receipt.get("key"), trust)
    if key:
        for signed in notes:
            require_signature(signed, key)
    known = {name: record.get(name) for name in ("number", "authority", "received_at")}
    known |= {"journal": note.origin, "entry": receipt["index"] + 1, "size": size, "entered": entry["at"]}
    known |= {"signed": note.time(), "key": key.fingerprint() if key and trust else ""}
    return {name: _shown(value) for name, value in known.items() if value}


def check(data: bytes, trust: VerifierKey | str | None = None) -> dict[str, Any]:
    """Check the bytes of a receipt; `trust` is the signer's key or its fingerprint. Gives code, exit, sv, en, facts."""
    code, detail, facts = "holds" if trust else "signer_unknown", "", {}
    try:
        facts = _check(load(data), trust)
    except Wrong as wrong:
        code, detail = wrong.code, wrong.detail
    return verdict(code, detail) | {"facts": facts}


def verdict(code: str, detail: str = "") -> dict[str, Any]:
    """One of OUTCOMES as an object: code, exit (int), sv, en."""
    number, words = WORDS[code]
    swedish, english = (part.format(detail) for part in words.split(" | "))
    return {"code": code, "exit": int(number), "sv": swedish, "en": english}


def read_trust(text: str) -> VerifierKey | str:
    """The key or fingerprint that --key names: itself, or a file that holds it. Wrong("key_broken") when neither."""
    try:
        text = Path(text).read_text()[:1000] if Path(text).is_file() else text
    except (OSError, ValueError):
        raise Wrong("key_broken") from None
    digits = re.sub(r"[\s:]", "", text).lower()
    return " ".join(re.findall("....", digits)) if re.fullmatch("[0-9a-f]{40}", digits) else parse_key(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command: print the verdict and return its exit code."""
    parser = argparse.ArgumentParser(description="Kontrollera ett kvitto från Torget / Check a receipt from Torget")
    parser.add_argument("file", metavar="FILE", help="kvittot / the receipt")
    parser.add_argument("--key", help="nyckeln, en fil med den, eller fingeravtrycket / key, key file or fingerprint")
    parser.add_argument("--json", action="store_true", help="svara med JSON / answer in JSON")
    given = parser.parse_args(argv)
    try:
        with open(given.file, "rb") as file:
            data = file.read(LARGEST + 1)
        said = check(data, read_trust(given.key) if given.key else None)
    except OSError as error:
        said = verdict("unreadable", error.strerror or "")
    except Wrong as wrong:
        said = verdict(wrong.code, wrong.detail)
    lines = [said["sv"], said["en"], *(f"  {name}: {value}" for name, value in said.get("facts", {}).items())]
    print(json.dumps(said, ensure_ascii=False, indent=2) if given.json else "\n".join(lines))
    return int(said["exit"])


if __name__ == "__main__":
    raise SystemExit(main())

"""A log in memory and a receipt out of it, for tests of the verifier."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from torget.journal import rules

AT = datetime(2026, 11, 16, 13, 7, 31, tzinfo=UTC)
SALT = b"0123456789abcdef"
RECORD: dict[str, Any] = {
    "number": "KS 2026/0412-98",
    "authority": "Kommunstyrelsen",
    "received_at": "2026-11-16T13:07:31.000Z",
    "channel": "web",
    "correspondent": None,
    "subject": "Cykelvägen vid rondellen",
    "text": "Cykelvägen slutar tvärt vid rondellen. Dra den hela vägen till garaget.",
    "attachments": [{"filename": "karta.png", "sha256": "ab" * 32, "size": 1234}],
}
Receipt = dict[str, Any]


class Log:
    """A small log in memory, with a key of its own."""

    def __init__(self, seed: int = 1, name: str = "test.example/journal", first: bytes = b"other") -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = rules.VerifierKey(name, public)
        digest = rules.record_digest(SALT, RECORD)
        self.leaf = rules.leaf(kind="record.received", actor="", object_ref="record:7", digest=digest, at=AT)
        self.leaves = [rules.leaf_hash(b"%s %d" % (first, number)) for number in range(12)]
        self.leaves[5] = rules.leaf_hash(rules.canonical(self.leaf))

    def note(self, size: int) -> str:
        text = rules.checkpoint_text(self.key.name, size, rules.root_of(self.leaves[:size]), AT)
        return rules.note(text, self.key, self.private.sign(text.encode()))

    def _resolve(self, spans: list[rules.Span], size: int) -> tuple[bytes, ...]:
        return rules.resolve(spans, dict(rules.grow([], 0, self.leaves[:size])[1]).__getitem__)

    def receipt(self, size: int = 7, later: int = 0) -> Receipt:
        path = self._resolve(rules.inclusion_spans(5, size), size)
        proof = rules.Proof(self.leaf, 5, size, path, self.note(size), self.key.text())
        made = rules.receipt_document(organisation="Ekeviks kommun", record=RECORD, salt=SALT, proof=proof)
        if later:
            way = self._resolve(rules.consistency_spans(size, later), later)
            made["consistency"] = {"size1": size, "path": [part.hex() for part in way], "note": self.note(later)}
        return made


def set_at(*path: str | int, value: Any) -> Callable[[Receipt], None]:
    """A change of a document: the value at the end of the path becomes this."""

    def change(receipt: Receipt) -> None:
        holder: Any = receipt
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value

    return change

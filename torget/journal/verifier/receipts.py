"""Receipts ("torget-receipt/1"): one record, word for word, and its place in the journal.

A receipt holds the record as it was taken in, a salt, the journal entry with their digest, the path from that entry to
the root of the journal's tree, and the checkpoint (sigill) that the organisation signed.
"""

from pathlib import Path
from typing import Any

from torget.journal.verifier.ground import LARGEST, consistency_holds, hashes, load_json, parse_note
from torget.journal.verifier.kinds import Kind, add_kind
from torget.journal.verifier.proofs import check_proof
from torget.journal.verifier.trust import Trusted, conclude, signer
from torget.journal.verifier.words import Verdict, Wrong, add_outcomes, shown, verdict

FORMAT = "torget-receipt/1"
REQUIRED = {"format", "organisation", "record", "salt", "digest", "entry", "index", "size", "path", "checkpoint"}
TYPES: dict[str, type] = {"record": dict, "entry": dict, "index": int, "size": int, "path": list, "consistency": dict}

add_outcomes("""
holds 0 Stämmer. Handlingen är ord för ord den som fördes in. | Holds. The record is word for word what was entered.
""")


def load(data: bytes) -> dict[str, Any]:
    """Read the bytes of a receipt into an object whose fields have the right names and types, or raise Wrong."""
    receipt = load_json(data)
    if "format" not in receipt:
        raise Wrong("not_json")
    if receipt["format"] != FORMAT:
        raise Wrong("wrong_format")
    # A field that no proof covers could carry any claim at all: none is let through.
    wrong = sorted((REQUIRED - receipt.keys()) | (receipt.keys() - REQUIRED - {"key", "consistency"}))
    wrong += [name for name, value in receipt.items() if type(value) is not TYPES.get(name, str)]
    if wrong:
        raise Wrong("wrong_type", shown(wrong[0]))
    return receipt


def _check_receipt(receipt: dict[str, Any], trust: Trusted) -> dict[str, object]:
    record, entry, size, note = receipt["record"], receipt["entry"], receipt["size"], parse_note(receipt["checkpoint"])
    notes = [note]
    if wrong := check_proof(receipt, note, size):
        raise Wrong(wrong)
    if (later := receipt.get("consistency")) is not None:
        if {name: type(part) for name, part in later.items()} != {"size1": int, "path": list, "note": str}:
            raise Wrong("wrong_type", "consistency")
        new, path = parse_note(later["note"]), hashes(later["path"], "consistency")
        same_log = new.origin == note.origin and later["size1"] == size
        if not same_log or not consistency_holds(size, new.size, note.root, new.root, path):
            raise Wrong("forked")
        notes.append(new)
    key = signer(notes, receipt.get("key"), trust)
    known = {name: record.get(name) for name in ("number", "authority", "received_at")}
    known |= {"journal": note.origin, "entry": receipt["index"] + 1, "size": size, "entered": entry["at"]}
    return known | {"signed": note.time(), "key": key.fingerprint() if key and trust else ""}


def check(data: bytes, trust: Trusted = None) -> Verdict:
    """Check the bytes of a receipt; `trust` is the signer's key or its fingerprint."""
    try:
        return conclude("holds", [], trust, _check_receipt(load(data), trust))
    except Wrong as wrong:
        return verdict(wrong.code, wrong.detail)


def _fits_receipt(path: Path, head: bytes) -> bool:
    # Also JSON that is broken, or of a form to come: this check says best what is wrong with it.
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"torget-receipt/' in head


def _check_receipt_file(path: Path, trust: Trusted) -> Verdict:
    with path.open("rb") as file:
        return check(file.read(LARGEST + 1), trust)


add_kind(Kind("receipt", _fits_receipt, _check_receipt_file))

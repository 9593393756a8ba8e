"""That records stand in the journal: one proof, and many under one checkpoint ("torget-proofs/1").

Packages and exported registers lay such a document beside their content: {"format", "organisation", "checkpoint": the
signed note, "key": who claims to have signed, "proofs": [{"record", "salt", "digest", "entry", "index", "path"}]}. The
fields of a proof are the receipt's own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from torget.journal.verifier.ground import (
    Note,
    canonical,
    hashes,
    inclusion_holds,
    leaf_hash,
    parse_note,
    record_digest,
)
from torget.journal.verifier.trust import Trusted, signer
from torget.journal.verifier.words import Finding, Wrong, add_outcomes, shown

PROOFS_FORMAT = "torget-proofs/1"
ENTRY = ["actor", "at", "digest", "kind", "object"]

add_outcomes("""
text_changed 1 Handlingen är ändrad sedan den fördes in. | The record has been changed since it was entered.
entry_other 1 Posten i journalen gäller en annan handling. | The journal entry is about another record.
not_in_log 1 Posten ingår inte i filens sigill. | The entry is not part of the checkpoint in the file.
proof_wrong 1 Beviset för {} har fel form. | The proof of {} is malformed.
record_changed 1 Handlingen {} är ändrad sedan den fördes in. | The record {} has been changed since it was entered.
record_other_entry 1 Posten för {} gäller en annan handling. | The entry of {} is about another record.
record_not_in_log 1 Posten för {} ingår inte i sigillet. | The entry of {} is not part of the checkpoint.
""")
NAMED = {"text_changed": "record_changed", "entry_other": "record_other_entry", "not_in_log": "record_not_in_log"}


def check_proof(proof: Mapping[str, Any], note: Note, size: int) -> str:
    """Check record, salt, digest, entry, index and path against the note; the code of what is wrong, or "".

    Wrong("wrong_type") when a field has the wrong form.
    """
    record, entry, path = proof["record"], proof["entry"], hashes(proof["path"], "path")
    (salt,), (digest,) = hashes([proof["salt"]], "salt", 16), hashes([proof["digest"]], "digest")
    if sorted(entry) != ENTRY or {type(part) for part in entry.values()} != {str}:
        raise Wrong("wrong_type", "entry")
    if record_digest(salt, record) != digest:
        return "text_changed"
    if entry["digest"] != proof["digest"]:
        return "entry_other"
    inside = inclusion_holds(proof["index"], size, leaf_hash(canonical(entry)), path, note.root)
    return "" if note.size == size and inside else "not_in_log"


def check_proofs(document: Mapping[str, Any], trust: Trusted) -> Iterator[Finding]:
    """Yield what does not hold of a "torget-proofs/1" document (an object from load_json): the signature, each record.

    Wrong when the document itself has no right form. Which records there should be is for the caller to compare.
    """
    types = {"format": str, "organisation": str, "checkpoint": str, "key": str, "proofs": list}
    for name in sorted(types.keys() | document.keys()):
        if type(document.get(name)) is not types.get(name):
            raise Wrong("wrong_type", shown(name))
    if document["format"] != PROOFS_FORMAT:
        raise Wrong("wrong_format")
    note = parse_note(document["checkpoint"])
    try:
        signer([note], document["key"], trust)
    except Wrong as wrong:
        yield Finding(wrong.code, wrong.detail)
    for place, proof in enumerate(document["proofs"]):
        yield from _check_one(place, proof, note)


def _check_one(place: int, proof: Any, note: Note) -> Iterator[Finding]:
    types = {"record": dict, "salt": str, "digest": str, "entry": dict, "index": int, "path": list}
    if not isinstance(proof, dict) or {name: type(part) for name, part in proof.items()} != types:
        yield Finding("proof_wrong", f"nr {place + 1}")
        return
    what = str(proof["record"].get("number") or f"nr {place + 1}")
    try:
        if wrong := check_proof(proof, note, note.size):
            yield Finding(NAMED[wrong], what)
    except Wrong:
        yield Finding("proof_wrong", what)


def proofs_facts(document: Mapping[str, Any], trust: Trusted) -> dict[str, object]:
    """Tell what a document without findings proves: organisation's journal, size, since when, by whom, how many records."""
    note = parse_note(document["checkpoint"])
    key = signer([note], document["key"], trust)
    facts: dict[str, object] = {"journal": note.origin, "size": note.size, "records": len(document["proofs"])}
    return facts | {"signed": note.time(), "key": key.fingerprint() if key and trust else ""}

"""Heads of a journal by themselves: a checkpoint (sigill), that one leads to another, and that two cannot both be true.

"torget-consistency/1": {"format", "key", "old", "new": signed notes, "path"}: the new journal begins with the whole old one.

"torget-fork/1": {"format", "origin", "key", "old", "new": signed notes, "root": the root that the new one gives for the
old one's size, "path": the proof of consistency from that root to the new one}. Both notes are signed by the same key,
so nobody but its holder can have made them, and they cannot both be true.
"""

from pathlib import Path
from typing import Any

from torget.journal.verifier.ground import LARGEST, consistency_holds, hashes, load_json, parse_note
from torget.journal.verifier.kinds import Kind, add_kind
from torget.journal.verifier.trust import Trusted, conclude, signer
from torget.journal.verifier.words import Verdict, Wrong, add_outcomes

CONSISTENCY_FORMAT = "torget-consistency/1"
FORK_FORMAT = "torget-fork/1"

add_outcomes("""
checkpoint_holds 0 Stämmer. Sigillet är undertecknat med nyckeln. | Holds. The checkpoint is signed by the key.
history_holds 0 Stämmer. Den senare journalen börjar med hela den tidigare. | Holds. The later log begins with the earlier one.
fork_holds 0 Beviset stämmer: nyckeln har undertecknat två journaler som inte går ihop. | Proven: the key signed two histories.
fork_unproven 1 Filen visar inte att journalen har två versioner. | The file does not show that the journal has two versions.
""")


def fork_is_shown(document: dict[str, Any]) -> bool:
    """Whether the two notes of the document cannot both be true; Wrong when a part has the wrong form."""
    old, new = parse_note(document["old"]), parse_note(document["new"])
    (root,), path = hashes([document["root"]], "root"), hashes(document["path"], "path")
    if not old.origin == new.origin == document["origin"] or old.size > new.size or root == old.root:
        return False
    if old.size == new.size:
        return new.root == root and not path
    return consistency_holds(old.size, new.size, root, new.root, path)


def _read_heads(path: Path, kind: str, more: dict[str, type]) -> dict[str, Any]:
    with path.open("rb") as file:
        document = load_json(file.read(LARGEST + 1))
    types = dict.fromkeys(("format", "key", "old", "new"), str) | {"path": list} | more
    if document.get("format") != kind:
        raise Wrong("wrong_format")
    if {name: type(part) for name, part in document.items()} != types:
        raise Wrong("wrong_type", "old, new, key, path")
    return document


def _facts(document: dict[str, Any], trust: Trusted) -> dict[str, object]:
    old, new = parse_note(document["old"]), parse_note(document["new"])
    key = signer([old, new], document["key"], trust)
    facts: dict[str, object] = {"journal": old.origin, "size": old.size, "signed": old.time(), "later": new.size}
    return facts | {"signed_later": new.time(), "key": key.fingerprint() if key and trust else ""}


def _check_fork(path: Path, trust: Trusted) -> Verdict:
    document = _read_heads(path, FORK_FORMAT, {"origin": str, "root": str})
    facts = _facts(document, trust)
    if not fork_is_shown(document):
        raise Wrong("fork_unproven")
    return conclude("fork_holds", [], trust, facts)


def _check_consistency(path: Path, trust: Trusted) -> Verdict:
    document = _read_heads(path, CONSISTENCY_FORMAT, {})
    facts, old, new = _facts(document, trust), parse_note(document["old"]), parse_note(document["new"])
    way = hashes(document["path"], "path")
    if old.origin != new.origin or not consistency_holds(old.size, new.size, old.root, new.root, way):
        raise Wrong("forked")
    return conclude("history_holds", [], trust, facts)


def _fits_consistency(path: Path, head: bytes) -> bool:
    return head.lstrip().startswith(b"{") and b'"torget-consistency/' in head


def _fits_fork(path: Path, head: bytes) -> bool:
    return head.lstrip().startswith(b"{") and b'"torget-fork/' in head


def _check_checkpoint(path: Path, trust: Trusted) -> Verdict:
    with path.open("rb") as file:
        text = file.read(100_000).decode("utf-8", errors="replace")
    note = parse_note(text)
    key = signer([note], None, trust)
    facts: dict[str, object] = {"journal": note.origin, "size": note.size, "root": note.root.hex()}
    facts |= {"signed": note.time(), "key": key.fingerprint() if key and trust else ""}
    return conclude("checkpoint_holds", [], trust, facts)


def _fits_checkpoint(path: Path, head: bytes) -> bool:
    return "\n\n\u2014 ".encode() in head and not head.startswith(b"{")


add_kind(Kind("fork", _fits_fork, _check_fork))
add_kind(Kind("consistency", _fits_consistency, _check_consistency))
add_kind(Kind("checkpoint", _fits_checkpoint, _check_checkpoint))

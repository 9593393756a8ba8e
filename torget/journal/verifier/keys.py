"""A journal's keys through time ("torget-keys/1"): the first, and each change as a statement that the keys sign.

A statement is a signed note of seven lines: the journal's name, "torget-key-change/1", what happened, the key it happened
to, the key that follows (or -), the journal's size then, the time. What can happen:

    rotated  signed by both keys: whoever trusts the old one may trust the new one
    lost     the old key is gone, so the new one alone has signed: whoever trusts the old one must ask the organisation
    revoked  signed by the key that is in force: the old one counts for nothing from the time on, nor beyond the size
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from torget.journal.verifier.ground import Note, VerifierKey, has_signed, load_json, parse_key, split_note
from torget.journal.verifier.words import Wrong, add_outcomes

KEYS_FORMAT = "torget-keys/1"
CHANGE_FORMAT = "torget-key-change/1"
CHANGES = ("rotated", "lost", "revoked")
MOST_CHANGES = 1000

add_outcomes("""
history_broken 1 Nyckelhistoriken går inte ihop ({}). | The history of keys does not hold together ({}).
key_retired 1 Nyckeln hade bytts ut när sigillet undertecknades ({}). | The key was replaced before it signed this ({}).
key_revoked 1 Nyckeln gällde inte längre när sigillet undertecknades ({}). | The key was revoked when it signed this ({}).
""")


class Change(NamedTuple):
    """One statement: what (one of CHANGES), the key it is about, the key after it or None, size and time (ISO 8601)."""

    what: str
    old: VerifierKey
    new: VerifierKey | None
    size: int
    at: str


class Period(NamedTuple):
    """When a key counts: up to a size and before a time ("" and None: still), and how it came: first, rotated, lost."""

    key: VerifierKey
    came: str
    size: int | None = None
    revoked: str = ""


class KeyHistory(NamedTuple):
    """A journal's keys, oldest first; the last is in force."""

    origin: str
    periods: tuple[Period, ...]

    def current(self) -> VerifierKey:
        """The key in force."""
        return self.periods[-1].key

    def signer_of(self, note: Note) -> VerifierKey:
        """The key that has signed a checkpoint while it counted; Wrong: other_key, forged, key_retired, key_revoked."""
        for period in self.periods:
            if note.origin == period.key.name and has_signed(period.key, note.text, note.signatures):
                if period.revoked and note.time() >= period.revoked:
                    raise Wrong("key_revoked", period.revoked)
                if period.size is not None and note.size > period.size:
                    raise Wrong("key_revoked" if period.revoked else "key_retired", f"{note.size} > {period.size}")
                return period.key
        raise Wrong("other_key")

    def counted(self, key: VerifierKey, size: int, at: str) -> VerifierKey:
        """The key, where it is one of these and counted when the log had `size` entries, at that time.

        For what is signed beside the log. Wrong: other_key, key_retired, key_revoked.
        """
        for period in self.periods:
            if period.key == key:
                if period.revoked and at >= period.revoked:
                    raise Wrong("key_revoked", period.revoked)
                if period.size is not None and size > period.size:
                    raise Wrong("key_revoked" if period.revoked else "key_retired", f"{size} > {period.size}")
                return key
        raise Wrong("other_key")

    def after(self, trusted: VerifierKey | str) -> "KeyHistory":
        """Only what follows from one key (or its fingerprint) by signed steps; Wrong("other_key") when it is not there."""
        places = [place for place, one in enumerate(self.periods) if trusted in (one.key, one.key.fingerprint())]
        if not places:
            raise Wrong("other_key")
        first, last = places[0], places[0] + 1
        while first and self.periods[first].came == "rotated":
            first -= 1
        while last < len(self.periods) and self.periods[last].came == "rotated":
            last += 1
        return KeyHistory(self.origin, self.periods[first:last])


def change_text(origin: str, change: Change) -> str:
    """What is signed when a key changes."""
    new = change.new.text() if change.new else "-"
    lines = [origin, CHANGE_FORMAT, change.what, change.old.text(), new, str(change.size), change.at]
    return "\n".join(lines) + "\n"


def _read_change(text: str, origin: str, current: VerifierKey) -> Change:
    body, lines, signatures = split_note(text)
    if len(lines) != 7 or lines[:2] != [origin, CHANGE_FORMAT] or lines[2] not in CHANGES:
        raise Wrong("history_broken", "statement")
    if not re.fullmatch("0|[1-9][0-9]{0,17}", lines[5]) or not re.fullmatch(r"[0-9T:.-]{10,30}Z", lines[6]):
        raise Wrong("history_broken", "size, time")
    new = None if lines[4] == "-" else parse_key(lines[4])
    change = Change(lines[2], parse_key(lines[3]), new, int(lines[5]), lines[6])
    if (change.new is None) != (change.what == "revoked"):
        raise Wrong("history_broken", change.what)
    signers: dict[str, list[VerifierKey | None]] = {
        "rotated": [change.old, new],
        "lost": [new],
        "revoked": [current],
    }
    for key in signers[change.what]:
        if key is None or key.name != origin or not has_signed(key, body, signatures):
            raise Wrong("history_broken", "signature")
    return change


def read_history(document: Mapping[str, Any]) -> KeyHistory:
    """Read and check a "torget-keys/1" object: every statement follows from the one before. Wrong("history_broken")."""
    if {name: type(part) for name, part in document.items()} != {
        "format": str, "origin": str, "first": str, "changes": list,
    }:  # fmt: skip
        raise Wrong("wrong_type", "keys")
    origin, changes = document["origin"], document["changes"]
    if len(changes) > MOST_CHANGES or {type(text) for text in changes} - {str}:
        raise Wrong("wrong_type", "changes")
    periods = [Period(parse_key(document["first"]), "first")]
    if periods[0].key.name != origin:
        raise Wrong("history_broken", "first")
    for text in changes:
        change = _read_change(text, origin, periods[-1].key)
        known = [place for place, period in enumerate(periods) if period.key == change.old]
        if change.new is None:
            if not known or known[0] == len(periods) - 1:
                raise Wrong("history_broken", "revoked")
            before = periods[known[0]]
            size = change.size if before.size is None else min(change.size, before.size)
            periods[known[0]] = before._replace(size=size, revoked=change.at)
        else:
            if change.old != periods[-1].key or any(period.key == change.new for period in periods):
                raise Wrong("history_broken", change.what)
            periods[-1] = periods[-1]._replace(size=change.size)
            periods.append(Period(change.new, change.what))
    return KeyHistory(origin, tuple(periods))


def load_history(data: bytes) -> KeyHistory:
    """Read the bytes of a history of keys; Wrong."""
    document = load_json(data)
    if document.get("format") != KEYS_FORMAT:
        raise Wrong("wrong_format")
    return read_history(document)

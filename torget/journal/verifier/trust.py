"""Whom the reader trusts, and whether they have signed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from torget.journal.verifier.ground import LARGEST, Note, VerifierKey, parse_key, require_signature
from torget.journal.verifier.keys import KeyHistory, load_history
from torget.journal.verifier.words import Finding, Verdict, Wrong, verdict

# A key, a fingerprint, a journal's keys through time, or nobody; parts pass it on and do not look inside.
Trusted = VerifierKey | str | KeyHistory | None


def read_trust(text: str, history: str = "") -> VerifierKey | str | KeyHistory:
    """What --key names: a key, a fingerprint, a history of keys, or a file that holds one of them; Wrong("key_broken").

    With `history` (a file): what follows from the key by signed steps is trusted too.
    """
    try:
        data = _beginning(Path(text)) if Path(text).is_file() else text.encode()
        later = _beginning(Path(history)) if history else b""
        text = data.decode("utf-8-sig")
    except (OSError, ValueError):
        raise Wrong("key_broken") from None
    digits = re.sub(r"[\s:]", "", text[:1000]).lower()
    found: VerifierKey | str | KeyHistory
    if text.lstrip().startswith("{"):
        found = load_history(data)
    elif re.fullmatch("[0-9a-f]{40}", digits):
        found = " ".join(re.findall("....", digits))
    else:
        found = parse_key(text)
    if not later:
        return found
    if isinstance(found, KeyHistory):
        raise Wrong("key_broken")
    return load_history(later).after(found)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def signer(notes: Iterable[Note], claimed: str | None, trust: Trusted) -> VerifierKey | None:
    """The key that has signed all the notes (the first one's, of several); `claimed` is the file's own word for it.

    None: nobody is named. Wrong: other_key, forged, key_needed (only a fingerprint is known), key_broken, key_retired,
    key_revoked.
    """
    if isinstance(trust, KeyHistory):
        keys = [trust.signer_of(note) for note in notes]
        return keys[0]
    if isinstance(trust, VerifierKey):
        key: VerifierKey | None = trust
    else:
        key = parse_key(claimed) if claimed else None
        if trust and (key is None or key.fingerprint() != trust):
            raise Wrong("other_key" if key else "key_needed")
    if key:
        for note in notes:
            require_signature(note, key)
    return key


def conclude(holds: str, findings: Sequence[Finding], trust: Trusted, facts: Mapping[str, object]) -> Verdict:
    """The verdict of a whole file: `holds` (the part's own code) when nothing was found and a signer is trusted.

    Else signer_unknown, or the first finding, with all of them (at most 100) in `wrong`. Facts are what is proven, so
    they are told only when all holds.
    """
    if findings:
        said = verdict(findings[0].code, findings[0].what)
        return said | {"wrong": [finding.said() for finding in findings[:100]], "found": len(findings)}
    return verdict(holds if trust else "signer_unknown", facts=facts)

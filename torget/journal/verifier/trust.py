"""Whom the reader trusts, and whether they have signed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from torget.journal.verifier.ground import Note, VerifierKey, parse_key, require_signature
from torget.journal.verifier.words import Finding, Verdict, Wrong, verdict

Trusted = VerifierKey | str | None  # a key, a fingerprint, or nobody; parts pass it on and do not look inside


def read_trust(text: str) -> VerifierKey | str:
    """The key or fingerprint that --key names: itself, or a file that holds it. Wrong("key_broken") when neither."""
    try:
        text = Path(text).read_text()[:1000] if Path(text).is_file() else text
    except (OSError, ValueError):
        raise Wrong("key_broken") from None
    digits = re.sub(r"[\s:]", "", text).lower()
    return " ".join(re.findall("....", digits)) if re.fullmatch("[0-9a-f]{40}", digits) else parse_key(text)


def signer(notes: Iterable[Note], claimed: str | None, trust: Trusted) -> VerifierKey | None:
    """The key that has signed all the notes; `claimed` is the file's own word for it. None: nobody is named.

    Wrong: other_key, forged, key_needed (only a fingerprint is known), key_broken.
    """
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

"""The verifier that residents, registrars and operators run: parts that `joining.py` makes into the one file to give away.

    words.py     what can be said (code, exit code, Swedish, English), Wrong, Finding, verdict
    ground.py    hashes, the tree, Ed25519, signed notes, keys, JSON read strictly
    trust.py     whom the reader trusts: read_trust, signer, conclude
    kinds.py     which part checks a file, told by its content: Kind, add_kind, check_file
    proofs.py    check_proofs: a "torget-proofs/1" document beside other content
    receipts.py  receipts
    main.py      the command line; always last in the one file

A part is added as one file in this folder; nothing else is edited. It

1. is at most 400 lines of standard library that can be read, and imports from other parts only as
   `from torget.journal.verifier.ground import name` (no renaming, no relative import: in the one file all is one namespace);
2. names its top-level things, private ones too, as no other part does (`joining.joined` refuses);
3. adds its sentences with `add_outcomes("code exit Swedish | English")`: 1 when something does not hold;
4. ends with `add_kind(Kind("package", _fits_package, _check_package))`. `fits` gets the path and the first 4096 bytes and looks
   at content, never at the name; `check(path, trust)` returns a verdict:

       findings = [*check_proofs(document, trust), *(Finding("file_changed", name) for name in changed)]
       if not findings:
           facts = proofs_facts(document, trust) | {"files": count}
       return conclude("package_holds", findings, trust, facts)

   Each finding names what does not hold; facts are told only when all holds. `trust` is passed on and not looked into.
   Everything in a file is hostile: bound what is read, unpack nothing outside memory or a folder of its own.

Tests run the joined file alone: `python3 -I verify.py FILE` (see tests/test_verifier.py).
"""

from importlib import import_module

from torget.journal.verifier.ground import (
    LARGEST,
    ORDER,
    VerifierKey,
    ed25519_holds,
    parse_key,
    parse_note,
)
from torget.journal.verifier.joining import joined, parts
from torget.journal.verifier.kinds import check_file
from torget.journal.verifier.main import main
from torget.journal.verifier.receipts import FORMAT, check
from torget.journal.verifier.trust import read_trust
from torget.journal.verifier.words import WORDS, verdict

__all__ = [
    "FORMAT",
    "LARGEST",
    "ORDER",
    "WORDS",
    "VerifierKey",
    "check",
    "check_file",
    "ed25519_holds",
    "joined",
    "main",
    "parse_key",
    "parse_note",
    "read_trust",
    "verdict",
]

for _part in parts():
    import_module(f"{__name__}.{_part}")

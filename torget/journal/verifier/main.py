"""Check off line what Torget has issued: python3 verify.py FILE [--key KEY [--keys FILE]] [--json]

Standard library only (Python 3.11), to be read whole and run anywhere. Exit: 0 holds; 1 something is wrong; 2 the command
could not be carried out; 3 the file agrees with itself, but no signer was named, so anyone may have made it.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from torget.journal.verifier.kinds import check_file
from torget.journal.verifier.trust import read_trust
from torget.journal.verifier.words import Verdict, Wrong, verdict

LINES = 20  # of what is wrong, before the rest is only counted


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command: print the verdict and return its exit code."""
    parser = argparse.ArgumentParser(description="Kontrollera en fil från Torget / Check a file from Torget")
    parser.add_argument("file", metavar="FILE", help="kvitto, arkivpaket, register, säkerhetskopia / what was issued")
    parser.add_argument("--key", help="nyckeln, en fil med den, eller fingeravtrycket / key, key file or fingerprint")
    parser.add_argument("--keys", default="", help="journalens nycklar genom tiden, en fil / history of keys, a file")
    parser.add_argument("--json", action="store_true", help="svara med JSON / answer in JSON")
    given = parser.parse_args(argv)
    try:
        said = check_file(Path(given.file), read_trust(given.key, given.keys) if given.key else None)
    except Wrong as wrong:
        said = verdict(wrong.code, wrong.detail)
    _say(json.dumps(said, ensure_ascii=False, indent=2) if given.json else "\n".join(_lines(said)))
    return int(said["exit"])


def _say(text: str) -> None:
    """Print, also to somebody who has heard enough and closed the pipe (`| head -1`): the verdict is the exit code's too."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Else Python tries once more at its end, and says so in the middle of the other's words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lines(said: Verdict) -> list[str]:
    lines = [said["sv"], said["en"], *(f"  {name}: {value}" for name, value in said["facts"].items())]
    if len(said["wrong"]) > 1:
        lines += [f"  - {finding['sv']} | {finding['en']}" for finding in said["wrong"][:LINES]]
        if (more := said["found"] - LINES) > 0:
            lines.append(f"  … och {more} till | and {more} more")
    return lines


if __name__ == "__main__":
    raise SystemExit(main())

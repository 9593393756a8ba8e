"""Exported registers ("torget-register/1"): rows of a public register as they were shown, and their place in the journal.

The file is JSON, laid out so that it can be read a line at a time, however long it is: the head and `"rows":[` on the
first line, each row on one of its own in the one JSON form, and on the last the proof: a "torget-proofs/1" whose only
record is the head. The head holds the number of rows and the SHA-256 of their lines.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from torget.journal.verifier.ground import canonical, load_json
from torget.journal.verifier.kinds import Kind, add_kind
from torget.journal.verifier.proofs import check_proofs, proofs_facts
from torget.journal.verifier.trust import Trusted, conclude
from torget.journal.verifier.words import Finding, Verdict, Wrong, add_outcomes, shown, verdict

REGISTER_FORMAT = "torget-register/1"
ROWS_BEGIN, ROWS_END = b',"rows":[\n', b'],"proofs":'
LONGEST_ROW, LONGEST_TAIL = 20_000, 1_000_000
REGISTER_HEAD: dict[str, type] = {
    "format": str, "organisation": str, "authority": str, "made_at": str, "filters": dict, "count": int,
    "rows_sha256": str,
}  # fmt: skip

add_outcomes("""
register_holds 0 Stämmer. Raderna är de som diariet visade då. | Holds. The rows are those that the register showed then.
register_broken 1 Diariet har fel form: {}. | The register is malformed: {}.
register_changed 1 Raderna är ändrade sedan de lämnades ut. | The rows have been changed since they were handed out.
register_head_changed 1 Uppgifterna om diariet är ändrade: {}. | What is said of the register has been changed: {}.
""")


def _register_rows(file: BinaryIO) -> Iterator[bytes]:
    """Each row's line without its comma, then the last line of the file from `ROWS_END` on."""
    more, any_row = True, False
    while line := file.readline(LONGEST_TAIL):
        if line.startswith(ROWS_END):
            if more and any_row:
                raise Wrong("register_broken", "rows")
            yield line
            return
        row = line.removesuffix(b"\n").removesuffix(b",")
        if not more or len(row) > LONGEST_ROW or not line.endswith(b"\n"):
            raise Wrong("register_broken", "rows")
        more = line.endswith(b",\n")
        try:
            # What a reader of JSON sees must be the very line that is counted.
            found = json.loads(row)
            plain = isinstance(found, dict) and canonical(found) == row
        except (TypeError, ValueError, RecursionError):
            plain = False
        if not plain:
            raise Wrong("register_broken", "rows")
        any_row = True
        yield row
    raise Wrong("cut_off")


def _check_register(path: Path, trust: Trusted) -> Verdict:
    try:
        with path.open("rb") as file:
            return _read_register(file, trust)
    except Wrong as wrong:
        return verdict(wrong.code, wrong.detail)


def _read_register(file: BinaryIO, trust: Trusted) -> Verdict:
    first = file.readline(LONGEST_TAIL)
    if not first.endswith(ROWS_BEGIN):
        raise Wrong("register_broken", "rows")
    head = load_json(first.removesuffix(ROWS_BEGIN) + b"}")
    for name in sorted(head.keys() | REGISTER_HEAD.keys()):
        if type(head.get(name)) is not REGISTER_HEAD.get(name):
            raise Wrong("register_broken", shown(name))
    if head["format"] != REGISTER_FORMAT:
        raise Wrong("wrong_format")
    counted, summed, tail = 0, hashlib.sha256(), b""
    for line in _register_rows(file):
        if line.startswith(ROWS_END):
            tail = line
        else:
            summed.update(line + b"\n")
            counted += 1
    if file.read(1):
        raise Wrong("register_broken", "]")
    rest: dict[str, Any] = load_json(b"{" + tail.removeprefix(b"],"))
    if list(rest) != ["proofs"] or not isinstance(rest["proofs"], dict):
        raise Wrong("register_broken", "proofs")
    findings = list(check_proofs(rest["proofs"], trust))
    proofs = rest["proofs"]["proofs"]
    if len(proofs) != 1 or not isinstance(proofs[0], dict):
        raise Wrong("register_broken", "proofs")
    if proofs[0].get("record") != head:
        findings.append(Finding("register_head_changed", shown(head["authority"])))
    if (counted, summed.hexdigest()) != (head["count"], head["rows_sha256"]):
        findings.append(Finding("register_changed", ""))
    if findings:
        return conclude("register_holds", findings, trust, {})
    facts: dict[str, object] = {name: shown(head[name]) for name in ("organisation", "authority", "made_at")}
    facts |= {"rows": counted, "entry": proofs[0]["index"] + 1, "entered": proofs[0]["entry"]["at"]}
    return conclude("register_holds", [], trust, facts | proofs_facts(rest["proofs"], trust))


def _fits_register(path: Path, head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"torget-register/' in head


add_kind(Kind("register", _fits_register, _check_register))

"""The verifier's parts: joined into one file, kinds told by content, proofs beside other content. No database."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from torget.journal import rules, verifier
from torget.journal.tests.logs import RECORD, Log, Receipt, set_at
from torget.journal.verifier import joining, proofs, trust, words
from torget.journal.verifier.words import Wrong

LOG = Log()
WHOLE = json.dumps(LOG.receipt(), ensure_ascii=False, indent=2).encode()


def test_the_one_file_is_all_parts_and_nothing_is_undefined(tmp_path: Path) -> None:
    text = verifier.joined()
    for part in joining.parts():
        assert f"# ==== {part} ==" in text
    assert "torget.journal" not in text
    alone = tmp_path / "verify.py"
    alone.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(alone)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("def shown() -> None: ...\n", "shown is defined both", id="a name that another part has"),
        pytest.param("from torget.core import clock\n", "only the standard library", id="an import of ours"),
        pytest.param("from . import ground\n", "only the standard library", id="a relative import"),
        pytest.param("from torget.journal.verifier.words import shown as s\n", "renames", id="a name changed"),
    ],
)
def test_a_part_that_cannot_be_joined_is_refused(text: str, why: str, tmp_path: Path, monkeypatch: Any) -> None:
    for part in joining.FOLDER.glob("*.py"):
        (tmp_path / part.name).write_bytes(part.read_bytes())
    (tmp_path / "extra.py").write_text(text)
    monkeypatch.setattr(joining, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=why):
        joining.joined.__wrapped__()


# ---- proofs beside other content ------------------------------------------------------------------------------------


def _proofs() -> dict[str, Any]:
    receipt = LOG.receipt()
    one = {name: receipt[name] for name in ("record", "salt", "digest", "entry", "index", "path")}
    head = {"format": rules.PROOFS_FORMAT, "organisation": "Ekeviks kommun"}
    return head | {"checkpoint": receipt["checkpoint"], "key": LOG.key.text(), "proofs": [one, copy.deepcopy(one)]}


def _findings(document: dict[str, Any], trust: verifier.VerifierKey | str | None = LOG.key) -> list[tuple[str, str]]:
    return [(finding.code, finding.what) for finding in proofs.check_proofs(document, trust)]


def test_proofs_that_hold_say_how_many_since_when_and_by_whom() -> None:
    assert _findings(_proofs()) == []
    facts = proofs.proofs_facts(_proofs(), LOG.key)
    assert (facts["records"], facts["signed"], facts["key"]) == (2, "2026-11-16T13:07:31.000Z", LOG.key.fingerprint())
    assert proofs.proofs_facts(_proofs(), None)["key"] == ""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(
            set_at("proofs", 1, "record", "text", value="x"), [("record_changed", RECORD["number"])], id="a text"
        ),
        pytest.param(set_at("proofs", 0, "index", value=4), [("record_not_in_log", RECORD["number"])], id="a place"),
        pytest.param(
            set_at("proofs", 0, "digest", value="00" * 32), [("record_changed", RECORD["number"])], id="a digest"
        ),
        pytest.param(set_at("proofs", 0, "path", value=[7]), [("proof_wrong", RECORD["number"])], id="a path"),
        pytest.param(set_at("proofs", 0, value="x"), [("proof_wrong", "nr 1")], id="no proof"),
        pytest.param(set_at("proofs", 0, "extra", value="x"), [("proof_wrong", "nr 1")], id="a field more"),
        pytest.param(set_at("proofs", 0, "index", value=True), [("proof_wrong", "nr 1")], id="true for a number"),
        pytest.param(set_at("checkpoint", value=Log(seed=2).note(7)), [("other_key", "")], id="signed by another"),
    ],
)
def test_each_proof_that_fails_is_named(change: Callable[[Receipt], None], found: list[tuple[str, str]]) -> None:
    document = _proofs()
    change(document)
    assert _findings(document) == found


@pytest.mark.parametrize("name", ["format", "organisation", "checkpoint", "key", "proofs"])
def test_a_document_without_a_field_is_refused(name: str) -> None:
    document = _proofs()
    del document[name]
    with pytest.raises(Wrong, match=r"wrong_type"):
        _findings(document)
    with pytest.raises(Wrong, match=r"wrong_type"):
        _findings(_proofs() | {"more": 1})


# ---- what kind of file it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(WHOLE, "holds", id="a receipt"),
        pytest.param(b"\xef\xbb\xbf" + WHOLE, "holds", id="a receipt with Notepad's mark"),
        pytest.param(WHOLE[:900], "cut_off", id="half a receipt"),
        pytest.param(WHOLE[:10], "cut_off", id="the beginning of one"),
        pytest.param(b"", "not_json", id="nothing"),
        pytest.param(b"\x89PNG\r\n", "not_json", id="a picture"),
        pytest.param(b'{"format": "other/1"}', "unknown_kind", id="another kind"),
        pytest.param(b" " * (verifier.LARGEST + 1), "too_large", id="a large file of nothing"),
    ],
)
def test_a_file_is_known_by_its_content(data: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    assert verifier.check_file(tmp_path / "a.bin", LOG.key)["code"] == code


def test_all_that_is_wrong_is_told_up_to_a_bound() -> None:
    found = [words.Finding("record_changed", f"KS {number}") for number in range(300)]
    said = trust.conclude("holds", found, LOG.key, {"records": 300})
    assert (said["code"], said["exit"], said["found"], len(said["wrong"])) == ("record_changed", 1, 300, 100)
    assert said["facts"] == {}
    assert trust.conclude("holds", [], None, {})["code"] == "signer_unknown"

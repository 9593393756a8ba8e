"""The verifier that residents run: what it accepts, and what it calls each thing that is wrong. No database."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from torget.journal import rules, verifier
from torget.journal.tests.logs import RECORD, SALT, Log, Receipt, set_at

LOG = Log()


def _bytes(receipt: object) -> bytes:
    return json.dumps(receipt, ensure_ascii=False, indent=2).encode()


def _code(receipt: object, trust: verifier.VerifierKey | str | None = LOG.key) -> str:
    return str(verifier.check(_bytes(receipt), trust)["code"])


@pytest.mark.parametrize(
    ("trust", "code", "exit_code"),
    [
        pytest.param(LOG.key, "holds", 0, id="the right key"),
        pytest.param(LOG.key.fingerprint(), "holds", 0, id="the right fingerprint"),
        pytest.param(None, "signer_unknown", 3, id="no key: consistent, signer unknown"),
        pytest.param(Log(seed=2).key, "other_key", 1, id="another key of the same name"),
        pytest.param(Log(name="evil.example").key, "other_key", 1, id="the same key under another name"),
        pytest.param(Log(seed=2).key.fingerprint(), "other_key", 1, id="another fingerprint"),
    ],
)
@pytest.mark.parametrize("later", [0, 7, 12])
def test_a_true_receipt(trust: verifier.VerifierKey | str | None, code: str, exit_code: int, later: int) -> None:
    said = verifier.check(_bytes(LOG.receipt(later=later)), trust)
    assert (said["code"], said["exit"]) == (code, exit_code)
    assert bool(said["facts"]) is (exit_code != 1)


def test_a_true_receipt_says_since_when_and_by_whom() -> None:
    facts = verifier.check(_bytes(LOG.receipt()), LOG.key)["facts"]
    assert facts["number"] == "KS 2026/0412-98"
    assert (facts["entry"], facts["size"]) == ("6", "7")
    assert facts["entered"] == facts["signed"] == "2026-11-16T13:07:31.000Z"
    assert (facts["journal"], facts["key"]) == ("test.example/journal", LOG.key.fingerprint())


def _drop(name: str) -> Callable[[Receipt], None]:
    return lambda receipt: receipt.pop(name)


def _fork(receipt: Receipt) -> None:
    # The same key signs a later log in which history was rewritten.
    receipt["consistency"]["note"] = Log(first=b"rewritten").note(12)


def _forge(receipt: Receipt) -> None:
    receipt["checkpoint"] = receipt["checkpoint"].replace("13:07", "12:07")


def _sign_with_another(receipt: Receipt) -> None:
    receipt["checkpoint"] = Log(seed=2).note(7)


def _move_to_other_digest(receipt: Receipt) -> None:
    receipt["record"]["text"] += " Tack."
    receipt["digest"] = rules.record_digest(SALT, receipt["record"]).hex()


def _move_with_entry(receipt: Receipt) -> None:
    _move_to_other_digest(receipt)
    receipt["entry"]["digest"] = receipt["digest"]


CHANGES = [
    pytest.param(set_at("record", "text", value=RECORD["text"].replace("hela", "hels")), "text_changed", id="a letter"),
    pytest.param(set_at("record", "text", value=RECORD["text"] + " "), "text_changed", id="a space at the end"),
    pytest.param(set_at("record", "number", value="KS 2026/0412-99"), "text_changed", id="the number"),
    pytest.param(set_at("record", "attachments", 0, "size", value=1), "text_changed", id="an attachment"),
    pytest.param(set_at("record", "promise", value="Vi bygger"), "text_changed", id="a field more in the record"),
    pytest.param(set_at("salt", value="00" * 16), "text_changed", id="the salt"),
    pytest.param(set_at("digest", value="00" * 32), "text_changed", id="the digest"),
    pytest.param(_move_to_other_digest, "entry_other", id="text and digest, not the entry"),
    pytest.param(_move_with_entry, "not_in_log", id="text, digest and entry, not the tree"),
    pytest.param(set_at("entry", "at", value="2026-11-15T13:07:31.000Z"), "not_in_log", id="the time of entry"),
    pytest.param(set_at("entry", "actor", value="user:1"), "not_in_log", id="who entered it"),
    pytest.param(set_at("index", value=4), "not_in_log", id="the index"),
    pytest.param(set_at("index", value=-1), "not_in_log", id="a negative index"),
    pytest.param(set_at("size", value=8), "not_in_log", id="the size"),
    pytest.param(set_at("path", value=[]), "not_in_log", id="no path"),
    pytest.param(set_at("path", 0, value="00" * 32), "not_in_log", id="a step of the path"),
    pytest.param(_forge, "forged", id="a changed checkpoint"),
    pytest.param(_sign_with_another, "other_key", id="signed by somebody else"),
    pytest.param(_fork, "forked", id="a forked log"),
    pytest.param(set_at("consistency", "size1", value=6), "forked", id="consistency from another size"),
    pytest.param(set_at("consistency", "path", value=[]), "forked", id="no way to the later checkpoint"),
    pytest.param(set_at("consistency", value={}), "wrong_type", id="an empty consistency"),
    pytest.param(set_at("consistency", value=None), "wrong_type", id="a consistency of nothing"),
    pytest.param(set_at("checkpoint", value="sigill"), "checkpoint_broken", id="no checkpoint at all"),
    pytest.param(set_at("format", value="torget-receipt/2"), "wrong_format", id="a later format"),
    pytest.param(set_at("note", value="Kommunen lovar 1 000 kr"), "wrong_type", id="a claim that no proof covers"),
    pytest.param(set_at("entry", "extra", value="x"), "wrong_type", id="a field more in the entry"),
    pytest.param(set_at("entry", "kind", value=7), "wrong_type", id="a number for a kind"),
    pytest.param(set_at("index", value=True), "wrong_type", id="true for one"),
    pytest.param(set_at("index", value="5"), "wrong_type", id="text for a number"),
    pytest.param(set_at("record", value=[]), "wrong_type", id="a list for the record"),
    pytest.param(set_at("path", value=["AB" * 32]), "wrong_type", id="capitals in a hash"),
    pytest.param(set_at("path", value=[7]), "wrong_type", id="a number in the path"),
    pytest.param(set_at("path", value=["00" * 32] * 129), "wrong_type", id="an endless path"),
    pytest.param(set_at("salt", value="00"), "wrong_type", id="a short salt"),
    pytest.param(set_at("key", value=7), "wrong_type", id="a number for a key"),
    pytest.param(set_at("record", "text", value=1.5), "not_json", id="a fraction"),
    pytest.param(_drop("path"), "wrong_type", id="no path field"),
    pytest.param(_drop("format"), "not_json", id="no format"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_each_change_is_named(change: Callable[[Receipt], None], code: str) -> None:
    receipt = copy.deepcopy(LOG.receipt(later=12))
    change(receipt)
    said = verifier.check(_bytes(receipt), LOG.key)
    assert (said["code"], said["exit"], said["facts"]) == (code, 1, {})
    assert said["sv"]
    assert said["en"]


def test_a_forger_who_swaps_log_and_key_is_found_by_the_pinned_key() -> None:
    theirs = Log(seed=2).receipt()
    assert _code(theirs, None) == "signer_unknown"
    assert _code(theirs, LOG.key) == "other_key"
    assert _code(theirs | {"key": LOG.key.text()}, LOG.key.fingerprint()) == "other_key"


def test_a_forged_signature_is_found_even_without_a_key() -> None:
    receipt = LOG.receipt()
    _forge(receipt)
    assert _code(receipt, None) == "forged"


def test_a_fingerprint_needs_a_key_in_the_receipt() -> None:
    receipt = LOG.receipt()
    del receipt["key"]
    assert _code(receipt, LOG.key.fingerprint()) == "key_needed"
    assert _code(receipt, LOG.key) == "holds"


WHOLE = _bytes(LOG.receipt())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not_json", id="an empty file"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "not_json", id="a picture"),
        pytest.param(b"[]", "not_json", id="a list"),
        pytest.param(b"null", "not_json", id="null"),
        pytest.param(b"[" * 100_000, "not_json", id="very deep"),
        pytest.param(b'{"format":' * 50_000, "not_json", id="very deep objects"),
        pytest.param(b'{"format": ' + b"9" * 5000 + b"}", "not_json", id="an endless number"),
        pytest.param(b'{"format": NaN}', "not_json", id="no number"),
        pytest.param(b'{"format": "\\ud800"}', "not_json", id="half a character"),
        pytest.param(b'{"format": 1, "format": 2}', "duplicate_key", id="a field twice"),
        pytest.param(WHOLE.replace(b'"text":', b'"text": "a", "text":'), "duplicate_key", id="a text twice"),
        pytest.param(b" " * (verifier.LARGEST + 1), "too_large", id="over 20 MB"),
        pytest.param(b"\xef\xbb\xbf" + WHOLE, "holds", id="with the mark that Notepad puts first"),
        pytest.param(WHOLE.replace(b"rondellen", b"rond\xffellen"), "text_changed", id="a byte that is no letter"),
    ],
)
def test_strange_files(data: bytes, code: str) -> None:
    assert verifier.check(data, LOG.key)["code"] == code


@given(cut=st.integers(1, len(WHOLE.rstrip()) - 1))
def test_a_file_cut_anywhere_is_cut_off(cut: int) -> None:
    assert verifier.check(WHOLE[:cut], LOG.key)["code"] == "cut_off"


@given(at=st.integers(0, len(WHOLE) - 1), letter=st.integers(32, 126))
def test_no_changed_letter_holds_unless_it_means_the_same(at: int, letter: int) -> None:
    changed = WHOLE[:at] + bytes([letter]) + WHOLE[at + 1 :]
    said = verifier.check(changed, LOG.key)
    if said["code"] == "holds":
        # White space between fields, a name for the same letter, and the sender's own name prove nothing.
        theirs, ours = json.loads(changed), json.loads(WHOLE)
        assert {**theirs, "organisation": "", "key": ""} == {**ours, "organisation": "", "key": ""}


def test_words_are_whole() -> None:
    for code in verifier.WORDS:
        said = verifier.verdict(code, "x")
        assert said["exit"] in (0, 1, 2, 3)
        assert "{" not in said["sv"] + said["en"]


def test_nothing_in_a_file_reaches_the_terminal_raw() -> None:
    said = verifier.check(b'{"format": "torget-receipt/1", "\\u001b[31m": 1}')
    assert "\x1b" not in said["sv"]


# ---- Ed25519 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        pytest.param(
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            id="RFC 8032 7.1 test 1",
        ),
        pytest.param(
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            id="RFC 8032 7.1 test 2",
        ),
        pytest.param(
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            id="RFC 8032 7.1 test 3",
        ),
    ],
)
def test_ed25519_known_answers(public: str, message: str, signature: str) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verifier.ed25519_holds(key, text, signed)
    assert not verifier.ed25519_holds(key, text + b"x", signed)
    # The same answer plus the order of the group would hold too, were it not refused: one message, one signature.
    answer = int.from_bytes(signed[32:], "little") + verifier.ORDER
    assert not verifier.ed25519_holds(key, text, signed[:32] + answer.to_bytes(32, "little"))
    assert not verifier.ed25519_holds(key, text, signed[:-1])
    assert not verifier.ed25519_holds(key[:-1], text, signed)
    assert not verifier.ed25519_holds(b"\xff" * 32, text, signed)


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), data=st.data())
def test_ed25519_agrees_with_the_library(seed: bytes, message: bytes, data: st.DataObject) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = private.sign(message)
    assert verifier.ed25519_holds(public, message, signature)
    bit = data.draw(st.integers(0, 511))
    flipped = (int.from_bytes(signature, "big") ^ (1 << bit)).to_bytes(64, "big")
    assert not verifier.ed25519_holds(public, message, flipped)


# ---- the command ----------------------------------------------------------------------------------------------------


def _run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    # As a resident does: the one file, in a folder of its own, without anything of ours beside it (-I).
    alone = tmp_path / "verify.py"
    alone.write_text(verifier.joined())
    done = subprocess.run(
        [sys.executable, "-I", str(alone), *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_the_file_alone_checks_a_receipt(tmp_path: Path) -> None:
    (tmp_path / "kvitto.json").write_bytes(WHOLE)
    (tmp_path / "nyckel.txt").write_text(LOG.key.text() + "\n")
    code, said = _run(tmp_path, "kvitto.json", "--key", "nyckel.txt")
    assert code == 0
    assert said.startswith("Stämmer.")
    assert "Holds." in said
    assert "KS 2026/0412-98" in said
    code, said = _run(tmp_path, "kvitto.json", "--json")
    assert (code, json.loads(said)["code"]) == (3, "signer_unknown")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        pytest.param(["kvitto.json", "--key", LOG.key.text()], 0, "holds", id="the key itself"),
        pytest.param(["kvitto.json", "--key", LOG.key.fingerprint().upper()], 0, "holds", id="the fingerprint"),
        pytest.param(["kvitto.json", "--key", "nej"], 2, "key_broken", id="no key"),
        pytest.param(["kvitto.json", "--key", "a\0b"], 2, "key_broken", id="no possible file name"),
        pytest.param(["finns-inte.json"], 2, "unreadable", id="no file"),
        pytest.param(["."], 2, "unreadable", id="a folder"),
    ],
)
def test_the_command(arguments: list[str], code: int, word: str, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kvitto.json").write_bytes(WHOLE)
    assert verifier.main([*arguments, "--json"]) == code
    assert json.loads(capsys.readouterr().out)["code"] == word


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["words", "json"])
def test_whoever_has_heard_enough_gets_no_traceback(more: list[str], tmp_path: Path) -> None:
    """`torget verify … | head`: the reader is gone before all is said, and the exit code says the rest."""
    (tmp_path / "kvitto.json").write_bytes(WHOLE)
    (tmp_path / "verify.py").write_text(verifier.joined())
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "kvitto.json", "--key", LOG.key.text(), *more],
        cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")

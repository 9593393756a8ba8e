"""The register handed out: the file checks, and whatever is changed in it is found."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Town, first
from torget.__main__ import main
from torget.conversations import actions
from torget.journal import actions as journal
from torget.journal import verifier
from torget.journal.models import Entry
from torget.organisations.rules import Role
from torget.register.rules import State


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.TORGET_HOME = tmp_path
    return tmp_path


@pytest.fixture
def handed_out(town: Town, home: Path) -> Path:
    conversation = town.given("Min hund är borta", subject="Hittegods hos Signe")
    actions.classify(first(conversation), state=State.REGISTERED, subject="Bron över ån", by=town.user())
    town.given("Något annat")
    journal.sequence()
    assert main(["register", "--out", str(home / "diarium.json"), "--authority", "KS"]) == 0
    return home / "diarium.json"


def _said(path: Path, trust: Any = None) -> tuple[str, int]:
    verdict = verifier.check_file(path, trust)
    return str(verdict["code"]), int(verdict["exit"])


def test_it_holds_the_public_rows_and_their_numbers_in_the_journal(handed_out: Path) -> None:
    document = json.loads(handed_out.read_text())
    new, old = document["rows"]
    assert (new["subject"], new["state"]) == (None, "unclassified")
    assert (old["subject"], old["number"], old["direction"]) == ("Bron över ån", "KS 2026/0001-1", "in")
    assert len(old["entries"]) == 2 and len(new["entries"]) == 1
    text = handed_out.read_text()
    assert not [word for word in ("Signe", "hund", "Hittegods", "annat") if word in text]
    entry = Entry.objects.get(kind="register.exported")
    assert (entry.object_ref, entry.actor_ref) == ("register:KS", "system")


def test_it_holds_by_whoever_is_trusted(handed_out: Path) -> None:
    key = verifier.parse_key(json.loads(handed_out.read_text())["proofs"]["key"])
    assert _said(handed_out) == ("signer_unknown", verifier.verdict("signer_unknown")["exit"])
    assert _said(handed_out, key) == ("register_holds", 0)
    facts = verifier.check_file(handed_out, key)["facts"]
    assert (facts["rows"], facts["authority"]) == ("2", "KS")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Bron", "Brun"), ('"registered"', '"trivial"'), ('"rows":[\n', '"rows":[\n{"a":1},\n'), ('"count":2', '"count":3'),
        ("},\n{", "}\n{"), ('"authority":"KS","count"', '"authority":"BN","count"'), ("Kommunstyrelsen", "Byggnadsnämnden"),
        ('"entries":[1', '"entries":[9'), ("\n],", ",\n],"), ('"index":', '"index":1'), ("]}}\n", "]}}\n{}"),
        ('{"authority":"Kommun', '{ "authority":"Kommun'), ('"salt":"', '"salt":"0'), ('"proofs":{', '"proofs":{"x":1,'),
        ('"rows_sha256":"', '"rows_sha256":"0'), ('"subject":null', '"subject":null,"subject":"x"'),
    ],
    ids=ascii,
)  # fmt: skip
def test_whatever_is_changed_is_found(handed_out: Path, old: str, new: str) -> None:
    text = handed_out.read_text()
    assert old in text
    handed_out.write_text(text.replace(old, new, 1))
    code, number = _said(handed_out)
    assert number != 0 and code not in ("signer_unknown", "register_holds")


@pytest.mark.parametrize("length", [0, 1, 200, -2, -3, -400])
def test_a_file_that_is_cut_off_does_not_hold(handed_out: Path, length: int) -> None:
    handed_out.write_bytes(handed_out.read_bytes()[:length])
    assert _said(handed_out)[1] != 0 and _said(handed_out)[0] != "signer_unknown"


def test_a_row_that_was_taken_out_is_missed(handed_out: Path) -> None:
    lines = handed_out.read_text().splitlines(keepends=True)
    handed_out.write_text(lines[0] + lines[2] + lines[3])
    assert _said(handed_out)[0] == "register_changed"


@pytest.mark.parametrize(
    ("given", "code"),
    [(["--authority", "XX"], 2), (["--from", "i går"], 2), (["--from", "2030-01-01"], 1)],
)
def test_what_cannot_be_handed_out_is_said_and_leaves_nothing(
    town: Town, home: Path, capsys: pytest.CaptureFixture[str], given: list[str], code: int
) -> None:
    town.given()
    assert main(["register", "--out", str(home / "x.json"), *given]) == code
    assert capsys.readouterr().err and not list(home.glob("*.json*")) and not list(home.glob(".x*"))


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.REGISTRAR, 200), (Role.ADMINISTRATOR, 200), (Role.COMMUNICATOR, 403), (Role.EXPERT, 403)],
)
def test_the_button_is_the_registrars(client: Client, town: Town, home: Path, role: Role, status: int) -> None:
    town.given()
    client.force_login(town.user(role))
    assert client.get("/diarium/export/").status_code == status
    response = client.post("/diarium/export/", {"authority": "KS", "since": "2026-11-01"})
    assert response.status_code == status
    if status == 200:
        path = home / "given.json"
        path.write_bytes(b"".join(response))
        assert _said(path)[0] == "signer_unknown"
        assert json.loads(path.read_text())["filters"] == {"from": date(2026, 11, 1).isoformat()}
        empty = client.post("/diarium/export/", {"since": "2030-01-01"})
        assert (empty.status_code, "inga rader" in empty.content.decode()) == (409, True)

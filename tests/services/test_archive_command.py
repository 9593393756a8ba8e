"""`torget archive`, from its arguments to its packages."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.support import making as town_making
from torget.__main__ import main
from torget.archive.tests import making
from torget.core import clock
from torget.files import actions as files


@pytest.fixture
def town(db: None) -> Iterator[town_making.Town]:
    """A town on an ordinary Monday."""
    with clock.at(town_making.MONDAY):
        yield town_making.town()


def run(monkeypatch: Any, *arguments: str) -> tuple[int, str, str]:
    out, wrong = StringIO(), StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", wrong)
    monkeypatch.setattr("torget.commands.archiving.ready", lambda: 0)
    code = main(["archive", *arguments])
    return code, out.getvalue(), wrong.getvalue()


def test_the_command_packs_a_case_or_all_that_are_closed(
    town: town_making.Town, tmp_path: Path, monkeypatch: Any
) -> None:
    first, second, open_one = making.case(), making.case(), making.case(closed=False)
    for case in (first, second, open_one):
        making.record(case)
    code, said, _ = run(monkeypatch, "--all-closed", "--out", str(tmp_path / "ut"), "--json")
    assert code == 0
    assert [one["case"] for one in json.loads(said)] == [first.dnr, second.dnr]
    code, said, _ = run(monkeypatch, "--case", "ks 2026/3", "--out", str(tmp_path / "ut2"), "--csip", "2.2.0")
    assert code == 0 and open_one.dnr in said
    assert len(list((tmp_path / "ut2").glob("*-csip22.zip"))) == 1


@pytest.mark.parametrize("dnr", ["KS 2026/99", "KS", "", "; DROP TABLE", "KS 2026/" + "9" * 40])
def test_a_case_that_is_not_there_is_said_in_a_word(
    town: town_making.Town, tmp_path: Path, monkeypatch: Any, dnr: str
) -> None:
    code, _, wrong = run(monkeypatch, "--case", dnr, "--out", str(tmp_path))
    assert code == 2
    assert "Det finns inget ärende" in wrong


def test_one_case_that_cannot_be_packed_stops_no_other(
    town: town_making.Town, tmp_path: Path, monkeypatch: Any
) -> None:
    broken, whole = making.case(), making.case()
    blob, name = making.file()
    making.record(broken, files=[(blob, name)])
    files.path_of(blob.sha256).unlink()
    making.record(whole)
    code, said, wrong = run(monkeypatch, "--all-closed", "--out", str(tmp_path / "ut"))
    assert code == 1
    assert whole.dnr in said and f"{broken.dnr}: En bilaga i ärendet saknas" in wrong

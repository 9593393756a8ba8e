"""The commands about proof, as an operator types them: torget verify, key and witness."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from torget.__main__ import main
from torget.journal import actions
from torget.journal.models import Node

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(settings: Any, tmp_path: Path, db: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("key", "show")`: the code and what was said."""
    settings.TORGET_HOME = tmp_path
    settings.TORGET_ORIGIN = "test.example/journal"

    def torget(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(list(arguments))
        said = capsys.readouterr()
        return code, said.out + said.err

    return torget


def _enter(count: int) -> None:
    actions.enter_many(actions.Entering("record.received", "", f"record:{n}", bytes(32)) for n in range(count))
    actions.sequence()


def test_the_whole_journal_is_counted(run: Run) -> None:
    _enter(9)
    code, said = run("verify", "--journal")
    assert (code, "Journalen stämmer: 9 poster" in said) == (0, True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE journal_node DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER journal_node_guard")
    Node.objects.filter(place=3).update(hash=b"x" * 32)
    code, said = run("verify", "--journal", "--json")
    answer = json.loads(said)
    assert (code, answer["holds"], "node 3 of level 0" in answer["problem"]) == (1, False, True)
    assert run("verify")[0] == 2


def test_a_file_is_verified_with_keys_through_time(run: Run, tmp_path: Path) -> None:
    _enter(2)
    head = actions.latest_checkpoint()
    assert head is not None
    first = actions.key_in_force()
    (tmp_path / "sigill.txt").write_text(head.note)
    assert run("key", "rotate")[0] == 0
    actions.sequence()
    (tmp_path / "nycklar.json").write_text(json.dumps(actions.history_document()))
    newest = actions.latest_checkpoint()
    assert newest is not None
    (tmp_path / "nytt.txt").write_text(newest.note)
    keys = str(tmp_path / "nycklar.json")
    assert run("verify", str(tmp_path / "sigill.txt"), "--key", keys)[0] == 0
    assert run("verify", str(tmp_path / "nytt.txt"), "--key", keys)[0] == 0
    assert run("verify", str(tmp_path / "nytt.txt"), "--key", first, "--keys", keys)[0] == 0
    assert run("verify", str(tmp_path / "nytt.txt"), "--key", first)[0] == 1


def test_keys_are_shown_lost_and_revoked(run: Run) -> None:
    assert "inget sigill" in run("key", "show")[1]
    assert run("key", "rotate")[0] == 2
    _enter(1)
    assert "Vill du byta den" in run("key", "lost")[1]
    actions.key_path().unlink()
    assert "torget key lost" in run("key", "rotate")[1]
    assert run("key", "lost")[0] == 0
    assert run("key", "revoke", "--since", "i går")[0] == 2
    assert "inte varit än" in run("key", "revoke", "--since", "2999-01-01")[1]
    assert run("key", "revoke", "--since", "2026-11-16T12:00")[0] == 0
    code, said = run("key", "show")
    assert (code, said.count("återkallad från 2026-11-16T11:00"), said.count("gäller")) == (0, 1, 1)


def test_witnesses_are_added_asked_and_taken_away(run: Run, tmp_path: Path) -> None:
    _enter(3)
    assert "Inga vittnen" in run("witness")[1]
    folder = tmp_path / "usb"
    assert run("witness", "--by", str(folder))[0] == 2
    folder.mkdir()
    code, said = run("witness", "--by", str(folder))
    assert (code, "stämmer, 3 poster" in said) == (0, True)
    assert "redan" in run("witness", "--by", str(folder))[1]
    (file,) = folder.glob("torget-*/senaste.txt")
    file.write_text("x")
    code, said = run("witness")
    assert (code, "fel form" in said) == (1, True)
    assert run("witness", "--forget", str(folder))[0] == 0
    assert run("witness", "--forget", str(folder))[0] == 2

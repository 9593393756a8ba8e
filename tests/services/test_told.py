"""What the operator is told when a backup, a key or a restore goes another way than meant: words, never a traceback."""

from pathlib import Path
from typing import Any

import pytest

from torget.__main__ import main
from torget.commands import keeping
from torget.operations import backup_keys
from torget.operations.restore_work import Report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.TORGET_HOME = tmp_path / "home"
    settings.TORGET_BACKUP_FOLDER = ""


def test_a_name_that_no_file_can_have_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup_keys.make(tmp_path / "key.txt")
    # Just short enough for a name, and too long for what stands beside it while it is made.
    target = tmp_path / ("a" * 250)
    assert main(["backup", str(target)]) == 2
    assert f"{target} går inte att skriva säkerhetskopior i" in capsys.readouterr().err


def test_a_key_is_not_written_where_there_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--make-key", str(tmp_path / "ingen" / "key.txt")]) == 2
    assert "key.txt går inte att skriva" in capsys.readouterr().err


@pytest.mark.parametrize("lines", [0, 3])
def test_a_restore_without_the_ledger_says_that_what_was_erased_is_back(
    lines: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keeping._print_rest(Report(tmp_path, ledger=lines))
    assert ("Ingen gallringslista finns här" in capsys.readouterr().out) is (lines == 0)

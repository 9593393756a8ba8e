"""What goes wrong while a package is made leaves nothing that looks like one, and is said in a word."""

import os
import resource
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.making import MONDAY, Town
from torget.archive.sip.container import clear_unfinished, new_container
from torget.archive.tests import making
from torget.core.errors import Refused
from torget.files import actions as files
from torget.register.models import Case


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("how", ["file_damaged", "file_missing"])
def test_a_file_that_is_not_what_came_in_stops_the_package(town: Town, tmp_path: Path, how: str) -> None:
    case = making.case()
    blob, name = making.file(b"riktiga ord " + how.encode())
    making.record(case, files=[(blob, name)])
    path = files.path_of(blob.sha256)
    if how == "file_missing":
        path.unlink()
    else:
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-1] + b"X")
    with pytest.raises(Refused) as refused:
        making.packed(case, tmp_path)
    assert refused.value.code == how
    assert _left(tmp_path) == []


def test_a_version_without_its_entry_in_the_journal_stops_the_package(town: Town, tmp_path: Path) -> None:
    case = making.case()
    record = making.record(case)
    version = record.versions.get()
    type(version).objects.filter(pk=version.pk).update(digest=bytes(32))
    with pytest.raises(Refused) as refused:
        making.packed(case, tmp_path)
    assert refused.value.code == "version_without_entry"
    assert _left(tmp_path) == []


def test_a_case_that_changes_meanwhile_is_not_packed_in_halves(town: Town, tmp_path: Path, monkeypatch: Any) -> None:
    case = making.case()
    making.record(case, files=[making.file(b"x" * 10)])
    taken = files.open_blob

    def changing(sha256: str) -> Any:
        Case.objects.filter(pk=case.pk).update(subject="Ett annat ämne")
        return taken(sha256)

    monkeypatch.setattr(files, "open_blob", changing)
    with pytest.raises(Refused, match="case_changed"):
        making.packed(case, tmp_path)
    assert _left(tmp_path) == []


def test_a_folder_that_cannot_be_one_is_said_in_a_word(town: Town, tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("en fil")
    with pytest.raises(Refused, match="folder_unwritable"):
        making.packed(making.case(), tmp_path / "fil")


def test_a_disk_without_room_leaves_nothing_behind(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        with pytest.raises(Refused, match="disk_full"), new_container(tmp_path, "P", MONDAY, lambda size: None) as box:
            box.add("stor", BytesIO(os.urandom(300_000)), 300_000, "application/octet-stream")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert _left(tmp_path) == []


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from io import BytesIO
from pathlib import Path
from torget.archive.sip.container import clear_unfinished, new_container
with new_container(Path(sys.argv[1]), "P", datetime(2026, 11, 16, tzinfo=UTC), lambda size: None) as box:
    box.add("stor", BytesIO(os.urandom(3_000_000)), 3_000_000, "application/octet-stream")
    box.zip.fp.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.services
def test_killed_in_the_middle_leaves_nothing_that_looks_like_a_package(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (left,) = _left(tmp_path)
    assert left.startswith(".paket-") and not left.endswith(".zip")
    assert (tmp_path / left).stat().st_size > 2_000_000
    with new_container(tmp_path, "P", MONDAY, lambda size: None) as box:
        box.add_bytes("liten", b"ord", "text/plain")
    assert "P.zip" in _left(tmp_path)
    assert clear_unfinished(tmp_path, older_than=-1) == 1
    assert _left(tmp_path) == ["P.zip"]

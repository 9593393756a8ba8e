"""No space left: what cannot be kept is refused in plain words, nothing half is left, and it works again afterwards.

A small file system is mounted and filled for real, which takes root.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crash.loading import NONCE, ask, multipart
from tests.support import migrated

if TYPE_CHECKING:
    from tests.support.server import Torget

TEXT = "Hur blir det med gatan, och får jag bifoga en bild på den?"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system to fill")


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of `size` in memory at `place`, gone afterwards."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # Only root that may not mount (a container) is let off; what else goes wrong is a fault.
        assert re.search(r"permission denied|not permitted", done.stderr, re.IGNORECASE), done.stderr
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        # Lazily: a process that is on its way out may still hold a file.
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Fill the file system to its last byte; the file that takes the space, to be removed again."""
    path = place / "filler"
    with path.open("wb", buffering=0) as file:
        for piece in (65536, 4096, 1):
            try:
                while file.write(b"\0" * piece):
                    pass
            except OSError:
                continue
    return path


def _nonce(torget: "Torget") -> str:
    found = NONCE.search(ask(torget, "GET", "/skriv/")[2])
    assert found is not None
    return found[1]


def _in_register(torget: "Torget") -> int:
    """How many messages there are, asked of the database by a process of its own."""
    code = "from torget.conversations.models import Message; print(Message.objects.count())"
    return int(torget.command("manage", "shell", "--no-imports", "-c", code).stdout.split()[-1])


def _plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_attachment_that_the_disk_has_no_room_for_is_refused_with_the_text_kept(
    installation_on: "Callable[..., Torget]",
) -> None:
    torget = installation_on()
    torget.prepare()
    torget.command("receive", "/dev/null", "--channel", "jsonl")
    with small_disk(torget.home / "files", "2m") as disk:
        torget.start_web()
        form = {"nonce": _nonce(torget), "text": TEXT}
        status, _, page = ask(torget, "POST", "/skriv/", multipart(form, b"stor fil " * 400_000))
        assert status == 400
        assert "Vi kan inte spara filer just nu. Din text är kvar." in _plain(page)
        assert TEXT in page
        assert [path for path in disk.rglob("*") if path.is_file()] == []
        assert _in_register(torget) == 0
        # What there is room for is taken, in the same form and with the same nonce.
        status, headers, _ = ask(torget, "POST", "/skriv/", multipart(form, b"liten fil"))
        assert status == 303
        assert TEXT in ask(torget, "GET", headers["location"])[2]
        assert sum(path.is_file() for path in disk.rglob("*")) == 1
        torget.stop()


def test_a_full_disk_under_the_database_is_said_in_plain_words_and_loses_nothing(
    installation_on: "Callable[..., Torget]", tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        shutil.copy(migrated.sqlite(), disk / "torget.sqlite3")
        torget = installation_on(f"sqlite:///{disk / 'torget.sqlite3'}")
        torget.start_web()
        before = {"nonce": _nonce(torget), "text": f"Före. {TEXT}"}
        receipt = ask(torget, "POST", "/skriv/", multipart(before))[1]["location"]
        filler = fill(disk)
        statuses, taken = [], 1
        # A few may still fit in the pages that the log has room for; then the disk is full.
        for turn in range(60):
            form = {"nonce": _nonce(torget), "text": f"Under {turn}. {TEXT}" + " och så vidare" * 500}
            status, _, page = ask(torget, "POST", "/skriv/", multipart(form))
            statuses.append(status)
            taken += status == 303
            if status != 303:
                break
        assert statuses[-1] == 500, statuses
        assert "Något gick fel hos oss" in page
        assert "Det du redan har skickat är kvar." in _plain(page)
        assert "texten brukar ligga kvar i rutan" in _plain(page)
        assert "Traceback" not in page
        # What was acknowledged can still be read.
        assert "Före." in ask(torget, "GET", receipt)[2]
        filler.unlink()
        status, headers, page = ask(torget, "POST", "/skriv/", multipart(form))
        assert status == 303, _plain(page)
        assert TEXT in ask(torget, "GET", headers["location"])[2]
        assert _in_register(torget) == taken + 1
        torget.stop()

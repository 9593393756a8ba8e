"""The worker beside a web process, where the machine refuses it; real processes are in tests/services/test_worker_beside.py."""

import subprocess
import sys
import time
from typing import Any

import pytest

from torget.core.beside import Beside


@pytest.mark.once
def test_a_machine_without_room_for_a_process_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun = subprocess.Popen, []

    def popen(command: list[str], **given: Any) -> "subprocess.Popen[bytes]":
        begun.append(command)
        if len(begun) == 1:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        # What a worker is to the one that started it: it ends when its standard input does.
        return real([sys.executable, "-c", "import sys; sys.stdin.read()"], **given)

    monkeypatch.setattr("torget.core.beside.subprocess.Popen", popen)
    worker = Beside()
    worker.start()
    until = time.monotonic() + 60
    while len(begun) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    worker.stop()
    assert [command[-2:] for command in begun] == [["worker", "--beside"]] * 2
    assert worker._child is not None and worker._child.returncode == 0

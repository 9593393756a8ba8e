"""On PostgreSQL `torget run` brings its worker as a process of its own: it comes again, and it goes with the web process."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from tests.support.postgres import Cluster
    from tests.support.server import Torget

pytestmark = pytest.mark.services
PATIENCE = 180.0
T = TypeVar("T")


def children(process: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # "pid (name) state parent …": the name may hold anything, so read from its end.
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == process and state != "Z":
                found.append(int(path.parent.name))
    return found


def command_of(process: int) -> list[str]:
    """What a process was started as."""
    return Path(f"/proc/{process}/cmdline").read_text().rstrip("\0").split("\0")


def wait_for(ask: Callable[[], T]) -> T:
    """What is true at last. Raises AssertionError when it never is."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := ask():
            return found
        time.sleep(0.1)
    raise AssertionError("it never came to be")


def is_gone(process: int) -> bool:
    """Ended, also as one that nobody has asked after yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def beats(torget: "Torget") -> bool:
    """Whether a worker gives a sign of life, as the page of health tells."""
    return torget.get("/halsa/")[0] == 200


def test_the_worker_comes_again_and_goes_with_the_web_process(
    installation_on: "Callable[..., Torget]", cluster: "Cluster"
) -> None:
    torget = installation_on(cluster.create("beside"))
    torget.prepare()
    torget.start_web()
    assert torget.web is not None
    web = torget.web.pid

    first = wait_for(lambda: children(web))
    assert [command_of(one)[-2:] for one in first] == [["worker", "--beside"]]
    wait_for(lambda: beats(torget))

    # A worker that the machine takes is started again.
    os.kill(first[0], signal.SIGKILL)
    second = wait_for(lambda: [one for one in children(web) if one != first[0]])
    wait_for(lambda: command_of(second[0])[-2:] == ["worker", "--beside"])

    # A web process that is killed leaves none behind, though nobody tells the worker.
    torget.web.kill()
    torget.web.wait()
    wait_for(lambda: is_gone(second[0]))

    # One that is asked to end has its worker end first.
    torget.start_web()
    third = wait_for(lambda: children(torget.web.pid if torget.web else 0))
    wait_for(lambda: beats(torget))
    torget.web.send_signal(signal.SIGTERM)
    torget.web.wait(timeout=60)
    assert is_gone(third[0])
    assert "Traceback" not in torget.said(50_000)


def test_on_sqlite_it_is_a_thread(installation_on: "Callable[..., Torget]") -> None:
    torget = installation_on()
    torget.prepare()
    torget.start_web()
    assert torget.web is not None
    wait_for(lambda: beats(torget))
    assert not children(torget.web.pid)

"""A server that drips, byte by byte, in its headers or in its body, is let go of and gathers no threads."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from torget.channels import deadline
from torget.core.errors import Refused
from torget.journal.models import Checkpoint, Witness
from torget.operations import asking, stamping, witness_sources, witnessing

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


@dataclass
class Slow:
    """Takes any number of questions and answers each with `first` at once and then a byte now and then, until the end."""

    first: bytes = b""
    asked: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}/journal/"

    def run(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.listening.accept()
                self.asked += 1
                threading.Thread(target=self._drip, args=(line,), daemon=True).start()

    def _drip(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.recv(65536)
            line.sendall(self.first)
            while not self.over.wait(0.05):
                line.sendall(b"x")


@pytest.fixture(params=[b"", HEAD], ids=["in its headers", "in its body"])
def slow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    made = Slow(request.param)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        made.listening.close()


def test_it_is_let_go_of_in_time_and_asked_no_more_while_it_hangs(slow: Slow) -> None:
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(deadline.TooSlow):
            asking.ask(slow.url, seconds=0.3, largest=1_000_000)
    assert time.monotonic() - began < 2 and slow.asked == 1
    slow.over.set()
    for _ in range(100):
        if not any(thread.name == "torget-asking" for thread in threading.enumerate()):
            break
        time.sleep(0.05)
    slow.over.clear()
    with pytest.raises(deadline.TooSlow):
        asking.ask(slow.url, seconds=0.3, largest=1_000_000)
    assert slow.asked == 2


def test_without_time_nothing_is_asked(slow: Slow) -> None:
    for seconds in (0, -1.5):
        with pytest.raises(deadline.TooSlow):
            asking.ask(slow.url, seconds=seconds, largest=1_000_000)
    time.sleep(0.1)
    assert slow.asked == 0


@pytest.mark.django_db
def test_a_witness_and_a_time_stamp_service_that_drip_are_silent(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_sources, "PATIENCE", 0.3)
    began = time.monotonic()
    assert witnessing.add(Witness.OF, slow.url).problem == "no_answer"
    monkeypatch.setenv("TORGET_TIMESTAMP_URL", slow.url)
    monkeypatch.setattr(stamping, "PATIENCE", 0.3)
    with pytest.raises(Refused, match="service_silent"):
        stamping.ask(Checkpoint(note="x"))
    assert time.monotonic() - began < 3


def test_more_than_was_asked_for_is_not_read(slow: Slow) -> None:
    slow.first = HEAD + b"y" * 5000
    with pytest.raises(asking.TooLarge):
        asking.ask(slow.url, seconds=5, largest=4000)

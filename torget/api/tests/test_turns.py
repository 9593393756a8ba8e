"""Programs take turns: one that is dead, slow or hostile holds up no other."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest

from tests.support.making import MONDAY, Town
from tests.support.ports import LOOPBACK
from tests.support.web import Asked, Said, Web
from torget.api import actions
from torget.api.actions import sending
from torget.api.models import Delivery, Program
from torget.api.tests.conftest import connect, deliveries
from torget.channels import deadline, programlive
from torget.channels.live import Outgoing, Retry
from torget.conversations.actions.connecting import connection
from torget.core import clock


def at(real: Town, url: str, due: int, *, minutes_ago: int = 0) -> Program:
    """A program at `url`, and so many deliveries that are due to it."""
    program = connect(real, endpoint=url).program
    deliveries(program, *(MONDAY - timedelta(minutes=minutes_ago, seconds=due - place) for place in range(due)))
    return program


def stand(program: Program) -> list[tuple[str, int]]:
    """State and attempts of its deliveries, in the order in which they were due."""
    return list(program.deliveries.order_by("pk").values_list("state", "attempts"))


def test_each_gets_its_share_in_turn(real: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SHARE", 2)
    asked: list[str] = []

    def take(one: Asked) -> Said:
        asked.append(one.path)
        return Said(status=204)

    with Web(take) as web:
        many, few = at(real, f"{web.url}/many", 5, minutes_ago=60), at(real, f"{web.url}/few", 1)
        assert actions.send_due() == 3
        assert asked == ["/many", "/few", "/many"]
        assert stand(few) == [("sent", 1)]
        assert stand(many) == [("sent", 1)] * 2 + [("waiting", 0)] * 3
        assert [actions.send_due() for _ in range(3)] == [2, 1, 0]


def test_one_that_hangs_up_is_tried_once_in_a_round_and_one_that_answers_goes_on(real: Town) -> None:
    with (
        Web(lambda asked: Said(cut=-1)) as dead,
        Web(lambda asked: Said(status=500)) as ill,
        Web(lambda asked: Said(status=204)) as well,
    ):
        gone, sick, good = (at(real, web.url, 3) for web in (dead, ill, well))
        assert actions.send_due() == 1 + 3 + 3
        assert stand(gone) == [("waiting", 1), ("waiting", 0), ("waiting", 0)]
        assert stand(sick) == [("waiting", 1)] * 3
        assert stand(good) == [("sent", 1)] * 3
        # The others stayed due: they are tried in the rounds after, one in each.
        assert [actions.send_due() for _ in range(3)] == [1, 1, 0]
        assert (stand(gone), len(dead.asked)) == ([("waiting", 1)] * 3, 3)


def test_one_that_answers_slowly_has_its_time_and_no_more(real: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # By this clock each try takes somewhat over half the time.
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=count(0.0, sending.DEADLINE * 0.6).__next__))
    with Web(lambda asked: Said(status=204)) as web:
        slow = at(real, web.url, 4)
        assert actions.send_due() == 2
        assert stand(slow) == [("sent", 1)] * 2 + [("waiting", 0)] * 2


class Drip(socketserver.ThreadingTCPServer):
    """Begins to answer and then says one sign after another, until it is let go or the other side hangs up."""

    daemon_threads = True

    def __init__(self) -> None:
        self.enough = threading.Event()
        self.taken = 0
        super().__init__((LOOPBACK, 0), _Dripping)


class _Dripping(socketserver.StreamRequestHandler):
    server: Drip

    def handle(self) -> None:
        """One answer."""
        self.server.taken += 1
        self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\nX-Long: ")
        # Never without an end, so that a test that goes wrong says so: some hundred seconds.
        for _ in range(10_000):
            if self.server.enough.wait(0.01):
                break
            self.wfile.write(b"x")
        self.wfile.write(b"\r\n\r\n")


@pytest.fixture
def drip() -> Iterator[Drip]:
    with Drip() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.enough.set()
        server.shutdown()
        thread.join()


def test_one_that_drips_is_let_go_of_and_gets_no_second_line(
    real: Town, drip: Drip, monkeypatch: pytest.MonkeyPatch
) -> None:
    dripping = at(real, f"http://{LOOPBACK}:{drip.server_address[1]}/", 2)
    with monkeypatch.context() as soon:
        soon.setattr(sending, "DEADLINE", 0.3)
        assert actions.send_due() == 1
    assert Delivery.objects.get(program=dripping, attempts=1).problem == "too_slow"
    assert stand(dripping) == [("waiting", 1), ("waiting", 0)]
    hanging = deadline._left["api", dripping.account.handle]
    # While that request hangs there is no other: the rest stays due, and nobody waits for it.
    with Web(lambda asked: Said(status=204)) as web:
        good = at(real, web.url, 1)
        assert actions.send_due() == 1
    assert (stand(dripping), stand(good)) == ([("waiting", 1), ("waiting", 0)], [("sent", 1)])
    # Nor is an answer to the program sent meanwhile: its request would hang as well.
    with pytest.raises(Retry, match="too_slow"):
        programlive.ProgramLive().send(connection(dripping.account), Outgoing("msg_1", "Hej"))
    assert hanging.is_alive() and drip.taken <= 1
    drip.enough.set()
    hanging.join()
    with clock.at(MONDAY + timedelta(minutes=1)):
        assert actions.send_due() == 2
    assert stand(dripping) == [("sent", 2), ("sent", 1)]
    assert not programlive.is_held(dripping.account.handle)


def test_an_answer_to_one_that_drips_is_let_go_of_too(real: Town, drip: Drip, monkeypatch: pytest.MonkeyPatch) -> None:
    way_out = connection(at(real, f"http://{LOOPBACK}:{drip.server_address[1]}/", 0).account)
    monkeypatch.setattr(programlive, "DEADLINE", 0.3)
    with pytest.raises(Retry, match="too_slow"):
        programlive.ProgramLive().send(way_out, Outgoing("msg_1", "Hej"))
    drip.enough.set()
    deadline._left["api", way_out.handle].join()
    monkeypatch.setattr(programlive, "DEADLINE", 60.0)
    assert programlive.ProgramLive().send(way_out, Outgoing("msg_1", "Hej")).remote_id == "msg_1"

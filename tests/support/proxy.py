"""A small proxy on loopback, as one stands before several web processes: it asks each whether it is ready, and passes on.

Connections are passed on whole. A new one goes to a process that was ready a moment ago; where none can be had it waits.
"""

import contextlib
import http.client
import itertools
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tests.support.ports import LOOPBACK

LOOKS_EVERY = 0.1
WAITS = 15.0
"""Seconds that a new connection waits for a process that takes it; then it is cut."""


class Proxy:
    """`with Proxy([8001, 8002]) as proxy: proxy.port`."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = tuple(ports)
        self.ready: set[int] = set()
        self.passed: dict[int, int] = dict.fromkeys(self.ports, 0)
        self._turn = itertools.cycle(self.ports)
        self._stop = threading.Event()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        for port in self.ports:
            threading.Thread(target=self._look, args=(port,), daemon=True).start()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._listener.close()

    def _look(self, port: int) -> None:
        while not self._stop.wait(LOOKS_EVERY):
            connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
            try:
                connection.request("GET", "/halsa/redo/")
                good = connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                good = False
            finally:
                connection.close()
            (self.ready.add if good else self.ready.discard)(port)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client:
            server = self._server()
            if server is None:
                return
            with server:
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server)
                back.join()

    def _server(self) -> socket.socket | None:
        """A connection to a process that is ready; one that refuses is passed over, as nothing has been said to it."""
        until = time.monotonic() + WAITS
        while time.monotonic() < until and not self._stop.is_set():
            for port in itertools.islice(self._turn, len(self.ports)):
                if port in self.ready:
                    with contextlib.suppress(OSError):
                        found = socket.create_connection((LOOPBACK, port), timeout=5)
                        found.settimeout(None)
                        self.passed[port] += 1
                        return found
                    self.ready.discard(port)
            time.sleep(0.02)
        return None


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until the end, and the end too."""
    with contextlib.suppress(OSError):
        while body := source.recv(65536):
            target.sendall(body)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)

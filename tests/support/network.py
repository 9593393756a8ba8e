"""No test reaches out: connecting to anything but this machine fails at once, with the address in the message."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

# Names that stand for this machine; all others would have to be asked of a server.
OWN_NAMES = {"", "localhost", "ip6-localhost", "test.invalid"}


class Blocked(OSError):
    """A test tried to reach another machine."""


def _is_own(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name in OWN_NAMES or name == socket.gethostname():
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(address: Any) -> None:
    # A path or bytes is a Unix socket, which stays on the machine.
    if isinstance(address, tuple) and not _is_own(address[0]):
        raise Blocked(f"A test may not reach {address[0]!r}. Start what it needs on 127.0.0.1 (tests/support).")


@contextmanager
def blocked() -> Iterator[None]:
    """Within the block, sockets of this process reach loopback only."""
    connect, connect_ex, sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    look_up = socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    def checked_sendto(self: socket.socket, data: bytes, *rest: Any) -> int:
        _check(rest[-1])
        return sendto(self, data, *rest)

    def checked_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        # A literal address needs no server, and is checked when it is connected to.
        if host is not None and not _is_own(host) and not _is_literal(host):
            _check((host,))
        return look_up(host, *rest, **options)

    with (
        mock.patch.object(socket.socket, "connect", checked_connect),
        mock.patch.object(socket.socket, "connect_ex", checked_connect_ex),
        mock.patch.object(socket.socket, "sendto", checked_sendto),
        mock.patch.object(socket, "getaddrinfo", checked_look_up),
    ):
        yield


def _is_literal(host: Any) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return True

"""Loopback addresses for the servers that tests start."""

import socket
import time

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port on loopback that is free now. Another process may take it before we do: who starts a server tries again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(port: int, *, within: float = 0.0) -> bool:
    """Whether something listens on the port, asked until `within` seconds have passed."""
    until = time.monotonic() + within
    while True:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)

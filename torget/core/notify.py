"""Signs of life to systemd (sd_notify(3)): that the process is ready, and then that its loop still turns. Nothing elsewhere."""

import asyncio
import os
import socket


def say(state: str) -> None:
    """Send one state to the address in NOTIFY_SOCKET; where there is none, or nobody listens, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # An address that begins with @ lies in the abstract namespace, which is written with a NUL.
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError:
        pass  # a sign of life that is not heard is the listener's matter


def watchdog_seconds() -> float:
    """How often systemd wants a sign: half the time after which it kills; 0 when it does not ask."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    return int(asked) / 2_000_000 if asked.isdecimal() else 0.0


async def keep_saying() -> None:
    """Say that the event loop turns, for as long as it does."""
    if every := watchdog_seconds():
        while True:
            say("WATCHDOG=1")
            await asyncio.sleep(every)

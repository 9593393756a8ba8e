"""Harnesses of what programs and administrators hand over: a message as JSON, a list of staff, a colour."""

import contextlib

from torget.api import messages
from torget.setup.rules import contrast, staff_list

ROLES = {"registrator": "registrar", "kommunikatör": "communicator"}


def program(data: bytes) -> None:
    """The body of a message from a connected program: JSON, or said to be none."""
    with contextlib.suppress(ValueError):
        messages.parse(data)


def staff(data: bytes) -> None:
    """A list of staff as a file, and a colour as somebody writes it."""
    read = staff_list.read(data, roles=ROLES, units={"Gata"}, known={"bo@exempel.se"})
    assert read.problem or isinstance(read.text, str)
    colour = contrast.parse(data.decode("utf-8", "replace"))
    assert colour is None or contrast.judge(colour).ratio >= 1

"""A server that is not ours answers within a fixed time or is let go of, whatever it does meanwhile.

The time-outs of the way out are for each step: a name that is not found, one address after the other, a byte now and then,
in the headers as well, may take as long as the other side likes. So what is asked has a thread of its own, and it is the
waiting for it that ends.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")

_left: dict[Hashable, Thread] = {}
"""Who was asked → the asking that nobody waits for any more: one at most, so that a server which drips gathers no threads."""


class TooSlow(Exception):
    """There was no answer in time, or no time to ask, or an earlier question to the same one still hangs."""


def hangs(whom: Hashable) -> bool:
    """Whether a question to this one still hangs that was let go of: until it ends there is no other."""
    if whom in _left and not _left[whom].is_alive():
        del _left[whom]
    return whom in _left


def within(seconds: float, whom: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` gives. Errors: TooSlow (it may have been done all the same), and those of `ask`."""
    if seconds <= 0 or hangs(whom):
        raise TooSlow
    said: Future[T] = Future()

    def run() -> None:
        try:
            said.set_result(ask())
        except BaseException as error:
            said.set_exception(error)

    # It ends with the process: nobody waits for it at a stop either.
    thread = Thread(target=run, name="torget-asking", daemon=True)
    thread.start()
    try:
        return said.result(timeout=seconds)
    except TimeoutError:
        if said.done():
            return said.result()  # in the last moment, or a time-out of its own, for one step
        _left[whom] = thread
        raise TooSlow from None

"""A webhook is posted within a fixed time: what is not answered by then is let go of, whatever the other side does meanwhile.

The time-outs of the way out are for each step: a name that is not found, one address after the other, a byte now and then
may take as long as the other side likes. So the request has a thread of its own, and it is the waiting for it that ends.
"""

from concurrent.futures import Future
from threading import Thread

from torget.channels.live import Connection, Retry
from torget.channels.programlive import post

DEADLINE = 5.0
"""Seconds that the worker waits for one webhook, from the look-up of the name to the status."""
_left: dict[int, Thread] = {}
"""Program → its request that nobody waits for any more: one at most, so that a server which drips gathers no threads."""


def is_held(program: int) -> bool:
    """Whether a request to this program still hangs that was let go of: until it ends, the program gets no other."""
    if program in _left and not _left[program].is_alive():
        del _left[program]
    return program in _left


def post_in_time(program: int, connection: Connection, name: str, body: bytes) -> int:
    """Post a signed message to a program (by its number) that is not held; the status, 2xx. `name` is its webhook-id.

    Errors: Retry("too_slow") after `DEADLINE` (it may have been taken; the same name again is one message to the
    receiver), and those of programlive.post.
    """
    said: Future[int] = Future()

    def ask() -> None:
        try:
            said.set_result(post(connection, name, body))
        except BaseException as error:
            said.set_exception(error)

    # It ends with the process: nobody waits for it at a stop either.
    thread = Thread(target=ask, name=f"torget-webhook-{program}", daemon=True)
    thread.start()
    try:
        return said.result(timeout=DEADLINE)
    except TimeoutError:
        _left[program] = thread
        raise Retry("too_slow") from None

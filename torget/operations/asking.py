"""A question to a server that is not ours is answered within a fixed time, or let go of, whatever the server does meanwhile.

The time-outs of the way out are for each step: a server that sends a byte now and then may take as long as it likes, in its
headers as well. So the question has a thread of its own, and it is the waiting for it that ends.
"""

from concurrent.futures import Future
from threading import Thread

from torget.channels import outside

_left: dict[str, Thread] = {}
"""Host → its question that nobody waits for any more: one at most, so that a server which drips gathers no threads."""


class TooSlow(Exception):
    """It did not answer in time, there was no time left to ask, or an earlier question to it still hangs."""


class TooLarge(Exception):
    """It answered with more than was asked for."""


def ask(
    url: str, *, seconds: float, largest: int, content: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Status and bytes of the answer; GET, or POST with `content`. Redirects are not followed.

    Errors: TooSlow, TooLarge, and those of outside.FAILURES.
    """
    host = url.split("/")[2] if url.count("/") > 1 else url
    if seconds <= 0 or (host in _left and _left[host].is_alive()):
        raise TooSlow
    _left.pop(host, None)
    said: Future[tuple[int, bytes]] = Future()

    def run() -> None:
        try:
            said.set_result(_asked(url, largest, content, headers or {}))
        except BaseException as error:
            said.set_exception(error)

    # It ends with the process: nobody waits for it at a stop either.
    thread = Thread(target=run, name="torget-asking", daemon=True)
    thread.start()
    try:
        return said.result(timeout=seconds)
    except TimeoutError:
        if said.done():
            raise  # its own time-out, for one step
        _left[host] = thread
        raise TooSlow from None


def _asked(url: str, largest: int, content: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    way = "GET" if content is None else "POST"
    with outside.client(headers=headers) as client, client.stream(way, url, content=content) as answer:
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > largest:
                raise TooLarge
        return answer.status_code, body

"""A request's body is taken in whole before a thread is given to it, so that slow senders hold no threads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

SILENCE = 20.0
"""Seconds without a byte after which a sender is given up."""
LONGEST = 300.0
"""Seconds for a whole body: 50 MB at 1.4 Mbit/s."""
IN_MEMORY = 1_000_000
TOGETHER = 1_000_000_000
"""Bytes of all large bodies at once, those that lie on the disk: whoever sends many fills no disk, and a form always gets in."""
CHUNK = 65_536


class GivenUp(Exception):
    """The body did not come; `status` is what to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def expects_body(scope: Scope) -> bool:
    """Whether the request says that a body follows."""
    names = {name.lower(): value for name, value in scope["headers"]}
    return names.get(b"content-length", b"0") not in (b"", b"0") or b"transfer-encoding" in names


@dataclass
class Room:
    """What large bodies take up on the disk, all of this process's together."""

    used: int = 0


room = Room()


@asynccontextmanager
async def taken(receive: Receive, limit: int) -> AsyncIterator[IO[bytes]]:
    """The whole body in a file of its own (in memory while small). Errors: GivenUp(400 | 408 | 413 | 503)."""
    held = 0
    with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        try:
            try:
                async with asyncio.timeout(LONGEST):
                    more = True
                    while more:
                        message = await asyncio.wait_for(receive(), SILENCE)
                        if message["type"] == "http.disconnect":
                            raise GivenUp(400)
                        body.write(message.get("body", b""))
                        size, more = body.tell(), message.get("more_body", False)
                        if size > limit:
                            raise GivenUp(413)
                        if size > IN_MEMORY:
                            room.used, held = room.used + size - held, size
                            if room.used > TOGETHER:
                                raise GivenUp(503)
            except TimeoutError:
                raise GivenUp(408) from None
            body.seek(0)
            yield body
        finally:
            room.used -= held


def replay(body: IO[bytes], receive: Receive) -> Receive:
    """A `receive` that gives the body again, and after it what the connection says."""
    left = True

    async def again() -> Any:
        nonlocal left
        if not left:
            return await receive()
        chunk = body.read(CHUNK)
        left = len(chunk) == CHUNK
        return {"type": "http.request", "body": chunk, "more_body": left}

    return again


async def refuse(send: Send, status: int) -> None:
    """Answer a body that did not come, in plain words."""
    words = {
        408: "Det tog för lång tid att ta emot det du skickade. Gå tillbaka: din text är kvar i formuläret. / It took too long.",
        413: "Det du skickade är för stort. Gå tillbaka: din text är kvar i formuläret. / What you sent is too large.",
        503: "Många skickar stora filer just nu. Gå tillbaka och försök igen om en stund: din text är kvar. / Busy: try again.",
    }.get(status, "Förbindelsen bröts. / The connection was lost.")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})

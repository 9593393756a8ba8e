"""The server with nothing behind it: an ASGI app that answers `/<count>` with that many bytes."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_made: dict[str, bytes] = {}


async def app(
    scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer at once; what is posted is read to its end first."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    while scope["method"] == "POST" and (await receive()).get("more_body"):
        pass
    name = scope["path"].strip("/")
    body = _made.setdefault(name, b"x" * int(name or 0))
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

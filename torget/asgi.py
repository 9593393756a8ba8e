"""The process: a small native front with the shelf of stored pages, Django's WSGI handler in threads, and a worker.

Django's own ASGI handler costs 4–6 ms of CPU a request against 0.5 in threads, as measured, hence a2wsgi.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")
wsgi = get_wsgi_application()

from torget.core import beside, body, health, notify  # noqa: E402
from torget.core.doctor import environment  # noqa: E402
from torget.core.pages import MAX_BODY  # noqa: E402
from torget.core.shelf import Shelf  # noqa: E402  (needs Django set up)
from torget.desk.views import stream  # noqa: E402
from torget.operations import metrics  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

THREADS = max(1, environment.whole("TORGET_THREADS", 8))
django: Any = WSGIMiddleware(wsgi, workers=THREADS)  # type: ignore[arg-type]
shelf = Shelf()


def drain() -> None:
    """The process is told to stop (a signal): streams end, connections end with their answer, and proxies are told."""
    health.draining.set()
    stream.hub.stop()


def _and_close(send: Send) -> Send:
    """The same, with the answer as the last of its connection: the next question of whoever asks goes elsewhere."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() != b"connection"]
            message = {**message, "headers": [*kept, (b"connection", b"close")]}
        await send(message)

    return sending


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI entry: life and death of the worker, stored pages from the shelf, the rest by Django."""
    if scope["type"] == "http" and health.draining.is_set():
        send = _and_close(send)
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] in stream.PATHS:
        await stream.serve(scope, receive, send)
    elif scope["type"] == "http" and body.expects_body(scope):
        await _with_body(scope, receive, send)
    elif scope["type"] == "http":
        await shelf.serve(scope, receive, send, django)


async def _with_body(scope: Scope, receive: Receive, send: Send) -> None:
    """A request that brings something: first all of it, and only then one of the few threads."""
    try:
        async with body.taken(receive, MAX_BODY) as whole:
            await django(scope, body.replay(whole, receive), send)
    except body.GivenUp as reason:
        await body.refuse(send, reason.status)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Start the worker with the process, unless TORGET_WORKER=0 says that it runs elsewhere; stop it with the process."""
    worker = beside.companion() if environment.flag("TORGET_WORKER", True) else None
    signs: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            if worker is not None:
                worker.start()
            metrics.start()
            notify.say("READY=1")
            signs = asyncio.ensure_future(notify.keep_saying())
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            notify.say("STOPPING=1")
            await stream.hub.close()
            if worker is not None:
                worker.stop()
            await shelf.close()
            if signs is not None:
                signs.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return

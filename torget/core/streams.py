"""Server-sent events on the native side of the process: one watcher of the database for all streams, no thread for any.

A stream holds at most a few pending messages, and those are shared with all others; one that falls behind is told to
fetch its page anew. So its state is exact also after a lost connection, and its memory bounded.
"""

import asyncio
import contextlib
import logging
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from torget.core.changes import Changes

log = logging.getLogger("torget.streams")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

LOOK_EVERY = 0.25
"""Seconds between looks at the database while anyone listens."""
PING_EVERY = 20.0
CHECK_EVERY = 60.0
"""Seconds between checks that those who listen are still logged in."""
MOST_PENDING = 8
RETRY = b"retry: 2000\n\n"
MOST_STREAMS = 1000
MOST_OF_ONE = 20
"""Streams of one log-in: as many windows as anybody has, and not all that there is room for."""
PING = b"event: ping\ndata: {}\n\n"
RELOAD = b"event: reload\ndata: {}\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(slots=True, eq=False)
class Stream:
    """One listener: `group` says which messages are its own (a language), `key` who it is (a session)."""

    group: str
    key: str
    pending: deque[bytes] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    def give(self, message: bytes) -> None:
        """Queue a message; a listener that does not keep up gets one that says: fetch everything anew."""
        if len(self.pending) >= MOST_PENDING:
            self.pending.clear()
            message = RELOAD
        self.pending.append(message)
        self.wake.set()

    def end(self) -> None:
        """Close it when what is pending has been sent."""
        self.ended = True
        self.wake.set()


class Hub:
    """All streams of a process. `news()` (in a thread) gives each group its message about what has changed since it was
    last called, or nothing; `still(keys)` (in a thread) says which listeners are still allowed to listen.
    """

    def __init__(self, news: Callable[[set[str]], dict[str, bytes]], still: Callable[[set[str]], set[str]]) -> None:
        self.streams: set[Stream] = set()
        self._news, self._still = news, still
        self._changes = Changes()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        _hubs.add(self)

    async def serve(
        self, receive: Receive, send: Send, stream: Stream, *, behind: Callable[[], Awaitable[bool]]
    ) -> None:
        """Feed one listener until it goes away, logs out or the process stops; `behind()`: whether it has missed something.

        That is asked once it listens: what is told between the two is then told twice, and never not at all.
        """
        if self._stopping:
            # Not refused: a browser asks again after an end, and never after a refusal.
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await send({"type": "http.response.body", "body": RETRY})
            return
        mine = sum(other.key == stream.key for other in self.streams)
        if len(self.streams) >= MOST_STREAMS or mine >= MOST_OF_ONE:
            await refuse(send, 503)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": RETRY, "more_body": True})
        self.streams.add(stream)
        self._start()
        gone: asyncio.Future[Any] = asyncio.ensure_future(_gone(receive))
        try:
            if await behind():
                stream.give(RELOAD)
            await self._feed(send, stream, gone)
        except OSError:
            pass  # the line broke while we wrote
        finally:
            self.streams.discard(stream)
            gone.cancel()

    async def _feed(self, send: Send, stream: Stream, gone: "asyncio.Future[Any]") -> None:
        while not gone.done():
            while stream.pending:
                await send({"type": "http.response.body", "body": stream.pending.popleft(), "more_body": True})
            if stream.ended:
                await send({"type": "http.response.body", "body": b""})
                return
            stream.wake.clear()
            woken: asyncio.Future[Any] = asyncio.ensure_future(stream.wake.wait())
            await asyncio.wait({woken, gone}, timeout=PING_EVERY, return_when=asyncio.FIRST_COMPLETED)
            if not woken.done():
                woken.cancel()
                if not gone.done():
                    await send({"type": "http.response.body", "body": PING, "more_body": True})

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        """Look, tell, look again, as long as anyone listens."""
        checked = asyncio.get_running_loop().time()
        while self.streams:
            try:
                # SQLite says it at once; PostgreSQL would be waited for, so it is asked for the news themselves, in a thread.
                if connections["default"].vendor != "sqlite" or self._changes.moved():
                    self._tell(await asyncio.to_thread(self._news, {stream.group for stream in self.streams}))
                if asyncio.get_running_loop().time() - checked > CHECK_EVERY:
                    checked = asyncio.get_running_loop().time()
                    await self._check()
            except Exception:
                # A database that is away for a moment ends no stream; what was missed comes with the next news.
                log.exception("streams.watcher_failed")
                await asyncio.sleep(2)
            await asyncio.sleep(LOOK_EVERY)
        self._changes.close()

    def _tell(self, messages: dict[str, bytes]) -> None:
        for stream in self.streams:
            if message := messages.get(stream.group):
                stream.give(message)

    async def _check(self) -> None:
        allowed = await asyncio.to_thread(self._still, {stream.key for stream in self.streams})
        for stream in list(self.streams):
            if stream.key not in allowed:
                stream.end()

    def stop(self) -> None:
        """End all streams and take no more; may be called from a signal's handler."""
        self._stopping = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for stream in list(self.streams):
            stream.end()

    async def close(self) -> None:
        """End all streams; the process stops."""
        self._end_all()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._changes.close()


_hubs: "weakref.WeakSet[Hub]" = weakref.WeakSet()


def count() -> int:
    """How many streams this process holds open."""
    return sum(len(hub.streams) for hub in list(_hubs))


async def _gone(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return


async def refuse(send: Send, status: int) -> None:
    """No stream."""
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})

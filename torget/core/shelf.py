"""The shelf of stored public pages: whole pages by address, valid for one public version, never for a length of time."""

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connections

from torget.core import turns
from torget.core.changes import read_only

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BYTES = 64_000_000
served: dict[int, int] = {200: 0, 304: 0}
"""Answers from the shelf since the process started, by status: they never reach what counts in Django."""
QUERY = "SELECT version FROM core_publicversion WHERE id = 1"


@dataclass(frozen=True, slots=True)
class Page:
    """A stored answer: the version it was made for, its headers and body, and its entity tag."""

    version: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: bytes


class VersionReader:
    """Reads the public version with a connection of its own: some ten microseconds on SQLite, a round trip on PostgreSQL."""

    def __init__(self) -> None:
        self._sqlite: sqlite3.Connection | None = None
        self._postgres: Any = None
        self._lock = asyncio.Lock()

    async def read(self) -> int | None:
        """The version in force; None when it cannot be read, and then nothing is taken from the shelf."""
        try:
            if connections["default"].vendor == "sqlite":
                return self._read_sqlite()
            async with self._lock:
                return await asyncio.wait_for(self._read_postgres(), timeout=2)
        except Exception:
            # Never a page of unknown age: without the version Django answers, and says what is wrong.
            await self.close()
            return None

    def _read_sqlite(self) -> int:
        if self._sqlite is None:
            self._sqlite = read_only()
        row = self._sqlite.execute(QUERY).fetchone()
        return int(row[0]) if row else 0

    async def _read_postgres(self) -> int:
        import psycopg

        if self._postgres is None or self._postgres.closed:
            self._postgres = await psycopg.AsyncConnection.connect(**turns.address(), autocommit=True)
        cursor = await self._postgres.execute(QUERY)
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def close(self) -> None:
        """Close what is open; the next read opens it again."""
        if self._sqlite is not None:
            self._sqlite.close()
            self._sqlite = None
        if self._postgres is not None:
            await self._postgres.close()
            self._postgres = None


class Shelf:
    """Serves stored pages and 304s; everything else, and the first of each version, goes to Django.

    The version is read before Django makes the page, so that what is stored is never older than its version says.
    """

    def __init__(self, reader: VersionReader | None = None) -> None:
        self.reader = reader or VersionReader()
        self.pages: OrderedDict[bytes, Page] = OrderedDict()
        self.bytes = 0

    async def serve(self, scope: Scope, receive: Receive, send: Send, django: App) -> None:
        """Answer one HTTP request."""
        headers = {name.lower(): value for name, value in scope["headers"]}
        # An address with a query is never kept: nobody shall fill the shelf with addresses made up for it.
        if scope["method"] not in ("GET", "HEAD") or scope.get("query_string"):
            await django(scope, receive, send)
            return
        # The scheme too: only what was asked for by https says that this host is never to be asked otherwise.
        asked_by = str(scope.get("scheme", "http")).encode()
        key = asked_by + b" " + headers.get(b"host", b"") + b" " + scope["path"].encode()
        version = await self.reader.read()
        page = self.pages.get(key)
        if page is not None and version is not None and page.version == version:
            self.pages.move_to_end(key)
            await _answer(page, headers.get(b"if-none-match", b""), scope["method"], send)
            return
        if version is None or scope["method"] == "HEAD":
            await django(scope, receive, send)
            return
        await django(scope, receive, _Keep(self, key, version, send))

    def put(self, key: bytes, page: Page) -> None:
        """Keep a page; those longest unused make room."""
        former = self.pages.pop(key, None)
        self.bytes += len(page.body) - (len(former.body) if former else 0)
        self.pages[key] = page
        while self.bytes > MAX_BYTES:
            _, dropped = self.pages.popitem(last=False)
            self.bytes -= len(dropped.body)

    async def close(self) -> None:
        """Close the reader's connections."""
        await self.reader.close()


class _Keep:
    """Passes Django's answer on, and puts it on the shelf if the view says that it may be stored."""

    def __init__(self, shelf: Shelf, key: bytes, version: int, send: Send) -> None:
        self.shelf, self.key, self.version, self.send = shelf, key, version, send
        self.start: dict[str, Any] | None = None
        self.body = b""

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message["headers"]}
            if b"x-torget-stored" not in names or b"set-cookie" in names or message["status"] != 200:
                await self.send(message)
                return
            self.start = message
            return
        if self.start is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        etag = b'"' + sha256(self.body).hexdigest()[:20].encode() + b'"'
        kept = tuple(
            (n, v)
            for n, v in self.start["headers"]
            if n.lower() not in (b"x-torget-stored", b"etag", b"content-length")
        )
        headers = (*kept, (b"etag", etag), (b"content-length", str(len(self.body)).encode()))
        self.shelf.put(self.key, Page(self.version, headers, self.body, etag))
        await self.send({**self.start, "headers": list(headers)})
        await self.send({"type": "http.response.body", "body": self.body})


async def _answer(page: Page, if_none_match: bytes, method: str, send: Send) -> None:
    if page.etag in if_none_match:
        served[304] += 1
        headers = [(n, v) for n, v in page.headers if n.lower() != b"content-length"]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    served[200] += 1
    await send({"type": "http.response.start", "status": 200, "headers": list(page.headers)})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else page.body})

"""A small web server on loopback that answers as a function says, and misbehaves where it is told to."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `query` has the values of each name."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def one(self, name: str, otherwise: str = "") -> str:
        """The first value of a name in the query."""
        return self.query.get(name, [otherwise])[0]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. `cut`: hang up after so many bytes of the body; -1 says nothing at all."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Web:
    """`with Web(answer) as web: web.url`; `web.asked` is all that was asked, in order."""

    answer: Callable[[Asked], Said]
    asked: list[Asked] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # The names are the standard library's.
            do_GET = do_POST = lambda self: outer._serve(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="web", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        assert self._server is not None
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body)
        self.asked.append(asked)
        said = self.answer(asked)
        handler.close_connection = True
        if said.cut is not None and said.cut < 0:
            return
        handler.send_response(said.status)
        for name, value in said.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(said.body)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(said.body if said.cut is None else said.body[: said.cut])

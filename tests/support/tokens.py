"""Whoever gives out tokens says whether one is good and whose it is (OAuth 2 introspection), on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.ports import LOOPBACK


class Tokens:
    """`tokens.good["abc"] = "ida@example.org"`: that token lets Ida in; all others are refused. `port` is where it answers."""

    def __init__(self) -> None:
        self.good: dict[str, str] = {}
        self.asked = 0
        outer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                email = outer.good.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
                body = json.dumps({"active": True, "email": email} if email else {"active": False}).encode()
                self.send_response(200 if email else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: Any) -> None:
                """Say nothing: a test that fails shows the mail servers' own words."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Answers)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

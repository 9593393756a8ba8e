"""Another program, which knows nothing of ours: it verifies webhooks with the library `standardwebhooks` and says what came.

`receiver.py <secret>` prints its port, then a line of JSON for each webhook; one it cannot verify gets 401.
`receiver.py <secret> <address> <id> <body>` signs a message and sends it in, and prints the status.
"""

import http.server
import json
import sys
import urllib.request
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

hook = Webhook(sys.argv[1])


class Handler(http.server.BaseHTTPRequestHandler):
    """Verifies, then answers."""

    def do_POST(self) -> None:
        """One webhook."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            told: Any = hook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            told = None
        self.send_response(204 if told else 401)
        self.end_headers()
        print(json.dumps({"id": self.headers["webhook-id"], "told": told}), flush=True)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


if len(sys.argv) > 2:
    _, _, address, name, text = sys.argv
    now = datetime.now(UTC)
    heads = {
        "webhook-id": name, "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": hook.sign(name, now, text), "Content-Type": "application/json",
    }  # fmt: skip
    with urllib.request.urlopen(urllib.request.Request(address, text.encode(), heads)) as answer:
        print(answer.status)
else:
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()

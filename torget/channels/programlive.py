"""The way out to a connected program: a signed webhook to the address that it gave, or nothing where it fetches itself."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

from torget.channels import deadline, outside, signing
from torget.channels.base import Raw
from torget.channels.live import Connection, Fetched, GiveUp, NeedsLogin, Outgoing, Retry, Sent

TIMEOUT = 15.0
DEADLINE = 30.0
"""Seconds that an answer may take in all, from the look-up of the name to the status; `TIMEOUT` is for each step."""
GIVES_UP = timedelta(days=3)
"""An answer that no program has taken for so long is shown to a person; until then it is tried later and later."""


def secrets_of(connection: Connection, way: str) -> list[str]:
    """The secrets of one way ("in" or "out"), newest first; two while one is being changed."""
    return connection.secrets.get(way, "").split()


def is_held(handle: str) -> bool:
    """Whether a request to this program still hangs that was let go of: until it ends, the program gets no other."""
    return deadline.hangs((ProgramLive.name, handle))


def post(connection: Connection, name: str, body: bytes, *, seconds: float) -> int:
    """Post a signed message; the status, 2xx. `name` is its webhook-id: the same twice is one message to the receiver.

    Errors: Retry (surely or perhaps not taken, and safe to repeat; "too_slow" after `seconds`), GiveUp (the address says
    no for good).
    """
    url = str(connection.settings.get("endpoint", ""))
    secrets = secrets_of(connection, "out")
    if not secrets:
        raise Retry("no_secret")
    # The moment is that of this attempt: a receiver refuses what is older than five minutes.
    heads = signing.sign(secrets, name, int(time.time()), body) | {"Content-Type": "application/json"}

    def ask() -> tuple[int, str]:
        with outside.client(timeout=TIMEOUT) as client, client.stream("POST", url, content=body, headers=heads) as said:
            return said.status_code, said.headers.get("retry-after", "")

    try:
        status, after = deadline.within(seconds, (ProgramLive.name, connection.handle), ask)
    except deadline.TooSlow:
        raise Retry("too_slow") from None
    except outside.FAILURES as error:
        raise Retry(type(error).__name__) from None
    if 200 <= status < 300:
        return status
    if status == 410:
        raise GiveUp("http_410")
    # What a program answers while it is being mended (404 and 401 too) is no last word: it is asked again.
    raise Retry(f"http_{status}", float(after) if after.isdecimal() and len(after) < 6 else 0.0)


def event(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The body of a webhook: type, timestamp, data."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": dict(data)}, ensure_ascii=False).encode()


class ProgramLive:
    """See the module."""

    name = "api"
    # The receiver knows a webhook by its id.
    repeats_safely = True
    limits: Mapping[str, int] = {}

    def new_key(self, handle: str) -> str:
        """The name of an answer, fixed before the first attempt."""
        return f"msg_{uuid4().hex}"

    def check(self, connection: Connection) -> str:
        """Whether the address may be asked at all. Errors: NeedsLogin."""
        url = str(connection.settings.get("endpoint", ""))
        if url and (why := outside.why_not(url)):
            raise NeedsLogin(why)
        return connection.handle

    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """Nothing: a program sends by itself."""
        return Fetched((), cursor)

    def listen(
        self, connection: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """Nothing to listen to."""

    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """Post the answer; where the program has given no address, it lies ready at /api/v1/messages/<id>."""
        if not connection.settings.get("endpoint"):
            return Sent(outgoing.key)
        made = outgoing.made_at or datetime.now(UTC)
        data = {"id": outgoing.key, "in_reply_to": outgoing.reply_to, "text": outgoing.text}
        try:
            post(connection, outgoing.key, event("answer.sent", made, data), seconds=DEADLINE)
        except Retry:
            if datetime.now(UTC) - made > GIVES_UP:
                raise GiveUp("no_answer_in_time") from None
            raise
        return Sent(outgoing.key)

    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Not to be seen from here; but the same id twice is one message, so "not there" makes it be sent again."""
        return None

    def remove(self, connection: Connection, external_id: str) -> None:
        """What a program has taken cannot be taken back. Errors: GiveUp."""
        raise GiveUp("cannot_remove")

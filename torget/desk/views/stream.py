"""The desk's stream of changes: each change as its row, rendered once for all who listen; the page places it.

The row is the one a colleague sees, and what only a circle may read is without words for all. What hangs on
the reader (who holds a lock, groups, counts) comes with the page
itself, which is fetched anew a little later, and at once after a lost connection.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.db import close_old_connections, connection
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import translation

from torget.conversations.models import Conversation
from torget.conversations.rules import State
from torget.core import clock
from torget.core.relay import Relay
from torget.core.streams import Hub, Receive, Scope, Send, Stream, refuse
from torget.desk.views import queues
from torget.desk.views import rows as as_html
from torget.desk.views.showing import marks
from torget.organisations.models import User
from torget.organisations.rules import Right

PATHS = {"/disk/strom/": "sv", "/en/disk/strom/": "en"}
MOST_ROWS = 40
OVERLAP = timedelta(seconds=10)
"""A transaction may commit later than one that began after it: so far back is looked, and what was told is not told again."""
OPEN = (State.NEW, State.ASSIGNED, State.WAITING)


class News:
    """What has changed since it was last asked, as one message a language."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._told: dict[int, datetime] = {}

    def __call__(self, languages: set[str]) -> dict[str, bytes]:
        """Read the changes; {} when there are none. Runs in a thread."""
        close_old_connections()
        try:
            return self._read(languages)
        finally:
            connection.close()

    def _read(self, languages: set[str]) -> dict[str, bytes]:
        now = clock.now()
        if self._since is None or self._since > now:
            self._since, self._told = now - OVERLAP, {}
        changed = Conversation.objects.filter(changed_at__gt=self._since - OVERLAP).order_by("-changed_at")
        found = list(changed.values_list("pk", "changed_at")[: MOST_ROWS * 5])
        fresh = [pk for pk, at in found if self._told.get(pk) != at]
        self._told = dict(found)
        if found:
            self._since = max(self._since, found[0][1])
        if not fresh:
            return {}
        if len(fresh) > MOST_ROWS:
            # A storm: placing each row would cost more than fetching the page.
            return dict.fromkeys(languages, b"event: reload\ndata: {}\n\n")
        shown = queues.with_names(fresh, None)
        return {language: self._message(shown, language) for language in languages}

    def _message(self, shown: list[Conversation], language: str) -> bytes:
        somebody: Any = SimpleNamespace(pk=0)
        with translation.override(language):
            around = as_html.Around(pick=True, marks=marks(shown))
            rows = [
                {
                    "number": one.number,
                    "open": one.state in OPEN and one.snoozed_until is None and one.merged_into_id is None,
                    "owner": one.assigned_to_id,
                    "html": as_html.row(one, somebody, around),
                }
                for one in shown
            ]
        return b"event: rows\ndata: " + json.dumps({"rows": rows}, ensure_ascii=False).encode() + b"\n\n"


def _session(key: str) -> SessionBase:
    made: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return made


def _reader(key: str) -> User | None:
    """Who a session belongs to, if they may see the desk."""
    request = HttpRequest()
    request.session = _session(key)
    user = auth.get_user(request)
    if not isinstance(user, User) or not user.may(Right.SEE_DESK) or user.must_set_up_totp():
        return None
    return user


def _allowed(key: str) -> bool:
    close_old_connections()
    try:
        return _reader(key) is not None
    finally:
        connection.close()


def still(keys: set[str]) -> set[str]:
    """Which of the sessions may still listen. Runs in a thread."""
    return {key for key in keys if _allowed(key)}


hub = Hub(Relay(News, set(PATHS.values())), still)


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for the stream: whoever may see the desk listens, all others get 403."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    domain, _ = split_domain_port(headers.get(b"host", ""))
    if scope["method"] != "GET" or not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        await refuse(send, 400)
        return
    try:
        cookies = SimpleCookie(headers.get(b"cookie", ""))
    except CookieError:
        cookies = SimpleCookie()
    cookie = cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie is None or not cookie.value.isalnum() or not await asyncio.to_thread(_allowed, cookie.value):
        await refuse(send, 403)
        return
    query = scope.get("query_string", b"")
    stream = Stream(PATHS[scope["path"]], cookie.value)
    await hub.serve(receive, send, stream, behind=lambda: asyncio.to_thread(_behind, query))


def _behind(query: bytes) -> bool:
    """Whether something has changed since the page was made (`?sedan=` seconds since 1970), or that is not known."""
    given = parse_qs(query.decode("latin-1")).get("sedan", [""])[0]
    try:
        since = datetime.fromtimestamp(float(given), UTC)
    except (ValueError, OverflowError, OSError):
        return True
    close_old_connections()
    try:
        return Conversation.objects.filter(changed_at__gt=since).exists()
    finally:
        connection.close()

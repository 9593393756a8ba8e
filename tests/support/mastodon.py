"""A Mastodon server on loopback, as far as Torget uses one: it keeps what is posted, streams it, and misbehaves when told to.

with Mastodon() as server:
    status = server.says("alva@social.exempel.se", "När går bussen?")
    server.trouble("POST", "/api/v1/statuses", Mood.FAILS_AFTER)
"""

import json
import queue
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.support.mastodondoor import Door
from tests.support.mastodonwords import Answer, Mood, Request
from tests.support.ports import LOOPBACK

TOKEN = "prov-token"


@dataclass
class _Trouble:
    method: str
    path: re.Pattern[str]
    mood: Mood
    left: int


@dataclass
class Mastodon:
    """See the module. `shuffled` gives each page in another order; `stubborn` gives the same newest page whatever is asked;
    `weather` says the mood for a request that no `trouble` was meant for.
    """

    port: int = 0
    page_size: int = 80
    shuffled: bool = False
    stubborn: bool = False
    quota: int = 300
    slow_media: int = 0
    streams: bool = True
    say: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    apps: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    weather: Callable[[Request], Mood | None] | None = None
    listeners: list["queue.Queue[str | None]"] = field(default_factory=list)
    _troubles: list[_Trouble] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _recorded: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(117_020_566_000_000_001))
    _notes: Any = field(default_factory=lambda: count(34))
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        bound = type("Bound", (Door,), {"server_of_tests": self})
        self._server = ThreadingHTTPServer((LOOPBACK, self.port), bound)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.me = self.account("ekevik")
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="mastodon", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut_streams()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def host(self) -> str:
        """Name and port."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """The server's address without a slash at its end."""
        return f"http://{self.host}"

    # ---- what people do there -----------------------------------------------------------------------------------

    def account(self, acct: str) -> dict[str, Any]:
        """An account: "alva" lives here, "alva@social.exempel.se" elsewhere."""
        if acct not in self.accounts:
            name, _, host = acct.partition("@")
            place = f"https://{host}" if host else self.url
            self.accounts[acct] = {
                "id": str(next(self._ids)), "username": name, "acct": acct, "display_name": name.title(),
                "url": f"{place}/@{name}", "uri": f"{place}/users/{name}", "followers_count": 0,
            }  # fmt: skip
        return self.accounts[acct]

    def says(
        self, acct: str, text: str, *, to: dict[str, Any] | None = None, visibility: str = "public", **more: Any
    ) -> dict[str, Any]:
        """Somebody writes; who is named in it (@ekevik) hears of it. `to` is what it answers."""
        with self._lock:
            number, account = str(next(self._ids)), self.account(acct)
            place = account["uri"]
            named = [a for name, a in self.accounts.items() if re.search(rf"@{re.escape(name)}(?![\w@])", text)]
            status = {
                "id": number, "uri": f"{place}/statuses/{number}", "url": f"{account['url']}/{number}",
                "created_at": self.now().isoformat().replace("+00:00", "Z"), "edited_at": None,
                "content": _html(text), "text": text, "spoiler_text": "", "visibility": visibility, "language": "sv",
                "in_reply_to_id": to["id"] if to else None,
                "in_reply_to_account_id": to["account"]["id"] if to else None,
                "account": account, "reblog": None, "replies_count": 0, "media_attachments": [],
                "mentions": [{"id": a["id"], "acct": a["acct"], "url": a["url"], "username": a["username"]} for a in named],
            } | more  # fmt: skip
            self.statuses[number] = status
            if to:
                self.statuses[to["id"]]["replies_count"] += 1
            if self.me in named and account is not self.me:
                self.notifies("mention", account, status)
            self.push("update", status)
            return status

    def notifies(self, kind: str, account: dict[str, Any], status: dict[str, Any] | None) -> dict[str, Any]:
        """A notification to us."""
        note = {"id": str(next(self._notes)), "type": kind, "created_at": self.now().isoformat(), "account": account}
        note |= {"status": status} if status else {}
        self.notifications.append(note)
        self.push("notification", note)
        return note

    def edits(self, status: dict[str, Any], text: str) -> None:
        """The writer changes it."""
        with self._lock:
            changed = (self.now() + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
            status.update(content=_html(text), text=text, edited_at=changed)
            self.push("status.update", status)

    def deletes(self, status: dict[str, Any]) -> None:
        """The writer takes it away, and its notification goes with it."""
        with self._lock:
            self.statuses.pop(status["id"], None)
            self.notifications = [one for one in self.notifications if one.get("status") is not status]
            self.push("delete", status["id"])

    def own(self) -> list[dict[str, Any]]:
        """What we have posted, oldest first."""
        # A copy: the threads that answer write while others count.
        return [one for one in list(self.statuses.values()) if one["account"] is self.me]

    # ---- streams --------------------------------------------------------------------------------------------------

    def push(self, event: str, payload: Any) -> None:
        """Say something to all who listen."""
        words = payload if isinstance(payload, str) else json.dumps(payload)
        for listener in list(self.listeners):
            listener.put(f"event: {event}\ndata: {words}\n\n")

    def cut_streams(self) -> None:
        """Break the line of all who listen."""
        for listener in list(self.listeners):
            listener.put(None)

    # ---- trouble --------------------------------------------------------------------------------------------------

    def trouble(self, method: str, path: str, mood: Mood, *, times: int = 1) -> None:
        """The next `times` requests whose path fits the pattern are met in this mood."""
        self._troubles.append(_Trouble(method, re.compile(path), mood, times))

    def mood_for(self, request: Request) -> Mood | None:
        """The mood for a request, used up."""
        with self._lock:
            for trouble in self._troubles:
                if trouble.left and trouble.method == request.method and trouble.path.search(request.path):
                    trouble.left -= 1
                    return trouble.mood
            return self.weather(request) if self.weather else None

    def remembered(self, key: str, make: Callable[[], str]) -> str:
        """What was made under an Idempotency-Key; made now where it is new, or where there is no key."""
        with self._lock:
            if key and self._keys.get(key) in self.statuses:
                return self._keys[key]
            made = make()
            if key:
                self._keys[key] = made
            return made

    # ---- recordings -------------------------------------------------------------------------------------------------

    def replay(self, files: Iterable[Path]) -> int:
        """Answer from recorded cassettes first, each answer in its turn and the last one for good; how many there are."""
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        total = 0
        for path in files:
            for one in yaml.load(path.read_bytes(), Loader=loader).get("interactions") or []:
                asked, said = one["request"], one["response"]
                body = said["body"].get("string", b"")
                raw = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
                headers = {
                    k.lower(): v[0] for k, v in said["headers"].items() if k.lower().startswith(("x-rate", "link"))
                }
                target = re.sub(r"^https?://[^/]+", "", asked["uri"]).partition("?")[0]
                answer = Answer(status=said["status"]["code"], headers=headers, raw=raw)
                self._recorded.setdefault((asked["method"], target), []).append(answer)
                total += 1
        return total

    def recorded_for(self, request: Request) -> Answer | None:
        """The recorded answer for a request, if there is one."""
        with self._lock:
            answers = self._recorded.get((request.method, request.path), [])
            return answers.pop(0) if len(answers) > 1 else answers[0] if answers else None

    def next_id(self) -> str:
        """A new id."""
        return str(next(self._ids))


def _html(text: str) -> str:
    """As the server shows it: names without their host, addresses cut short with their ends hidden."""
    words = escape(text, quote=False)
    words = re.sub(
        r"@(\w+)(?:@[\w.\-:]+)?",
        r'<span class="h-card"><a href="#" class="u-url mention">@<span>\1</span></a></span>',
        words,
    )
    return "".join(f"<p>{part}</p>" for part in words.split("\n\n")).replace("\n", "<br />")

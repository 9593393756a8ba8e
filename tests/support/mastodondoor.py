"""The door of the stand-in Mastodon (mastodon.py): HTTP in, the API's answers out."""

import base64
import email
import hashlib
import json
import queue
import random
import re
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.support.mastodonwords import Answer, Mood, Request

if TYPE_CHECKING:
    from tests.support.mastodon import Mastodon

NOT_THERE = {"error": "Record not found"}
DENIED = {"error": "The access token is invalid"}


class Door(BaseHTTPRequestHandler):
    """One request after another; the class is bound to its server."""

    server_of_tests: "Mastodon"
    protocol_version = "HTTP/1.1"

    # The names below are http.server's.
    def do_GET(self) -> None:
        """Answer."""
        self._meet("GET")

    def do_POST(self) -> None:
        """Answer."""
        self._meet("POST")

    def do_DELETE(self) -> None:
        """Answer."""
        self._meet("DELETE")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def _meet(self, method: str) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Request(method, parts.path, parse_qsl(parts.query, keep_blank_values=True), headers, body)
        server = self.server_of_tests
        server.requests.append(request)
        mood = server.mood_for(request)
        if mood is Mood.CUTS_BEFORE:
            self._hang_up()
            return
        before = {
            Mood.BUSY: Answer({"error": "Too many requests"}, 429, {"X-RateLimit-Reset": _in(30), "X-RateLimit-Remaining": "0"}),
            Mood.FAILS_BEFORE: Answer({"error": "Something went wrong"}, 500),
            Mood.SAYS_NOTHING: Answer(raw=b""),
            Mood.EXPIRED: Answer(DENIED, 401),
            Mood.REFUSES: Answer({"error": "Validation failed: Text can't be blank"}, 422),
            Mood.NOT_THERE: Answer(NOT_THERE, 404),
            Mood.A_PAGE: Answer(raw=b"<!DOCTYPE html><title>Strax tillbaka</title>", media_type="text/html"),
        }  # fmt: skip
        if mood in before:
            self._say(before[mood])
            return
        if request.path == "/api/v1/streaming/user":
            self._stream(request)
            return
        answer = server.say.get(request.path) or server.recorded_for(request) or respond(server, request)
        if mood is Mood.FAILS_AFTER:
            answer = Answer({"error": "Something went wrong"}, 500)
        self._say(answer, cut=mood is Mood.CUTS_AFTER)

    def _say(self, answer: Answer, *, cut: bool = False) -> None:
        body = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
        server = self.server_of_tests
        server.quota -= 1
        headers = {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": str(server.quota),
            "X-RateLimit-Reset": _in(300),
        }
        headers |= {"Content-Type": answer.media_type, "Content-Length": str(len(body))} | answer.headers
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def _stream(self, request: Request) -> None:
        server = self.server_of_tests
        if not _token(server, request):
            self._say(Answer(DENIED, 401))
            return
        if not server.streams:
            self._say(Answer(NOT_THERE, 404))
            return
        listener: queue.Queue[str | None] = queue.Queue()
        self.close_connection = True
        # Before the first word: whoever hears it may speak at once.
        server.listeners.append(listener)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(b":)\n\n")
            while (event := listener.get()) is not None:
                self.wfile.write(event.encode("utf-8", "surrogateescape"))
        except OSError:
            return  # who listened has gone
        finally:
            server.listeners.remove(listener)


def _in(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def _token(server: "Mastodon", request: Request) -> bool:
    return request.headers.get("authorization", "").removeprefix("Bearer ") in server.tokens


def respond(server: "Mastodon", request: Request) -> Answer:
    """The answer to an ordinary request."""
    for method, pattern, open_to_all, answer in ROUTES:
        if method == request.method and (found := re.fullmatch(pattern, request.path)):
            if not open_to_all and not _token(server, request):
                return Answer(DENIED, 401)
            with server._lock:
                said: Answer = answer(server, request, *found.groups())
                return said
    return Answer(NOT_THERE, 404)


def _age(number: str) -> tuple[int, str]:
    return len(number), number


def _page(server: "Mastodon", request: Request, listed: list[dict[str, Any]], most: int) -> Answer:
    """A page of rows by min_id, max_id and since_id, newest first, with its Link header."""
    rows = sorted(listed, key=lambda row: _age(row["id"]))
    limit = min(int(request.one("limit") or 40), most, server.page_size)
    if not server.stubborn:
        if above := request.one("min_id") or request.one("since_id"):
            rows = [row for row in rows if _age(row["id"]) > _age(above)]
        if below := request.one("max_id"):
            rows = [row for row in rows if _age(row["id"]) < _age(below)]
    rows = rows[:limit] if request.one("min_id") and not server.stubborn else rows[-limit:]
    rows = rows[::-1]
    if not rows:
        return Answer([])
    kept = [(k, v) for k, v in request.query if k not in ("min_id", "max_id", "since_id")]
    links = [("next", "max_id", rows[-1]["id"]), ("prev", "min_id", rows[0]["id"])]
    link = ", ".join(f'<{server.url}{request.path}?{urlencode([*kept, (k, v)])}>; rel="{rel}"' for rel, k, v in links)
    if server.shuffled:
        random.Random(len(rows)).shuffle(rows)
    return Answer(rows, headers={"Link": link})


def _notifications(server: "Mastodon", request: Request) -> Answer:
    kinds = {value for name, value in request.query if name == "types[]"}
    return _page(server, request, [one for one in server.notifications if not kinds or one["type"] in kinds], 80)


def _statuses_of(server: "Mastodon", request: Request, number: str) -> Answer:
    return _page(server, request, [one for one in server.statuses.values() if one["account"]["id"] == number], 40)


def _status(server: "Mastodon", request: Request, number: str) -> Answer:
    found = server.statuses.get(number)
    return Answer(found) if found else Answer(NOT_THERE, 404)


def _source(server: "Mastodon", request: Request, number: str) -> Answer:
    found = server.statuses.get(number)
    if not found:
        return Answer(NOT_THERE, 404)
    return Answer({"id": number, "text": found["text"], "spoiler_text": found["spoiler_text"]})


def _context(server: "Mastodon", request: Request, number: str) -> Answer:
    if number not in server.statuses:
        return Answer(NOT_THERE, 404)
    older: list[dict[str, Any]] = []
    row = server.statuses.get(server.statuses[number]["in_reply_to_id"] or "")
    while row:
        older.insert(0, row)
        row = server.statuses.get(row["in_reply_to_id"] or "")
    inside, newer = {number}, []
    for one in sorted(server.statuses.values(), key=lambda row: _age(row["id"])):
        if one["in_reply_to_id"] in inside:
            inside.add(one["id"])
            newer.append(one)
    return Answer({"ancestors": older, "descendants": newer})


def _post(server: "Mastodon", request: Request) -> Answer:
    words = request.words
    parent = server.statuses.get(str(words.get("in_reply_to_id") or ""))
    if words.get("in_reply_to_id") and not parent:
        return Answer(NOT_THERE, 404)
    if len(words.get("status", "")) > 500 or not (words.get("status") or words.get("media_ids")):
        return Answer({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
    media = [server.media[one] for one in words.get("media_ids", [])]
    if any(one["waits"] for one in media):
        return Answer({"error": "Cannot attach files that have not finished processing"}, 422)

    def make() -> str:
        more = {"spoiler_text": words.get("spoiler_text", ""), "media_attachments": media}
        more |= {"language": words.get("language")}
        visibility = words.get("visibility", "public")
        return str(server.says("ekevik", words.get("status", ""), to=parent, visibility=visibility, **more)["id"])

    return Answer(server.statuses[server.remembered(request.headers.get("idempotency-key", ""), make)])


def _delete(server: "Mastodon", request: Request, number: str) -> Answer:
    found = server.statuses.get(number)
    if not found or found["account"] is not server.me:
        return Answer(NOT_THERE, 404)
    server.deletes(found)
    return Answer(found)


def _upload(server: "Mastodon", request: Request) -> Answer:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + request.body).walk()
    fields = {str(p.get_param("name", header="content-disposition")): p.get_payload(decode=True) for p in parts}
    number = server.next_id()
    held = fields.get("description") or b""
    description = held.decode() if isinstance(held, bytes) else ""
    media = {"id": number, "type": "image", "description": description, "waits": server.slow_media}
    server.media[number] = media | {"url": None if server.slow_media else f"{server.url}/{number}.png"}
    return Answer(server.media[number], 202 if server.slow_media else 200)


def _media(server: "Mastodon", request: Request, number: str) -> Answer:
    media = server.media[number]
    media["waits"] = max(0, media["waits"] - 1)
    if not media["waits"]:
        media["url"] = f"{server.url}/{number}.png"
    return Answer(media, 206 if media["waits"] else 200)


def _search(server: "Mastodon", request: Request) -> Answer:
    wanted = request.one("q")
    found = [one for one in server.statuses.values() if wanted in (one["uri"], one["url"])]
    return Answer({"accounts": [], "hashtags": [], "statuses": found})


def _app(server: "Mastodon", request: Request) -> Answer:
    app = {"client_id": secrets.token_hex(8), "client_secret": secrets.token_hex(16)}
    server.apps[app["client_id"]] = app | {key: str(value) for key, value in request.words.items()}
    return Answer(app)


def _agree(server: "Mastodon", request: Request) -> Answer:
    """The page where a person agrees; this one always does, and leads back at once or shows the code."""
    query = dict(request.query)
    app = server.apps.get(query.get("client_id", ""))
    if not app or query.get("redirect_uri") not in app["redirect_uris"].split("\n"):
        return Answer(raw=b"<!DOCTYPE html><title>Fel</title>", status=400, media_type="text/html")
    code = secrets.token_hex(12)
    server.codes[code] = query
    if query["redirect_uri"].startswith("urn:"):
        return Answer(raw=f"<!DOCTYPE html><title>Kod</title><code>{code}</code>".encode(), media_type="text/html")
    back = urlencode({"code": code, "state": query.get("state", "")})
    return Answer(raw=b"", status=302, headers={"Location": f"{query['redirect_uri']}?{back}"})


def _exchange(server: "Mastodon", request: Request) -> Answer:
    words = request.words
    asked, app = server.codes.pop(words.get("code", ""), None), server.apps.get(words.get("client_id", ""))
    proof = hashlib.sha256(words.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
    good = asked and app and app["client_secret"] == words.get("client_secret")
    if not asked or not good or asked["code_challenge"] != challenge or asked["redirect_uri"] != words["redirect_uri"]:
        return Answer(
            {"error": "invalid_grant", "error_description": "The provided authorization grant is invalid"}, 400
        )
    token = secrets.token_urlsafe(16)
    server.tokens.add(token)
    return Answer({"access_token": token, "token_type": "Bearer", "scope": asked["scope"], "created_at": 1})


def _revoke(server: "Mastodon", request: Request) -> Answer:
    server.tokens.discard(request.words.get("token", ""))
    return Answer({})


def _instance(server: "Mastodon", request: Request) -> Answer:
    limits = {
        "statuses": {"max_characters": 500, "max_media_attachments": 4},
        "media_attachments": {"description_limit": 1500},
    }
    return Answer({"domain": server.host, "configuration": limits | {"urls": {"streaming": f"ws://{server.host}"}}})


def _myself(server: "Mastodon", request: Request) -> Answer:
    return Answer(server.me)


# Method, path, whether it is open to all, and the answer.
ROUTES: tuple[tuple[str, str, bool, Callable[..., Any]], ...] = (
    ("GET", "/api/v1/accounts/verify_credentials", False, _myself),
    ("GET", "/api/v1/notifications", False, _notifications),
    ("GET", r"/api/v1/accounts/(\w+)/statuses", False, _statuses_of),
    ("GET", r"/api/v1/statuses/(\w+)", False, _status),
    ("GET", r"/api/v1/statuses/(\w+)/source", False, _source),
    ("GET", r"/api/v1/statuses/(\w+)/context", False, _context),
    ("POST", "/api/v1/statuses", False, _post),
    ("DELETE", r"/api/v1/statuses/(\w+)", False, _delete),
    ("POST", "/api/v2/media", False, _upload),
    ("GET", r"/api/v1/media/(\w+)", False, _media),
    ("GET", "/api/v2/search", False, _search),
    ("GET", "/api/v2/instance", True, _instance),
    ("POST", "/api/v1/apps", True, _app),
    ("GET", "/oauth/authorize", True, _agree),
    ("POST", "/oauth/token", True, _exchange),
    ("POST", "/oauth/revoke", True, _revoke),
)

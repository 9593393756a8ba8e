"""Asking a server of the AT Protocol over XRPC: a session whose tokens are kept, and whatever goes wrong as one of four problems.

httpx rather than the library atproto: deliveries are kept as they came, unknown fields and shapes must not stop anything
(its models refuse them), each failure has to be told apart, and it takes 640 ms and 100 MB to import.
https://atproto.com/specs/xrpc, https://docs.bsky.app/docs/advanced-guides/rate-limits
"""

import base64
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

import httpx

from torget.channels import outside, payload, text
from torget.channels.live import Connection, GiveUp, Health, NeedsLogin, Problem, Retry, Unknown
from torget.channels.payload import table

LARGEST = 20_000_000
SERVICE = "https://bsky.social"
# However slowly its bytes come, an answer is given up after so many timeouts.
_PATIENCE = 3.0
_OLD_TOKEN = {"ExpiredToken", "InvalidToken"}
# As `known`: whatever the server says against the question itself (a bad name in it, too long), however it calls that.
REFUSED = "*"
_REFUSALS = (400, 404, 413, 414)
# What the column for a quota holds.
_MOST = 2**31 - 1
_CLOSED = {"AccountTakedown", "AccountDeactivated", "AccountSuspended", "AuthFactorTokenRequired"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `error` is the name that the server gave what went wrong, "" when nothing did."""

    status: int
    body: bytes
    url: str
    data: dict[str, Any]
    error: str = ""
    # Whether it was JSON at all: {} is an answer, an empty body is none.
    is_whole: bool = True


@dataclass(slots=True)
class Tokens:
    """What a session is proved by; "" where there is none."""

    access: str = ""
    refresh: str = ""
    did: str = ""


# Tokens of this process, by account and password: what was renewed while an attempt failed is not lost with it, since
# only 30 log-ins in five minutes are allowed. A restart costs one log-in at most.
_kept: dict[str, Tokens] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Server:
    """A server as one account sees it: `with Server(connection) as server: server.get("com.atproto…", repo=…)`."""

    connection: Connection
    tokens: Tokens = field(init=False)
    renewed: dict[str, str] = field(default_factory=dict)
    health: Health = field(default_factory=Health)
    service: str = field(init=False)
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        given = text.line(self.connection.settings.get("service") or SERVICE, 300).rstrip("/")
        self.service = given if "://" in given else f"https://{given}"
        secrets = self.connection.secrets
        told = Tokens(secrets.get("access", ""), secrets.get("refresh", ""), secrets.get("did", ""))
        with _lock:
            ours = _kept.get(self._name)
        # The later of the two: another process may have renewed what we have kept.
        self.tokens = ours if ours and claim(ours.refresh, "exp") >= claim(told.refresh, "exp") else told
        if self.tokens != told:
            # Renewed by a call that could not hand them over (a check, a failed attempt): this one does.
            self._tell()
        self._client = outside.client(self.connection.timeout, headers={"Accept": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def _name(self) -> str:
        password = self.connection.secrets.get("password", "")
        return sha256("\0".join((self.service, self.connection.handle, password)).encode()).hexdigest()

    @property
    def did(self) -> str:
        """Our own DID; logs in where it is not known. Errors: Problem."""
        if not self.tokens.did:
            self._renew()
        return self.tokens.did

    def get(self, method: str, *, pairs: list[tuple[str, str]] | None = None, known: str = "", **query: Any) -> Answer:
        """Ask. `known`: names of errors, in one string, that are given back, or REFUSED. Errors: Retry, NeedsLogin, GiveUp."""
        parameters = [(name, str(value)) for name, value in query.items() if value not in (None, "")] + (pairs or [])
        return self._call("GET", method, Retry, known, params=parameters)

    def post(self, method: str, body: Any, *, known: str = "", lost: type[Problem] = Unknown) -> Answer:
        """Have something done. `lost` is what it is when no whole answer comes. Errors: Problem."""
        return self._call("POST", method, lost, known, json=body)

    def upload(self, body: bytes, media_type: str) -> dict[str, Any]:
        """Leave a picture with the server; its blob. It is seen by nobody until a post holds it. Errors: Problem."""
        headers = {"Content-Type": media_type or "application/octet-stream"}
        answer = self._call("POST", "com.atproto.repo.uploadBlob", Retry, "", content=body, headers=headers)
        blob = table(answer.data.get("blob"))
        if not blob:
            raise Retry("no_blob")
        return blob

    def _call(self, verb: str, method: str, lost: type[Problem], known: str, **options: Any) -> Answer:
        if not self.tokens.access or claim(self.tokens.access, "exp") < time.time() + 30:
            self._renew()
        answer = self._ask(verb, method, lost, token=self.tokens.access, **options)
        if answer.error in _OLD_TOKEN:
            # Refused before anything was done, so it may be said once more.
            self._renew()
            answer = self._ask(verb, method, lost, token=self.tokens.access, **options)
        if answer.status < 300 or _is_known(answer, known):
            return answer
        raise self._failure(answer, lost)

    def _renew(self) -> None:
        """A new access token, by the refresh token where it is taken, else by the password. Errors: Problem."""
        answer = None
        if self.tokens.refresh and claim(self.tokens.refresh, "exp") > time.time():
            answer = self._ask("POST", "com.atproto.server.refreshSession", Retry, token=self.tokens.refresh)
            if answer.status == 429 or answer.status >= 500:
                raise self._failure(answer, Retry)
        if answer is None or answer.status >= 300:
            answer = self._log_in()
        said = {name: text.line(answer.data.get(name), 4_000) for name in ("accessJwt", "refreshJwt", "did")}
        if not all(said.values()):
            raise Retry("no_session")
        self.tokens = Tokens(said["accessJwt"], said["refreshJwt"], said["did"])
        self._tell()
        with _lock:
            if len(_kept) > 500:
                _kept.clear()
            _kept[self._name] = self.tokens

    def _tell(self) -> None:
        self.renewed = {"access": self.tokens.access, "refresh": self.tokens.refresh, "did": self.tokens.did}

    def _log_in(self) -> Answer:
        password = self.connection.secrets.get("password", "")
        if not password:
            raise NeedsLogin("no_password")
        who = {"identifier": self.connection.handle.strip().lstrip("@"), "password": password}
        answer = self._ask("POST", "com.atproto.server.createSession", Retry, json=who)
        if answer.status < 300:
            return answer
        if answer.status in (400, 401, 403):
            raise NeedsLogin(answer.error or "login_refused")
        raise self._failure(answer, Retry)

    def _ask(self, verb: str, method: str, lost: type[Problem], *, token: str = "", **options: Any) -> Answer:
        """One exchange, whatever its answer is."""
        headers = dict(options.pop("headers", {})) | ({"Authorization": f"Bearer {token}"} if token else {})
        deadline = time.monotonic() + _PATIENCE * self.connection.timeout
        try:
            url = f"{self.service}/xrpc/{method}"
            with self._client.stream(verb, url, headers=headers, **options) as held:
                body = bytearray()
                for part in held.iter_bytes():
                    body += part
                    if len(body) > LARGEST or time.monotonic() > deadline:
                        raise lost("too_large" if len(body) > LARGEST else "too_slow")
                answer = _answer(held.status_code, bytes(body), str(held.url))
        except outside.Inside:
            raise GiveUp("address_inside") from None
        except outside.NOT_BEGUN as error:
            raise Retry(f"no_connection_{type(error).__name__}") from None
        except outside.FAILURES as error:
            raise lost(f"cut_{type(error).__name__}") from None
        except UnicodeError:
            raise GiveUp("bad_address") from None
        self._note(held.headers)
        if answer.status < 300 and not answer.is_whole:
            # It says that it went well, and nothing else: not a server of this kind, or cut off.
            raise lost("said_nothing")
        return answer

    def _note(self, headers: Mapping[str, str]) -> None:
        left, limit = (_quota(headers.get(f"ratelimit-{name}")) for name in ("remaining", "limit"))
        if left is not None:
            self.health = Health(left, limit, text.time(headers.get("ratelimit-reset")))
        self._last_reset = headers.get("ratelimit-reset", "")
        self._last_after = headers.get("retry-after", "")

    _last_reset: str = field(init=False, default="")
    _last_after: str = field(init=False, default="")

    def _failure(self, answer: Answer, lost: type[Problem]) -> Problem:
        """What an answer of 300 and above means."""
        status, why = answer.status, answer.error or f"http_{answer.status}"
        if status == 429:
            return Retry("http_429", after=self._wait())
        if answer.error in _CLOSED or answer.error in _OLD_TOKEN or status == 401:
            return NeedsLogin(why)
        # 303 after a post says that it was taken, and that the rest is told elsewhere (RFC 9110, 15.4.4).
        if status in (303, 408, 425) or status >= 500:
            return Retry(why, after=self._wait() if self._last_after else 0.0) if lost is Retry else lost(why)
        return GiveUp(why)

    def _wait(self) -> float:
        """Seconds until we may ask again; 60 where the server does not say, at most a day."""
        after, reset = _number(self._last_after), _number(self._last_reset)
        seconds = float(after) if after is not None else reset - time.time() + 1 if reset is not None else 60.0
        return min(max(seconds, 1.0), 86_400.0)


def _answer(status: int, body: bytes, url: str) -> Answer:
    try:
        told = payload.loads(body)
    except ValueError:
        told = None
    data = table(told)
    name = data.get("error") if status >= 300 else ""
    return Answer(status, body, url, data, text.line(name if isinstance(name, str) else "", 80), isinstance(told, dict))


def _is_known(answer: Answer, known: str) -> bool:
    """Whether the caller can live with an error. That the account is closed or its token old is never about the question."""
    if known == REFUSED:
        return answer.status in _REFUSALS and answer.error not in _CLOSED | _OLD_TOKEN
    return bool(answer.error) and answer.error in known.split()


def _quota(value: str | None) -> int | None:
    number = _number(value)
    return number if number is not None and number <= _MOST else None


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 12 else None


def claim(token: str, name: str) -> float:
    """A time that a token carries (seconds), 0 where it says none. Nothing is proved by it: its server does that."""
    try:
        middle = token.split(".")[1]
        value = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))[name]
    except (ValueError, IndexError, KeyError, TypeError):
        return 0.0
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0

"""Asking a Mastodon server: one request, its answer read to the end, and what went wrong as one of the four problems.

httpx rather than Mastodon.py: deliveries are kept byte for byte as they came, each failure has to be told apart (before
the request left, after it, and what the headers say of quota), and the address is guarded (outside.py).
https://docs.joinmastodon.org/api/rate-limits/
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from torget.channels import outside, text
from torget.channels.base import Raw
from torget.channels.live import Connection, GiveUp, Health, NeedsLogin, Problem, Retry
from torget.channels.payload import loads, table, without_secrets
from torget.core import clock

LARGEST = 20_000_000
# However slowly its bytes come, an answer is given up after so many timeouts.
_PATIENCE = 3.0
_LINK = re.compile(r"<([^<>]*)>\s*;[^<]*?rel=\"?(\w+)")
_SCOPE = re.compile(r"scope|token|log ?in|suspend|disabled|confirm", re.I)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came. `links`: the parameters of its Link header by rel ("next", "prev")."""

    status: int
    body: bytes
    url: str
    media_type: str
    headers: Mapping[str, str]
    method: str = "GET"

    @property
    def data(self) -> Any:
        """Its JSON, None where there is none."""
        try:
            return loads(self.body, self.media_type)
        except ValueError:
            return None

    @property
    def health(self) -> Health:
        """What its headers say of quota."""
        return Health(
            quota_left=_number(self.headers.get("x-ratelimit-remaining")),
            quota_limit=_number(self.headers.get("x-ratelimit-limit")),
            quota_resets_at=text.time(self.headers.get("x-ratelimit-reset")),
        )

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """`{"next": {"max_id": "5"}}`: only the parameters are used, so that no answer sends us elsewhere."""
        found: dict[str, dict[str, str]] = {}
        for address, rel in _LINK.findall(self.headers.get("link", "")[:4_000]):
            try:
                query = parse_qs(urlsplit(address).query)
            except ValueError:
                continue
            found[rel] = {name: values[-1] for name, values in query.items()}
        return found

    def raw(self, key: str) -> Raw:
        """The answer as a delivery."""
        url = without_secrets(self.url)
        return Raw(self.body, text.line(urlsplit(url).path, 200), self.media_type, self.method, url, key[:80], "tls")


def _number(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"\d{1,9}", value) else None


def wait_seconds(headers: Mapping[str, str]) -> float:
    """When we may ask again, from Retry-After (seconds or a date) or X-RateLimit-Reset; 60 where neither says, at most a day."""
    after, reset = headers.get("retry-after", ""), text.time(headers.get("x-ratelimit-reset"))
    if re.fullmatch(r"\d{1,9}", after):
        return min(float(after), 86_400.0)
    if after:
        try:
            reset = parsedate_to_datetime(after)
        except (ValueError, OverflowError):
            pass
    if reset is None:
        return 60.0
    reset = reset if reset.tzinfo else reset.replace(tzinfo=UTC)
    return min(max((reset - clock.now()).total_seconds() + 1.0, 1.0), 86_400.0)


@contextmanager
def only_problems(otherwise: type[Problem]) -> Iterator[None]:
    """Whatever fails inside is one of the four problems; what nobody foresaw is `otherwise`, by the name of its class."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        raise otherwise(f"failed_{type(error).__name__}") from None


class Server:
    """A server as one account sees it: `with Server(connection) as server: server.get("/api/v1/notifications")`."""

    def __init__(self, connection: Connection, *, address: str = "") -> None:
        self.connection = connection
        self.address = address or base_address(connection)
        token = str(connection.secrets.get("token", ""))
        headers = {"Authorization": f"Bearer {token}"} if token.isascii() and token.isprintable() and token else {}
        self.client = outside.client(connection.timeout, headers={"Accept": "application/json"} | headers)
        self.health = Health()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def get(self, path: str, parameters: Sequence[tuple[str, str]] = ()) -> Answer:
        """Ask for something. Errors: Retry, NeedsLogin, GiveUp (not there: "http_404"); nothing was changed."""
        return self.ask("GET", path, params=list(parameters))

    def ask(
        self, method: str, path: str, *, lost: type[Problem] = Retry, also: tuple[int, ...] = (), **options: Any
    ) -> Answer:
        """One request. `lost` is what it is when the answer does not come or says 5xx: Unknown where something may be done.

        `also` are statuses of 300 and above that are answers like any other.
        """
        if not self.address:
            raise GiveUp("no_server")
        answer = self._exchange(method, self.address + path, lost, options)
        if answer.status >= 300 and answer.status not in also:
            raise failure(answer, lost)
        self.health = answer.health
        return answer

    def _exchange(self, method: str, url: str, lost: type[Problem], options: dict[str, Any]) -> Answer:
        deadline = time.monotonic() + _PATIENCE * self.connection.timeout
        try:
            with self.client.stream(method, url, **options) as held:
                body = bytearray()
                for part in held.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise lost("too_large")
                    if time.monotonic() > deadline:
                        raise lost("too_slow")
                media_type = text.line(held.headers.get("content-type", ""), 100)
                return Answer(held.status_code, bytes(body), str(held.url), media_type, held.headers, method)
        except outside.Inside:
            raise GiveUp("address_inside") from None
        except outside.NOT_BEGUN as error:
            raise Retry(f"no_connection_{type(error).__name__}") from None
        except outside.FAILURES as error:
            raise lost(f"cut_{type(error).__name__}") from None
        except UnicodeError:
            # An address or a header that cannot be written.
            raise GiveUp("bad_address") from None


def failure(answer: Answer, lost: type[Problem]) -> Problem:
    """What an answer of 300 and above means."""
    status, said = answer.status, text.line(table(answer.data).get("error"), 200)
    if status == 429:
        return Retry("http_429", after=wait_seconds(answer.headers))
    if status == 401 or (status == 403 and _SCOPE.search(said)):
        return NeedsLogin(f"http_{status}")
    # 303 after a post says that it was taken, and that the rest is told elsewhere (RFC 9110, 15.4.4).
    if status in (303, 408, 425) or status >= 500:
        if lost is Retry:
            return Retry(f"http_{status}", after=wait_seconds(answer.headers) if "retry-after" in answer.headers else 0)
        return lost(f"http_{status}")
    return GiveUp(f"http_{status}")


def base_address(connection: Connection) -> str:
    """The server's address without a slash at its end, "" where the connection names none."""
    return server_address(str(connection.settings.get("server", "")) or connection.handle.rpartition("@")[2])


def server_address(given: str) -> str:
    """An address without a path, from "mastodon.exempel.se", "namn@mastodon.exempel.se" or any page there; "" for nonsense."""
    given = text.line(given, 300)
    if "://" not in given:
        given = f"https://{given.lstrip('@').rpartition('@')[2]}"
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.\-:\[\]%]{1,253}", host):
        return ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


@dataclass(frozen=True, slots=True)
class Instance:
    """What a server says of itself."""

    text: int = 500
    pictures: int = 4
    alt: int = 1_500
    stream: str = ""


_KEPT_SECONDS = 3_600.0
# What servers said of their limits, by address, and when.
_instances: dict[str, tuple[float, Instance]] = {}


def instance_of(server: Server) -> Instance:
    """The limits of a server, asked for once an hour; the usual ones where it does not say. Never raises."""
    held = _instances.get(server.address)
    if held and time.monotonic() - held[0] < _KEPT_SECONDS:
        return held[1]
    try:
        said = table(server.get("/api/v2/instance").data)
    except GiveUp:
        said = {}
    except Problem:
        return Instance()
    statuses = table(table(said.get("configuration")).get("statuses"))
    media = table(table(said.get("configuration")).get("media_attachments"))
    stream = table(table(said.get("configuration")).get("urls")).get("streaming")
    usual = Instance()
    found = Instance(
        text=_sane(statuses.get("max_characters"), usual.text, 100),
        pictures=_sane(statuses.get("max_media_attachments"), usual.pictures, 1),
        alt=_sane(media.get("description_limit"), usual.alt, 100),
        stream=re.sub(r"^ws", "http", text.line(stream, 300)).rstrip("/"),
    )
    if len(_instances) > 200:
        _instances.clear()
    _instances[server.address] = (time.monotonic(), found)
    return found


def narrowest() -> Instance:
    """The least that any server known to this process takes; the usual limits where none is known."""
    known = [held[1] for held in list(_instances.values())]
    if not known:
        return Instance()
    return Instance(min(one.text for one in known), min(one.pictures for one in known), min(one.alt for one in known))


def _sane(value: Any, usual: int, least: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value < 1_000_000 else usual


def number_of(value: Any) -> str:
    """An id as servers give it (digits, or letters elsewhere): one short word that can stand in an address, or ""."""
    word = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return word if re.fullmatch(r"[A-Za-z0-9_\-]{1,40}", word) else ""


def rank(number: str) -> tuple[int, str]:
    """Orders ids by their age: a longer number is a newer one."""
    return len(number), number


def me(server: Server) -> tuple[str, str, str]:
    """Our own account there: id, handle "name@host", shown name. Errors: Problem."""
    account = table(server.get("/api/v1/accounts/verify_credentials").data)
    number, name = number_of(account.get("id")), text.line(account.get("username") or account.get("acct"), 100)
    if not number or not name:
        raise Retry("odd_answer")
    url = account.get("url")
    try:
        host = urlsplit(url if isinstance(url, str) else "").netloc or urlsplit(server.address).netloc
    except ValueError:
        host = urlsplit(server.address).netloc
    return number, f"{name.partition('@')[0]}@{host}".lower(), text.line(account.get("display_name"), 120)

"""Web feeds, connected: asked at times with ETag and Last-Modified, and told by a hub (WebSub) where the feed has one.

Settings: `words` (a list: only what holds one of them is about us), `callback` (where hubs may reach this account, without
the token: ".../websub/7/"; none: only polling). Secrets: `user` and `password` for a feed behind Basic authentication;
`websub_token` and `websub_secret` are made here. RFC 9110 (13, conditional requests), https://www.w3.org/TR/websub/.
"""

import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from threading import Event
from typing import Any
from urllib.parse import urljoin

import httpx

from torget.channels import outside, text
from torget.channels.base import Raw
from torget.channels.feed import LARGEST, NotAFeed, Read, address_with, feed_of_page, read_feed
from torget.channels.live import Connection, Fetched, GiveUp, NeedsLogin, Outgoing, Problem, Retry, Sent, only_problems
from torget.channels.payload import table, without_secrets
from torget.core import clock

LEASE_SECONDS = 10 * 86_400
# A hub may grant less than was asked for, and says so only to the callback: asking anew each day costs nothing.
RENEW = timedelta(days=1)
AGAIN = timedelta(hours=1)
_HOPS = 5
_PATIENCE = 3.0
_LINK = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")
_ALGORITHMS = ("sha256", "sha384", "sha512", "sha1")


@dataclass(frozen=True, slots=True)
class Page:
    """What a web address answered. `url` is where it was in the end, `moved` that address if every hop was for good."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    moved: str = ""


class FeedLive:
    """The connected side of the channel; see the module."""

    name = "feed"
    repeats_safely = False
    # Nothing is ever sent by it.
    limits: Mapping[str, int] = {}

    @only_problems(Retry)
    def check(self, connection: Connection) -> str:
        """Read the feed; its title, or its address where it has none."""
        page = _get(connection, _address(connection), {})
        if named := feed_of_page(page.body, page.url):
            page = _get(connection, named, {})
        try:
            return read_feed(page.body, page.headers.get("content-type", "")).title or page.url
        except NotAFeed:
            raise GiveUp("not_a_feed") from None

    @only_problems(Retry)
    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """The feed where it has changed; and a subscription at its hub, the day's first time."""
        held = dict(cursor)
        address = text.link(held.get("url")) or _address(connection)
        conditions = {
            "If-None-Match": text.line(held.get("etag"), 500),
            "If-Modified-Since": text.line(held.get("modified"), 100),
        }
        known = {name: value for name, value in conditions.items() if value.isascii() and value}
        page = _get(connection, address, known)
        if named := feed_of_page(page.body, page.url):
            # A page for people that names its feed: from now on that one is asked.
            page, held["url"] = _get(connection, named, {}), named
        raws: tuple[Raw, ...] = ()
        if page.status != 304:
            raws = self._read(connection, page, held)
            held["etag"], held["modified"] = page.headers.get("etag", ""), page.headers.get("last-modified", "")
        if page.moved:
            held["url"] = page.moved
        renewed, more = self._subscribe(connection, held)
        return Fetched(raws, held, more, renewed=renewed)

    def listen(
        self, connection: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event
    ) -> None:
        """Nothing to listen to: a hub comes to us."""

    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """A feed takes no answers. Errors: GiveUp."""
        raise GiveUp("takes_no_answers")

    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Nothing of ours is ever there."""
        return None

    def remove(self, connection: Connection, external_id: str) -> None:
        """What others publish is theirs. Errors: GiveUp."""
        raise GiveUp("not_ours")

    def _read(self, connection: Connection, page: Page, held: dict[str, Any]) -> tuple[Raw, ...]:
        """The page as a delivery where an entry of it is new or changed; notes its hub in the cursor."""
        kind = page.headers.get("content-type", "")
        feed: Read | None = None
        try:
            feed = read_feed(page.body, kind)
        except NotAFeed:
            # Most often a page that says "back soon": nothing has been missed, and the trouble shows in the desk.
            raise Retry("not_a_feed") from None
        except Exception as error:
            # Whatever it is, it goes to quarantine as it came.
            told = f"{type(error).__name__} {sha256(page.body).hexdigest()}"
        else:
            told = "\n".join(sorted(f"{entry.given_id} {entry.link} {entry.digest}" for entry in feed.entries))
        digest = sha256(told.encode("utf-8", "replace")).hexdigest()
        _note_hub(page, feed, held)
        if digest == held.get("digest"):
            # A new date at its top, and nothing else.
            return ()
        held["digest"] = digest
        return (delivery(page.body, kind, connection, key=digest, verdict="tls"),)

    def _subscribe(self, connection: Connection, held: dict[str, Any]) -> tuple[dict[str, str], bool]:
        """See to the subscription; what secrets were made for it, and whether to come again at once."""
        hub, callback = table(held.get("websub")), text.link(connection.settings.get("callback"))
        if not (text.link(hub.get("hub")) and callback):
            return {}, False
        if not connection.secrets.get("websub_token"):
            # Kept first: a hub may ask at the callback before it has answered us.
            return {"websub_token": secrets.token_urlsafe(24), "websub_secret": secrets.token_urlsafe(32)}, True
        asked_at, failed = text.time(hub.get("asked_at")), bool(hub.get("problem"))
        if asked_at and clock.now() - asked_at < (AGAIN if failed else RENEW):
            return {}, False
        held["websub"] = {**hub, "asked_at": clock.now().isoformat(), "problem": _ask_hub(connection, hub, callback)}
        return {}, False


def _address(connection: Connection) -> str:
    given = connection.settings.get("url") or connection.handle
    found = text.link(given if isinstance(given, str) else "")
    if not found:
        raise GiveUp("no_address")
    return found.partition("#")[0]


def delivery(body: bytes, media_type: str, connection: Connection, *, key: str, verdict: str) -> Raw:
    """A feed's bytes as a delivery; its address holds the words by which an entry is about us."""
    words = connection.settings.get("words")
    wanted = [str(word) for word in words] if isinstance(words, (list, tuple)) else []
    address = address_with(without_secrets(_address(connection)), wanted)
    return Raw(
        body, text.line(text.parts(address).netloc, 200), text.line(media_type, 100), "GET", address, key, verdict
    )


def proved(body: bytes, header: str, secret: str) -> bool:
    """Whether X-Hub-Signature ("sha256=…") proves a body by the secret that the hub was given."""
    name, _, given = header.strip().partition("=")
    if name.lower() not in _ALGORITHMS or not secret or not given.isascii():
        return False
    made = hmac.new(secret.encode(), body, name.lower()).hexdigest()
    return hmac.compare_digest(made, given.strip().lower())


def _note_hub(page: Page, feed: Read | None, held: dict[str, Any]) -> None:
    """Where the feed's hub is: by the answer's Link header, else by the feed itself (WebSub, 4)."""
    links: dict[str, str] = {}
    for address, parameters in _LINK.findall(page.headers.get("link", "")[:4_000]):
        for rel in ("hub", "self"):
            if re.search(rf"rel=\"?[^\";]*\b{rel}\b", parameters) and (found := _joined(page.url, address)):
                links.setdefault(rel, found)
    hub = links.get("hub") or (feed.hub if feed else "")
    topic = links.get("self") or (feed.self_link if feed else "") or page.url
    before = table(held.get("websub"))
    if not hub:
        held.pop("websub", None)
    elif (before.get("hub"), before.get("topic")) != (hub, topic):
        held["websub"] = {"hub": hub, "topic": topic}


def _ask_hub(connection: Connection, hub: Mapping[str, Any], callback: str) -> str:
    """Ask for what is new to be sent to us; what went wrong, as a code. Without a hub there is still the polling."""
    form = {
        "hub.mode": "subscribe",
        "hub.topic": str(hub["topic"]),
        "hub.callback": f"{callback.rstrip('/')}/{connection.secrets['websub_token']}/",
        "hub.secret": connection.secrets.get("websub_secret", ""),
        "hub.lease_seconds": str(LEASE_SECONDS),
    }
    try:
        with outside.client(connection.timeout) as client:
            page = _exchange(client, "POST", str(hub["hub"]), connection.timeout, data=form)
    except Problem as problem:
        return problem.why
    return "" if page.status in (200, 201, 202, 204) else f"http_{page.status}"


def _get(connection: Connection, url: str, conditions: Mapping[str, str]) -> Page:
    """The page at an address, through at most five redirects. Errors: Problem."""
    user, home = connection.secrets.get("user", ""), _door(_address(connection))
    lasting, moved = True, ""
    accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
    with outside.client(connection.timeout, headers={"Accept": accept}) as client:
        for _ in range(_HOPS + 1):
            # The password is for the one whom a person named: not for whomever a redirect, a page or the cursor leads to,
            # and never in the clear where it was given for https.
            known = user and _door(url) == home
            auth = httpx.BasicAuth(user, connection.secrets.get("password", "")) if known else None
            page = _exchange(client, "GET", url, connection.timeout, headers=dict(conditions), auth=auth)
            place = page.headers.get("location", "")
            if page.status not in (301, 302, 303, 307, 308) or not place:
                return _good(Page(page.status, page.headers, page.body, url, moved))
            url = _joined(url, place).partition("#")[0]
            if not url:
                raise GiveUp("led_nowhere")
            lasting = lasting and page.status in (301, 308)
            moved = url if lasting else ""
    raise GiveUp("led_in_circles")


def _door(url: str) -> tuple[str, str]:
    """Whom an address asks, and how: its scheme with its host and port."""
    parts = text.parts(url)
    return parts.scheme, parts.netloc.lower()


def _joined(base: str, place: str) -> str:
    """The web address that a header of a page leads to, "" for none."""
    try:
        return text.link(urljoin(base, place))
    except ValueError:
        return ""


def _good(page: Page) -> Page:
    """The page itself where it is one. Errors: Problem."""
    status = page.status
    # 203: a proxy on the way has changed something of it.
    if status in (200, 203, 304):
        return page
    if status == 401:
        raise NeedsLogin("http_401")
    if status == 410:
        raise GiveUp("http_410")
    # Also 403 and 404: a site that is being rebuilt says so, and a feed comes back.
    raise Retry(f"http_{status}", after=_after(page.headers.get("retry-after", "")))


def _after(given: str) -> float:
    """Seconds of a Retry-After, which may be a date; 0 where it says nothing, at most a day."""
    if given.isascii() and given.isdigit():
        return min(float(given[:9]), 86_400.0)
    try:
        moment: datetime = parsedate_to_datetime(given)
    except (ValueError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - clock.now()).total_seconds(), 0.0), 86_400.0)


def _exchange(client: httpx.Client, method: str, url: str, timeout: float, **options: Any) -> Page:
    """One request and its whole answer, at most 5 MB. Errors: Retry, GiveUp."""
    deadline = time.monotonic() + _PATIENCE * timeout
    try:
        with client.stream(method, url, **options) as held:
            body = bytearray()
            for part in held.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise GiveUp("too_large")
                if time.monotonic() > deadline:
                    raise Retry("too_slow")
            headers = {name.lower(): value for name, value in held.headers.items()}
            return Page(held.status_code, headers, bytes(body), url)
    except outside.Inside:
        raise GiveUp("address_inside") from None
    except outside.NOT_BEGUN as error:
        raise Retry(f"no_connection_{type(error).__name__}") from None
    except outside.FAILURES as error:
        raise Retry(f"cut_{type(error).__name__}") from None
    except UnicodeError:
        raise GiveUp("bad_address") from None

"""Everything that anyone can fetch without logging in: pages in both languages, feeds, files, API, errors, in all their parts."""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.test import Client

from tests.architecture.test_doors import views
from torget.conversations.models import Conversation
from torget.register.models import Case, Record

MOST = 2500
LINK = re.compile(r"""(?:href|src|action|url)=["']([^"']+)["']|"(https?://testserver[^"\\]+)\"""")
FORMS = {"number": "1", "pk": "1", "secret": "A" * 22, "token": "A" * 22, "slug": "web", "year": "2026"}


class Crawl:
    """What was fetched: (what was asked, all bytes of the answer with its head)."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, bytes]] = []
        self.seen: set[str] = set()

    def ask(self, address: str, method: str = "get", **more: Any) -> Any:
        """Ask as a stranger, and keep all that comes back."""
        client = Client(raise_request_exception=False)
        response = getattr(client, method)(address, **more)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        cookies = str(client.cookies)
        self.answers.append((f"{method} {address}", f"{response.status_code}\n{head}\n{cookies}\n".encode() + body))
        response.body = body
        return response

    def everything(self) -> None:
        """Follow every link from every address that there is a public view for."""
        waiting = deque(sorted(set(starts())))
        while waiting and len(self.seen) < MOST:
            address = waiting.popleft()
            if address in self.seen:
                continue
            self.seen.add(address)
            response = self.ask(address)
            kind = response.headers.get("Content-Type", "")
            if kind.startswith(("text/html", "application/json", "application/atom+xml", "application/xml")):
                waiting.extend(links(address, response.body.decode(response.charset or "utf-8")))
            if response.headers.get("Location"):
                waiting.extend(links(address, f'href="{response.headers["Location"]}"'))
        assert len(self.seen) < MOST, "the public part is larger than this crawl: raise its bound"


def links(address: str, text: str) -> Iterator[str]:
    """Where an answer leads to within the installation."""
    for one, other in LINK.findall(text):
        target = urlsplit(urljoin(f"http://testserver{address}", unescape(one or other)))
        if target.netloc == "testserver" and target.scheme in ("http", "https"):
            yield target.path + (f"?{target.query}" if target.query else "")


def filled(pattern: str) -> Iterator[str]:
    """The address of a view with its parameters filled in: from the database where they name something there."""
    pattern = re.sub(r"[\^$]|\\Z|\(\?P.*?\)", "", pattern)
    if "<" not in pattern:
        yield pattern
        return
    known: dict[str, list[str]] = {}
    if "samtal" in pattern or "dialogues" in pattern:
        known = {"number": [str(number) for number in Conversation.objects.values_list("number", flat=True)]}
    values = [
        (name, known.get(name) or [FORMS.get(name) or FORMS.get(kind) or "x"])
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", pattern)
    ]
    made = [pattern]
    for name, some in values:
        made = [re.sub(rf"<(?:\w+:)?{name}>", one, address) for address in made for one in some]
    yield from made


def starts() -> Iterator[str]:
    """Where the crawl begins: every view's address, also the staff's (which must say nothing), in both languages."""
    yield from ("/", "/en/", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/.well-known/security.txt", "/finns-inte/")
    yield from ("/sitemap/sidor-1.xml", "/sitemap/samtal-1.xml", "/oppna-data/samtal.json", "/oppna-data/diarium.json")
    for pattern, _view in views():
        for address in filled(pattern):
            address = "/" + address.lstrip("/")
            yield address
            if not address.startswith(("/en/", "/api/")):
                yield f"/en{address}"
    for number in Conversation.objects.values_list("number", flat=True):
        yield f"/oembed?url={quote(f'{settings.TORGET_URL}/samtal/{number}/')}"
    for prefix, year, number in Case.objects.values_list("authority__prefix", "year", "number"):
        yield f"/diarium/{quote(prefix)}/{year}/{number:04d}/"
        yield f"/en/diarium/{quote(prefix)}/{year}/{number:04d}/"
        yield f"/api/v1/diarium/{quote(prefix)}/{year}/{number:04d}"
    for record in Record.objects.for_public().select_related("case__authority"):
        if record.dnr:
            yield f"/api/v1/diarium/{quote(record.dnr)}"
            yield f"/skriv/?handling={quote(record.dnr)}"


def surfaces() -> Iterator[tuple[str, str]]:
    """Everything that searches, (name, address to which what is looked for is added)."""
    yield from (
        ("page", "/diarium/?q="), ("page in English", "/en/diarium/?q="), ("an authority's", "/diarium/KS/?q="),
        ("table", "/diarium/diarium.csv?q="), ("feed", "/diarium/flode.atom?q="), ("API", "/api/v1/diarium?q="),
        ("number", "/diarium/?nummer="), ("form", "/skriv/?handling="),
    )  # fmt: skip


def same_but_for(answer: bytes, asked: str) -> bytes:
    """An answer without what was asked in it and without what differs by itself, to be held against another."""
    text = answer.decode("utf-8", "replace")
    ways = "|".join(map(re.escape, {asked, quote(asked), quote(asked, safe="")}))
    text = re.sub(ways, "…", text, flags=re.IGNORECASE)
    return re.sub(r'name="nonce"[^>]*|(?:ETag|Content-Length): \S+', "", text).encode()


def operations(openapi: dict[str, Any], fill: Callable[[str], str]) -> Iterator[str]:
    """The API's own account of itself, each operation with each of its parameters."""
    for path, item in openapi["paths"].items():
        address = "/api/v1" + fill(path)
        yield address
        for one in item.get("get", {}).get("parameters", ()):
            if one["in"] == "query":
                for value in one["schema"].get("enum", ["2026-11-16" if one["schema"].get("format") else "KS"]):
                    yield f"{address}?{one['name']}={value}"


def shelf() -> Iterator[tuple[str, bytes]]:
    """Pages and fragments that are kept in memory."""
    from django.core.cache import cache

    from torget.core.stored import searched, stored

    for key, page in (*stored.pages.items(), *searched.pages.items()):
        yield f"stored {key}", json.dumps(page.headers).encode() + page.body
    for key, value in getattr(cache, "_cache", {}).items():
        yield f"fragment {key}", value if isinstance(value, bytes) else str(value).encode()

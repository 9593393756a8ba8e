"""Pages of the public set no cookie, ask nobody else for anything, and carry the strict policy."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from tests.architecture import source

STARTS = ("/", "/skriv/", "/kanaler/", "/journal/", "/halsa/", "/components/", "/en/", "/en/skriv/", "/finns-inte/")
PAGES = 60
# Elements whose address the browser fetches by itself; a link that one has to follow is not among them.
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
FETCHED_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "modulepreload",
    "manifest",
    "preconnect",
    "dns-prefetch",
    "apple-touch-icon",
}
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
STYLE_ADDRESS = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])((?:https?:)?//[^'")\s]+)""")


class _Addresses(HTMLParser):
    """What a page fetches, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in FETCHED and given.get(FETCHED[tag]):
            self.fetched.append(given[FETCHED[tag]])
        if tag == "link" and set(given.get("rel", "").split()) & FETCHED_LINKS:
            self.fetched.append(given.get("href", ""))
        for part in given.get("srcset", "").split(","):
            self.fetched += part.split()[:1]
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


def read(html: str) -> _Addresses:
    """The addresses of a page."""
    addresses = _Addresses()
    addresses.feed(html)
    addresses.close()
    return addresses


def is_elsewhere(address: str) -> bool:
    """Whether an address names another server."""
    return bool(urlsplit(address).netloc) and urlsplit(address).hostname not in ("testserver", "127.0.0.1", "localhost")


@pytest.fixture
def receipts(transactional_db: None) -> list[str]:
    """A small town with published conversations, and the addresses of receipts in it as `torget demo` prints them."""
    from torget.demo import build

    said: list[str] = []
    build.ekevik(messages=25, say=said.append)
    return re.findall(r"https?://[^/\s]+(/kvitto/[^/\s]+/)", "\n".join(said))


def policy_of(response: Any) -> dict[str, str]:
    """A response's Content-Security-Policy, by directive."""
    parts = response.get("Content-Security-Policy", "").split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts if part.strip())


def links_of(address: str, html: str) -> list[str]:
    """Where a page leads within the public part."""
    targets = [urlsplit(urljoin(address, link)) for link in read(html).links]
    return [
        target.path or "/"
        for target in targets
        if not target.netloc and not target.scheme and not re.match(r"(/en)?/(konto|disk)/", target.path)
    ]


@pytest.fixture
def crawled(receipts: list[str]) -> dict[str, tuple[Client, str]]:
    """address → (the client that asked, HTML) of the public pages that one reaches without logging in."""
    waiting, seen = [*STARTS, *receipts], dict[str, tuple[Client, str]]()
    while waiting and len(seen) < PAGES:
        address = waiting.pop(0)
        if address in seen:
            continue
        fresh = Client()
        response = fresh.get(address)
        # 503 is an answer of /halsa/: no worker runs beside this test.
        assert response.status_code < 500 or response.status_code == 503, f"{address} answered {response.status_code}"
        if response.get("Content-Type", "").startswith("text/html"):
            assert policy_of(response) == POLICY, f"{address} has another Content-Security-Policy than the strict one"
            seen[address] = (fresh, b"".join(response).decode())
            waiting += links_of(address, seen[address][1])
    return seen


@pytest.mark.once
def test_public_pages_set_no_cookie_and_ask_nobody_else(crawled: dict[str, tuple[Client, str]]) -> None:
    for kind in ("/kvitto/", "/samtal/", "/diarium/", "/en/"):
        assert any(address.startswith(kind) for address in crawled), (
            f"nothing under {kind} was reached: {sorted(crawled)}"
        )
    found = []
    for address, (client, html) in crawled.items():
        found += [f"{address} sets the cookie {name}" for name in client.cookies]
        found += [f"{address} fetches {fetched}" for fetched in read(html).fetched if is_elsewhere(fetched)]
    source.report(found, "A page of the public leaves nothing with the visitor and tells no third party about them.")


def test_styles_and_scripts_ask_nobody_else() -> None:
    found = []
    for path in source.files():
        if path.suffix == ".css":
            found += [f"{source.name(path)}: {address}" for address in STYLE_ADDRESS.findall(source.text(path))]
        elif path.suffix == ".js" and "vendor" not in path.parts:
            found += [
                f"{source.name(path)}: {found}" for found in re.findall(r"https?://[^\s'\"`]+", source.text(path))
            ]
    source.report(found, "Styles and scripts fetch from our own server only.")

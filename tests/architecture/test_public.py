"""Pages of the public set no cookie, ask nobody else for anything, and carry the strict policy."""

import re
from html.parser import HTMLParser
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
def crawled(client: Client, db: None) -> dict[str, tuple[Client, str]]:
    """address → (the client that asked, HTML) of the public pages that one reaches without logging in."""
    waiting, seen = list(STARTS), dict[str, tuple[Client, str]]()
    while waiting and len(seen) < PAGES:
        address = waiting.pop(0)
        if address in seen:
            continue
        fresh = Client()
        response = fresh.get(address)
        # 503 is an answer of /halsa/: no worker runs beside this test.
        if response.status_code >= 500 and response.status_code != 503:
            pytest.fail(f"{address} answered {response.status_code}")
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        policy = response.get("Content-Security-Policy", "")
        seen[address] = (fresh, response.content.decode() if response.status_code != 302 else "")
        assert policy, f"{address} has no Content-Security-Policy"
        given = dict(part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip())
        assert given == POLICY, f"{address} has another Content-Security-Policy than the strict one"
        for link in read(seen[address][1]).links:
            target = urlsplit(urljoin(address, link))
            if not target.netloc and target.scheme == "" and not target.path.startswith(("/konto/", "/disk/")):
                waiting.append(target.path or "/")
    return seen


def test_public_pages_set_no_cookie_and_ask_nobody_else(crawled: dict[str, tuple[Client, str]]) -> None:
    assert len(crawled) >= len(STARTS) - 1, f"only {sorted(crawled)} were reached"
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

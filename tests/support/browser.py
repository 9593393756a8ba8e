"""A real Chromium, driven by Playwright: the one on the path, quiet, and with no way out of this machine.

A page that a test opens fails it when the console shows an error, when a script throws, or when anything is asked of
another server than the one under test.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = "No Chromium on the path. As root:  apt-get install -y chromium"
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
    # A container may have little shared memory, and a page that finds none falls.
    "--disable-dev-shm-usage",
    # What the browser itself writes (the button of a file field, the parts of a time) is Swedish too.
    "--lang=sv",
    # No name resolves but loopback: what a page asks of others fails at once, and is reported below.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
PATIENCE_MS = 60_000
"""How long a test waits for what a page is to show: a busy machine is slow, and no test measures time."""
expect.set_options(timeout=PATIENCE_MS)
# Wide enough for the desk's three columns, and the phone of the mocks.
DESK = (1440, 900)
PHONE = (390, 844)


def chromium() -> str:
    """The path of the browser. Raises RuntimeError with the one command that brings it."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise RuntimeError(MISSING)


@contextmanager
def running() -> Iterator[Browser]:
    """One Chromium for a whole test run (2 s to start); it ends with the block."""
    # Playwright keeps an event loop on this thread, and Django would refuse the database there, though nothing is asynchronous.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
            try:
                yield browser
            finally:
                browser.close()
    finally:
        if before is None:
            os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@dataclass
class Pages:
    """What the fixture `page_at` is: `page = page_at(1440, 900)`; `page.goto("/skriv/")`; `page_at.assert_quiet()` at the end."""

    browser: Browser
    address: Callable[[], str]
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(
        self,
        width: int = DESK[0],
        height: int = DESK[1],
        *,
        server: str = "",
        scripts: bool = True,
        dark: bool = False,
        english: bool = False,
        still: bool = True,
        expected: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        """A page in a context of its own (no cookie shared), of this size in CSS pixels.

        `server` is the address under test (the live server when empty); `scripts=False` is a browser without JavaScript;
        `expected` are patterns of console errors that the test provokes on purpose; `options` go to Playwright's new_context.
        """
        server = (server or self.address()).rstrip("/")
        context = self.browser.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            locale="en-GB" if english else "sv-SE",
            timezone_id="Europe/Stockholm",
            has_touch=width < 600,
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        self._listen(context, page, server, expected)
        return page

    def _listen(self, context: BrowserContext, page: Page, server: str, expected: tuple[str, ...]) -> None:
        own = urlsplit(server).netloc

        def hear(message: ConsoleMessage) -> None:
            if message.type == "error" and not any(re.search(pattern, message.text) for pattern in expected):
                self.problems.append(f"console error on {page.url}: {message.text}")

        def see(request: Request) -> None:
            asked = urlsplit(request.url)
            if asked.scheme not in ("data", "blob", "about") and asked.netloc != own:
                self.problems.append(f"{page.url} asked another server: {request.url}")

        context.on("console", hear)
        context.on("request", see)
        context.on("weberror", lambda error: self.problems.append(f"a script threw on {page.url}: {error.error}"))

    def assert_quiet(self) -> None:
        """Fail with all that was wrong in the pages so far."""
        problems, self.problems = self.problems, []
        assert not problems, "The pages were not quiet:\n" + "\n".join(problems)

    def close(self) -> None:
        """Close all pages."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()


def follow(target: Locator) -> None:
    """Click what leads to another page, and come back when that page is there: a click by itself does not wait for it."""
    with target.page.expect_navigation():
        target.click()


def assert_accessible(page: Page, *, within: str | None = None) -> None:
    """Fail with what axe-core finds against WCAG 2.2 A and AA and its own best practices; `within` is a CSS selector."""
    results = Axe().run(page, context=within, options={"resultTypes": ["violations"]})
    found = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        + "\n".join(
            f"    {' '.join(map(str, node['target']))}\n      {node['html'][:200]}" for node in violation["nodes"]
        )
        for violation in results.response["violations"]
    ]
    assert not found, f"axe finds {len(found)} violations on {page.url}:\n" + "\n".join(found)


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than its window, so that someone has to scroll sideways (WCAG 2.2, 1.4.10 Reflow)."""
    # A click that leads on comes back when the new page has begun: its document may still be empty then.
    page.wait_for_load_state()
    wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= window, f"{page.url} is {wide} px wide in a window of {window} px"

"""The demo town as a running installation, and how its people log in: what the stories in this folder share."""

import http.client
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import DESK, Pages
from tests.support.ports import LOOPBACK
from tests.support.server import Torget

# A week of the town is enough for the stories; pictures for the handbook are taken of all of it.
MESSAGES = 60
SHOTS = os.environ.get("TORGET_SHOTS") == "1"
LOGIN = re.compile(r"^(\S+)\s{2,}(.+?)\s{2,}(\S+@\S+)\s+(\S+)$", re.MULTILINE)
# What a mail server or a webhook may hand over that nobody understands.
CUT_JSON = b'[{"id": "110", "type": "mention", "status": {"id": "111", "content": "<p>Varf'
# The browser writes an error in its console for each answer of 400 and above, also those that a test asks for.
ANSWERED = r"the server responded with a status of {}"
# An answer rests half a minute before it goes, so that it can be undone; the stories are about what comes then.
AT_ONCE = "from torget.organisations.models import Organisation; Organisation.objects.update(undo_seconds=0)"


@dataclass
class Town:
    """Ekevik on a loopback port. `logins`: role as the start prints it → e-mail and password."""

    torget: Torget
    logins: dict[str, tuple[str, str]] = field(default_factory=dict)
    receipt: str = ""
    sessions: dict[str, Any] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers, without a trailing slash."""
        return self.torget.url

    def state(self, role: str, pages: Pages) -> Any:
        """The browser state of somebody who has logged in as `role`; logged in once, by the page, and kept."""
        if role not in self.sessions:
            page = pages(server=self.url)
            log_in(page, *self.logins[role])
            self.sessions[role] = page.context.storage_state()
            page.context.close()
            pages.contexts.remove(page.context)
        return self.sessions[role]

    def post(self, text: str) -> str:
        """Write by the form without a browser; the address of the receipt, a path."""
        connection = http.client.HTTPConnection(LOOPBACK, self.torget.port, timeout=30)
        body = urlencode({"text": text, "nonce": secrets.token_urlsafe(16)})
        connection.request("POST", "/skriv/", body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        assert answer.status == 303, answer.read()
        connection.close()
        return answer.headers["Location"]

    def mails(self) -> list[str]:
        """The mails in the town's folder, decoded enough to search in."""
        folder = self.torget.home / "utgaende-post"
        return [mail.read_text(errors="replace") for mail in sorted(folder.glob("*"))] if folder.exists() else []


def build(home: Path) -> Town:
    """Build the demo town in `home` and start it (15–30 s; all of it when pictures are to be taken, 1–2 minutes)."""
    torget = Torget(home, environment={"TORGET_POSTS_PER_MINUTE": "1000"})
    torget.__enter__()
    torget.prepare()
    said = torget.command("demo", *([] if SHOTS else ["--messages", str(MESSAGES)])).stdout.decode()
    torget.command("manage", "shell", "-c", AT_ONCE)
    broken = home / "avklippt.json"
    broken.write_bytes(CUT_JSON)
    torget.command("receive", str(broken), "--channel", "mastodon")
    logins = {role: (email, password) for role, _name, email, password in LOGIN.findall(said)}
    address = re.search(r"http\S*(/kvitto/\S+)", said)
    assert len(logins) == 6, said
    assert address, said
    torget.start_web()
    return Town(torget, logins, address[1])


def log_in(page: Page, email: str, password: str) -> None:
    """By the page, to the desk."""
    page.goto("/konto/login/")
    page.get_by_label("E-post").fill(email)
    page.get_by_label("Lösenord").fill(password)
    page.get_by_role("button", name="Logga in", exact=True).click()
    page.wait_for_url("**/disk/")


# How a story opens a page: visit(390, 844, role="Kommunikatör"); without a role as anyone.
Visit = Callable[..., Page]


def visitor(town: Town, pages: Pages) -> Visit:
    """What the fixture `visit` is."""

    def visit(width: int = DESK[0], height: int = DESK[1], *, role: str = "", **options: Any) -> Page:
        if role:
            options["storage_state"] = town.state(role, pages)
        return pages(width, height, server=town.url, **options)

    return visit


def write(page: Page, text: str, *, subject: str = "", email: str = "", file: tuple[str, bytes] | None = None) -> str:
    """Write by the form as a resident; the address of the receipt, a path."""
    page.goto("/skriv/")
    page.get_by_label("Vad vill du säga eller fråga?").fill(text)
    if subject:
        page.get_by_label("Rubrik").fill(subject)
    if email:
        page.get_by_label("Din e-postadress").fill(email)
    if file:
        given = {"name": file[0], "mimeType": "image/png", "buffer": file[1]}
        page.get_by_label("Bilagor").set_input_files(given)  # type: ignore[arg-type]  # a FilePayload
    page.get_by_role("button", name="Skicka").click()
    page.wait_for_url("**/kvitto/*/")
    return urlsplit(page.url).path


def reload_until(page: Page, wanted: Locator, seconds: float = 100) -> None:
    """Reload until `wanted` is there: what the worker does each minute (the results) takes that long. AssertionError."""
    until = time.monotonic() + seconds
    while not wanted.first.is_visible():
        if time.monotonic() > until:
            break
        # Half a second for it to come; the page then says what the server knows now.
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted.first).to_be_visible()


def open_from_queue(page: Page, subject: str) -> str:
    """Find a conversation in the queue of new ones and open it; its address, a path."""
    page.goto("/disk/?ko=new")
    row = page.locator(".q li > a").filter(has_text=subject)
    while not row.count() and page.get_by_role("link", name="Visa fler").count():
        page.get_by_role("link", name="Visa fler").click()
    row.first.click()
    page.wait_for_url("**/disk/*/**")
    return urlsplit(page.url).path

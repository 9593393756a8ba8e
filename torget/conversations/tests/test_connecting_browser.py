"""Connecting a channel in a real browser, wide and narrow: accessible, within the window, and the whole way by OAuth."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import making
from tests.support.browser import DESK, PHONE, Pages, assert_accessible, assert_fits, follow
from tests.support.mastodon import Mastodon
from torget.channels import outside
from torget.conversations.models import Account
from torget.core import clock
from torget.organisations.rules import Role

LIST = "/installningar/kanaler/"
PASSWORD = "Bryggan vid Ekevik 17"


@pytest.fixture(autouse=True)
def _loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    with Mastodon() as server:
        alva = server.account("alva@social.exempel.se")
        alva["display_name"] = "Alva Testsson"
        server.says(
            "alva@social.exempel.se", "@ekevik När öppnar badet? Det stod på tavlan att det är stängt hela veckan."
        )
        server.says("alva@social.exempel.se", "@ekevik Tack för svaret om bron.", visibility="direct")
        yield server


@pytest.fixture
def administrator(transactional_db: None) -> str:
    town = making.town()
    user = town.user(Role.ADMINISTRATOR, "Anna Testsson")
    user.set_password(PASSWORD)
    user.save()
    now = clock.now()
    words: dict[str, Any] = {"authority": town.authority}
    mail = Account.objects.create(
        channel="mail", handle="fraga@exempel.se", name="Kommunens brevlåda", state=Account.GOOD, fetched_at=now,
        settings={"host": "imap.exempel.se", "smtp_host": "smtp.exempel.se", "folder": "INBOX"}, watch_minutes=30, **words,
    )  # fmt: skip
    mail.gaps.create(
        since=now - timedelta(hours=2), until=now - timedelta(hours=1), reason="imap_timeout", noticed_at=now
    )
    Account.objects.create(
        channel="bluesky", handle="ekevik.bsky.social", name="ekevik.bsky.social", state=Account.NEEDS_LOGIN,
        problem="http_401", **words,
    )  # fmt: skip
    Account.objects.create(
        channel="feed", handle="https://exempel.se/en/mycket/lang/adress/till/nyheterna-fran-kommunen.rss", name="Nyheterna",
        state=Account.FAILING, problem="http_503", problem_since=now, **words,
    )  # fmt: skip
    return str(user.email)


def _look(page: Page, name: str) -> None:
    """Sound and within the window; a picture of it where TORGET_SHOTS names a folder."""
    assert_fits(page)
    assert_accessible(page)
    if folder := os.environ.get("TORGET_CONNECT_SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


@pytest.mark.once
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_of_connecting(
    page_at: Pages, administrator: str, mastodon: Mastodon, settings: Any, live_server: Any, size: tuple[int, int]
) -> None:
    settings.TORGET_URL = str(live_server)
    page = page_at(*size, expected=("400",))
    page.goto(f"/konto/login/?next={LIST}")
    page.fill("input[name=login]", administrator)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    page.wait_for_url(f"**{LIST}")
    _look(page, "list")
    follow(page.locator("text=Kommunens brevlåda"))
    _look(page, "account")
    follow(page.locator("text=Koppla från"))
    _look(page, "off")
    for channel in ("mail", "bluesky", "feed"):
        page.goto(f"{LIST}ny/{channel}/")
        _look(page, channel)
    page.goto(f"{LIST}ny/mail/")
    page.click("text=Fler inställningar")
    _look(page, "mail-open")
    follow(page.locator("main button[type=submit]"))
    _look(page, "mail-errors")
    page.goto(LIST)
    follow(page.locator("text=Anslut Mastodon"))
    page.fill("input[name=server]", mastodon.url)
    _look(page, "mastodon")
    follow(page.locator("text=Fortsätt till servern"))
    way = page.get_attribute("main a.btn.primary", "href")
    page.click("summary:has-text('Kommer du inte')")
    _look(page, "way")
    with outside.client() as browser:
        back = browser.get(str(way)).headers["location"]
    page.goto(back)
    assert re.search(r"provat/$", page.url)
    _look(page, "tried")
    page.click("text=Anslut kontot")
    page.wait_for_url(re.compile(rf"{LIST}\d+/$"))
    _look(page, "connected")
    page.click("text=Visa vad en första hämtning ger")
    expect(page.get_by_text("När öppnar badet?").first).to_be_visible()
    _look(page, "looked")

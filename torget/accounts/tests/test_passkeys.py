"""Passkeys in a real browser with its virtual authenticator (CDP WebAuthn): added, opening alone, and as a second factor."""

import pytest
from playwright.sync_api import Page, expect

from tests.support import making
from tests.support.browser import Pages, assert_accessible, assert_fits, follow
from torget.accounts.models import Event
from torget.organisations.models import User

PASSWORD = "en mening som är lång"


def key(page: Page) -> None:
    """Give the browser a key that is built into it and asks for a finger, which is always right."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_passkey_from_the_first_to_the_last(page_at: Pages) -> None:
    making.town(demo=False)
    User.objects.create_user("kim@exempel.se", PASSWORD, name="Kim Testsson", role="communicator")
    # The stream of changes is answered before Django, and not by the server of tests.
    page = page_at(1440, 900, expected=("status of 404",))
    key(page)
    page.goto("/konto/login/")
    page.get_by_label("E-post").fill("kim@exempel.se")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    # The desk does not open without a second factor, and a key is one.
    follow(page.get_by_role("link", name="Lägg till en passkey i stället"))
    assert_accessible(page)
    page.get_by_label("Vad ska nyckeln heta?").fill("Jobbdatorn")
    page.get_by_role("button", name="Lägg till nyckeln").click()
    expect(page.get_by_role("heading", name="Dina reservkoder")).to_be_visible()
    page.goto("/konto/2fa/webauthn/")
    expect(page.get_by_text("Jobbdatorn").first).to_be_visible()
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
    assert_accessible(page)
    page.goto("/disk/")
    expect(page.locator("body.desk")).to_be_visible()
    log_out(page)
    # Alone, without a password.
    page.goto("/konto/login/")
    page.get_by_role("button", name="Logga in med passkey").click()
    page.wait_for_url("**/disk/**")
    log_out(page)
    # As a second factor after the password.
    page.goto("/konto/login/")
    page.get_by_label("E-post").fill("kim@exempel.se")
    page.locator("[name=password]").fill(PASSWORD)
    follow(page.get_by_role("button", name="Logga in", exact=True))
    assert_accessible(page)
    page.get_by_role("button", name="Använd din passkey").click()
    page.wait_for_url("**/disk/**")
    ways = list(Event.objects.filter(kind="staff.logged_in").order_by("pk").values_list("detail", flat=True))
    assert [way.rpartition("· ")[2] for way in ways] == ["password", "passkey", "password+webauthn"]


def log_out(page: Page) -> None:
    page.goto("/konto/logout/")
    page.locator("main").get_by_role("button", name="Logga ut").click()
    page.wait_for_url("**/")

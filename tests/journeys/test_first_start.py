"""The first start from an empty database: a code on the terminal, an administrator, TOTP, an empty desk, the settings."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.journeys.town import ANSWERED, open_from_queue, write
from tests.support.browser import Pages, assert_accessible, assert_fits
from tests.support.server import Torget
from tests.support.smtp import SMTPServer

MAIL, PASSWORD = "asa@provkommun.example", "en lång mening om granit"


def totp(secret: str, at: float) -> str:
    """The six digits of RFC 6238 (SHA-1, 30 s) for a secret in base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def code_now(secret: str) -> str:
    """The code of this half minute, with time left to type it: a busy machine must not turn it into an old one."""
    gone = time.time() % 30
    if gone > 15:
        time.sleep(30.5 - gone)
    return totp(secret, time.time())


def test_the_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B: the last six of the eight digits.
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [totp(secret, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_from_empty_to_the_first_answer(installation_on: Callable[..., Torget], page_at: Pages) -> None:
    with SMTPServer() as smtp:
        torget = installation_on(TORGET_MAIL_HOST=smtp.host, TORGET_MAIL_PORT=str(smtp.port))
        torget.start_web()
        page = page_at(server=torget.url, expected=(ANSWERED.format(400),))
        start(page, torget)
        codes = second_factor(page)
        expect(page.locator("#ko").get_by_text("Inget väntar på dig.")).to_be_visible()
        assert_accessible(page)
        settings(page)
        log_in_again(page, codes[0])
        answer_by_mail(page, page_at(390, 844, server=torget.url), smtp)


def start(page: Page, torget: Torget) -> None:
    """The code that the start printed, and the four facts that Torget needs."""
    printed = re.search(r"\d{4}-\d{4}-\d{4}", torget.said())
    assert printed, torget.said()
    page.goto("/forsta-start/")
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
    assert_accessible(page)
    page.locator("[name=code]").fill("0000-0000-0000")
    page.locator("[name=organisation]").fill("Provkommunen")
    page.locator("[name=short_name]").fill("Provet")
    page.locator("[name=authority]").fill("Kommunstyrelsen")
    page.locator("[name=diary_prefix]").fill("KS")
    page.locator("[name=name]").fill("Åsa Provtjänst")
    page.locator("[name=email]").fill(MAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Starta Torget").click()
    expect(page.get_by_role("alert")).to_contain_text("Koden stämmer inte.")
    assert_accessible(page)
    page.locator("[name=code]").fill(printed[0])
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Starta Torget").click()
    page.wait_for_url("**/konto/2fa/totp/activate/")


def second_factor(page: Page) -> list[str]:
    """Without it the desk stays shut; with it there are codes for the day when the telephone is lost."""
    page.goto("/disk/")
    expect(page.get_by_role("heading", name="Koppla en app med engångskoder")).to_be_visible()
    assert_accessible(page)
    page.get_by_text("Det går inte att läsa in bilden").click()
    secret = page.locator("details .mono").inner_text().replace(" ", "")
    page.get_by_label("kod", exact=False).first.fill(code_now(secret))
    page.get_by_role("button", name="Koppla appen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dina reservkoder")
    assert_accessible(page)
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="Till inkorgen").click()
    return codes


def settings(page: Page) -> None:
    """The organisation's facts are there, and a change shows on the public pages at once."""
    page.get_by_role("link", name="Inställningar").click()
    expect(page.get_by_label("Organisationens namn")).to_have_value("Provkommunen")
    page.get_by_label("Telefon").fill("0000-11 22 33")
    page.get_by_role("button", name="Spara uppgifterna").click()
    expect(page.locator(".flash")).to_have_text("Sparat. Det gäller direkt.")
    # The answer at the end of the story goes out at once.
    page.get_by_label("Så många sekunder kan ett svar ångras").fill("0")
    page.get_by_label("Så många sekunder kan ett svar ångras").press("Enter")
    expect(page.locator(".flash")).to_have_text("Sparat. Det gäller direkt.")
    page.goto("/")
    expect(page.get_by_role("link", name="Ring 0000-11 22 33")).to_be_visible()
    expect(page.get_by_text("Här finns inga öppna svar än")).to_be_visible()
    assert_accessible(page)
    page.goto("/resultat/")
    expect(page.locator("h1")).to_contain_text("Inget hände")


def log_in_again(page: Page, code: str) -> None:
    """Out, and in again with password and a code."""
    page.goto("/disk/")
    page.locator(".me-menu summary").click()
    page.get_by_role("button", name="Logga ut").click()
    page.goto("/disk/")
    assert urlsplit(page.url).path == "/konto/login/"
    page.get_by_label("E-post").fill(MAIL)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skriv din engångskod")
    assert_accessible(page)
    page.locator("[name=code]").fill("000000")
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Logga in", exact=True).click()
    page.wait_for_url("**/disk/")


def answer_by_mail(page: Page, resident: Page, smtp: SMTPServer) -> None:
    """A question with an address gets its answer by a real mail server, once."""
    receipt = write(resident, "Hur söker man bygglov för en altan?", email="kim@exempel.example")
    open_from_queue(page, "Hur söker man bygglov")
    page.get_by_role("textbox", name="Ditt svar").fill("Du ansöker på vår webbplats. Det tar tio minuter.")
    page.get_by_role("button", name="Godkänn och skicka").click()
    expect(page.locator(".msg.out")).to_contain_text("Det tar tio minuter.")
    # The administrator has had a word of what was done to the account; the resident has the answer.
    until = time.monotonic() + 90
    while not (sent := [mail for mail in smtp.mails if mail.recipients == ("kim@exempel.example",)]):
        assert time.monotonic() < until, [mail.recipients for mail in smtp.mails]
        page.wait_for_timeout(100)
    mail = sent[0]
    content = mail.message.get_body(("plain",))
    assert content is not None
    assert "Det tar tio minuter." in content.get_content()
    assert receipt not in content.get_content(), "the secret address is not for the mail"
    resident.reload()
    expect(resident.locator(".answer.official")).to_contain_text("Det tar tio minuter.")
    assert [mail.recipients for mail in smtp.mails].count(("kim@exempel.example",)) == 1
    assert {mail.recipients for mail in smtp.mails} == {(MAIL,), ("kim@exempel.example",)}

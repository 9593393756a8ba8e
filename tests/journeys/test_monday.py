"""Monday: from the empty first start to the first answered mail, without a shell; the steps counted, the handbook held to them.

Torget runs as its operator starts it, the mail house is dovecot and postfix. What a person does goes through `Person`, which
counts each step and how long it takes by the keystroke-level model.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.test_first_start import code_now
from tests.journeys.town import ANSWERED
from tests.support.browser import PHONE, Pages, assert_accessible, assert_fits, follow
from tests.support.mailservers import MailServers
from tests.support.server import Torget
from torget.channels.base import Incoming
from torget.channels.mail import Mail
from torget.channels.maillive import MailLive

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook" / "kom-igang.md"
BOX, WRITER, PASSWORD = "fraga@provkommun.example.org", "ida@example.org", "en lång mening om granit"
ANSWER = "Hej! Den lagas i morgon förmiddag. Tack för att du sa till."
# Card, Moran and Newell, "The keystroke-level model for user performance time with interactive systems", CACM 23(7), 1980:
# seconds for a key (an average typist), to point, to press and let go, to move the hand, and to think before a deed.
KEY, POINT, PRESS, HAND, THINK = 0.28, 1.1, 0.2, 0.4, 1.35
# Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 109, 2019: silent reading of facts.
WORDS_A_MINUTE = 238
PHONE_SECONDS = 30
"""To take out the telephone, read the picture in with the app, and see the six digits: our own guess."""


class Person:
    """Someone at a page: counts what they do, and reads each page once from beginning to end."""

    def __init__(self, page: Page) -> None:
        self.page, self.steps, self.seconds = page, 0, 0.0
        self.seen: set[str] = set()

    def look(self) -> None:
        """Read the page, if it is new; it is sound, and fits a window and a telephone."""
        path = urlsplit(self.page.url).path
        if path in self.seen:
            return
        self.seen.add(path)
        self.seconds += len(self.page.locator("main").inner_text().split()) * 60 / WORDS_A_MINUTE
        assert_accessible(self.page)
        for width, height in (PHONE, (1440, 900)):
            self.page.set_viewport_size({"width": width, "height": height})
            assert_fits(self.page)

    def click(self, target: Locator) -> None:
        """A step: think, point, press; then read what comes."""
        target.click()
        self.steps += 1
        self.seconds += THINK + POINT + PRESS
        self.page.wait_for_load_state()
        self.look()

    def button(self, name: str) -> None:
        """Press a button by its words."""
        self.click(self.page.get_by_role("button", name=name).first)

    def link(self, name: str) -> None:
        """Follow a link by its words."""
        self.click(self.page.locator("main").get_by_role("link", name=name).first)

    def fill(self, name: str, text: str, *, pasted: bool = False) -> None:
        """A step: think, point, press, and type (or paste: two keys)."""
        self.page.locator(f"[name={name}]").fill(text)
        self.steps += 1
        self.seconds += THINK + POINT + PRESS + 2 * HAND + KEY * (2 if pasted else len(text))

    def choose(self, name: str, label: str) -> None:
        """A step: open a list and take one."""
        self.page.locator(f"[name={name}]").select_option(label=label)
        self.steps += 1
        self.seconds += THINK + 2 * (POINT + PRESS)


@pytest.fixture
def servers() -> Iterator[MailServers]:
    """A mail house for this story."""
    with MailServers() as running:
        yield running


def question(servers: MailServers) -> None:
    """A mail that lies in the mailbox on Monday morning."""
    mail = (
        f"From: Ida Testsson <{WRITER}>\r\nTo: {BOX}\r\nSubject: Lampan vid skolan\r\nMessage-ID: <m1@example.org>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nGatlampan vid skolan är släckt. Vem lagar den?\r\n"
    )
    servers.submit(WRITER, BOX, mail.encode())


def test_from_the_empty_first_start_to_the_first_answered_mail(
    installation_on: Callable[..., Torget], page_at: Pages, servers: MailServers
) -> None:
    question(servers)
    # The mail house is on this machine, where no channel may reach by itself; that is all that is set.
    torget = installation_on(TORGET_ALLOW_PRIVATE="1")
    # How the tables come about in an empty place is seen by test_first_start.py.
    torget.prepare()
    torget.start_web()
    # The colour that cannot be read is refused.
    person = Person(page_at(server=torget.url, expected=(ANSWERED.format(400),)))
    first_start(person, torget)
    second_factor(person)
    look_and_staff(person)
    mailbox(person, servers)
    rest_of_the_guide(person)
    answer(person)
    arrived(servers)
    told = HANDBOOK.read_text()
    steps, minutes = re.search(r"\*\*(\d+) steg\*\*", told), re.search(r"\*\*(\d+) minuter\*\*", told)
    assert steps and minutes
    assert person.steps == int(steps[1]), f"{person.steps} steps here, {steps[1]} in {HANDBOOK.name}"
    # Never more than is told, and not much less: how many words a page has hangs on the day (dates, closed days).
    assert -2 < person.seconds / 60 - int(minutes[1]) <= 0, f"{person.seconds / 60:.1f} minutes, {minutes[1]} told"
    assert person.seconds < 15 * 60
    colleague(person.page, page_at(*PHONE, server=torget.url, expected=(ANSWERED.format(410),)))


def first_start(person: Person, torget: Torget) -> None:
    """The code that the start printed, and six facts."""
    printed = re.search(r"\d{4}-\d{4}-\d{4}", torget.said())
    assert printed, torget.said()
    person.page.goto("/forsta-start/")
    person.look()
    person.fill("code", printed[0])
    person.fill("organisation", "Provkommunen")
    person.fill("short_name", "Provet")
    person.fill("name", "Åsa Provtjänst")
    person.fill("email", "asa@provkommun.example.org")
    person.fill("password", PASSWORD)
    person.button("Starta Torget")


def second_factor(person: Person) -> None:
    """The app, the reserve codes, and on to the guide."""
    secret = person.page.locator("details .mono").text_content()
    assert secret
    person.seconds += PHONE_SECONDS
    person.fill("code", code_now(secret.strip().replace(" ", "")))
    person.button("Koppla appen")
    person.link("Kom igång")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Kom igång")


def look_and_staff(person: Person) -> None:
    """A colour that can be read after one that cannot, the hours as they are, and a colleague asked in."""
    page = person.page
    person.link("Nästa steg")
    person.fill("colour", "#7ab800")
    follow(page.get_by_role("button", name="Spara utseendet"))
    said = page.locator(".error-summary").inner_text()
    nearest = re.search(r"(#\w{6}) räcker", said)
    assert nearest and "4,5:1" in said, said
    person.steps, person.seconds = person.steps + 1, person.seconds + THINK + POINT + PRESS
    person.fill("colour", nearest[1])
    person.button("Spara utseendet")
    # The colour is there, and what is read on it can be read.
    assert_accessible(page)
    person.button("Klar, nästa steg")
    person.button("Hoppa över")
    person.button("Klar, nästa steg")
    person.fill("name", "Bo Testsson")
    person.fill("email", "bo@provkommun.example.org")
    person.choose("role", "Kommunikatör")
    person.button("Bjud in")
    expect(page.get_by_text("Bo Testsson är inbjuden.")).to_be_visible()
    person.button("Klar, nästa steg")


def mailbox(person: Person, servers: MailServers) -> None:
    """Connected when what would come has been seen."""
    person.link("Anslut en brevlåda")
    person.fill("address", BOX)
    person.fill("password", servers.password, pasted=True)
    person.fill("host", servers.host)
    person.fill("port", str(servers.imaps))
    person.fill("smtp_host", servers.host)
    person.fill("smtp_port", str(servers.smtp))
    person.click(person.page.locator("summary", has_text="Fler inställningar"))
    person.fill("ca", servers.authority, pasted=True)
    person.button("Prova anslutningen")
    expect(person.page.locator("main")).to_contain_text("börjar med 1 meddelande")
    expect(person.page.locator("main")).to_contain_text("Lampan vid skolan")
    person.button("Anslut kontot")


def rest_of_the_guide(person: Person) -> None:
    """Left and taken up again; what is not needed today is skipped."""
    person.click(person.page.get_by_role("navigation", name="Arbetsytor").get_by_role("link", name="Kom igång"))
    expect(person.page.locator("main")).to_contain_text("Nästa steg: Tider och kostnader")
    person.link("Nästa steg")
    for _ in range(3):
        person.button("Hoppa över")
    person.button("Klar, nästa steg" if person.page.get_by_role("button", name="Klar, nästa steg").count() else "Klar")
    person.button("Lägg undan guiden")


def answer(person: Person) -> None:
    """The mail has come to the queue; it is opened and answered."""
    row = person.page.locator(".q li > a").filter(has_text="Lampan vid skolan")
    until = time.monotonic() + 70
    while not row.count():
        assert time.monotonic() < until, "the mail did not come to the queue"
        person.page.wait_for_timeout(500)
        person.page.reload()
    person.click(row.first)
    person.page.get_by_role("textbox", name="Ditt svar").fill(ANSWER)
    person.steps, person.seconds = (
        person.steps + 1,
        person.seconds + THINK + POINT + PRESS + 2 * HAND + KEY * len(ANSWER),
    )
    person.button("Godkänn och skicka")


def arrived(servers: MailServers) -> None:
    """The answer, which rests half a minute so that it can be undone, lies in the resident's mailbox, in the thread."""
    until = time.monotonic() + 90
    while not (raws := MailLive().fetch(servers.connection(WRITER), {}).raws):
        assert time.monotonic() < until, servers.log()
        time.sleep(0.2)
    (mail,) = Mail().read(raws[0], own=WRITER)
    assert isinstance(mail, Incoming)
    assert mail.text.startswith(ANSWER) and mail.in_reply_to == "m1@example.org"


def colleague(admin: Page, page: Page) -> None:
    """The one who was asked in opens the link on a telephone and comes in by the keyboard alone."""
    admin.goto("/installningar/medarbetare/")
    assert_accessible(admin)
    admin.get_by_text("Visa länken").click()
    link = admin.locator("details[open] .mono").inner_text()
    page.goto(urlsplit(link).path)
    assert_accessible(page)
    assert_fits(page)
    expect(page.locator("[name=name]")).to_have_value("Bo Testsson")
    page.locator("[name=name]").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("en annan mening om sten")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/konto/2fa/totp/activate/")
    secret = page.locator("details .mono").text_content()
    assert secret
    page.locator("[name=code]").focus()
    page.keyboard.type(code_now(secret.strip().replace(" ", "")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dina reservkoder")
    expect(page.locator("main").get_by_role("link", name="Kom igång")).to_have_count(0)
    page.get_by_role("link", name="Till inkorgen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/disk/")
    page.goto(urlsplit(link).path)
    expect(page.locator("main")).to_contain_text("redan använd")

"""States that a page can be in besides the one it opens in: what is wrong, empty, open, long, narrow.

Each is reached as a person reaches it, in a town that runs already; `STATES` is what the checks and the statement count.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.journeys.pages import ADMINISTRATOR, AMINA, BY_NAME, REGISTRAR, address
from tests.journeys.town import Town, Visit

LONG_WORD = "Samhällsbyggnadsförvaltningens" * 4
LONG = f"{LONG_WORD} " + "En mening till om vägen, bron och isen. " * 60


@dataclass(frozen=True, slots=True)
class State:
    """A state: its name, who reaches it, from which page of `pages.py` or address, and what they do there."""

    name: str
    start: str
    reach: Callable[[Page], None]
    role: str = ""
    narrow: bool = False


def _send_empty(button: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("alert").first).to_be_visible()

    return reach


def _as_it_opens(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_attached()


def _open_all(page: Page) -> None:
    # An open box closes its neighbours where they share a name; what is left open is what a person can have open.
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


def _menu(page: Page) -> None:
    page.locator(".me-menu summary").click()
    expect(page.get_by_role("button", name="Logga ut")).to_be_visible()


def _dialog(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def _wrong_password(page: Page) -> None:
    page.get_by_label("E-post").fill("ingen@exempel.example")
    page.get_by_label("Lösenord").fill("fel fel fel fel")
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()


def _long_text(page: Page) -> None:
    page.get_by_label("Vad vill du säga eller fråga?").fill(LONG)
    page.get_by_label("Rubrik").fill(LONG_WORD)
    page.get_by_label("Din e-postadress").fill("utan-snabel-a")
    page.get_by_role("button", name="Skicka till oss").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _long_receipt(page: Page) -> None:
    page.get_by_label("Vad vill du säga eller fråga?").fill(LONG)
    page.get_by_label("Rubrik").fill(LONG_WORD)
    page.get_by_role("button", name="Skicka till oss").click()
    page.wait_for_url("**/kvitto/*/")


def _copied(page: Page) -> None:
    page.get_by_role("button", name="Kopiera länken").click()


def _pane(name: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.get_by_role("navigation", name="Vy").get_by_role("link", name=name).click()

    return reach


def _focus_text(page: Page) -> None:
    page.get_by_label("Vad vill du säga eller fråga?").focus()


STATES = (
    State("skriv-fel", "skriv", _send_empty("Skicka till oss"), narrow=True),
    State("skriv-lang-fel", "skriv", _long_text, narrow=True),
    State("kvitto-lang", "skriv", _long_receipt, narrow=True),
    State("skriv-brist", "/skriv/?om=tillganglighet", _as_it_opens),
    State("kvitto-kopierat", "kvitto", _copied),
    State("skriv-i-rutan", "skriv", _focus_text),
    State("anmal-fel", "anmal", _send_empty("Skicka anmälan"), narrow=True),
    State("diarium-tomt-smalt", "diarium-tomt", _as_it_opens, narrow=True),
    State("login-fel", "login", _wrong_password, narrow=True),
    State("stor-square", "/stor/", _as_it_opens, narrow=True),
    State("stor-skriv-fel", "/stor/skriv/", _send_empty("Skicka till oss"), narrow=True),
    State("stor-diarium", "/stor/diarium/", _as_it_opens, narrow=True),
    State("disk-meny", "disk", _menu, role=AMINA),
    State("disk-genvagar", "disk", _dialog, role=AMINA),
    State("disk-allt-oppet", "disk-samtal", _open_all, role=AMINA),
    State("disk-flik-ko", "disk-samtal", _pane("Kö"), role=AMINA, narrow=True),
    State("disk-flik-underlag", "disk-samtal", _pane("Underlag"), role=AMINA, narrow=True),
    State("disk-tom-ko", "/disk/?ko=mine&kanal=csv", _as_it_opens, role=AMINA),
    State("sok-utan-traff", "/disk/sok/?q=zyxomatik", _as_it_opens, role=AMINA),
    State("karantan-oppen", "karantan", _open_all, role=AMINA),
    State("inlagg-fel", "inlagg-nytt", _send_empty("Spara inlägget"), role=AMINA),
    State("svarsmall-fel", "svarsmall-ny", _send_empty("Spara mallen"), role=AMINA),
    State("nytt-arende-fel", "registrator-nytt-arende", _send_empty("Öppna ärendet"), role=REGISTRAR),
    State("registrator-oppen", "registrator-handling", _open_all, role=REGISTRAR),
    State("installningar-oppna", "installningar", _open_all, role=ADMINISTRATOR),
    State("tillganglighet-fel", "tillganglighet-installningar", _send_empty("Lägg till bristen"), role=ADMINISTRATOR),
)


def open_state(state: State, page: Page, town: Town, visit: Visit) -> None:
    """Bring the page into a state, from nowhere."""
    page.set_viewport_size({"width": 390, "height": 844} if state.narrow else {"width": 1440, "height": 900})
    page.goto("about:blank")
    page.goto(state.start if state.start.startswith("/") else address(BY_NAME[state.start], town, visit))
    if state.name == "tillganglighet-fel":
        page.get_by_text("Lägg till en brist").click()
    state.reach(page)

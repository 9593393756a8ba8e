"""The whole task without a mouse, for each role: Tab to what is needed, type, press. The pointer is never used.

On the way each stop has to be ringed, in the window and not covered, and Tab has to lead on: that is `Keys.to`.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.measured import Measured
from tests.journeys.pages import ADMINISTRATOR, AMINA, APPROVER, REGISTRAR
from tests.journeys.town import ANSWERED, Town, Visit

MOST = 220
# As `looking.FOCUS`, of the one stop where focus is now: nothing, or what is wrong with it.
STOP = """() => { const one = document.activeElement; if (!one || one === document.body) return "";
  const style = getComputedStyle(one), box = one.getBoundingClientRect(), told = one.outerHTML.slice(0, 100);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  // A field for a day or a time rings itself while one of its parts has focus; a link over a whole page none.
  if (!ring) return `no ring: ${told}`;
  const seen = [0.1, 0.5, 0.9].some(x => [0.1, 0.5, 0.9].some(y => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (one.contains(top) || top.contains(one) || (top.closest("label")?.control ?? null) === one) }));
  return seen ? "" : `covered or out of sight: ${told}` }"""


class Keys:
    """A person at a keyboard on one page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, wanted: Locator) -> Locator:
        """Press Tab until `wanted` has focus. Errors: AssertionError for a trap, or for a stop that is not seen."""
        stuck, last = 0, ""
        for _ in range(MOST):
            if wanted.count() and wanted.first.evaluate("one => one === document.activeElement"):
                return wanted.first
            self.page.keyboard.press("Tab")
            wrong = self.page.evaluate(STOP)
            assert not wrong, f"{self.page.url}: {wrong}"
            here = self.page.evaluate("document.activeElement?.outerHTML.slice(0, 200) ?? ''")
            stuck = stuck + 1 if here == last else 0
            # A field for a day has four parts of its own.
            assert stuck < 6, f"Tab leads nowhere from {here}"
            last = here
        raise AssertionError(f"{wanted} cannot be reached by Tab on {self.page.url}")

    def press(self, wanted: Locator, key: str = "Enter") -> None:
        """Go there and press it."""
        self.to(wanted)
        self.page.keyboard.press(key)

    def write(self, wanted: Locator, text: str) -> None:
        """Go there and write, in place of what stood there."""
        self.to(wanted)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, wanted: Locator, first_letters: str) -> None:
        """Go to a list and choose by its first letters."""
        self.to(wanted)
        self.page.keyboard.type(first_letters)


def _button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def _asked(town: Town, page: Page, keys: Keys, subject: str) -> None:
    """A new question, found and opened in the queue by keyboard."""
    town.post(f"{subject}\n\nVi undrar det.")
    page.goto("/disk/?ko=new")
    keys.press(page.locator(".q li > a").filter(has_text=subject))
    expect(page.locator("#amne")).to_contain_text(subject[:20])


def resident(town: Town, visit: Visit) -> None:
    """From the square to the receipt, past the menu, with one fault on the way."""
    page = visit(expected=(ANSWERED.format(400),))
    keys = Keys(page)
    page.goto("/")
    keys.press(page.get_by_role("link", name="Hoppa till innehållet"))
    keys.press(page.get_by_role("main").get_by_role("link", name="Skriv till oss").first)
    page.wait_for_url("**/skriv/")
    keys.press(_button(page, "Skicka till oss"))
    expect(page.get_by_role("alert")).to_be_visible()
    keys.press(page.get_by_role("alert").get_by_role("link").first)
    expect(page.get_by_label("Vad vill du säga eller fråga?")).to_be_focused()
    page.keyboard.type("Får man cykla över Torget?")
    keys.press(_button(page, "Skicka till oss"))
    page.wait_for_url("**/kvitto/*/")
    keys.to(page.get_by_label("Länk till ditt kvitto"))
    keys.press(page.get_by_role("link", name="Större text"))
    page.wait_for_url("**/stor/kvitto/*/")


def handler(town: Town, visit: Visit) -> None:
    """Take, write, and ask a colleague for approval; the expert's link is another journey."""
    page = visit(role=AMINA)
    keys = Keys(page)
    _asked(town, page, keys, "Varför låser ni grinden vid dammen?")
    keys.press(_button(page, "Ta samtalet"))
    expect(page.locator(".lockbar")).to_contain_text("Du svarar nu.")
    keys.write(page.get_by_role("textbox", name="Ditt svar"), "Den går i lås av sig själv. Vi byter låset i maj.")
    keys.press(page.locator("summary").filter(has_text="Be om godkännande"))
    keys.choose(page.get_by_label("Av vem"), "Jonas")
    keys.press(page.locator("button[name=be_om_godkannande]"))
    expect(page.locator(".flash")).to_have_text("Du har bett om godkännande.")


def approver(town: Town, visit: Visit) -> None:
    """From the notice to the approved answer."""
    handler(town, visit)
    page = visit(role=APPROVER)
    keys = Keys(page)
    page.goto("/disk/")
    keys.press(page.get_by_role("link", name="Notiser"))
    keys.press(page.locator(".notices li").filter(has_text="grinden vid dammen").get_by_role("link"))
    expect(page.get_by_text("Väntar på ditt godkännande")).to_be_visible()
    keys.press(page.locator("button[data-approve]"))
    expect(page.locator(".msg.out").first).to_contain_text("Vi byter låset i maj.")


def registrar(town: Town, visit: Visit) -> None:
    """Confirm a record as another kind than was proposed."""
    town.post("Vem äger bron vid kvarnen?")
    page = visit(role=REGISTRAR)
    keys = Keys(page)
    page.goto("/disk/registrator/?skal=addressed_to_us")
    handled = page.locator('.q a[aria-current="true"]').get_attribute("href")
    keys.press(page.get_by_role("main").locator("#samtal").get_by_role("button", name=re.compile("^Bekräfta")).first)
    expect(page.get_by_role("status").filter(has_text="Bekräftat")).to_be_visible()
    assert page.locator('.q a[aria-current="true"]').get_attribute("href") != handled


def administrator(town: Town, visit: Visit) -> None:
    """Write a shortcoming in the statement, see it there, and take it away again."""
    page = visit(role=ADMINISTRATOR)
    keys = Keys(page)
    page.goto("/installningar/")
    keys.press(page.get_by_role("navigation", name="Delar").get_by_role("link", name="Tillgänglighet"))
    page.wait_for_url("**/installningar/tillganglighet/")
    keys.press(page.locator("summary").filter(has_text="Lägg till en brist"))
    keys.write(page.get_by_label("Vad går inte att använda?"), "Kartan över vägar")
    keys.write(page.get_by_label("Varför?"), "Den går inte att läsa upp.")
    keys.press(_button(page, "Lägg till bristen"))
    expect(page.get_by_role("status").filter(has_text="Bristen står i redogörelsen nu.")).to_be_visible()
    keys.press(page.get_by_role("link", name="Visa redogörelsen"))
    expect(page.get_by_role("heading", name="Kartan över vägar")).to_be_visible()
    page.goto("/installningar/tillganglighet/")
    keys.press(page.get_by_role("button", name="Ta bort Kartan över vägar"))
    expect(page.get_by_role("status").filter(has_text="Borttaget ur redogörelsen.")).to_be_visible()


def expert(town: Town, visit: Visit) -> None:
    """A colleague asks an expert, who answers from the link in the mail, without logging in."""
    staff = visit(role=AMINA)
    keys = Keys(staff)
    _asked(town, staff, keys, "Hur djup är dammen vid kvarnen?")
    number = re.search(r"/disk/(\d+)/", staff.url)
    assert number
    staff.goto(f"/disk/expert/fraga/{number[1]}/")
    keys.write(staff.locator("#expert_to"), "vera@ekevik.example")
    keys.write(staff.get_by_role("main").locator("textarea").first, "Hur djup är den?")
    keys.press(_button(staff, "Skicka frågan"))
    expect(staff.locator(".flash").first).to_be_visible()
    link = _link_in_mail(town, staff)
    page = visit()
    hers = Keys(page)
    page.goto(link)
    hers.write(page.get_by_role("main").locator("textarea").first, "Två meter på mitten.")
    hers.press(page.get_by_role("main").get_by_role("button", name=re.compile("^Skicka svaret")))
    expect(page.get_by_role("heading", level=1)).to_contain_text("har fått ditt svar")


def _link_in_mail(town: Town, page: Page) -> str:
    for _ in range(100):
        mails = [
            mail for mail in town.mails() if "To: vera@ekevik.example" in mail and "Hur djup" in mail.replace("=\n", "")
        ]
        for mail in reversed(mails):
            if found := re.search(r"/expert/[\w-]{16,}/", mail.replace("=\n", "")):
                return found[0]
        page.wait_for_timeout(100)
    raise AssertionError("no mail with the expert's link in the town's folder")


JOURNEYS: dict[str, Callable[[Town, Visit], None]] = {
    "resident": resident,
    "approver": approver,
    "registrar": registrar,
    "administrator": administrator,
    "expert": expert,
}


@pytest.mark.parametrize("role", JOURNEYS)
def test_the_whole_task_without_a_mouse(role: str, town: Town, visit: Visit, measured: Measured) -> None:
    # The approver's journey begins with the communicator's.
    names = ["communicator", "approver"] if role == "approver" else [role]
    try:
        JOURNEYS[role](town, visit)
    except AssertionError:
        for name in names:
            measured.saw("keyboard", name, True)
        raise
    for name in names:
        measured.saw("keyboard", name, False)

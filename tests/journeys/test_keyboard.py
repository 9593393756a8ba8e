"""With the keyboard alone: single keys at the desk, visible focus in order, the skip link."""

from playwright.sync_api import Page, expect

from tests.journeys.pages import AMINA, open_page
from tests.journeys.town import Town, Visit

FOCUSED = """() => { const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return { html: one.outerHTML.slice(0, 100), body: one === document.body, outline: parseFloat(style.outlineWidth),
           style: style.outlineStyle, seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
           order: [...document.querySelectorAll("*")].indexOf(one) } }"""


def test_single_keys_walk_the_queue(town: Town, visit: Visit) -> None:
    for place in ("Ekhöjden", "Norrby", "Sjövik"):
        town.post(f"När sopas grusgången i {place}?")
    page = visit(role=AMINA)
    page.goto("/disk/")
    rows = page.locator(".q li > a")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()
    subject = rows.nth(1).locator(".r2").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#amne")).to_have_text(subject)
    # Its place may be another by now: how many ask the same has been counted meanwhile.
    expect(page.locator('.q li > a[aria-current="true"] .r2')).to_have_text(subject)
    page.keyboard.press("r")
    box = page.get_by_role("textbox", name="Ditt svar")
    expect(box).to_be_focused()
    # In a field the keys are letters.
    before = box.input_value()
    page.keyboard.press("End")
    page.keyboard.type("jkr?")
    assert len(box.input_value()) == len(before) + 4
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_keys_are_listed_and_can_be_switched_off(visit: Visit) -> None:
    page = visit(role=AMINA)
    page.goto("/disk/")
    dialog, switch = page.get_by_role("dialog", name="Genvägar"), page.get_by_label("Använd genvägar")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(switch).to_be_checked()
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(".q li > a:focus")).to_have_count(0)
    page.reload()
    page.keyboard.press("j")
    expect(page.locator(".q li > a:focus")).to_have_count(0)
    # The list still opens, since it is the way back.
    page.keyboard.press("?")
    expect(switch).not_to_be_checked()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(".q li > a:focus")).to_have_count(1)


def walk(page: Page, most: int = 200) -> list[str]:
    """Press Tab from the top until the window is left; what was focused, each seen to be visible, ringed and in order."""
    seen: list[str] = []
    last = -1
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["body"] or at["order"] < last:
            return seen
        assert at["seen"], f"focus out of sight on {page.url}: {at['html']}"
        assert at["style"] != "none", f"no ring on {page.url}: {at['html']}"
        assert at["outline"] >= 2, f"a thin ring on {page.url}: {at['html']}"
        last = at["order"]
        seen.append(at["html"])
    return seen


def test_focus_is_seen_and_goes_in_order(town: Town, visit: Visit) -> None:
    # Names of pages whose address has no fragment, since focus would begin there.
    least = {"skriv": 15, "kvitto-svar": 10, "disk-en": 25, "installningar": 30}
    for name, count in least.items():
        page = open_page(name, town, visit)
        assert len(walk(page)) >= count, name


def test_the_skip_link_goes_past_the_menu(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Hoppa till innehållet")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="Skriv till oss")).to_be_focused()

"""Every state that is not a page of its own: errors, empty lists, open menus, long words, tabs, large type."""

import pytest

from tests.journeys import looking
from tests.journeys.measured import Measured
from tests.journeys.pages import ADMINISTRATOR, AMINA, OPEN, REGISTRAR, address
from tests.journeys.states import STATES, open_state
from tests.journeys.town import ANSWERED, Town, Visit
from tests.support.browser import assert_fits

# All but what a state shares with its page: motion is asked of pages only.
ASKED = ("axe", "names", "targets", "focus", "spacing")


@pytest.mark.parametrize("role", ["", AMINA, REGISTRAR, ADMINISTRATOR], ids=lambda role: role or "anyone")
def test_every_state_is_accessible(role: str, town: Town, visit: Visit, measured: Measured) -> None:
    page = visit(role=role, expected=(ANSWERED.format(400),))
    found: list[str] = []
    for state in [state for state in STATES if state.role == role]:
        open_state(state, page, town, visit)
        for check in ASKED:
            # Focus would fold away what the state is about, and a dialog holds it.
            if check == "focus" and state.name in ("disk-meny", "disk-genvagar"):
                continue
            wrong = looking.CHECKS[check](page)
            measured.saw(check, state.name, wrong)
            found += [f"{state.name}, {check}: {line}" for line in wrong]
        if state.narrow:
            page.set_viewport_size({"width": 320, "height": 700})
            wrong = looking.wide(page)
            measured.saw("narrow", state.name, wrong)
            found += [f"{state.name}: {line}" for line in wrong]
        if not role:
            page.context.clear_cookies()
    assert not found, "\n".join(found)


def test_large_type_fits_and_stays_from_page_to_page(town: Town, visit: Visit, measured: Measured) -> None:
    page = visit()
    found: list[str] = []
    for shown in [shown for shown in OPEN if shown.status == 200 and shown.name != "components"]:
        path = address(shown, town, visit)
        page.goto("/stor" + path)
        wrong = []
        for width in (1440, 1024, 390, 320):
            page.set_viewport_size({"width": width, "height": 700})
            wrong += looking.wide(page)
        size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)")
        if size < 24:
            wrong.append(f"the text of {page.url} is {size} px")
        led = page.locator("a[href^='/']:not([href^='/stor/'], [href^='/static/'])").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        )
        # But for the way back, at the foot.
        wrong += [f"{shown.name} leads out of large type to {href}" for href in led if href != path.partition("?")[0]]
        measured.saw("large", shown.name, wrong)
        found += wrong
    assert not page.context.cookies(), "large type is an address and keeps nothing"
    assert not found, "\n".join(found)


def test_the_way_into_large_type_and_out_again(visit: Visit) -> None:
    page = visit()
    page.goto("/skriv/")
    page.get_by_role("contentinfo").get_by_role("link", name="Större text").click()
    page.wait_for_url("**/stor/skriv/")
    page.get_by_label("Vad vill du säga eller fråga?").fill("Kan jag få texten större?")
    page.get_by_role("button", name="Skicka till oss").click()
    page.wait_for_url("**/stor/kvitto/*/")
    page.get_by_role("contentinfo").get_by_role("link", name="In English").click()
    page.wait_for_url("**/stor/en/kvitto/*/")
    page.get_by_role("contentinfo").get_by_role("link", name="Ordinary text").click()
    page.wait_for_url(lambda url: "/stor/" not in url)
    assert_fits(page)
    page.goto("/stor/disk/?ko=new")
    page.wait_for_url(lambda url: "/stor/" not in url)

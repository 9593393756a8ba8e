"""A screen as the person has set it: forced colours, no motion, a telephone with three tabs, controls that a thumb can hit."""

import pytest
from playwright.sync_api import expect

from tests.journeys.pages import AMINA, BY_NAME, address, open_page
from tests.journeys.town import Town, Visit
from tests.support.browser import assert_fits


@pytest.mark.parametrize("role", ["", AMINA], ids=["anyone", "staff"])
def test_forced_colours_and_motion(role: str, town: Town, visit: Visit) -> None:
    page = visit(role=role, forced_colors="active", still=False)
    for name in ("square", "kvitto-svar", "disk-samtal", "resultat"):
        if BY_NAME[name].role == role:
            page.goto(address(BY_NAME[name], town, visit))
            assert page.evaluate("matchMedia('(forced-colors: active)').matches")
            expect(page.locator("h1")).to_be_attached()
            assert_fits(page)


def test_nothing_moves_for_who_wants_it_still(town: Town, visit: Visit) -> None:
    page = open_page("square", town, visit)
    moving = "all => all.map(one => parseFloat(getComputedStyle(one).transitionDuration)).filter(time => time > 0.01)"
    assert page.locator("*").evaluate_all(moving) == []


def test_the_answer_can_be_reached_at_200_percent(town: Town, visit: Visit) -> None:
    page = open_page("disk-samtal", town, visit, 720, 450, device_scale_factor=2)
    for control in ("Godkänn och skicka", "Bekräfta handlingen"):
        page.get_by_role("button", name=control).scroll_into_view_if_needed()
        expect(page.get_by_role("button", name=control)).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_three_tabs_on_a_phone(town: Town, visit: Visit, scripts: bool) -> None:
    page = open_page("disk-samtal", town, visit, 390, 844, scripts=scripts)
    panes = {name: page.locator(f"#{name}") for name in ("ko", "samtal", "underlag")}

    def only(shown: str) -> None:
        for name, pane in panes.items():
            expect(pane).to_be_visible(visible=name == shown)
        assert_fits(page)

    tabs = page.get_by_role("navigation", name="Vy")
    only("samtal")
    tabs.get_by_role("link", name="Underlag").click()
    only("underlag")
    tabs.get_by_role("link", name="Kö").click()
    only("ko")
    page.locator(".q li > a").first.click()
    only("samtal")
    bottom = tabs.bounding_box()
    assert bottom is not None
    assert abs(bottom["y"] + bottom["height"] - 844) < 2, "the tabs lie at the bottom of the window"


def test_public_controls_are_large_enough(town: Town, visit: Visit) -> None:
    page = visit(390, 844)
    small = """all => all.filter(one => one.checkVisibility() && !one.closest(".honey") && !one.closest("label.check"))
      .map(one => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 80)]).filter(([height]) => height < 44)"""
    for name in ("skriv", "kvitto-svar", "square"):
        page.goto(address(BY_NAME[name], town, visit))
        controls = page.locator("main .btn, main input:not([type=hidden]), main textarea, main select")
        assert controls.evaluate_all(small) == [], name

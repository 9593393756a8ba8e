"""Sizes and settings of a screen: phone, narrow, zoomed, dark, forced colours; nothing is lost and nothing scrolls sideways."""

import pytest
from playwright.sync_api import expect

from tests.journeys.pages import PAGES, open_page
from tests.journeys.town import Town, Visit
from tests.support.browser import assert_fits

ALL = [shown.name for shown in PAGES]
# One of each kind of page; the others are made of the same parts.
KINDS = ("square", "skriv", "kvitto-svar", "diarium", "disk", "disk-samtal", "karantan", "resultat", "installningar")
# Controls that are cut off at the right or left edge of the window, out of reach for who cannot scroll sideways.
CUT_OFF = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary")]
  .filter(one => one.checkVisibility() && !one.closest(".scroll, .health, .honey, .skip, .bar nav"))
  .filter(one => { const box = one.getBoundingClientRect();
                   return box.width > 1 && (box.left < -1 || box.right > document.documentElement.clientWidth + 1) })
  .map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("name", ALL)
def test_a_page_fits_a_narrow_window(name: str, town: Town, visit: Visit) -> None:
    page = open_page(name, town, visit, 390, 844)
    for width in (390, 360, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert_fits(page)
        assert page.evaluate(CUT_OFF) == [], f"cut off at {width} px"


@pytest.mark.parametrize("name", KINDS)
def test_a_page_fits_at_200_percent(name: str, town: Town, visit: Visit) -> None:
    # 1440 × 900 zoomed to 200 %: half the CSS pixels, each of them four.
    page = open_page(name, town, visit, 720, 450, device_scale_factor=2)
    assert_fits(page)
    assert page.evaluate(CUT_OFF) == []
    if name == "disk-samtal":
        for control in ("Godkänn och skicka", "Bekräfta handlingen"):
            page.get_by_role("button", name=control).scroll_into_view_if_needed()
            expect(page.get_by_role("button", name=control)).to_be_in_viewport()


@pytest.mark.parametrize("name", KINDS)
def test_text_spaced_out_is_not_cut(name: str, town: Town, visit: Visit) -> None:
    # WCAG 2.2, 1.4.12, as far as it can be set without a style of our own: root text at 200 %.
    page = open_page(name, town, visit, 1280, 900)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert_fits(page)
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {"dark": True}, {"still": False}], ids=str)
@pytest.mark.parametrize("name", ["square", "kvitto-svar", "disk-samtal", "resultat"])
def test_a_page_opens_as_the_person_has_set_it(name: str, options: dict[str, object], town: Town, visit: Visit) -> None:
    page = open_page(name, town, visit, **options)
    expect(page.locator("h1")).to_be_attached()
    assert_fits(page)


def test_nothing_moves_for_who_wants_it_still(town: Town, visit: Visit) -> None:
    page = open_page("square", town, visit)
    moving = "all => all.map(one => parseFloat(getComputedStyle(one).transitionDuration)).filter(time => time > 0.01)"
    assert page.locator("*").evaluate_all(moving) == []


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
    page.locator(".q li > a").nth(1).click()
    only("samtal")
    bottom = tabs.bounding_box()
    assert bottom is not None
    assert abs(bottom["y"] + bottom["height"] - 844) < 2, "the tabs lie at the bottom of the window"


@pytest.mark.parametrize("name", ["skriv", "kvitto-svar", "square"])
def test_public_controls_are_large_enough(name: str, town: Town, visit: Visit) -> None:
    page = open_page(name, town, visit, 390, 844)
    small = """all => all.filter(one => one.checkVisibility() && !one.closest(".honey"))
      .map(one => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 80)]).filter(([height]) => height < 44)"""
    assert (
        page.locator("main .btn, main input:not([type=hidden]), main textarea, main select").evaluate_all(small) == []
    )

"""Three at once on the same storm: all see it come without asking, one answers, and the words of the others are kept."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.pages import ADMINISTRATOR, AMINA, APPROVER
from tests.journeys.town import ANSWERED, Town, Visit
from tests.support.browser import assert_accessible, follow

STREETS = ("Eklövsvägen", "Norrbygatan", "Sjöviksvägen")
FIRST, SECOND = "Plogen kommer till Eklövsvägen före klockan 18.", "Vi plogar Eklövsvägen i kväll."
# A script of the page can be asked whether it is still the same page.
STAY, STAYED = "window.isStillHere = true", "window.isStillHere === true"
# What comes by the stream is there within seconds; a loaded machine is given more.
SOON_MS = 60_000


def row(page: Page, text: str) -> Locator:
    """The row of the queue that says so."""
    return page.locator(".q li > a").filter(has_text=text)


def test_three_at_once_on_the_same_storm(town: Town, visit: Visit) -> None:
    amina, jonas = visit(role=AMINA), visit(role=APPROVER)
    ali = visit(role=ADMINISTRATOR, expected=(ANSWERED.format(409),))
    for page in (amina, jonas, ali):
        page.goto("/disk/")
        page.evaluate(STAY)
    for street in STREETS:
        town.post(f"Hela {street} är oplogad efter snöstormen. Ambulansen kommer inte fram.")
    for page in (amina, jonas, ali):
        for street in STREETS:
            expect(row(page, street)).to_be_visible(timeout=SOON_MS)
        assert page.evaluate(STAYED), "the page was loaded anew"

    for page in (amina, jonas, ali):
        row(page, STREETS[0]).click()
        expect(page.locator("#amne")).to_contain_text(STREETS[0])
        page.evaluate(STAY)
    box = ali.get_by_role("textbox", name="Ditt svar")
    box.fill(SECOND)
    amina.get_by_role("button", name="Ta samtalet").click()
    expect(amina.locator(".lockbar")).to_contain_text("Du svarar nu.")

    # The lock shows where the others are, and what one of them is writing stays in the field.
    for page in (jonas, ali):
        expect(page.locator(".lockbar")).to_contain_text("Amina svarar nu.", timeout=SOON_MS)
        expect(row(page, STREETS[0]).locator(".lockchip")).to_contain_text("Amina svarar nu")
        assert page.evaluate(STAYED), "the page was loaded anew"
    expect(box).to_have_value(SECOND)
    assert_accessible(jonas)

    amina.get_by_role("textbox", name="Ditt svar").fill(FIRST)
    amina.get_by_role("button", name="Godkänn och skicka").click()
    expect(amina.locator(".msg.out")).to_contain_text(FIRST)
    expect(jonas.locator(".msg.out")).to_contain_text(FIRST, timeout=SOON_MS)
    assert jonas.evaluate(STAYED), "the page was loaded anew"
    the_late_answer_is_refused(ali)


def the_late_answer_is_refused(ali: Page) -> None:
    """The page says that the thread has moved; one who sends all the same has the words back and nothing goes out."""
    box = ali.get_by_role("textbox", name="Ditt svar")
    expect(ali.locator(".msg.out")).to_contain_text(FIRST, timeout=SOON_MS)
    expect(ali.get_by_text("Något nytt har kommit i tråden.")).to_be_visible()
    expect(box).to_have_value(SECOND)
    box.press("Control+Enter")
    expect(ali.get_by_role("alert")).to_contain_text("Det har hänt något i samtalet sedan du började.")
    expect(ali.locator(".msg.out")).to_have_count(1)
    expect(box).to_have_value(SECOND)
    assert_accessible(ali)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_storm_is_chosen_and_tagged_together(town: Town, visit: Visit, scripts: bool) -> None:
    street = "Ekallén" if scripts else "Granallén"
    for house in (1, 2):
        town.post(f"Snövallen vid {street} {house} spärrar utfarten.")
    page = visit(role=AMINA, scripts=scripts)
    page.goto("/disk/?ko=new&valj=1")
    for house in (1, 2):
        page.locator(".q li").filter(has_text=f"{street} {house}").get_by_role("checkbox").check()
    follow(page.get_by_role("button", name="Sätt taggar"))
    if scripts:
        assert_accessible(page)
    page.get_by_label("Taggar, med komma emellan").fill("storm")
    page.get_by_role("button", name="Sätt taggar").click()
    expect(page.get_by_text("Gjort för 2 samtal.")).to_be_visible()
    expect(page.get_by_role("button", name="Ångra")).to_be_visible()
    if scripts:
        # axe is a script itself.
        assert_accessible(page)
    page.goto("/disk/?ko=all&tagg=storm")
    expect(page.locator(".q li").filter(has_text=street)).to_have_count(2)

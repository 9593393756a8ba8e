"""A registrar's morning by keyboard: confirm one, confirm many, undo, correct, join, close; and without script."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.town import Town, Visit
from tests.support.browser import assert_accessible, follow

QUEUE = "/disk/registrator/"


def _key(page: Page, key: str) -> None:
    """A single key outside every field."""
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press(key)


def test_a_registrars_morning(town: Town, visit: Visit) -> None:
    for number in range(3):
        town.post(f"Fråga till registratorn nummer {number}: när målas bänken?")
    # Cases of two authorities are not joined: that answer is part of the story.
    page = visit(role="Registrator", expected=("status of 409",))
    confirm_one(page)
    confirm_many_and_undo(page)
    dnr = correct(page)
    join_and_close(page, dnr)


def confirm_one(page: Page) -> None:
    """B confirms as proposed and the next record stands there."""
    page.goto(f"{QUEUE}?skal=addressed_to_us")
    first = page.locator("#amne").inner_text()
    assert_accessible(page)
    handled = page.locator('.q a[aria-current="true"]').get_attribute("href")
    with page.expect_navigation():
        _key(page, "b")
    expect(page.get_by_role("status").filter(has_text="Bekräftat")).to_be_visible()
    assert page.locator('.q a[aria-current="true"]').get_attribute("href") != handled
    assert first
    page.keyboard.press("?")
    expect(page.get_by_text("Bekräfta som föreslaget, och gå till nästa")).to_be_visible()
    page.get_by_role("button", name="Stäng listan").click()


def confirm_many_and_undo(page: Page) -> None:
    """A shows all with the same reason, B confirms them, Z would be too quick: the button undoes it."""
    page.goto(f"{QUEUE}?skal=public_comment")
    with page.expect_navigation():
        _key(page, "a")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"Bekräfta \d+ handling"))
    assert_accessible(page)
    page.get_by_role("button", name=re.compile(r"Bekräfta \d+ handling")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Senaste besluten")
    page.get_by_role("button", name="Ångra").first.click()
    expect(page.get_by_text("Ångrat för")).to_be_visible()


def correct(page: Page) -> str:
    """Of a record's page: what stood before stays in sight. The number of its case."""
    page.goto(f"{QUEUE}?skal=addressed_to_us")
    page.get_by_role("link", name="Sekretess, rättelser, skyddad identitet").click()
    _key(page, "f")
    page.get_by_label("Vad är fel").select_option("subject")
    page.get_by_label("Rätt ärendemening eller avsändare").fill("Målning av bänk")
    page.get_by_label("Varför").fill("Tydligare ärendemening")
    page.get_by_role("button", name="Rätta uppgiften").click()
    expect(page.get_by_role("heading", name="Rättelser")).to_be_visible()
    expect(page.get_by_text("Tydligare ärendemening")).to_be_visible()
    assert_accessible(page)
    return page.locator(".crumb .dnr").inner_text()


def join_and_close(page: Page, dnr: str) -> None:
    """A case opened by hand takes in the other by number, and says what is missing before it is closed."""
    page.goto("/disk/registrator/arenden/nytt/")
    page.get_by_label("Ärendemening").fill("Bänkar i parken")
    follow(page.get_by_role("button", name="Öppna ärendet"))
    made = page.locator(".crumb .dnr").inner_text()
    page.goto(f"/disk/registrator/arenden/?q={dnr}")
    _key(page, "m")
    page.get_by_label("Ärendet som tar emot").fill(made)
    follow(page.get_by_role("button", name="Slå ihop ärendena"))
    if page.get_by_role("alert").count():
        # The other case was another authority's: it is linked instead.
        page.get_by_text("Länka till ett annat ärende", exact=True).click()
        page.get_by_label("Diarienummer", exact=True).fill(made)
        page.get_by_role("button", name="Länka ärendena").click()
        page.goto(f"/disk/registrator/arenden/?q={made}")
        expect(page.get_by_text(dnr).first).to_be_visible()
    else:
        expect(page.get_by_text(f"{dnr} leder hit", exact=False).first).to_be_visible()
    assert_accessible(page)
    page.goto("/disk/registrator/arenden/nytt/")
    page.get_by_label("Ärendemening").fill("Ett ärende att avsluta")
    follow(page.get_by_role("button", name="Öppna ärendet"))
    _key(page, "c")
    page.get_by_role("button", name="Avsluta ärendet").click()
    expect(page.get_by_text("Ärendet är avslutat och arbetsmaterialet rensat.")).to_be_visible()


def test_it_works_without_script(town: Town, visit: Visit) -> None:
    town.post("Fråga utan skript: när målas staketet?")
    page = visit(390, 844, role="Registrator", scripts=False)
    page.goto(QUEUE)
    page.locator(".q li > a").first.click()
    page.get_by_role("button", name=re.compile("Bekräfta som föreslaget|Registrera handlingen")).click()
    expect(page.get_by_role("status").filter(has_text="Bekräftat")).to_be_visible()

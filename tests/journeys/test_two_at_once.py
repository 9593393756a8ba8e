"""Two of the staff at the same question: one answer goes out, and nobody's words are lost."""

import re

from playwright.sync_api import expect

from tests.journeys.pages import ADMINISTRATOR, AMINA
from tests.journeys.town import ANSWERED, Town, Visit, open_from_queue
from tests.support.browser import assert_accessible

FIRST, SECOND = "Ja, den öppnar på lördag klockan 10.", "Jag kollar med fritid och återkommer."


def test_the_second_answer_is_refused_and_its_words_are_kept(town: Town, visit: Visit) -> None:
    town.post("Öppnar pulkabacken vid Ekhöjden i helgen?")
    first, second = visit(role=AMINA), visit(role=ADMINISTRATOR, expected=(ANSWERED.format(409),))
    desk = open_from_queue(first, "Öppnar pulkabacken")
    second.goto(desk)
    first.get_by_role("button", name="Ta samtalet").click()
    expect(first.locator(".lockbar")).to_contain_text("Du svarar nu.")

    # The lock came after the page was opened: the answer is refused, in words that say by whom and what is kept.
    box = second.get_by_role("textbox", name="Ditt svar")
    box.fill(SECOND)
    second.get_by_role("button", name="Godkänn och skicka").click()
    expect(second.get_by_role("alert")).to_have_text("Amina Provdal hann före och svarar nu. Ditt utkast är kvar.")
    expect(second.locator(".lockbar")).to_contain_text("Amina svarar nu.")
    assert_accessible(second)
    # The page that was refused stands at the conversation's own address: it can be read anew, and it stays live.
    expect(second).to_have_url(re.compile(rf"{desk}(\?.*)?#samtal$"))

    first.reload()
    expect(first.get_by_text("Ali har ett påbörjat svar")).to_be_visible()
    first.get_by_role("textbox", name="Ditt svar").fill(FIRST)
    first.get_by_role("button", name="Godkänn och skicka").click()
    expect(first.locator(".msg.out")).to_contain_text(FIRST)

    expect(second.locator(".msg.out")).to_contain_text(FIRST)
    second.reload()
    expect(second.locator(".msg.out")).to_have_count(1)
    second.get_by_text("Ditt utkast är undanlagt.").click()
    assert_accessible(second)
    second.get_by_role("button", name="Ta fram det igen").click()
    expect(box).to_have_value(SECOND)


def test_an_answer_to_a_thread_that_has_moved_is_refused(town: Town, visit: Visit) -> None:
    town.post("Finns det toalett vid lekparken i Sjövik?")
    first, second = visit(role=AMINA), visit(role=ADMINISTRATOR, expected=(ANSWERED.format(409),))
    desk = open_from_queue(first, "Finns det toalett")
    # A page that hears nothing of what happens, as behind a proxy that keeps streams from it.
    second.route("**/disk/strom/*", lambda stream: stream.fulfill(status=204))
    second.goto(desk)
    first.get_by_role("textbox", name="Ditt svar").fill(FIRST)
    first.get_by_role("button", name="Godkänn och skicka").click()
    expect(first.locator(".msg.out")).to_have_count(1)

    box = second.get_by_role("textbox", name="Ditt svar")
    box.fill(SECOND)
    box.press("Control+Enter")
    expect(second.get_by_role("alert")).to_contain_text("Det har hänt något i samtalet sedan du började.")
    expect(second.locator(".msg.out")).to_have_count(1)
    expect(box).to_have_value(SECOND)
    assert_accessible(second)


def test_a_conversation_is_taken_over_and_the_draft_of_the_first_is_kept(town: Town, visit: Visit) -> None:
    town.post("Kan man hyra bygdegården i Norrby en söndag?")
    first, second = visit(role=AMINA), visit(role=ADMINISTRATOR)
    desk = open_from_queue(first, "Kan man hyra bygdegården")
    first.get_by_role("textbox", name="Ditt svar").fill(FIRST)
    first.get_by_role("button", name="Ta samtalet").click()
    second.goto(desk)
    expect(second.locator(".lockbar")).to_contain_text("Amina svarar nu.")
    assert_accessible(second)
    second.get_by_role("button", name="Ta över låset").click()
    expect(second.locator(".lockbar")).to_contain_text("Du svarar nu.")
    expect(second.get_by_text("Amina har ett påbörjat svar")).to_be_visible()
    first.goto(desk)
    expect(first.locator(".lockbar")).to_contain_text("Ali svarar nu.")


def test_who_goes_by_the_keyboard_stays_where_they_were_when_the_queue_changes(town: Town, visit: Visit) -> None:
    town.post("Var lämnar man gamla dubbdäck?")
    page = visit(role=AMINA)
    open_from_queue(page, "Var lämnar man gamla dubbdäck")
    row = page.locator(".q a", has_text="Var lämnar man gamla dubbdäck")
    row.focus()
    with page.expect_response(lambda answer: "x-torget-live" in answer.request.headers, timeout=60_000):
        town.post("Får man grilla på Sandön?")
    expect(page.locator(".q a", has_text="Får man grilla på Sandön")).to_be_visible()
    # The parts have been replaced by what the server has now.
    page.wait_for_timeout(500)
    expect(row).to_be_focused()

"""An approver on a phone: a notice, the answer read and approved with a thumb, and it goes out."""

import time

from playwright.sync_api import Page, expect

from tests.journeys.pages import AMINA, APPROVER
from tests.journeys.town import Town, Visit, open_from_queue, write
from tests.support.browser import PHONE, assert_accessible, assert_fits

SUBJECT = "Får man elda på Valborg vid Sjöviken?"
ANSWER = "Ja, på den gemensamma brasan vid badplatsen. Egna brasor kräver tillstånd."
MAIL = "tilda@exempel.example"


def ask_for_approval(staff: Page) -> str:
    """The communicator writes and asks the approver by name; the address of the conversation, a path."""
    desk = open_from_queue(staff, SUBJECT)
    staff.get_by_role("textbox", name="Ditt svar").fill(ANSWER)
    staff.locator("summary").filter(has_text="Be om godkännande").click()
    staff.get_by_label("Av vem").select_option("Jonas Attrapp")
    staff.locator("button[name=be_om_godkannande]").click()
    expect(staff.locator(".flash")).to_have_text("Du har bett om godkännande.")
    expect(staff.get_by_text("Version 1 väntar på Jonas.")).to_be_visible()
    assert_accessible(staff)
    return desk


def test_an_approver_on_a_phone(town: Town, visit: Visit) -> None:
    resident = visit(*PHONE)
    write(resident, f"{SUBJECT} Vi brukar samlas där.", subject=SUBJECT, email=MAIL)
    staff = visit(role=AMINA)
    desk = ask_for_approval(staff)

    phone = visit(*PHONE, role=APPROVER)
    phone.goto("/disk/")
    expect(phone.get_by_role("heading", name="Väntar på dig")).to_be_visible()
    phone.get_by_role("link", name="Notiser").click()
    notice = phone.locator(".notices li").filter(has_text=SUBJECT)
    expect(notice).to_contain_text("Ett svar väntar på godkännande")
    expect(notice).to_contain_text("oläst")
    assert_accessible(phone)
    assert_fits(phone)
    notice.get_by_role("link").click()
    expect(phone.locator("#amne")).to_have_text(SUBJECT)
    expect(phone.get_by_text("Väntar på ditt godkännande")).to_be_visible()
    expect(phone.get_by_text("Inget nytt i tråden sedan")).to_be_visible()
    for width in (320, PHONE[0]):
        phone.set_viewport_size({"width": width, "height": PHONE[1]})
        assert_fits(phone)
    assert_accessible(phone)
    yes = phone.locator("button[data-approve]")
    size = yes.bounding_box()
    assert size is not None
    assert size["height"] >= 44, "a thumb needs 44 px"
    yes.tap()
    expect(phone.locator(".msg.out")).to_contain_text(ANSWER)
    assert_accessible(phone)

    goes_out(town, resident)
    staff.goto("/disk/notiser/")
    told = staff.locator(".notices li").filter(has_text=SUBJECT)
    expect(told).to_contain_text("Ditt svar är godkänt")
    expect(told).to_contain_text("Jonas Attrapp")
    staff.goto(desk)
    expect(staff.locator(".msg.out")).to_have_count(1)


def goes_out(town: Town, resident: Page) -> None:
    """By mail, once, and on the receipt."""
    until = time.monotonic() + 90
    while not (found := [mail for mail in town.mails() if f"To: {MAIL}" in mail]):
        assert time.monotonic() < until, "no mail to the resident in the town's folder"
        resident.wait_for_timeout(100)
    assert len(found) == 1
    resident.reload()
    expect(resident.locator(".answer.official")).to_contain_text(ANSWER)

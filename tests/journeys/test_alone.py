"""One alone with forty unread: what first and why, an answer by the keyboard only, and what one hour is enough for."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.pages import AMINA
from tests.journeys.town import Town, visitor
from tests.support.browser import Pages, assert_accessible, assert_fits
from tests.support.server import Torget

MAIL, PASSWORD = "amina@provkommun.example", "en lång mening om gatsten"
# As the first start and the settings leave it when there is one communicator and nobody who approves.
FOUND = f"""
from torget.organisations import actions
from torget.organisations.models import Organisation, User
actions.start(
    organisation=Organisation(name="Provkommunen", short_name="Provet", demo=True, undo_seconds=0),
    authority={{"name": "Kommunstyrelsen", "prefix": "KS", "archive_creator": "Kommunstyrelsen"}},
    email="drift@provkommun.example", name="Åsa Provtjänst", password="{PASSWORD}",
)
User.objects.update(is_active=False)
User.objects.create_user("{MAIL}", "{PASSWORD}", name="Amina Provdal", role="communicator")
"""
PRESSING = "Gångvägen vid Norrby skola är ren blankis. Barnen ramlar."
ANSWER = "Tack för att du säger till. Vi sandar gångvägen nu."
MANY = 40


def founded(torget: Torget) -> Town:
    """A small town with one person at the desk and forty messages that nobody has read; one of them presses."""
    torget.prepare()
    torget.start_web()
    torget.command("manage", "shell", "-c", FOUND)
    town = Town(torget, {AMINA: (MAIL, PASSWORD)})
    for number in range(MANY):
        town.post(
            PRESSING if number == MANY // 2 else f"Tack för planteringen i rondell {number + 1}. Så fint det blev."
        )
    return town


def test_one_alone_with_forty_unread(installation_on: Callable[..., Torget], page_at: Pages) -> None:
    page = visitor(founded(installation_on(TORGET_POSTS_PER_MINUTE="1000")), page_at)(role=AMINA)
    page.goto("/disk/")
    rows = page.locator(".q li > a")
    # What came in the middle lies first, and says why.
    expect(rows.first).to_contain_text("ren blankis")
    expect(rows.first).to_contain_text("Kan vara farligt")
    expect(page.get_by_role("link", name="Visa fler")).to_be_visible()
    assert_accessible(page)

    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#amne")).to_contain_text("ren blankis")
    page.keyboard.press("t")
    expect(page.locator(".lockbar")).to_contain_text("Du svarar nu.")
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="Ditt svar")).to_be_focused()
    page.keyboard.type(ANSWER)
    # Nobody is there to approve, so nobody is asked to.
    expect(page.locator("[name=be_om_godkannande]")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.out")).to_contain_text(ANSWER)
    expect(rows.filter(has_text="ren blankis")).to_have_count(0)

    page.keyboard.press("1")
    page.get_by_role("link", name="Om du har en timme").focus()
    page.keyboard.press("Enter")
    # Eight minutes an answer: seven in an hour, and it says what is left.
    expect(page.get_by_text("Det här hinner du på en timme: 7 samtal.")).to_be_visible()
    expect(page.get_by_text(f"{MANY - 1 - 7} blir kvar.")).to_be_visible()
    expect(rows).to_have_count(7)
    assert_accessible(page)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert_fits(page)

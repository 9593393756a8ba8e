"""A browser without JavaScript does the whole job."""

from playwright.sync_api import expect

from tests.journeys.pages import AMINA
from tests.journeys.town import Town, Visit, log_in, open_from_queue, write

TEXT = "Går det att få en bänk vid busshållplatsen Ekhöjden? Min mamma orkar inte stå."


def test_ask_take_answer_confirm_read(town: Town, visit: Visit) -> None:
    resident = visit(390, 844, scripts=False)
    write(resident, TEXT, subject="Bänk vid busshållplatsen")
    expect(resident.get_by_role("heading", name="Vad händer nu?")).to_be_visible()
    # A button that would do nothing is not there; the address is, to be copied by hand.
    expect(resident.get_by_role("button", name="Kopiera länken")).to_be_hidden()
    expect(resident.get_by_label("Länk till ditt kvitto")).to_have_value(resident.url)

    staff = visit(scripts=False)
    log_in(staff, *town.logins[AMINA])
    open_from_queue(staff, "Bänk vid busshållplatsen")
    staff.get_by_role("button", name="Ta samtalet").click()
    expect(staff.locator(".lockbar")).to_contain_text("Du svarar nu.")
    box = staff.get_by_role("textbox", name="Ditt svar")
    box.fill("Ja. Bänken kommer på plats i mars.")
    staff.get_by_role("button", name="Spara utkastet").click()
    expect(staff.locator(".flash")).to_have_text("Utkastet är sparat.")
    expect(box).to_have_value("Ja. Bänken kommer på plats i mars.")
    staff.get_by_text("Anteckna", exact=True).click()
    staff.get_by_label("Anteckning, syns inte utåt").fill("Gatukontoret har beställt den.")
    staff.get_by_role("button", name="Spara anteckningen").click()
    expect(staff.locator(".msg.inside")).to_contain_text("Gatukontoret har beställt den.")
    staff.get_by_role("button", name="Godkänn och skicka").click()
    expect(staff.locator(".flash")).to_have_text("Svaret står nu på kvittot.")
    staff.get_by_label("Så bevaras handlingen").select_option("registered")
    staff.get_by_role("button", name="Bekräfta handlingen").click()
    expect(staff.locator(".flash")).to_have_text("Bekräftat. Det syns i diariet.")

    resident.reload()
    expect(resident.locator(".answer.official")).to_contain_text("Bänken kommer på plats i mars.")
    assert "Gatukontoret har beställt" not in resident.content()
    resident.get_by_role("button", name="Delvis").click()
    expect(resident.get_by_role("heading", name="Tack! Du svarade att det hjälpte delvis.")).to_be_visible()

"""The main job as one story: a message comes in, is answered, is kept and is counted."""

import io
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.town import Town, Visit, open_from_queue, reload_until, write
from tests.support.browser import assert_accessible

SUBJECT = "Lampan vid Eklövsvägens övergångsställe"
QUESTION = (
    "Hej! Lampan vid övergångsstället på Eklövsvägen är släckt. Barnen syns inte. När lagas den?\n\nHälsningar Mira"
)
# 1912-12-12 with a right check digit: nobody's, and old enough to be nobody's.
NUMBER = "19121212-1212"
ANSWER = "Hej! Lampan lagas på torsdag. Tack för att du hörde av dig."


def picture() -> bytes:
    """A small PNG."""
    made = io.BytesIO()
    Image.new("RGB", (64, 48), (40, 60, 50)).save(made, "PNG")
    return made.getvalue()


def test_from_question_to_result(town: Town, visit: Visit, tmp_path: Path) -> None:
    resident = visit(390, 844)
    receipt = write(
        resident,
        f"{QUESTION}\nMitt personnummer är {NUMBER}.",
        subject=SUBJECT,
        email="mira@exempel.example",
        file=("lampan.png", picture()),
    )
    expect(resident.get_by_role("heading", level=1)).to_have_text("Tack. Vi har tagit emot det du skrev.")
    expect(resident.get_by_role("link", name="lampan.png")).to_be_visible()
    assert resident.context.cookies() == []
    assert_accessible(resident)

    staff = visit(role="Kommunikatör")
    desk = take_and_answer(staff)
    mail_lies_in_the_folder(town)
    read_and_thank(resident)
    take_the_proof_home(town, resident, tmp_path)
    confirm(visit(role="Registrator"), desk)
    publish_and_read(staff, visit(), desk)
    counted(town, visit(role="Chef"))
    assert urlsplit(resident.url).path == receipt


def take_and_answer(staff: Page) -> str:
    """The communicator finds it, takes it, writes with the draft kept, and answers by Ctrl+Enter; its address at the desk."""
    desk = open_from_queue(staff, SUBJECT)
    expect(staff.get_by_role("heading", level=2, name=SUBJECT)).to_be_visible()
    expect(staff.get_by_text("Ser ut att innehålla ett personnummer", exact=True)).to_be_visible()
    staff.get_by_role("button", name="Ta samtalet").click()
    expect(staff.locator(".lockbar")).to_contain_text("Du svarar nu.")
    box = staff.get_by_role("textbox", name="Ditt svar")
    box.fill(ANSWER)
    expect(staff.locator("[data-draft-status]")).to_contain_text("Utkastet sparat")
    staff.reload()
    expect(box).to_have_value(ANSWER)
    box.press("Control+Enter")
    expect(staff.locator(".flash")).to_contain_text("Svaret går ut med e-post och står på kvittot.")
    expect(staff.locator(".msg.out")).to_contain_text("Lampan lagas på torsdag")
    return desk


def mail_lies_in_the_folder(town: Town) -> None:
    """The demo's mail goes to a folder: once, to the one who asked."""
    import time

    until = time.monotonic() + 90
    while not (found := [mail for mail in town.mails() if "To: mira@exempel.example" in mail]):
        assert time.monotonic() < until, "no mail to the resident in the town's folder"
        time.sleep(0.1)
    assert len(found) == 1


def read_and_thank(resident: Page) -> None:
    """On the telephone: the answer, yes it helped, a word of thanks."""
    resident.reload()
    expect(resident.get_by_role("heading", level=1)).to_have_text("Här är svaret.")
    expect(resident.locator(".answer.official")).to_contain_text("Lampan lagas på torsdag")
    assert_accessible(resident)
    resident.get_by_role("button", name="Ja", exact=True).click()
    expect(resident.get_by_role("heading", name="Tack! Du svarade att det hjälpte.")).to_be_visible()
    assert_accessible(resident)
    resident.get_by_label("Vill du skriva ett ord").fill("Äntligen ett rakt svar.")
    resident.get_by_role("button", name="Skicka tacket").click()
    expect(resident.get_by_text("Ditt tack har nått den som svarade.")).to_be_visible()
    resident.goto(urlsplit(resident.url).path)


def take_the_proof_home(town: Town, resident: Page, folder: Path) -> None:
    """The proof is downloaded and holds against the published key; with one letter changed it does not."""
    proof = resident.get_by_role("link", name="Ladda ner beviset")
    reload_until(resident, proof)
    with resident.expect_download() as download:
        proof.click()
    file, changed, key = folder / "kvitto.json", folder / "changed.json", folder / "nyckel.txt"
    download.value.save_as(file)
    status, _headers, published = town.torget.get("/journal/nyckel")
    assert status == 200
    key.write_bytes(published)
    holds = town.torget.command("verify", str(file), "--key", str(key))
    assert "Stämmer." in holds.stdout.decode()

    document = json.loads(file.read_text())
    text = json.dumps(document, ensure_ascii=False)
    assert text.count("släckt") == 1
    changed.write_text(text.replace("släckt", "släcks"))
    fails = town.torget.command("verify", str(changed), "--key", str(key), check=False)
    assert fails.returncode not in (0, 3), fails.stdout.decode()
    assert "Stämmer." not in fails.stdout.decode()
    unknown = town.torget.command("verify", str(file), check=False)
    assert (unknown.returncode, "okänd" in unknown.stdout.decode()) == (3, True)


def confirm(registrar: Page, desk: str) -> None:
    """The registrar confirms how the record is kept, with a subject that the public register may show."""
    registrar.goto(desk)
    registrar.get_by_label("Så bevaras handlingen").select_option("registered")
    registrar.get_by_label("Ärendemening").fill("Släckt lampa på Eklövsvägen")
    registrar.get_by_role("button", name="Bekräfta handlingen").click()
    expect(registrar.locator(".flash")).to_contain_text("Bekräftat. Det syns i diariet.")


def publish_and_read(staff: Page, anyone: Page, desk: str) -> None:
    """Staff publish; the page, the square and the register show it masked."""
    staff.goto(desk)
    expect(staff.get_by_text("Äntligen ett rakt svar.")).to_be_visible()
    staff.get_by_text("Publicera samtalet", exact=True).click()
    assert_accessible(staff)
    expect(staff.locator(".preview")).not_to_contain_text(NUMBER)
    staff.get_by_label("Rubrik på den öppna sidan").fill("När lagas lampan på Eklövsvägen?")
    staff.get_by_role("button", name="Publicera", exact=True).click()
    expect(staff.locator(".flash")).to_contain_text("publicerat, utan namn och personnummer")

    anyone.goto("/")
    anyone.get_by_role("link", name="När lagas lampan på Eklövsvägen?").click()
    expect(anyone.locator(".answer.visitor strong")).to_have_text("Privatperson")
    expect(anyone.locator(".answer.official")).to_contain_text("Lampan lagas på torsdag")
    for hidden in (NUMBER, "121212-1212", "mira@exempel.example"):
        assert hidden not in anyone.content(), f"{hidden} stands on the public page"
    anyone.goto("/diarium/")
    row = anyone.locator(".reg tbody tr").filter(has_text="Släckt lampa på Eklövsvägen")
    # What came in, and our answer to it.
    expect(row).to_have_count(2)
    row = row.filter(has_text="Privatperson")
    expect(row).to_contain_text(re.compile(r"[A-ZÅÄÖ]+ \d{4}/\d{4}"))
    assert "mira@exempel.example" not in anyone.content()
    assert anyone.context.cookies() == []


def counted(town: Town, manager: Page) -> None:
    """The week's result says that somebody was helped, and that the answer helped; counted each minute, here at once."""
    town.torget.command("manage", "shell", "-c", "from torget.results import tasks; tasks.roll_up()")
    manager.goto("/resultat/")
    headline = manager.locator("h1.headline")
    reload_until(manager, headline.filter(has_text="hjälpte"))
    expect(headline).not_to_contain_text("Ingen")
    reload_until(manager, manager.get_by_text(re.compile(r"Hjälpte svaret\? [1-9]\d* ja")))

"""Every page and its states: no violation by axe, no error by the Nu HTML checker, nothing loud, no cookie."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.pages import BY_NAME, OPEN, PAGES, address, open_page
from tests.journeys.town import ANSWERED, Town, Visit
from tests.support import nu
from tests.support.browser import assert_accessible

# What looks otherwise in the dark: each surface and each state label is on one of these.
DARK = ("square", "skriv", "kvitto-svar", "diarium", "disk-samtal", "karantan", "resultat", "installningar", "login")


@pytest.mark.parametrize("name", [shown.name for shown in PAGES])
def test_axe_finds_nothing(name: str, town: Town, visit: Visit) -> None:
    page = open_page(name, town, visit)
    # What is folded away is opened, so that it is looked at as well.
    page.locator("details:not(.me-menu)").evaluate_all("all => all.forEach(one => { one.open = true })")
    assert_accessible(page)


@pytest.mark.parametrize("name", DARK)
def test_axe_finds_nothing_in_the_dark(name: str, town: Town, visit: Visit) -> None:
    assert_accessible(open_page(name, town, visit, dark=True))


@pytest.mark.parametrize("name", ["skriv", "kvitto-svar", "disk", "disk-samtal", "disk-underlag", "installningar"])
def test_axe_finds_nothing_on_a_phone(name: str, town: Town, visit: Visit) -> None:
    assert_accessible(open_page(name, town, visit, 390, 844))


def test_a_form_with_errors(visit: Visit) -> None:
    page = visit(390, 844, expected=(ANSWERED.format(400),))
    page.goto("/skriv/")
    page.get_by_label("Din e-postadress").fill("mira.exempel")
    page.get_by_role("button", name="Skicka").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Skriv vad du tycker, så kan vi ta emot det.")
    expect(page).to_have_title("Fel: Skriv till oss | Ekeviks kommun")
    assert_accessible(page)
    # The summary leads to the question, which says that it is wrong and why.
    summary.get_by_role("link", name="Skriv vad du tycker").click()
    box = page.get_by_label("Vad vill du säga eller fråga?")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Din e-postadress")).to_have_value("mira.exempel")


def test_the_log_in_with_a_wrong_password(visit: Visit) -> None:
    page = visit(390, 844)
    page.goto("/konto/login/")
    page.get_by_label("E-post").fill("ingen@exempel.example")
    page.get_by_label("Lösenord").fill("fel fel fel fel")
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("shown", OPEN, ids=lambda shown: shown.name)
def test_a_public_page_keeps_nothing_about_anyone(shown: object, town: Town, visit: Visit) -> None:
    assert shown in OPEN
    page = visit()
    path = address(shown, town, visit)  # type: ignore[arg-type]  # pytest's ids are given an object
    answer = page.goto(path)
    assert answer is not None
    assert "set-cookie" not in answer.all_headers()
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_html_checker_finds_no_error(town: Town, visit: Visit, tmp_path: Path) -> None:
    saved: list[Path] = []
    for shown in PAGES:
        path = address(shown, town, visit).partition("#")[0]
        client = visit(role=shown.role).context.request
        saved.append(tmp_path / f"{shown.name}.html")
        saved[-1].write_bytes(client.get(path).body())
    refused = visit().context.request.post("/skriv/", form={"text": "", "email": "x"})
    saved.append(tmp_path / "skriv-fel.html")
    saved[-1].write_bytes(refused.body())
    assert {path.stem for path in saved} == {*BY_NAME, "skriv-fel"}
    found = nu.errors(saved)
    assert not found, f"{len(found)} errors:\n" + "\n".join(found)


def test_one_page_leads_to_the_same_page_in_the_other_language(visit: Visit) -> None:
    page = visit()
    page.goto("/diarium/")
    page.get_by_role("link", name="English", exact=True).click()
    assert urlsplit(page.url).path == "/en/diarium/"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Svenska", exact=True).click()
    assert urlsplit(page.url).path == "/diarium/"

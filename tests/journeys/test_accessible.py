"""Every page and its states: no violation by axe, no error by the Nu HTML checker, nothing loud, no cookie.

A page is opened once for all that is asked of it, and all that is wrong is told together.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, expect

from tests.journeys import looking
from tests.journeys.measured import Measured
from tests.journeys.pages import ADMINISTRATOR, AMINA, BY_NAME, PAGES, REGISTRAR, Shown, address
from tests.journeys.town import ANSWERED, Town, Visit
from tests.support import nu
from tests.support.browser import assert_accessible, assert_fits, follow

# Controls that are cut off at an edge of the window, out of reach for who cannot scroll sideways.
CUT_OFF = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary")]
  .filter(one => one.checkVisibility() && !one.closest(".scroll, .health, .honey, .skip, .bar nav"))
  .filter(one => { const box = one.getBoundingClientRect();
                   return box.width > 1 && (box.left < -1 || box.right > document.documentElement.clientWidth + 1) })
  .map(one => one.outerHTML.slice(0, 120))"""
# What looks otherwise in the dark: each surface and each state label is on one of these.
DARK = ("square", "skriv", "kvitto-svar", "diarium", "login", "disk-samtal", "karantan", "resultat", "installningar")
# Laid out otherwise on a phone, so looked at by axe there too.
PHONE = ("skriv", "kvitto-svar", "diarium", "disk", "disk-samtal", "disk-underlag", "resultat", "installningar")
ROLES = ("", AMINA, ADMINISTRATOR, "Expert", REGISTRAR)


def fault(check: str, page: Page, width: int = 0) -> str:
    """What one check finds wrong in the page as it now stands; nothing when all is well."""
    try:
        if check == "axe":
            assert_accessible(page)
        else:
            assert_fits(page)
            cut = page.evaluate(CUT_OFF)
            assert not cut, f"cut off on {page.url} at {width} px: {cut}"
    except AssertionError as error:
        return str(error)
    return ""


def unfold(page: Page) -> None:
    """Open what is folded away, so that it is looked at as well."""
    page.locator("details:not(.me-menu)").evaluate_all("all => all.forEach(one => { one.open = true })")


def _looked_at(shown: Shown, page: Page, where: str, measured: Measured) -> list[str]:
    """What all checks find wrong in one page, wide and narrow."""
    found: list[str] = []
    page.set_viewport_size({"width": 1440, "height": 900})
    # From nowhere: an address that differs from the last one by its fragment alone would not be asked for.
    page.goto("about:blank")
    answer = page.goto(where)
    assert answer is not None
    if answer.status != shown.status:
        found.append(f"{page.url} answered {answer.status}")
    if not shown.role and not shown.path.startswith("/konto/"):
        # The log-in has to set a cookie; no other page that anyone may open keeps anything about them.
        kept = [*page.context.cookies(), *answer.headers_array()]
        found += [f"{shown.name} sets a cookie" for one in kept if one.get("name", "").lower() in COOKIES]
    unfold(page)
    for check, look in looking.CHECKS.items():
        wrong = look(page)
        measured.saw(check, shown.name, wrong)
        found += [f"{shown.name}, {check}: {line}" for line in wrong]
    for width in (390, 360, 320):
        page.set_viewport_size({"width": width, "height": 700})
        wrong = [fault("fits", page, width)]
        if width == 390 and shown.name in PHONE:
            wrong += [fault("axe", page), *looking.CHECKS["targets"](page)]
        # 320 px is 1280 at 400 %: there the text has more room around it, too.
        if width == 320 and not shown.role:
            wrong += looking.spaced(page)
        measured.saw("narrow", shown.name, any(wrong))
        found += wrong
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "anyone")
def test_every_page_is_accessible_and_fits(role: str, town: Town, visit: Visit, measured: Measured) -> None:
    page = visit(role=role, expected=(ANSWERED.format(404), ANSWERED.format(403)))
    found: list[str] = []
    measured.versions.update(Chromium=page.context.browser.version if page.context.browser else "")
    for shown in [shown for shown in PAGES if shown.role == role]:
        try:
            found += _looked_at(shown, page, address(shown, town, visit), measured)
        except BrowserError as error:
            # The browser's own fall, some hundred looks into one page: it says nothing about ours, which is looked at anew.
            if "crashed" not in str(error):
                raise
            print(f"Chromium fell on {shown.name} and looks again")
            page = page.context.new_page()
            found += _looked_at(shown, page, address(shown, town, visit), measured)
        if not role:
            page.context.clear_cookies()
    told = [line for line in found if line]
    assert not told, "\n".join(told)


COOKIES = ("set-cookie", "csrftoken", "sessionid", "django_language", "messages")


@pytest.mark.parametrize("role", ROLES[:3], ids=lambda role: role or "anyone")
def test_dark_and_zoomed_pages(role: str, town: Town, visit: Visit, measured: Measured) -> None:
    # 1440 × 900 zoomed to 200 % is half the CSS pixels, each of them four.
    page = visit(720, 450, role=role, dark=True, device_scale_factor=2)
    found: list[str] = []
    for shown in [BY_NAME[name] for name in DARK if BY_NAME[name].role == role]:
        page.goto(address(shown, town, visit))
        wrong = [fault("fits", page, 720), fault("axe", page)]
        measured.saw("dark", shown.name, any(wrong))
        found += wrong
    told = [line for line in found if line]
    assert not told, "\n".join(told)


def test_a_form_with_errors(visit: Visit) -> None:
    page = visit(390, 844, expected=(ANSWERED.format(400),))
    page.goto("/skriv/")
    page.get_by_label("Din e-postadress").fill("mira.exempel")
    page.get_by_role("button", name="Skicka").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Skriv vad du tycker, så kan vi ta emot det.")
    expect(page).to_have_title("Fel: Skriv till oss | Ekeviks kommun")
    assert_accessible(page)
    # The summary leads to the question, which says that it is wrong.
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
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


def test_the_html_checker_finds_no_error(town: Town, visit: Visit, tmp_path: Path, measured: Measured) -> None:
    clients = {role: visit(role=role).context.request for role in ROLES}
    saved: list[Path] = []
    for shown in PAGES:
        saved.append(tmp_path / f"{shown.name}.html")
        saved[-1].write_bytes(clients[shown.role].get(address(shown, town, visit).partition("#")[0]).body())
    saved.append(tmp_path / "skriv-fel.html")
    saved[-1].write_bytes(clients[""].post("/skriv/", form={"text": "", "email": "x"}).body())
    assert {path.stem for path in saved} == {*BY_NAME, "skriv-fel"}
    found = nu.errors(saved)
    for path in saved:
        measured.saw("html", path.stem, any(path.name in line for line in found))
    assert not found, f"{len(found)} errors:\n" + "\n".join(found)


def test_one_page_leads_to_the_same_page_in_the_other_language(visit: Visit) -> None:
    page = visit()
    page.goto("/diarium/")
    follow(page.get_by_role("link", name="English", exact=True))
    assert urlsplit(page.url).path == "/en/diarium/"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    follow(page.get_by_role("link", name="Svenska", exact=True))
    assert urlsplit(page.url).path == "/diarium/"

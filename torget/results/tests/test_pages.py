"""The page through its address: who may see it, what it says, in both languages, with and without numbers; and the file."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client
from django.utils import translation

from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.results import report, sheet, tasks, views
from torget.results.permissions import can_see_results
from torget.results.rules.weeks import Week
from torget.results.tests.made import Town, set_cost
from torget.results.tests.test_counting import at

SEES = {Role.COMMUNICATOR, Role.APPROVER, Role.REGISTRAR, Role.MANAGER, Role.ADMINISTRATOR}


def staff(role: Role) -> User:
    # Without a password, which would take a third of a second to hash; the tests log in without one.
    return User.objects.create(email=f"{role.value}@exempel.se", name="Sten Exempelsson", role=role.value)


@pytest.fixture
def client_of(client: Client, town: Town) -> Client:
    client.force_login(staff(Role.COMMUNICATOR))
    return client


@pytest.fixture
def busy(town: Town) -> Town:
    """Week 46 with 126 people helped, five questions about one thing and a subject that is a formula."""
    set_cost("calls_per_officer_week", 105, 90, 120)
    set_cost("hours_per_officer_week", 40, 40, 40)
    set_cost("cost_per_call", 80, 65, 95)
    set_cost("reception_visits_per_day", 60, 45, 80)
    for number in range(130):
        subject = "Hiss <på> stationen & i resecentrum" if number < 5 else "=HYPERLINK(1)" if number < 8 else ""
        conversation = town.conversation(at(9 + number % 5, 9), channel=["web", "mail"][number % 2], subject=subject)
        if number >= 4:
            town.answer(conversation, at(9 + number % 5, 12))
    town.judge(conversation, at(13, 15), "yes")
    tasks.roll_up()
    return town


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ").split())


def get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


# ---------------------------------------------------------------- who


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_the_results(client: Client, town: Town, role: Role) -> None:
    user = staff(role)
    assert can_see_results(user) == (role in SEES)
    client.force_login(user)
    for path in ("/resultat/", "/resultat/siffror.csv"):
        assert client.get(path).status_code == (200 if role in SEES else 403)


def test_a_visitor_is_sent_to_log_in(client: Client, town: Town) -> None:
    for path in ("/resultat/", "/resultat/siffror.csv"):
        response = client.get(path)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/konto/login/")


# ---------------------------------------------------------------- what


@pytest.mark.parametrize(
    ("unit", "headline", "line", "note"),
    [
        pytest.param(
            "handlaggare", "Våra kanaler hjälpte lika många som 1,2 handläggare i telefon under vecka 46",
            "126 ÷ 105 = 1,2", "Troligen mellan 1,1 och 1,4.", id="officers",
        ),
        pytest.param(
            "moten", "Våra kanaler gav 126 kundmöten under vecka 46",
            "126 ÷ 60 = 2,1", "Lika många som medborgarkontoret tar emot på 2,1 dagar.", id="customer meetings",
        ),
        pytest.param(
            "timmar", "Hjälpen i våra kanaler under vecka 46 hade tagit 48 timmar i telefon",
            "126 ÷ 105 × 40 = 48", "Troligen mellan 42 och 56.", id="hours",
        ),
        pytest.param(
            "kronor", "Hjälpen i våra kanaler under vecka 46 hade kostat 10 080 kronor i telefon",
            "126 × 80 = 10 080", "En sten är 2 000 kronor.", id="kronor",
        ),
        pytest.param(
            "okänd", "Våra kanaler hjälpte lika många som 1,2 handläggare i telefon under vecka 46",
            "126 ÷ 105 = 1,2", "Förra veckan: 0,0.", id="an unknown unit is the first one",
        ),
    ],
)  # fmt: skip
def test_the_week_in_the_listeners_unit(
    client_of: Client, busy: Town, unit: str, headline: str, line: str, note: str
) -> None:
    html = get(client_of, f"/resultat/?vecka=2026-W46&enhet={unit}")
    text = words_of(html)
    assert headline in text
    assert f'aria-label="{line}"' in html.replace("\u00a0", " ")
    assert note in text
    assert "Kontaktcentrets statistik, 31 oktober 2026." in text or unit == "moten"
    assert "style=" not in html and "<style" not in html


def test_every_picture_has_its_twin_with_the_same_numbers(client_of: Client, busy: Town) -> None:
    html = get(client_of, "/resultat/?vecka=2026-W46")
    text = words_of(html)
    pictures = re.findall(r'<svg class="chart".*?</svg>', html, re.DOTALL)
    assert len(pictures) == 4  # The headline's stones and the three findings.
    for picture in pictures:
        fromstring(picture)
    assert html.count("<table>") == 3
    assert "126 av 130 samtal är besvarade" in text
    assert "6 % av samtalen hade samma ämne som ett annat" in text
    # 3 hours within the bucket's error.
    told = re.search(r"Hälften får svar inom (\d,\d) timmar", text)
    assert told is not None
    assert float(told[1].replace(",", ".")) == pytest.approx(3, rel=0.05)
    assert "Hiss &lt;på&gt; stationen &amp; i resecentrum" in html
    assert "Hjälpte svaret? 1 ja, 0 delvis, 0 nej." in text
    assert "9–15 november 2026" in text
    assert "Räknat ur registret 16 november 2026 kl. 06.00." in text


def test_the_page_in_english(client_of: Client, busy: Town) -> None:
    html = get(client_of, "/en/resultat/?vecka=2026-W46&enhet=kronor")
    text = words_of(html)
    assert '<html lang="en"' in html
    assert "10,080" in text and "9–15 November 2026" in text
    assert 'href="/en/resultat/?vecka=2026-W45&amp;enhet=kronor"' in html
    assert 'href="/en/installningar/"' in html


def test_the_way_between_weeks(client_of: Client, busy: Town) -> None:
    html = get(client_of, "/resultat/?vecka=2026-W46&enhet=moten")
    assert 'href="/resultat/?vecka=2026-W45&amp;enhet=moten"' in html
    assert 'href="/resultat/?vecka=2026-W47&amp;enhet=moten"' in html
    # The week under way is the last one.
    now = get(client_of, "/resultat/?vecka=2026-W47")
    assert "pågår" in now and "2026-W48" not in now


def test_without_a_week_the_latest_with_anything_is_shown(client_of: Client, busy: Town) -> None:
    assert "under vecka 46" in words_of(get(client_of, "/resultat/"))
    busy.conversation(at(16, 5))
    tasks.roll_up()
    assert "Ingen har fått svar av oss under vecka 47" in words_of(get(client_of, "/resultat/"))


def test_a_week_without_anything_says_so(client_of: Client, busy: Town) -> None:
    text = words_of(get(client_of, "/resultat/?vecka=2026-W30"))
    assert "Inget hände under vecka 30" in text
    assert "Visa vecka 46" in text


def test_before_anything_is_counted(client_of: Client) -> None:
    assert "Inget hände under vecka 47" in words_of(get(client_of, "/resultat/"))


def test_without_an_assumption_people_are_told_and_the_reason_said(client_of: Client, busy: Town) -> None:
    set_cost("calls_per_officer_week", 105, 90, 120, source="")
    text = words_of(get(client_of, "/resultat/?vecka=2026-W46"))
    assert "Våra kanaler hjälpte 126 personer under vecka 46" in text
    assert "ni har inte skrivit hur många en handläggare hjälper i telefon på en vecka, med källa" in text
    assert "handläggare i telefon under" not in text


@pytest.mark.parametrize("unit", ["handlaggare", "timmar"])
def test_too_few_for_the_unit_are_told_as_people(client_of: Client, town: Town, unit: str) -> None:
    set_cost("calls_per_officer_week", 105, 90, 120)
    set_cost("hours_per_officer_week", 40, 40, 40)
    town.answer(town.conversation(at(16, 4)), at(16, 5))
    tasks.roll_up()
    html = get(client_of, f"/resultat/?enhet={unit}")
    assert "Våra kanaler hjälpte 1 person under vecka 47" in words_of(html)
    assert f'aria-label="1 ÷ 105 {"= 0,0" if unit == "handlaggare" else "× 40 = 0"}"' in html


@pytest.mark.parametrize("week", ["46", "2026-W60", "2026-W46'", "%00", "9999-W01"])
def test_what_is_no_week_is_not_found(client_of: Client, week: str) -> None:
    assert client_of.get("/resultat/", {"vecka": week}).status_code == 404


def test_a_default_assumption_is_marked(client_of: Client, busy: Town) -> None:
    from torget.organisations.models import UnitCost

    assert "förvald" not in words_of(get(client_of, "/resultat/?vecka=2026-W46"))
    UnitCost.objects.update(is_default=True)
    assert "Det är en förvald siffra och inte er egen." in words_of(get(client_of, "/resultat/?vecka=2026-W46"))


# ---------------------------------------------------------------- the file


def test_the_numbers_as_a_file(client_of: Client, busy: Town) -> None:
    response = client_of.get("/resultat/siffror.csv?vecka=2026-W46")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="resultat-2026-W46.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert {len(row) for row in rows} == {8}
    by_name = {(row[1], row[2]): row[3:7] for row in rows}
    assert by_name[("Handläggare i telefon en vecka", "")] == ["1,2", "1,1", "1,4", "126 ÷ 105 = 1,2"]
    assert by_name[("Kronor i telefon", "")][:3] == ["10080", "8190", "11970"]
    assert by_name[("Samtal som kom in", "E-post")][0] == "65"
    assert by_name[("Ämne i flera samtal", "'=HYPERLINK(1)")][0] == "3"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_file_in_english_has_points_and_commas(client_of: Client, busy: Town) -> None:
    body = client_of.get("/en/resultat/siffror.csv?vecka=2026-W46").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert ["1.2", "1.1", "1.4", "126 ÷ 105 = 1.2"] in [row[3:7] for row in rows]


def test_a_time_beyond_the_last_bucket_has_no_upper_bound(town: Town) -> None:
    conversation = town.conversation(at(1, 8).replace(year=2024))
    town.answer(conversation, at(12, 12))
    tasks.roll_up()
    with translation.override("sv"):
        rows = list(sheet.rows(report.report_on(Week(2026, 46)), "sv"))
    assert [row[3:6] for row in rows if "hälften" in row[1]] == [("1000,00", "1000,00", "")]


def test_the_views_are_guarded() -> None:
    for view in (views.index, views.figures):
        assert getattr(view, "guard", "").endswith("can_see_results")

"""The statement, the pages that are easy to read, large type, and what the administrator writes."""

import json
import re
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import get_script_prefix

from tests.support.making import Town
from torget.accessibility import reading, rules
from torget.accessibility.models import Shortcoming, Statement
from torget.accessibility.views import EASY
from torget.core.testing import squeezed
from torget.journal.models import Entry

pytestmark = pytest.mark.django_db
RESULTS = {
    "measured": "2026-11-27",
    "versions": {"axe": "4.12"},
    "pages": ["square"],
    "states": [],
    "checks": {"axe": {"looked": 1, "faulty": []}},
    "lix": {"square": 31.0},
}
PAGE = "/tillganglighet/"
SETTINGS = "/installningar/tillganglighet/"
FAULT = {"kind": "fault", "what": "Kartan", "why": "Den går inte att läsa upp.", "instead": "Ring oss."}


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of a release as this test says."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(RESULTS))
    monkeypatch.setattr(reading, "RESULTS", path)
    reading.results.cache_clear()
    return path


@pytest.fixture(autouse=True)
def _fresh() -> None:
    reading.results.cache_clear()


def words(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(squeezed(answer.content.decode()).split())


def test_the_eleven_items_of_the_statement(town: Town, client: Client, measured: Path) -> None:
    html = words(client)
    for item in (
        town.organisation.name,
        "Torget, platsen för frågor till",
        "<strong>delvis förenlig</strong>",
        "Det som inte fungerar för alla",
        "<dt>Bedömt</dt><dd>27 november 2026</dd>",
        "<dt>Texten ändrad</dt>",
        "Vi har bedömt webbplatsen själva",
        "/skriv/?om=tillganglighet",
        "https://www.digg.se/tdosanmalan",
        "oskäligt betungande",
        "Det som lagen inte gäller",
    ):
        assert item in html, item
    assert not client.cookies


@pytest.mark.parametrize("content", ["", "{", '{"measured": 3}'], ids=["empty", "cut", "another shape"])
def test_a_release_without_results_says_so(town: Town, client: Client, measured: Path, content: str) -> None:
    measured.write_text(content)
    html = words(client)
    assert "<strong>inte förenlig</strong>" in html
    assert "Ingen har mätt den här versionen än." in html


def test_a_fault_that_a_test_found_is_counted(town: Town, client: Client, measured: Path) -> None:
    found = RESULTS | {"pages": ["a", "b", "c"], "checks": {"axe": {"looked": 3, "faulty": ["a"]}}}
    measured.write_text(json.dumps(found))
    assert "Testerna hittade fel på 1 ställe." in words(client)


def test_the_message_about_a_fault_has_its_subject(town: Town, client: Client) -> None:
    assert 'value="Brist i tillgänglighet"' in words(client, "/skriv/?om=tillganglighet")


@pytest.mark.parametrize("name", EASY)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_easy_pages_open(town: Town, client: Client, name: str, prefix: str) -> None:
    assert "<h1>" in words(client, f"{prefix}/lattlast/{name}/")
    assert client.get(f"{prefix}/lattlast/annat/").status_code == 404


class TestWhatTheAdministratorWrites:
    def test_a_fault_is_added_shown_and_taken_away(self, town: Town, admin: Client, client: Client) -> None:
        assert admin.post(f"{SETTINGS}brist/", FAULT).status_code == 302
        html = words(client)
        assert "Kartan" in html
        assert "Ring oss." in html
        fault = Shortcoming.objects.get()
        assert admin.post(f"{SETTINGS}brist/{fault.pk}/bort/").status_code == 302
        assert "Kartan" not in words(client)
        assert admin.post(f"{SETTINGS}brist/{fault.pk}/bort/").status_code == 302, "gone already is no error"
        kinds = list(Entry.objects.filter(kind__startswith="accessibility.").values_list("kind", flat=True))
        assert kinds == ["accessibility.shortcoming_added", "accessibility.shortcoming_removed"]

    def test_what_was_taken_away_is_offered_back_once(self, town: Town, admin: Client, client: Client) -> None:
        admin.post(f"{SETTINGS}brist/", FAULT)
        offered = admin.post(f"{SETTINGS}brist/{Shortcoming.objects.get().pk}/bort/", follow=True).content.decode()
        back = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', offered))
        for _ in range(2):  # a double click
            assert admin.post(f"{SETTINGS}brist/", back).status_code == 302
        assert Shortcoming.objects.count() == 1
        assert "Kartan" in words(client)
        assert "Ring oss." in words(client)
        assert "Hämta tillbaka" not in admin.get(SETTINGS).content.decode()

    def test_what_is_wrong_stays_in_the_form(self, town: Town, admin: Client) -> None:
        answer = admin.post(f"{SETTINGS}brist/", FAULT | {"why": ""})
        assert answer.status_code == 400
        assert "Fyll i ”Varför?”." in answer.content.decode()
        assert 'value="Kartan"' in answer.content.decode()

    def test_the_word_can_only_become_harsher(self, town: Town, admin: Client, client: Client, measured: Path) -> None:
        given = {"own_verdict": "not", "tested_how": "Tre personer provade.", "email": "", "published_on": "2026-05-01"}
        assert admin.post(SETTINGS, given).status_code == 302
        html = words(client)
        assert "<strong>inte förenlig</strong>" in html
        assert "Tre personer provade." in html
        assert "1 maj 2026" in html
        assert admin.post(SETTINGS, given | {"own_verdict": "wholly"}).status_code == 400

    def test_others_may_not(self, town: Town, staff: Client, client: Client) -> None:
        assert staff.get(SETTINGS).status_code == 403
        assert staff.post(f"{SETTINGS}brist/", FAULT).status_code == 403
        assert client.get(SETTINGS).status_code == 302

    def test_the_database_holds_the_shape(self, town: Town) -> None:
        for wrong in (
            lambda: Shortcoming.objects.create(kind="other", what="x", why="y"),
            lambda: Shortcoming.objects.create(what="", why="y"),
            lambda: Statement.objects.create(pk=2),
            lambda: Statement.objects.create(pk=1, own_verdict="wholly"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                wrong()


class TestLargeType:
    def test_every_link_keeps_it(self, town: Town, client: Client) -> None:
        html = words(client, "/stor/en/skriv/")
        assert '<html lang="en" class="stor">' in html
        assert 'action="/stor/en/skriv/"' in html
        assert 'href="/stor/skriv/" lang="sv"' in html
        assert 'href="/en/skriv/"' in html, "and one leads back"
        assert get_script_prefix() == "/", "the thread answers others next"
        assert 'class="stor"' not in words(client, "/skriv/"), "nor does what was stored leak"

    def test_a_form_leads_on_in_it(self, town: Town, client: Client) -> None:
        answer = client.post("/stor/skriv/", {"text": "När öppnar badet?", "nonce": "n" * 20})
        assert answer.status_code == 303
        address = answer.headers["Location"]
        assert address.startswith("/stor/kvitto/")
        receipt = client.get(address)
        assert receipt.headers["Cache-Control"] == "no-store"
        assert receipt.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in receipt.headers["X-Robots-Tag"]

    @pytest.mark.parametrize("path", ["/stor/disk/?ko=new", "/stor/konto/login/", "/stor/en/installningar/"])
    def test_staff_pages_come_in_one_size(self, town: Town, staff: Client, path: str) -> None:
        answer = staff.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"] == path.removeprefix("/stor")

    @pytest.mark.parametrize("path", ["/stor//evil.example/", "/stor/stor/skriv/", "/stor/finns-inte/"])
    def test_nothing_else_lies_there(self, town: Town, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_a_page_for_staff_offers_no_other_size(self, town: Town, staff: Client) -> None:
        assert "Större text" not in staff.get("/installningar/").content.decode()


def test_known_faults_have_words_for_all_kinds() -> None:
    for kind in rules.Kind:
        assert isinstance(reading.faults(kind, []), list)

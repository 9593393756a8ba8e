"""The register's pages, feed and table through their addresses."""

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from tests.support.making import MONDAY, PERSON, Town, first
from torget.conversations import actions
from torget.core import clock, limits
from torget.core.stored import searched, stored
from torget.core.testing import squeezed
from torget.organisations import actions as organisations
from torget.organisations.models import Authority
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.models import Record
from torget.register.rules import State
from torget.register.views import files

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    limits.files.counts.clear()


def _body(client: Client, address: str, status: int = 200) -> str:
    response: Any = client.get(address)
    assert response.status_code == status and not client.cookies
    data = b"".join(response.streaming_content) if response.streaming else response.content
    return html.unescape(data.decode())


@pytest.fixture
def bridge(town: Town) -> Town:
    user = town.user()
    conversation = town.given("Hur går det?", subject="Signes egna ord")
    actions.classify(first(conversation), state=State.REGISTERED, subject="Bron över ån", by=user)
    town.answered(conversation, user)
    town.said("Tack för bron")
    return town


@pytest.mark.parametrize(
    "address", ["/diarium/", "/diarium/KS/", "/diarium/KS/2026/0001/", "/diarium/diarier/", "/diarium/flode.atom",
                "/diarium/diarium.csv", "/diarium/KS/2026/", "/diarium/KS/flode.atom", "/diarium/KS/diarium.csv"],
)  # fmt: skip
def test_all_of_it_is_off_while_the_register_is(client: Client, bridge: Town, address: str) -> None:
    response = client.get(address)
    assert response.status_code in (200, 302) and "noindex" in response.headers["X-Robots-Tag"]
    assert client.get(f"/en{address}").status_code in (200, 302)
    bridge.organisation.register_public = False
    organisations.change_organisation(bridge.organisation, by=bridge.user(Role.ADMINISTRATOR))
    assert client.get(address).status_code == client.get(f"/en{address}").status_code == 404


def test_a_case_has_a_page_by_its_number(client: Client, bridge: Town) -> None:
    assert 'href="/diarium/KS/2026/0001/#handling-1"' in _body(client, "/diarium/")
    body = _body(client, "/diarium/KS/2026/0001/")
    assert "KS 2026/0001-1" in body and "KS 2026/0001-2" in body and "Signe" not in body
    assert body.index("KS 2026/0001-1") < body.index("KS 2026/0001-2")
    assert '<p class="lead" lang="sv">Bron över ån</p>' in squeezed(body)
    response = client.get("/diarium/KS/2026/1/")
    assert (response.status_code, response["Location"]) == (301, "/diarium/KS/2026/0001/")
    for nowhere in ("/diarium/KS/2026/0099/", "/diarium/XX/", "/diarium/XX/2026/0001/", "/diarium/KS/0000/0001/"):
        assert client.get(nowhere).status_code == 404


def test_a_case_is_called_by_what_is_shown_of_it(client: Client, town: Town) -> None:
    conversation = town.given("Min hund är borta", subject="Hunden Fido")
    assert '<p class="lead">Meddelande</p>' in squeezed(_body(client, "/diarium/KS/2026/0001/"))
    actions.classify(first(conversation), state=State.REGISTERED, subject="Hittegods", by=town.user())
    assert "Hittegods" in _body(client, "/diarium/KS/2026/0001/")
    actions.mark_secret(first(conversation), provision="OSL 26 kap. 1 §", by=town.user())
    body = _body(client, "/diarium/KS/2026/0001/")
    assert "Hittegods" not in body and "26 kap" not in body and "Fido" not in body


def test_search_and_filters_keep_what_was_asked(client: Client, bridge: Town) -> None:
    body = _body(client, "/diarium/?q=broar&lage=registered&period=2026-11&riktning=in&x=%3Cb%3E")
    assert "KS 2026/0001-1" in body and "KS 2026/0001-2" not in body and "<b>1 post.</b>" in body
    assert 'value="broar"' in body and "x=%3C" not in body and "<b>x" not in body
    assert body.count(" selected") == 3
    assert "Inget i diariet stämmer" in _body(client, "/diarium/?q=tack")


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%22", "q=" + "x" * 5000, "q=*", "kanal=%22", "kanal=%00", "lage=x", "riktning=x", "period=9999-99",
     "period=0000", "fran=x&till=9999-12-31", "nummer=%00", "efter=x", "efter=" + "0" * 16, "q=%ED%A0%80", "q=a'b"],
)  # fmt: skip
def test_whatever_is_asked_is_answered(client: Client, bridge: Town, query: str) -> None:
    for address in ("/diarium/", "/diarium/KS/", "/diarium/flode.atom", "/diarium/diarium.csv"):
        limits.files.counts.clear()
        assert client.get(f"{address}?{query}").status_code == 200


def test_what_anyone_can_make_up_is_not_stored(client: Client, bridge: Town) -> None:
    for address in ("/diarium/", "/diarium/KS/", "/diarium/KS/2026/0001/", "/diarium/flode.atom", "/diarium/diarier/"):
        assert client.get(address).headers["X-Torget-Stored"] == "1"
    kept = len(stored.pages)
    for number in range(20):
        for name in ("q", "nummer", "efter", "period", "kanal"):
            assert "X-Torget-Stored" not in client.get(f"/diarium/?{name}={number}").headers
    client.get("/diarium/?okänd=1")
    assert len(stored.pages) == kept
    assert searched.limit < stored.limit


def test_what_many_ask_for_is_made_once_for_each_change(
    client: Client, bridge: Town, django_assert_num_queries: Any
) -> None:
    for query in ("?q=bron", "?lage=registered", "?q=finnsinte", "?kanal=web&period=2026"):
        body = _body(client, f"/diarium/{query}")
        with django_assert_num_queries(1):
            assert _body(client, f"/diarium/{query}") == body
    assert _body(client, "/diarium/?q=bron") != _body(client, "/diarium/?q=bro")
    before = _body(client, "/diarium/?q=bron")
    town_record = Record.objects.order_by("pk")[0]
    register.mark_secret(town_record, provision="OSL 26 kap. 1 §", by=bridge.user())
    assert _body(client, "/diarium/?q=bron") != before


def test_a_stored_page_brings_back_nothing_from_the_address(client: Client, bridge: Town) -> None:
    assert "ondska" not in _body(client, "/diarium/?ondska=1") + _body(client, "/diarium/")


def test_each_authority_has_a_list(client: Client, bridge: Town) -> None:
    Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")
    actions.publish(bridge.given("Öppet"), title="Öppet", by=bridge.user())
    body = _body(client, "/diarium/diarier/")
    assert "Byggnadsnämnden" in body and "Inget än" in body and "16 november 2026" in body
    assert "KS 2026" not in _body(client, "/diarium/BN/")
    assert _body(client, "/diarium/KS/").count('class="dnr"') == 4


def test_whoever_wants_to_read_gets_the_form_with_the_number(client: Client, bridge: Town) -> None:
    asked = re.findall(r'href="(/skriv/\?handling=[^"]+)"', _body(client, "/diarium/KS/2026/0001/"))
    assert asked[0] == "/skriv/?handling=KS+2026%2F0001-1"
    body = _body(client, asked[0])
    assert 'value="Begäran att läsa KS 2026/0001-1"' in body and "Jag vill läsa KS 2026/0001-1." in body
    # Without a number: by its day and channel, and the subject where that is shown.
    [other] = re.findall(r'href="(/skriv/\?handling=[0-9a-f]{16})"', _body(client, "/diarium/"))
    body = _body(client, other)
    assert "16 november 2026" in body and "Meddelande" in body and "Tack för bron" not in body


@pytest.mark.parametrize("asked", ["x", "f" * 16, "0" * 16, "KS", "XX 2026/0001", "KS 2026/0001 <script>", "2026/0001"])
def test_the_form_says_nothing_that_somebody_made_up(client: Client, bridge: Town, asked: str) -> None:
    assert "Begäran att läsa" not in client.get("/skriv/", {"handling": asked}).content.decode()


def test_the_feed_is_atom_and_shows_the_day_only(client: Client, bridge: Town) -> None:
    response = client.get("/diarium/flode.atom")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(response.content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 3
    for one in (feed, *entries):
        assert all(one.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert {one.findtext(f"{ATOM}updated") for one in entries} == {"2026-11-16T00:00:00+01:00"}
    ids = [one.findtext(f"{ATOM}id") for one in entries]
    assert len(set(ids)) == 3
    assert [one.findtext(f"{ATOM}id") for one in etree.fromstring(client.get("/diarium/flode.atom").content)[4:]] == ids
    assert "Signe" not in response.content.decode()
    ours = etree.fromstring(client.get("/diarium/flode.atom?riktning=out").content).findall(f"{ATOM}entry")
    assert len(ours) == 1


def test_signs_that_xml_does_not_take_break_no_feed(client: Client, town: Town) -> None:
    actions.classify(first(town.given()), state=State.REGISTERED, subject="a\x0bb<&]]>\ufffe\x1b", by=town.user())
    assert etree.fromstring(client.get("/diarium/flode.atom").content).findall(f"{ATOM}entry")


def test_the_table_holds_the_rows_and_no_formula(client: Client, town: Town) -> None:
    user = town.user()
    actions.classify(first(town.given()), state=State.REGISTERED, subject="=1+1", by=user)
    secret = town.given("Hemligt", subject="Hemligt")
    actions.mark_secret(first(secret), provision="OSL 26 kap. 1 §", by=user)
    actions.classify(first(town.given()), state=State.REGISTERED, subject=f'Om "{PERSON}"; =2', by=user)
    text = _body(client, "/diarium/diarium.csv")
    assert text.startswith("\ufeffDatum;Nummer")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [row[3] for row in rows[1:]] == ['Om "******-****"; =2', "Ämnet visas inte", "'=1+1"]
    assert [row[4] for row in rows[1:]] == ["Privatperson", "Uppgiften visas inte", "Privatperson"]
    assert [row[6] for row in rows[1:]] == ["Registrerad", "Sekretess", "Registrerad"]
    assert len(_body(client, "/diarium/diarium.csv?lage=secret").splitlines()) == 2


def test_the_table_is_bounded(client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        town.said(f"Fråga {number}")
    monkeypatch.setattr(files, "MOST", 3)
    assert len(_body(client, "/diarium/diarium.csv").splitlines()) == 4


def test_who_fetches_file_after_file_waits(client: Client, town: Town) -> None:
    answers = [client.get("/diarium/diarium.csv").status_code for _ in range(files.FILES_PER_MINUTE + 2)]
    assert answers == [200] * files.FILES_PER_MINUTE + [429, 429]
    assert client.get("/diarium/flode.atom").status_code == 200
    assert client.get("/diarium/?q=bron").status_code == 200


def test_a_long_case_has_pages(client: Client, town: Town) -> None:
    conversation, user = town.given(), town.user()
    for number in range(55):
        with clock.at(MONDAY + timedelta(minutes=number)):
            town.answered(conversation, user, text=f"Svar {number}")
    body = _body(client, "/diarium/KS/2026/0001/")
    [later] = re.findall(r'href="(\?efter=[0-9a-f]{16})" rel="next"', body)
    further = _body(client, f"/diarium/KS/2026/0001/{later}")
    numbers = [int(one) for one in re.findall(r'class="dnr">KS 2026/0001-(\d+)<', body + further)]
    assert numbers == list(range(1, 57))


def test_the_number_of_queries_does_not_grow(client: Client, town: Town, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        town.given(f"Fråga {number}")
    with django_assert_max_num_queries(16):
        _body(client, "/diarium/?q=bron&kanal=jsonl&period=2026-11")
    Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")
    with django_assert_max_num_queries(6):
        _body(client, "/diarium/diarier/")


def test_the_number_of_a_case_that_was_joined_into_another_leads_on(client: Client, town: Town) -> None:
    registrar = town.user(Role.REGISTRAR)
    cases = []
    for words in ("Bron över ån", "Bron igen"):
        conversation = town.given("Hur går det?")
        actions.classify(first(conversation), state=State.REGISTERED, subject=words, by=registrar)
        cases.append(first(conversation).record.case)
    one, two = cases
    assert one and two
    actions.merge_cases(one, into=two, by=registrar)
    response = client.get(f"/diarium/{one.authority.prefix}/{one.year}/{one.number:04d}/")
    assert response.status_code == 302
    page = _body(client, response["Location"])
    assert "Bron över ån" in page and "Bron igen" in page
    told = client.get(f"/api/v1/diarium/{one.authority.prefix}/{one.year}/{one.number:04d}").json()
    assert told["case"] == two.dnr and len(told["rows"]) == 2
    assert "Bron över ån" in _body(client, f"/diarium/?q={one.dnr.replace(' ', '+')}")


def test_the_number_that_a_record_had_leads_on_to_it_and_to_no_other(client: Client, town: Town) -> None:
    registrar = town.user(Role.REGISTRAR)
    cases = []
    for words in ("Bron över ån", "Färjan i hamnen"):
        conversation = town.given("Hur går det?")
        actions.classify(first(conversation), state=State.REGISTERED, subject=words, by=registrar)
        cases.append(first(conversation).record.case)
    one, two = cases
    assert one and two
    moved = one.records.get()
    actions.move_records([moved], to=two, by=registrar)
    former = f"{one.dnr}-1".replace(" ", "+")
    for asked in (f"?q={former}", f"?q={former.removeprefix(one.authority.prefix + '+')}"):
        body = _body(client, f"/diarium/{asked}")
        assert f"{two.dnr}-2" in body and "Bron över ån" in body and "Färjan i hamnen" not in body
    told = client.get(f"/api/v1/diarium/{one.authority.prefix}/{one.year}/{one.number:04d}-1")
    assert f"{two.dnr}-2" in told.content.decode()
    # What is secret now is not found by the words or the number that it had when it was not.
    actions.mark_secret(moved.message, by=registrar, provision="OSL 26 kap. 1 §")
    assert "Bron över ån" not in _body(client, f"/diarium/?q={former}")

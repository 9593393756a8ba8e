"""The register's rows as HTML: each word escaped, each link the one that the addresses give, in both languages and sizes."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from lxml import html

from tests.support.making import Town, first
from torget.conversations import actions
from torget.core.stored import searched
from torget.organisations.models import Authority, Organisation
from torget.register import reading
from torget.register.looking import Filters
from torget.register.models import Record
from torget.register.rules import State

HOSTILE = """<script>alert(1)</script> & "citat" 'q' {{ 7 }}"""
PREFIXES = ["", "/en", "/stor", "/stor/en"]


def _rows(client: Client, address: str) -> list[Any]:
    response = client.get(address)
    assert response.status_code == 200
    return list(html.fromstring(response.content.decode()).xpath("//table[@class='reg']/tbody/tr"))


@pytest.fixture
def odd(town: Town) -> Town:
    """A confirmed record, one that nobody has read, one without a number, one that is secret and an answer; odd names."""
    Organisation.objects.update(name="Ekevik <&> kommun")
    Authority.objects.update(name="Styrelsen <b>", prefix="KÅ")
    user = town.user()
    told = town.given()
    actions.classify(first(told), state=State.REGISTERED, subject=HOSTILE, by=user)
    town.answered(told, user)
    town.said("Tack")
    actions.mark_secret(first(town.given("Hemligt")), provision="OSL 26 kap. 1 §", by=user)
    town.given("Inte läst")
    return town


@pytest.mark.parametrize("prefix", PREFIXES, ids=["sv", "en", "large", "large en"])
def test_words_are_words_and_links_lead_on(client: Client, odd: Town, prefix: str) -> None:
    record = Record.objects.exclude(number=None).order_by("pk")[0]
    assert record.case is not None
    number = {"prefix": "KÅ", "year": record.case.year, "number": record.case.number}
    with override("en" if prefix.endswith("en") else "sv"):
        here = reverse("register:case", kwargs=number)
    here = ("/stor" if prefix.startswith("/stor") else "") + here
    rows = _rows(client, f"{prefix}/diarium/")
    assert len(rows) == 5
    [told] = [row for row in rows if row.xpath("string(td[@class='dnr'])") == record.dnr]
    [link] = told.xpath(".//a/@href")
    assert link == f"{here}#handling-{record.number}"
    assert not told.xpath(".//script") and HOSTILE in told.text_content() and "Styrelsen <b>" in told.text_content()
    assert sum("Ekevik <&> kommun" in row.text_content() for row in rows) == 1
    assert all("Hemligt" not in row.text_content() and "Inte läst" not in row.text_content() for row in rows)
    # On the case's own page nothing leads to itself; what one may ask for is named as a number, or hidden.
    inside = [row.get("id") for row in _rows(client, here)]
    assert inside[0] == f"handling-{record.number}" and len(set(inside)) == len(inside) == 2
    asked = [link for row in rows + _rows(client, here) for link in row.xpath(".//a/@href") if "handling=" in link]
    assert asked and all(link.startswith(f"{prefix}/skriv/?handling=") for link in asked)
    assert any(re.search("handling=[0-9a-f]{16}$", link) for link in asked)
    assert all(client.get(link).status_code == 200 for link in asked)


def test_a_row_is_what_the_record_is_now(client: Client, odd: Town) -> None:
    """No row is held: what is no longer shown is gone though the index and the public version say nothing of it."""
    assert any(HOSTILE in row.text_content() for row in _rows(client, "/diarium/?riktning=in"))
    Record.objects.filter(subject=HOSTILE).update(protected_identity=True)
    searched.clear()
    assert not any(HOSTILE in row.text_content() for row in _rows(client, "/diarium/?riktning=in"))


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(channel="jsonl"),
        Filters(state="secret"),
        Filters(direction="out"),
        Filters(authority="KÅ"),
        Filters(text="citat"),
        Filters(text="citat", state="registered"),
        Filters(text="KÅ 2026/0001"),
        Filters(number="2026/0001", state="registered"),
        Filters(channel="mail"),
    ],
)
def test_the_count_is_of_the_rows(odd: Town, filters: Filters) -> None:
    page = reading.find(filters, count=True)
    assert page.count == len(page.rows)
    assert bool(page.rows) == (filters.channel != "mail")


@pytest.mark.parametrize("query", ["", "?q=citat", "?kanal=jsonl&lage=registered", "?period=2026-11", "?q=zyxomatik"])
def test_a_page_is_made_of_few_statements(client: Client, odd: Town, query: str) -> None:
    client.get(f"/diarium/{query or '?x='}")
    searched.clear()
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/diarium/{query or '?riktning=in'}")
    # One more where PostgreSQL finds out what is recent, once a minute.
    assert len(asked) <= 9

"""The public register through its address."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import FORM_SENDER, MONDAY, PERSON, Town, first
from torget.conversations import actions
from torget.core import clock
from torget.core.models import PublicVersion
from torget.organisations import actions as organisations
from torget.organisations.rules import Role
from torget.register.models import Record
from torget.register.rules import State


def _body(client: Client, address: str = "/diarium/") -> str:
    response = client.get(address)
    assert response.status_code == 200 and not client.cookies
    return html.unescape(response.content.decode())


def test_it_is_off_until_the_organisation_turns_it_on(client: Client, town: Town) -> None:
    assert "/diarium/" in _body(client, "/")
    town.organisation.register_public = False
    organisations.change_organisation(town.organisation, by=town.user(Role.ADMINISTRATOR))
    assert client.get("/diarium/").status_code == client.get("/en/diarium/").status_code == 404
    assert "/diarium/" not in _body(client, "/")


def test_it_is_open_to_everyone_but_not_to_search_engines(client: Client, town: Town) -> None:
    response = client.get("/diarium/")
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["X-Torget-Stored"] == "1"


def test_nothing_of_the_sender_is_on_the_page(client: Client, town: Town) -> None:
    user = town.user(name="Anna Svarare")
    _, conversation = town.written(
        "Min hund är borta", subject=f"Om {PERSON}", name="Signe Testsson", email=FORM_SENDER
    )
    words = ("Signe", FORM_SENDER, PERSON, "121212", "hund", "Anna Svarare")
    town.answered(conversation, user)
    actions.note(conversation, text="Intern hund", by=user)
    assert not [word for word in words if word in _body(client)]
    actions.classify(first(conversation), state=State.REGISTERED, subject=f"Hittegods {PERSON}", by=user)
    body = _body(client)
    assert "Hittegods ******-****" in body and "KS 2026/0001-1" in body
    assert not [word for word in words if word in body]


def test_a_secret_row_shows_that_it_is_there_and_nothing_else(client: Client, town: Town) -> None:
    conversation = town.given("Min hund är borta")
    message = first(conversation)
    actions.classify(message, state=State.REGISTERED, subject="Hittegods", by=town.user())
    assert "Hittegods" in _body(client)
    actions.mark_secret(message, provision="OSL 26 kap. 1 §", by=town.user())
    body = _body(client)
    assert "Hittegods" not in body and "26 kap" not in body
    assert "KS 2026/0001-1" in body and "Ämnet visas inte" in body


def test_an_answer_to_a_question_shows_no_more_than_the_question(client: Client, town: Town) -> None:
    _, conversation = town.written("Signe på Storgatan 3 är sjuk")
    town.answered(conversation, town.user())
    # The answer is confirmed by whoever wrote it; the resident's own words in its subject are confirmed by nobody.
    assert "Storgatan" not in _body(client)


def _rows(town: Town, count: int) -> None:
    for number in range(count):
        # Five at each moment, microseconds and all, so that a page ends in the middle of one.
        with clock.at(MONDAY + timedelta(seconds=number // 5, microseconds=123_457)):
            town.given(f"Fråga {number}")


def test_each_row_is_on_one_page_and_no_more(client: Client, town: Town) -> None:
    _rows(town, 123)
    numbers: list[str] = []
    address: str | None = "/diarium/"
    pages = 0
    while address and pages < 10:
        body, pages = _body(client, address), pages + 1
        numbers += re.findall(r'class="dnr">([^<]+)<', body)
        older = re.search(r'href="(\?efter=[^"]+)" rel="next"', body)
        address = f"/diarium/{older[1]}" if older else None
    assert pages == 3
    assert sorted(numbers) == sorted(record.dnr for record in Record.objects.select_related("case__authority"))
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    "place", ["x", "-", "1-1", "1-" + "9" * 30, "9" * 19 + "-1", "%00-1", "²-1", "1-1-1", "-1-1", "9" * 200], ids=ascii
)
def test_any_place_is_answered(client: Client, town: Town, place: str) -> None:
    _rows(town, 3)
    assert client.get(f"/diarium/?efter={place}").status_code == 200


def test_the_number_of_queries_does_not_grow(client: Client, town: Town, django_assert_max_num_queries: Any) -> None:
    counts = []
    for count in (5, 50):
        _rows(town, count)
        town.answered(town.given(), town.user())
        # The first of its shape has PostgreSQL plan it, and once a minute is looked where the newest begin.
        client.get("/diarium/")
        PublicVersion.bump()
        with CaptureQueriesContext(connection) as queries:
            client.get("/diarium/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    with django_assert_max_num_queries(4):
        client.get("/diarium/")

"""The API through its addresses: what it says, to whom, how often."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.support.making import PERSON, Town, first
from torget.conversations import actions
from torget.core import limits
from torget.organisations import actions as organisations
from torget.organisations.rules import Role
from torget.register import reading
from torget.register.looking import first_of
from torget.register.rules import State


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    limits.reading.counts.clear()


def test_it_is_off_while_the_register_is(client: Client, town: Town) -> None:
    town.given()
    assert client.get("/api/v1/diarium").status_code == 200
    town.organisation.register_public = False
    organisations.change_organisation(town.organisation, by=town.user(Role.ADMINISTRATOR))
    for address in ("diarium", "diarium/KS/2026/0001"):
        response = client.get(f"/api/v1/{address}")
        assert response.status_code == 404
        assert "begära ut" in response.json()["detail"]
    assert client.get("/api/v1/").json()["diarium"] is None
    assert client.get("/api/v1/openapi.json").status_code == client.get("/api/v1/dialogues").status_code == 200


def test_a_row_holds_what_the_page_shows_and_no_more(client: Client, town: Town) -> None:
    conversation = town.given("Min hund är borta", subject=f"Om {PERSON}")
    assert client.get("/api/v1/diarium").json()["rows"] == [
        {
            "date": "2026-11-16", "number": "KS 2026/0001-1", "case": "KS 2026/0001", "authority": "Kommunstyrelsen",
            "channel": "jsonl", "direction": "in", "state": "unclassified", "subject": None,
            "page": "http://testserver/diarium/KS/2026/0001/",
        }
    ]  # fmt: skip
    actions.classify(first(conversation), state=State.REGISTERED, subject=f"Hittegods {PERSON}", by=town.user())
    [row] = client.get("/api/v1/diarium").json()["rows"]
    assert (row["state"], row["subject"]) == ("registered", "Hittegods ******-****")
    actions.mark_secret(first(conversation), provision="OSL 26 kap. 1 §", by=town.user())
    found = client.get("/api/v1/diarium/KS/2026/0001").json()
    assert (found["subject"], found["rows"][0]["subject"], found["rows"][0]["state"]) == (None, None, "secret")


def test_who_has_it_gets_no_more_than_304(client: Client, town: Town) -> None:
    town.given()
    for address in ("/api/v1/diarium", "/api/v1/diarium?channel=jsonl"):
        response = client.get(address)
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        town.given()
        assert client.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "title"), [("", "Numret finns inte i diariet"), ("en-GB,sv;q=0.5", ""), ("de, sv", "Numret finns inte")]
)
def test_a_problem_is_told_in_the_readers_language(client: Client, town: Town, asked: str, title: str) -> None:
    response = client.get("/api/v1/diarium/KS/2026/0099", headers={"Accept-Language": asked} if asked else {})
    assert response.json()["title"].startswith(title)
    assert response.headers["Content-Language"] == ("en" if asked.startswith("en") else "sv")
    assert response.headers["Vary"] == "Accept-Language"


def test_any_page_may_read_it_and_nobody_may_write(client: Client, town: Town) -> None:
    response = client.get("/api/v1/diarium", headers={"Origin": "https://other.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Credentials" not in response.headers and not client.cookies
    asked = client.options("/api/v1/diarium", headers={"Origin": "https://other.example"})
    assert asked.status_code == 204 and "GET" in asked.headers["Access-Control-Allow-Methods"]
    for method in ("post", "put", "delete", "patch"):
        refused = getattr(client, method)("/api/v1/diarium")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_who_asks_too_often_waits_but_not_for_what_lies_ready(client: Client, town: Town, settings: Any) -> None:
    settings.TORGET_API_PER_MINUTE = 3
    answers = [client.get("/api/v1/diarium?q=bron").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    slow = client.get("/api/v1/diarium?q=bron")
    assert (slow.headers["Retry-After"], slow.json()["code"]) == ("60", "too_many")
    assert client.get("/api/v1/diarium").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=",
        "state=",
        "after=" + "f" * 17,
        "from=2026-13-01",
        "to=9999-99-99",
        "authority=XX",
        "channel=%22",
        "state=S",
    ],
)
def test_what_cannot_be_meant_is_said(client: Client, town: Town, query: str) -> None:
    response = client.get(f"/api/v1/diarium?{query}")
    assert (response.status_code, response.json()["about"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize("number", [0, first_of(date.max), 2**63, 2**64 - 1])
def test_a_place_that_no_day_has_is_refused(client: Client, town: Town, number: int) -> None:
    """Hidden under the installation's own key: a made-up sign is by chance a place that there is."""
    response = client.get(f"/api/v1/diarium?after={reading.hide(number)}")
    assert (response.status_code, response.json()["about"]) == (404, "after")


@pytest.mark.parametrize("query", ["q=%22", "q=%00", "q=*", "q=%25", "number=x", "number=KS+2026/1-999999999", "q=-"])
def test_what_is_nowhere_is_an_empty_list(client: Client, town: Town, query: str) -> None:
    town.given()
    response = client.get(f"/api/v1/diarium?{query}")
    assert response.status_code == 200

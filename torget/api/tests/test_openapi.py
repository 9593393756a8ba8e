"""The description says what is answered, and everything that is answered is described."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.support.making import Town, first, fresh
from torget.api import urls
from torget.api.tests.schema import wrong
from torget.conversations import actions
from torget.conversations.models import Conversation
from torget.core import limits
from torget.register.rules import State


@pytest.fixture
def described(client: Client, town: Town) -> dict[str, Any]:
    user = town.user()
    conversation = town.given("Hur går det med bron?")
    actions.classify(first(conversation), state=State.REGISTERED, subject="Bron över ån", by=user)
    town.answered(conversation, user)
    actions.publish(fresh(conversation), title="Bron", by=user)
    hidden = town.given("Något hemligt")
    actions.mark_secret(first(hidden), provision="OSL 26 kap. 1 §", by=user)
    for number in range(60):
        town.said(f"Fråga {number}")
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


def _asked(client: Client, path: str, dnr: str, number: int) -> Any:
    return client.get("/api/v1" + path.replace("{dnr}", dnr).replace("{number}", str(number)))


def test_every_public_operation_answers_as_it_is_described(client: Client, described: dict[str, Any]) -> None:
    schemas, asked = described["components"]["schemas"], 0
    [number] = Conversation.objects.filter(published_at__isnull=False).values_list("number", flat=True)
    for path, item in described["paths"].items():
        if item.get("get", {}).get("security") != []:
            continue  # what takes a token: test_schemathesis.py
        asked += 1
        for dnr in ("KS/2026/0001", "KS/2026/0001-1", "KS%202026/0002-1"):
            response = _asked(client, path, dnr, number)
            assert response.status_code == 200, path
            schema = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            assert list(wrong(response.json(), schema, schemas)) == [], path
    assert asked == 6


def test_every_problem_is_as_it_is_described(client: Client, described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for address in (
        "diarium?x=1", "diarium?state=x", "diarium?channel=brev", "diarium?after=%C2%85",
        "diarium?direction=in%20", "diarium?from=x", "diarium/KS/2026/9999", "diarium/x", "x",
        "diarium/?x", "diarium/x%0A", "x%0Ay",
    ):  # fmt: skip
        response = client.get(f"/api/v1/{address}")
        assert response.status_code in (400, 404), address
        assert response.headers["Content-Type"].startswith("application/problem+json")
        assert list(wrong(response.json(), {"$ref": "#/components/schemas/Problem"}, schemas)) == []


def test_every_address_is_described(described: dict[str, Any]) -> None:
    kinds = (("<path:", "{"), ("<str:", "{"), (">", "}"), ("{key}", "{id}"))
    ours = {f"/{one.pattern}" for one in urls.urlpatterns if one.name != "nowhere"}
    for one, other in kinds:
        ours = {address.replace(one, other) for address in ours}
    assert ours == set(described["paths"])
    assert get_resolver().resolve("/api/v1/diarium").url_name == "register"


def test_every_parameter_that_is_described_is_read(client: Client, described: dict[str, Any]) -> None:
    values = {
        "q": "bron", "authority": "KS", "channel": "jsonl", "state": "registered", "direction": "in",
        "from": "2026-11-16", "to": "2026-11-16", "number": "KS 2026/0001",
    }  # fmt: skip
    limits.reading.counts.clear()
    names = [one["name"] for one in described["paths"]["/diarium"]["get"]["parameters"]]
    assert set(names) == {*values, "after"}
    for name, value in values.items():
        found = client.get("/api/v1/diarium", {name: value}).json()
        assert 0 < len(found["rows"]) <= found["count"], name
        none = {"q": "zyx", "number": "KS 1999/0001", "from": "2030-01-01", "to": "1999-01-01"}.get(name)
        if none:
            assert client.get("/api/v1/diarium", {name: none}).json()["rows"] == [], name


def test_the_pages_follow_each_other_without_loss(client: Client, described: dict[str, Any]) -> None:
    rows, address = [], "/api/v1/diarium"
    while address:
        page = client.get(address)
        rows += page.json()["rows"]
        address = page.json()["next"]
        assert (address or "") in page.headers.get("Link", "")
    assert len(rows) == page.json()["count"] == 63
    assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)

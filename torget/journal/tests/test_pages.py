"""The journal's pages, through their addresses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from torget.core import clock
from torget.journal import actions, rules, verifier
from torget.journal.models import Entry

EnterSome = Callable[[int], list[Entry]]
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def test_before_anything_is_entered(client: Client, home: Path, db: None) -> None:
    page = client.get(reverse("journal:index")).content.decode()
    assert "Inget är infört ännu" in page
    assert "Dagarnas sigill" not in page
    for name in ("journal:checkpoint", "journal:key"):
        assert client.get(reverse(name)).status_code == 404


def test_the_page_shows_checkpoint_key_and_days(client: Client, enter_some: EnterSome) -> None:
    for day in range(3):
        with clock.at(NOON + timedelta(days=day)):
            enter_some(2)
            actions.sequence()
    page = client.get(reverse("journal:index")).content.decode()
    latest = actions.latest_checkpoint()
    assert latest is not None
    assert "6 poster" in page
    assert "18 november 2026 kl. 13.00" in page
    assert page.count(latest.root_groups) == 2
    assert rules.parse_key(latest.key).fingerprint() in page
    assert [page.count(f"{day} november 2026</time>") for day in (16, 17, 18)] == [1, 1, 1]
    assert page.index("18 november 2026</time>") < page.index("16 november 2026</time>")


def test_the_page_costs_the_same_however_long_the_log(
    client: Client, enter_some: EnterSome, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for day in range(30 + 2):
        with clock.at(NOON + timedelta(days=day)):
            enter_some(1)
            actions.sequence()
    client.get(reverse("journal:index"))
    with django_assert_max_num_queries(4):  # two of ours; the organisation's row may be read beside them
        page = client.get(reverse("journal:index")).content.decode()
    assert page.count('<th scope="row">') == 30


def test_what_is_downloaded_checks_a_receipt(client: Client, enter_some: EnterSome) -> None:
    enter_some(3)
    actions.sequence()
    note = client.get(reverse("journal:checkpoint"))
    key = client.get(reverse("journal:key"))
    assert note["Content-Type"] == key["Content-Type"] == "text/plain; charset=utf-8"
    rules.require_signature(rules.parse_note(note.content.decode()), rules.parse_key(key.content.decode()))
    program = client.get(reverse("journal:verifier"))
    assert program.content.decode() == verifier.joined()
    assert 'filename="verify.py"' in program["Content-Disposition"]


@pytest.mark.parametrize("name", ["index", "checkpoint", "key", "verifier"])
def test_pages_are_for_reading(name: str, client: Client, db: None) -> None:
    address = reverse(f"journal:{name}")
    assert client.post(address).status_code == 405
    assert not client.get(address).cookies

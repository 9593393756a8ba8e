"""The page where the order is tuned, through its address."""

import pytest
from django.test import Client

from tests.support.making import MONDAY, Town
from torget.conversations.models import Conversation
from torget.conversations.priority import DEFAULT_WEIGHTS
from torget.core import clock
from torget.organisations.models import Organisation
from torget.organisations.rules import Role

ADDRESS = "/installningar/ordning/"


@pytest.fixture
def waiting(town: Town) -> Conversation:
    with clock.at(MONDAY):
        return town.given("Akut: det läcker gas vid skolan")


def test_only_the_administrator_tunes_the_order(client: Client, town: Town) -> None:
    client.force_login(town.user())
    assert client.get(ADDRESS).status_code == 403


def test_what_is_tuned_moves_what_waits_and_can_be_taken_back(
    client: Client, town: Town, waiting: Conversation
) -> None:
    client.force_login(town.user(Role.ADMINISTRATOR))
    before = waiting.first_at
    assert client.post(ADDRESS, dict.fromkeys(DEFAULT_WEIGHTS, 0)).status_code == 302
    waiting.refresh_from_db()
    assert waiting.first_at == waiting.answer_due > before
    client.post(ADDRESS, {"forval": "1"})
    waiting.refresh_from_db()
    assert waiting.first_at == before
    assert Organisation.current().weights == DEFAULT_WEIGHTS


@pytest.mark.parametrize("given", ["-1", "401", "mycket", ""])
def test_a_weight_out_of_bounds_is_said_in_words_and_changes_nothing(client: Client, town: Town, given: str) -> None:
    client.force_login(town.user(Role.ADMINISTRATOR))
    answer = client.post(ADDRESS, {**DEFAULT_WEIGHTS, "danger": given})
    assert answer.status_code == 400
    assert Organisation.current().weights == {}

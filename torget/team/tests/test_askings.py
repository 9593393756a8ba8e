"""Askings for approval: what they keep from being joined, and for when."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.making import Town, fresh
from torget.conversations.actions import joining
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import User
from torget.team.actions import approvals


@pytest.fixture
def user(town: Town) -> User:
    return town.user()


def test_what_a_colleague_is_asked_in_is_not_joined(town: Town, user: User) -> None:
    one, other = town.given("Första"), town.given("Andra")
    approvals.ask(one, text="Ett svar", seen=1, by=user)
    with pytest.raises(Refused, match="has_asking"):
        joining.merge(fresh(one), into=other, by=user)
    joining.merge(other, into=fresh(one), by=user)
    assert fresh(other).merged_into == one


def test_an_approval_is_not_asked_for_a_moment_that_no_answer_may_wait_for(town: Town, user: User) -> None:
    conversation = town.given()
    far = clock.now() + timedelta(days=800)
    with pytest.raises(Refused, match="too_far_ahead"):
        approvals.ask(conversation, text="Ett svar", seen=1, by=user, send_at=far)
    first_year = datetime(1, 1, 1, tzinfo=UTC)
    assert approvals.ask(conversation, text="Ett svar", seen=1, by=user, send_at=first_year).send_at is None

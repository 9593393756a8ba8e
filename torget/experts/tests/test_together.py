"""Several at once, on a database where they truly meet: one answer, one question, one letter."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.locking.together import refusals, together
from tests.support import making
from torget.core import clock
from torget.experts import actions
from torget.experts.models import Answer, ExpertRequest, Letter
from torget.experts.tests.conftest import ADDRESS
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
ROUNDS = 4


@pytest.fixture
def place(transactional_db: None) -> tuple[making.Town, User]:
    """The town with a communicator, by the clock on the wall: other threads know no other."""
    town = making.town(demo=False)
    amina = town.user(name="Amina Testsson")
    town.user(Role.EXPERT, name="Vera Påhitt")
    return town, amina


def question(text: str = "Hur många?") -> actions.Question:
    return actions.Question(text, clock.now() + timedelta(hours=5))


def test_of_those_who_answer_at_once_one_answers(place: tuple[making.Town, User]) -> None:
    town, amina = place
    for turn in range(ROUNDS):
        request = actions.ask(town.given(f"Fråga {turn}"), question(), to=actions.whom(ADDRESS), by=amina)
        said = together(*(partial(actions.answer, request, text=f"Svar {n}", seen=0) for n in range(4)))
        assert refusals(said) == ["changed_since"] * 3
        assert Answer.objects.filter(request=request).count() == 1


def test_the_same_answer_eight_times_at_once_is_one(place: tuple[making.Town, User]) -> None:
    town, amina = place
    request = actions.ask(town.given(), question(), to=actions.whom(ADDRESS), by=amina)
    said = together(*(partial(actions.answer, request, text="Två", seen=0) for _ in range(8)))
    assert refusals(said) == []
    assert Answer.objects.get().version == 1


def test_two_who_ask_the_same_colleague_at_once_ask_once(place: tuple[making.Town, User]) -> None:
    town, amina = place
    for turn in range(ROUNDS):
        conversation, to = town.given(f"Fråga {turn}"), actions.whom(f"ny.{turn}@exempel.se")
        said = together(*(partial(actions.ask, conversation, question(), to=to, by=amina) for _ in range(3)))
        assert refusals(said) == ["already_asked"] * 2
        assert ExpertRequest.objects.filter(conversation=conversation).count() == 1


def test_answering_and_taking_back_at_once_is_one_or_the_other(place: tuple[making.Town, User]) -> None:
    town, amina = place
    for turn in range(ROUNDS):
        request = actions.ask(town.given(f"Fråga {turn}"), question(), to=actions.whom(ADDRESS), by=amina)
        said = together(
            partial(actions.answer, request, text="Två", seen=0), partial(actions.revoke, request, by=amina)
        )
        request.refresh_from_db()
        answered = Answer.objects.filter(request=request).exists()
        assert (request.state, refusals(said)) == (("answered", []) if answered else ("revoked", ["revoked"]))


def test_several_workers_send_a_letter_once(place: tuple[making.Town, User], smtp: Any) -> None:
    town, amina = place
    Organisation.objects.update(demo=False)
    for turn in range(ROUNDS):
        actions.ask(town.given(f"Fråga {turn}"), question(), to=actions.whom(ADDRESS), by=amina)
    together(*(actions.send_letters for _ in range(4)))
    assert len(smtp.wait(ROUNDS)) == ROUNDS
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}

"""The town that these tests act on, at ten on a Monday morning, with Vera who knows about traffic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import making
from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.experts import actions
from torget.experts.models import Answer, ExpertRequest
from torget.experts.views import public
from torget.organisations.models import Unit, User
from torget.organisations.rules import Role
from torget.register.actions import Chosen

ADDRESS = "vera.pahitt@exempel.se"
"""A colleague at the organisation's own domain, without an account."""


@dataclass
class Asking:
    """What a test of experts acts on."""

    town: making.Town
    amina: User
    vera: User

    def ask(
        self,
        conversation: Conversation | None = None,
        text: str = "Hur många hissar blir det?",
        *,
        to: str = ADDRESS,
        hours: float = 6,
        **more: Any,
    ) -> ExpertRequest:
        """A question to a colleague, with the conversation's messages."""
        conversation = conversation or self.town.given("Blir det hiss till perrongen på resecentrum?")
        given = {"messages": list(conversation.messages.values_list("pk", flat=True))} | more
        question = actions.Question(text=text, wanted_by=clock.now() + timedelta(hours=hours), **given)
        return actions.ask(conversation, question, to=actions.whom(to), by=self.amina)

    def answered(self, text: str = "Två hissar, en på varje sida.", **more: Any) -> Answer:
        """A question that has been answered by its link."""
        return actions.answer(self.ask(**more), text=text, seen=0)


@pytest.fixture
def town(db: None) -> Iterator[making.Town]:
    with clock.at(making.MONDAY):
        yield making.town()


@pytest.fixture
def asking(town: making.Town, settings: Any, tmp_path: Path) -> Asking:
    settings.MAIL_FOLDER = tmp_path / "post"
    amina = town.user(name="Amina Testsson")
    vera = town.user(Role.EXPERT, name="Vera Påhitt")
    vera.title = "trafikplanerare"
    vera.save()
    Unit.objects.create(name="Parkenheten", email="park@exempel.se")
    return Asking(town, amina, vera)


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    # The tries of one test would count in the next.
    monkeypatch.setattr(public, "TRIES_A_MINUTE", 0)


def mark(message: Message, asking: Asking) -> None:
    """Mark a message as secret, read by Amina and Vera."""
    chosen = Chosen(users=[asking.amina.pk, asking.vera.pk])
    conversations.mark_secret(message, provision="OSL 26 kap. 1 §", by=asking.amina, chosen=chosen)

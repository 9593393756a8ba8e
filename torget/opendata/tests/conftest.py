"""The town that these tests act on, at ten on a Monday morning, with a published conversation."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import making
from tests.support.making import fresh
from torget.conversations import actions
from torget.conversations.models import Conversation
from torget.core import clock


@pytest.fixture
def town(db: None, settings: Any) -> Iterator[making.Town]:
    settings.TORGET_URL = "http://testserver"
    with clock.at(making.MONDAY):
        made = making.town()
        made.organisation.email = "kommun@exempel.se"
        made.organisation.save()
        yield made


@pytest.fixture
def published(town: making.Town) -> Conversation:
    """A question and its answer, which staff have published."""
    user = town.user(name="Anna Svarare")
    conversation = town.given("Varför <b>lutar</b> bron? Jag är 19121212-1212")
    town.answered(conversation, user, "Den ska luta & vara hal.")
    actions.publish(fresh(conversation), title="Bron <lutar>", by=user)
    return fresh(conversation)

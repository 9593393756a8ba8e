"""No two deeds wait for each other: pairs that take the same rows, and a hunt with all of them.

The order in which rows are locked is: conversation, record, the number series, case, public version last.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random

import pytest
from django.db import connection

from tests.locking.together import together
from torget.channels.base import Raw
from torget.conversations import actions
from torget.conversations.models import Conversation, Message, NumberSeries, Outbox, RawEvent
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.register.models import Case, DiarySeries, Record
from torget.register.rules import State

pytestmark = pytest.mark.django_db(transaction=True)
_counter = count()


def _deliver(*rows: dict[str, object]) -> dict[str, int]:
    """Rows of one delivery, taken in."""
    name = f"delivery {next(_counter)}"
    event = actions.store(actions.account_for("jsonl"), [Raw(body=json.dumps(rows).encode(), source=name)], name)[0]
    return actions.parse(RawEvent.objects.select_related("account__authority").get(pk=event.pk))


def _row(key: str, *, answers: str = "", by: str = "Bo", **more: object) -> dict[str, object]:
    return {"id": key, "text": f"Hur blir det? {key}", "name": by, "address": f"{by}@example.se", **more} | (
        {"in_reply_to": answers} if answers else {}
    )


def _first(key: str) -> Message:
    return Message.objects.select_related("conversation", "record").get(external_id=key)


class Deeds:
    """One deed each on the conversation that `key` began; all may be refused, none may wait for ever."""

    def __init__(self, key: str, staff: list[User]) -> None:
        self.key, self.user, self.colleague = key, *staff

    def reply(self) -> None:
        """Answer what is there now."""
        conversation = _first(self.key).conversation
        actions.reply(conversation, text="Svar", seen=conversation.message_count, by=self.user)

    def classify(self) -> None:
        """Confirm how the first message is kept."""
        actions.classify(_first(self.key), state=State.REGISTERED, subject="Gatan", by=self.colleague)

    def secrecy(self) -> None:
        """Put a secrecy mark on it."""
        actions.mark_secret(_first(self.key), provision="OSL 25:1", by=self.colleague)

    def publish(self) -> None:
        """Make it public and take it down again."""
        conversation = _first(self.key).conversation
        actions.publish(conversation, title="Gatan", by=self.colleague)
        actions.unpublish(conversation, by=self.colleague)

    def take(self) -> None:
        """Take it and give it back."""
        conversation = _first(self.key).conversation
        actions.take(conversation, by=self.user)
        actions.release(conversation, by=self.user)

    def draft(self) -> None:
        """Keep a draft."""
        actions.keep_draft(_first(self.key).conversation, text="Utkast", by=self.colleague)

    def incoming(self) -> None:
        """The resident writes again."""
        _deliver(_row(f"{self.key} {next(_counter)}", answers=self.key))

    def deleted(self) -> None:
        """The resident takes a message away, in a page that brings a new one too."""
        _deliver({"id": self.key, "deleted_at": "2026-11-16"}, _row(f"after {next(_counter)}"))

    def edited(self) -> None:
        """The resident changes the text."""
        _deliver(
            _row(self.key, text=f"Ändrat {next(_counter)}", edited_at=f"2026-11-16T13:00:{next(_counter) % 60:02}Z")
        )

    def page(self) -> None:
        """A page of several, in any order, that answer one another."""
        key = f"page {next(_counter)}"
        rows = [_row(f"{key} {n}", by=f"n{n}", answers=f"{key} {n - 1}" if n % 2 else "") for n in range(4)]
        rows += [_row(f"{key} open", by="n9", visibility="public"), _row(f"{key} on", answers=f"{key} open")]
        _deliver(*(rows if next(_counter) % 2 else rows[2:] + rows[:2]))

    def form(self) -> None:
        """Someone writes by the form."""
        actions.post_form(actions.Written(text=f"Fråga {next(_counter)}", email="bo@example.se"))


KINDS = [name for name in vars(Deeds) if not name.startswith("_")]
PAIRS = [
    ("reply", "classify"),
    ("reply", "secrecy"),
    ("reply", "incoming"),
    ("reply", "deleted"),
    ("reply", "publish"),
    ("incoming", "classify"),
    ("incoming", "publish"),
    ("deleted", "publish"),
    ("page", "page"),
    ("page", "form"),
    ("page", "deleted"),
    ("page", "classify"),
    ("edited", "reply"),
    ("draft", "reply"),
]


@pytest.mark.postgres
@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one} and {other}" for one, other in PAIRS])
def test_two_deeds_on_one_conversation_never_wait_for_each_other(staff: list[User], one: str, other: str) -> None:
    for turn in range(12):
        visible = {"visibility": "public"} if turn % 2 else {}
        _deliver(_row(f"first {turn}", **visible))
        deeds = Deeds(f"first {turn}", staff)
        together(*(partial(getattr(deeds, name)) for name in (one, other, one, other)))
    _all_is_well()


def test_a_hunt_with_all_deeds_finds_no_deadlock_and_no_lost_update(staff: list[User]) -> None:
    keys = [f"first {n}" for n in range(5)]
    _deliver(*(_row(key, **({"visibility": "public"} if n % 2 else {})) for n, key in enumerate(keys)))
    until = time.monotonic() + (10 if connection.vendor == "postgresql" else 4)
    done: Counter[str] = Counter()
    lock = threading.Lock()

    def work(seed: int) -> None:
        random = Random(seed)
        while time.monotonic() < until:
            kind = random.choice(KINDS)
            deed: Callable[[], None] = getattr(Deeds(random.choice(keys), staff), kind)
            try:
                deed()
                word = kind
            except Refused as refused:
                word = f"{kind}: {refused.code}"
            with lock:
                done[word] += 1

    together(*(partial(work, seed) for seed in range(8)))
    print(dict(done))
    assert {kind for kind in KINDS if done[kind]} >= {"reply", "incoming", "page", "form", "classify"}
    _all_is_well()
    assert Message.objects.filter(direction=Message.OUT).count() == Outbox.objects.count() == done["reply"]


def _all_is_well() -> None:
    """Counters say what is there, series have no gaps, and the journal is whole."""
    for conversation in Conversation.objects.all():
        assert conversation.message_count == conversation.messages.count(), conversation
    numbers = sorted(Conversation.objects.values_list("number", flat=True))
    assert numbers == list(range(1, NumberSeries.objects.get().last + 1))
    assert sorted(Case.objects.values_list("number", flat=True)) == list(range(1, DiarySeries.objects.get().last + 1))
    for case in Case.objects.all():
        in_case = Record.objects.filter(case=case).order_by("number").values_list("number", flat=True)
        assert list(in_case) == list(range(1, case.last_record + 1)), case
    while journal.sequence():
        pass
    journal.audit()

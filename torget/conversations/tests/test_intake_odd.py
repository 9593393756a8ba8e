"""What is taken in from sources with a wrong clock."""

from datetime import timedelta

from tests.support.making import MONDAY, Told, Town, incoming, texts
from torget.channels.base import Deleted
from torget.conversations import actions
from torget.conversations.models import Message
from torget.core import clock


def test_an_edit_from_a_clock_far_ahead_does_not_make_all_later_ones_older(town: Town, told: Told) -> None:
    edits = [("A", None), ("B", MONDAY + timedelta(days=26_000)), ("C", MONDAY + timedelta(minutes=5))]
    said = []
    for minute, (text, edited_at) in enumerate(edits):
        told.items[text.encode()] = [incoming("1", text, edited_at=edited_at)]
        [event] = town.store(text.encode())
        with clock.at(MONDAY + timedelta(minutes=5 * minute)):
            said.append(actions.parse(event))
    assert [(one["new"], one["changed"]) for one in said] == [(1, 0), (0, 1), (0, 1)]
    assert texts(Message.objects.get()) == ["A", "B", "C"]


def test_a_deletion_from_such_a_clock_has_happened_now(town: Town, told: Told) -> None:
    told.items[b"x"] = [incoming("1", "A")]
    told.items[b"y"] = [Deleted("1", MONDAY + timedelta(days=26_000))]
    for event in town.store(b"x", b"y"):
        actions.parse(event)
    assert Message.objects.get().deleted_at == MONDAY


def test_a_clock_a_little_ahead_orders_its_own_edits_also_when_an_old_page_comes_again(town: Town, told: Told) -> None:
    ahead = [("A", None), ("B", MONDAY + timedelta(minutes=3)), ("C", MONDAY + timedelta(minutes=4))]
    for text, edited_at in ahead:
        told.items[text.encode()] = [incoming("1", text, edited_at=edited_at)]
    told.items[b"again"] = told.items[b"B"]
    for event in town.store(b"A", b"B", b"C", b"again"):
        actions.parse(event)
    assert texts(Message.objects.get()) == ["A", "B", "C"]

"""Counting the whole log anew: a bit that flipped in an entry, a node or a head is found and named."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from torget.core.errors import Refused
from torget.journal import actions
from torget.journal.models import Checkpoint, Entry, Node

EnterSome = Callable[[int], list[Entry]]


def _past_the_guards(table: str, column: str, value: str | bytes, where: str) -> None:
    # As a disk that fails would, or somebody with the database file and a purpose.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_guard")
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {where}", [value])


def _flipped(value: Any, bit: int = 100) -> bytes:
    data = bytearray(bytes(value))
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


@pytest.fixture
def log(enter_some: EnterSome) -> None:
    """Nine entries under two heads."""
    for count in (5, 4):
        enter_some(count)
        actions.sequence()


@pytest.mark.parametrize("number", [1, 5, 6, 9])
@pytest.mark.parametrize("column", ["digest", "leaf_hash"])
def test_a_flipped_bit_in_an_entry_is_named(column: str, number: int, log: None) -> None:
    entry = Entry.objects.get(sequence=number - 1)
    _past_the_guards("journal_entry", column, _flipped(getattr(entry, column)), f"sequence = {number - 1}")
    with pytest.raises(Refused, match=rf"tree_broken: entry {number} is missing or changed"):
        actions.audit()


def test_a_flipped_bit_in_any_node_is_named(log: None) -> None:
    assert Node.objects.count() == 16
    for node in Node.objects.order_by("place"):
        level, index = node.place >> 56, node.place & (1 << 56) - 1
        _past_the_guards("journal_node", "hash", _flipped(node.hash), f"place = {node.place}")
        with pytest.raises(
            Refused, match=rf"tree_broken: node {index} of level {level} \(entries from {(index << level) + 1}\)"
        ):
            actions.audit()
        _past_the_guards("journal_node", "hash", bytes(node.hash), f"place = {node.place}")
    assert actions.audit() == 9


@pytest.mark.parametrize(
    ("column", "change", "why"),
    [
        pytest.param("root", _flipped, "checkpoint 5 says another thing than its signed note", id="the root"),
        pytest.param(
            "note", lambda note: note.replace("time 2", "time 1"), "wrong_signature: checkpoint 5", id="its time"
        ),
        pytest.param("note", lambda note: note.replace("\n5\n", "\n6\n"), "checkpoint 5 says another", id="its size"),
    ],
)
def test_a_change_in_a_head_is_named(column: str, change: Callable[[Any], Any], why: str, log: None) -> None:
    head = Checkpoint.objects.get(size=5)
    _past_the_guards("journal_checkpoint", column, change(getattr(head, column)), "size = 5")
    with pytest.raises(Refused, match=why):
        actions.audit()


def test_a_head_signed_by_a_key_that_is_not_ours_is_named(log: None) -> None:
    other = actions.witness_key().public._replace(kind=1)
    _past_the_guards("journal_checkpoint", "key", other.text(), "size = 5")
    with pytest.raises(Refused, match="signed by a key that is none of ours"):
        actions.audit()


def test_an_entry_that_no_head_covers_is_named(log: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_day")
        cursor.execute("DELETE FROM journal_checkpoint WHERE size = 9")
    with pytest.raises(Refused, match="entry 9 is numbered, but no checkpoint covers it"):
        actions.audit()


def test_leaves_with_signs_of_their_own_are_counted_alike(enter_some: EnterSome) -> None:
    actions.enter_many(
        actions.Entering('a"b\\', "användare:7\n", f"objekt:{sign}", bytes(32))
        for sign in ("å", "\u2028", "🌲", "\x7f")
    )
    actions.sequence()
    assert actions.audit() == 4

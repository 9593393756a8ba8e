"""The index is the same whether it is kept little by little or made anew, and it is never doubled."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tests.support.making import MONDAY, Town, fresh, incoming
from torget.conversations import actions
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.core.testing import naughty_strings
from torget.search import actions as search
from torget.search import reading
from torget.search.actions import indexing
from torget.search.models import Cursor, Entry


def _all() -> list[tuple[object, ...]]:
    columns = ("place", "conversation", "message", "note", "version", "words", "parts", "marks")
    return list(Entry.objects.order_by("place").values_list(*columns))


def _lively(town: Town) -> None:
    user = town.user()
    for number in range(12):
        with clock.at(MONDAY + timedelta(minutes=number)):
            town.take(incoming(f"m{number}", f"Fråga {number} om snöröjningen", in_reply_to=f"m{number - 4}"))
    conversation = Conversation.objects.order_by("pk")[0]
    actions.note(conversation, text="Ring vaktmästaren", by=user)
    town.answered(fresh(conversation), user)
    town.take(incoming("m3", "En ändrad fråga", edited_at=MONDAY + timedelta(hours=1)))


def test_kept_little_by_little_is_as_made_anew(town: Town) -> None:
    user = town.user()
    for number in range(9):
        town.given(f"Fråga {number}")
        search.sweep()
    _lively(town)
    while search.sweep():
        pass
    kept = _all()
    assert len(kept) == Message.objects.count() + 1
    assert search.rebuild(at_once=5) == len(kept)
    assert _all() == kept
    assert search.sweep() == 0
    assert reading.find(user, "vaktmästare").hits


def test_nothing_to_do_writes_nothing(town: Town) -> None:
    _lively(town)
    search.sweep()
    assert [search.sweep() for _ in range(3)] == [0, 0, 0]


def test_many_at_one_moment_have_each_a_place(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from torget.search import rules

    monkeypatch.setattr(rules, "SLOTS", 4)
    town.take(*(incoming(f"m{number}", f"Fråga {number}", sent_at=MONDAY) for number in range(30)))
    search.sweep()
    assert Entry.objects.count() == 30


def test_a_message_from_before_all_time_has_a_place(town: Town) -> None:
    town.take(incoming("old", "Från förr", sent_at=datetime(1901, 1, 1, tzinfo=UTC)))
    search.sweep()
    assert Entry.objects.get().place < 4096


def test_a_whole_file_changed_at_one_moment_is_followed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "CONVERSATIONS", 5)
    town.take(*(incoming(f"m{number}", f"Fråga {number}") for number in range(30)))
    while search.sweep():
        pass
    Conversation.objects.update(state="closed", changed_at=MONDAY + timedelta(minutes=1))
    while search.sweep():
        pass
    assert not Entry.objects.filter(marks__contains="#open").exists()


def test_a_message_that_moves_to_another_conversation_takes_its_entry_along(town: Town) -> None:
    one, other = town.given("Bron är trasig"), town.given("Annat")
    search.sweep()
    Message.objects.filter(conversation=one).update(conversation=other)
    Conversation.objects.filter(pk=other.pk).update(changed_at=MONDAY + timedelta(minutes=1))
    with clock.at(MONDAY + timedelta(minutes=2)):
        search.sweep()
    assert set(Entry.objects.values_list("conversation", flat=True)) == {other.pk}


def test_what_goes_away_goes_from_the_index(town: Town) -> None:
    user = town.user()
    conversation = town.given("En fråga")
    note = actions.note(conversation, text="Ring vaktmästaren", by=user)
    search.sweep()
    note.delete()
    assert reading.find(user, "vaktmästaren").hits == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)")


@pytest.mark.postgres
def test_what_was_committed_late_is_found_all_the_same(town: Town) -> None:
    town.given("Bron är trasig")
    late = town.given("Kom fram sent")
    search.sweep()
    # As if its transaction had not been committed when the sweep came by.
    Entry.objects.filter(conversation=late).delete()
    Cursor.objects.filter(name="changed").update(moment=MONDAY + timedelta(days=1))
    with clock.at(MONDAY + timedelta(minutes=5)):
        assert search.sweep() == 1


def test_strings_that_break_software_break_no_index(town: Town) -> None:
    user = town.user()
    texts = [text for text in naughty_strings() if "\x00" not in text and text.isprintable()]
    town.take(*(incoming(f"n{place}", text or "x", subject=text[:50]) for place, text in enumerate(texts)))
    while search.sweep():
        pass
    assert Entry.objects.count() == len(texts)
    ways = ("{}", '"{}', "from:{}", "-{} x", "{}*")
    for place, text in enumerate(texts):
        reading.find(user, ways[place % len(ways)].replace("{}", text), best=place % 2 == 1)

"""How many ask the same: counted by the worker, within a month, and without a trace in the conversation's own history."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from tests.support.making import MONDAY, Town, fresh, incoming
from torget.conversations.models import Conversation
from torget.core import clock
from torget.search import actions as search
from torget.search.actions import same
from torget.search.models import Asked, AskedWord
from torget.search.panels import panel


def _counts() -> list[int]:
    while search.count_same():
        pass
    return list(Conversation.objects.order_by("pk").values_list("same_count", flat=True))


def test_those_that_ask_the_same_are_counted(town: Town) -> None:
    for text in (
        "När plogas Storgatan?", "Hej, när ska ni ploga storgatan", "När öppnar simhallen i sommar?",
        "Plogas storgatan i dag?", "Är badet öppet",
    ):  # fmt: skip
        town.given(text)
    assert _counts() == [2, 2, 0, 2, 0]


def test_the_same_subject_counts_and_a_subject_that_says_nothing_does_not(town: Town) -> None:
    town.given("Det ena", subject="Re: Förskolans öppettider")
    town.given("Det andra är något helt annat", subject="SV: förskolans öppettider")
    town.given("Om bron", subject="Fråga")
    town.given("Om parken", subject="Fråga")
    assert _counts() == [1, 1, 0, 0]


def test_little_by_little_is_as_at_once(town: Town) -> None:
    for number in range(6):
        town.given(f"När plogas Storgatan {number}?")
        search.count_same()
    assert _counts() == [5] * 6


def test_who_writes_the_very_same_is_looked_up_once(
    town: Town, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    texts = ["När plogas Storgatan?"] * 20 + ["…"] * 2 + ["Plogas storgatan i dag?", "När öppnar simhallen i sommar?"]
    for text in texts:
        town.given(text)
    with django_assert_max_num_queries(60):
        assert search.count_same() == len(texts)
    # What says nothing is not "the same" as something else that says nothing.
    assert _counts() == [20] * 20 + [0, 0] + [20, 0]


def test_the_order_follows_and_nothing_else_does(town: Town) -> None:
    first = town.given("När plogas Storgatan?")
    before = Conversation.objects.filter(pk=first.pk).values().get()
    with clock.at(MONDAY + timedelta(hours=1)):
        town.given("När plogas storgatan")
        search.count_same()
    after = Conversation.objects.filter(pk=first.pk).values().get()
    changed = {name for name, value in before.items() if value != dict(after)[name]}
    assert changed == {"same_count", "first_at"}
    assert after["first_at"] < before["first_at"]


def test_after_a_month_it_is_forgotten(town: Town) -> None:
    one = town.given("När plogas Storgatan?")
    with clock.at(MONDAY + timedelta(days=20)):
        other = town.given("När plogas storgatan")
        search.count_same()
        assert fresh(other).same_count == 1
    with clock.at(MONDAY + timedelta(days=31)):
        assert (search.forget_old(), search.forget_old()) == (1, 0)
        assert (fresh(other).same_count, Asked.objects.filter(pk=one.pk).exists()) == (0, False)
        assert not AskedWord.objects.filter(asked=one.pk).exists()


def test_what_came_before_the_window_is_passed_over_at_the_start(town: Town) -> None:
    with clock.at(MONDAY - timedelta(days=60)):
        town.given("När plogas Storgatan?")
    town.given("När plogas storgatan")
    assert _counts() == [0, 0] and Asked.objects.count() == 1


def test_a_storm_is_counted_with_bounded_work(
    town: Town, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: object
) -> None:
    monkeypatch.setattr(same, "LOOKED_AT", 40)
    items = [incoming(f"s{n}", f"Varför drar ni in linje 14 till Norrby? Vecka {n}") for n in range(60)]
    town.take(*items)
    search.count_same(50)
    search.count_same(50)
    assert set(Conversation.objects.values_list("same_count", flat=True)) == {59}


def test_the_side_pane_shows_answered_ones_first_and_only_what_one_may_see(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = town.user()
    mine, waiting, answered = (town.given(f"När plogas Storgatan{sign}") for sign in ("?", "!", "??"))
    other = town.given("Är badet öppet")
    search.count_same()
    town.answered(answered, user)
    context = panel(fresh(mine), user)
    assert context is not None
    assert [one.pk for one in context["same"]] == [answered.pk, waiting.pk]
    assert (context["count"], context["answered"]) == (2, 1)
    assert panel(fresh(other), user) is None
    monkeypatch.setattr(type(Conversation.objects.all()), "visible_to", lambda self, user: self.none())
    assert panel(fresh(mine), user) is None

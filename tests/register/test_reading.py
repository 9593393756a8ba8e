"""What the public register finds: by words, numbers and filters, and never by anything that it does not show."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.support.making import MONDAY, Town, first
from torget.conversations import actions
from torget.core import clock
from torget.organisations.models import Authority
from torget.register import actions as register
from torget.register import reading
from torget.register.looking import Filters
from torget.register.models import Record, Shown
from torget.register.public import shown_of
from torget.register.rules import State


def _confirmed(town: Town, subject: str, state: State = State.REGISTERED, text: str = "Hur går det?") -> Record:
    conversation = town.given(text)
    actions.classify(first(conversation), state=state, subject=subject, by=town.user())
    return first(conversation).record


def _numbers(**asked: Any) -> list[str]:
    return [found.row.number for found in reading.find(Filters(**asked)).rows]


def in_step() -> None:
    """The index holds for each record what its public row says now, and nothing for working material."""
    expected = [shown_of(record) for record in Record.objects.for_public().order_by("pk")]
    columns = ("place", "record_id", "case_id", "facet", "words", "parts", "marks")
    assert sorted(Shown.objects.values_list(*columns)) == sorted(
        tuple(getattr(shown, name) for name in columns) for shown in expected
    )


@pytest.fixture
def rows(town: Town) -> Town:
    _confirmed(town, "Cykelvägen vid rondellen")
    _confirmed(town, "Snöröjning på Storgatan")
    _confirmed(town, "Ålgräset i hamnen", State.ORDERED)
    _confirmed(town, "Algerna i hamnen")
    return town


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("cykelvägar", ["KS 2026/0001-1"], id="in any inflection"),
        pytest.param("snö", ["KS 2026/0002-1"], id="within a compound"),
        pytest.param("ålgräs", ["KS 2026/0003-1"], id="å is no a"),
        pytest.param("algräs", [], id="and a is no å"),
        pytest.param("hamn", ["KS 2026/0004-1", "KS 2026/0003-1"], id="newest first"),
        pytest.param('"vid rondellen"', ["KS 2026/0001-1"], id="a phrase"),
        pytest.param('"rondellen vid"', [], id="in its order"),
        pytest.param("STOR*", ["KS 2026/0002-1"], id="a beginning, in any case"),
        pytest.param("ks 2026/2", ["KS 2026/0002-1"], id="a number"),
        pytest.param("2026/0002 snöröjning", ["KS 2026/0002-1"], id="a number and a word"),
        pytest.param("2026/0002 hamn", [], id="that do not belong together"),
        pytest.param("hur går det", [], id="no word of the text"),
        pytest.param("Signe", [], id="nor of the sender"),
        pytest.param("'\" OR 1=1 --", [], id="hostile"),
        pytest.param("NEAR(cykelvägen)", [], id="no language of the database"),
        pytest.param("#c:jsonl", [], id="nor of the index"),
    ],
)
def test_words_find_what_is_shown(rows: Town, text: str, numbers: list[str]) -> None:
    assert _numbers(text=text) == numbers


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"channel": "jsonl"}, 4), ({"channel": "mail"}, 0), ({"state": "ordered"}, 1), ({"direction": "out"}, 0),
        ({"state": "registered", "channel": "jsonl", "direction": "in"}, 3), ({"authority": "KS"}, 4),
        ({"authority": "BN"}, 0), ({"number": "KS 2026/0003"}, 1), ({"number": "2026/3-1"}, 1),
        ({"number": "2026/3-2"}, 0), ({"number": "2026/3", "state": "registered"}, 0), ({"number": "x"}, 0),
        ({"number": "XX 2026/0003"}, 0), ({"text": "hamn", "state": "ordered"}, 1), ({"text": "hamn", "authority": "KS"}, 2),
        ({"since": MONDAY.date()}, 4), ({"until": MONDAY.date() - timedelta(days=1)}, 0),
        ({"text": "hamn", "since": MONDAY.date() + timedelta(days=1)}, 0),
    ],
)  # fmt: skip
def test_filters(rows: Town, asked: dict[str, Any], count: int) -> None:
    page = reading.find(Filters(**asked), count=True)
    assert (len(page.rows), page.count) == (count, count)


def test_what_nobody_has_confirmed_or_what_is_secret_is_not_found(town: Town) -> None:
    town.given("Min hund är borta", subject="Hittegods hos Signe")
    secret = town.given("Något annat")
    actions.classify(first(secret), state=State.REGISTERED, subject="Hemlighuset", by=town.user())
    assert _numbers(text="hemlighuset")
    actions.mark_secret(first(secret), provision="OSL 26 kap. 1 §", by=town.user())
    for word in ("hund", "hittegods", "signe", "hemlighuset", "annat", "26 kap"):
        page = reading.find(Filters(text=word), count=True)
        assert (page.rows, page.count, page.after) == ([], 0, ""), word
    # Nor by how they are kept, before anyone has said so: the proposal is registered.
    assert _numbers(state="unclassified") == ["KS 2026/0001-1"]
    assert _numbers(state="registered") == []
    actions.lift_secret(first(secret), by=town.user())
    assert _numbers(text="hemlighuset") == [] and len(_numbers(state="unclassified")) == 2


def test_the_index_follows_every_verb(town: Town) -> None:
    user = town.user()
    conversation = town.given("Hur går det med bron?")
    in_step()
    message = first(conversation)
    actions.classify(message, state=State.REGISTERED, subject="Bron", by=user)
    in_step()
    town.answered(conversation, user)
    in_step()
    actions.mark_secret(message, provision="OSL 26 kap. 1 §", by=user)
    in_step()
    actions.lift_secret(message, by=user)
    in_step()
    actions.classify(message, state=State.ORDERED, subject="", by=user)
    in_step()
    actions.classify(message, state=State.UNCLASSIFIED, subject="Bron", by=user)
    in_step()
    actions.note(conversation, text="Internt", by=user)
    actions.keep_draft(conversation, text="Utkast", by=user)
    in_step()
    assert Shown.objects.count() == Record.objects.for_public().count() == 2


def test_what_is_taken_back_is_gone(town: Town) -> None:
    user, question = town.user(), first(town.given()).record
    answer = register.draw_up(question=question, case=question.case, text="Så här.", by=user)
    assert len(reading.find(Filters()).rows) == 2
    register.withdraw(answer, by=user)
    in_step()
    assert len(reading.find(Filters()).rows) == 1


def test_what_is_not_kept_is_not_found(town: Town) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _confirmed(town, "Bron")
        raise RuntimeError
    assert Shown.objects.count() == 0


def test_the_database_forgets_the_words_of_what_is_changed_past_our_verbs(town: Town) -> None:
    record = _confirmed(town, "Bron")
    Record.objects.filter(pk=record.pk).update(subject="Tornet")
    assert _numbers(text="bron") == _numbers(text="tornet") == []
    assert (register.refresh(), register.refresh()) == (1, 0)
    in_step()
    assert _numbers(text="bron") == [] and _numbers(text="tornet")
    Record.objects.filter(pk=record.pk).update(kind="working")
    assert _numbers() == []
    register.refresh()
    in_step()


def test_a_stale_index_shows_no_more_than_the_rules(town: Town) -> None:
    record = _confirmed(town, "Bron")
    # Past every verb of ours, as nobody should.
    Record.objects.filter(pk=record.pk).update(secret=True)
    [found] = reading.find(Filters(state="registered")).rows
    assert (found.row.subject, found.row.secret) == (None, True)
    assert _numbers(text="bron") == []


def test_an_older_installations_records_come_into_the_index(town: Town) -> None:
    _confirmed(town, "Bron")
    town.given()
    Shown.objects.all().delete()
    assert register.mend(1) == 1 and register.mend() == 1 and register.mend() == 0
    in_step()
    assert _numbers(text="bron")


def test_the_database_takes_no_words_for_what_is_hidden(town: Town) -> None:
    record = first(town.given()).record
    with pytest.raises(IntegrityError), transaction.atomic():
        Shown.objects.filter(record=record).update(words="hund")


def test_authorities_have_a_list_each(town: Town) -> None:
    board = Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")
    account = town.account("mail", "bn")
    account.authority = board
    account.save()
    town.given("Får jag bygga?", account=account)
    town.given()
    assert [number[:2] for number in _numbers()] == ["KS", "BN"]
    assert (_numbers(authority="BN"), _numbers(authority="KS")) == (["BN 2026/0001-1"], ["KS 2026/0001-1"])
    assert reading.kept()[board.pk] == reading.Kept(1, MONDAY.date(), MONDAY.date())
    assert reading.span() == (MONDAY.date(), MONDAY.date())


@pytest.mark.parametrize("asked", [{}, {"channel": "jsonl"}, {"text": "bro"}, {"number": "2026/0001"}], ids=str)
def test_pages_lose_nothing_and_ask_no_more_for_more(town: Town, asked: dict[str, Any]) -> None:
    user = town.user()
    for day in range(3):
        with clock.at(MONDAY + timedelta(days=day)):
            conversation = town.given("Bro")
            actions.classify(first(conversation), state=State.REGISTERED, subject=f"Bro {day}", by=user)
            for turn in range(3):
                town.answered(conversation, user, text=f"Svar {turn}")
    every = [found.key for found in reading.each(Filters(**asked), most=1000)]
    assert len(every) == len(set(every)) == (4 if "number" in asked else 12)
    for size in (1, 2, 5):
        with CaptureQueriesContext(connection) as queries:
            page = reading.find(Filters(**asked), size=size)
        keys = [found.key for found in page.rows]
        while page.after:
            page = reading.find(Filters(**asked), size=size, after=page.after)
            keys += [found.key for found in page.rows]
        assert keys == every
        assert len(queries) <= 5

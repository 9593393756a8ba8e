"""Put in order: whose it is, when it comes back, tags, spam, to another authority, many at once."""

from datetime import timedelta

import pytest

from tests.support.making import MONDAY, Town, first, fresh
from torget.conversations import actions
from torget.conversations.actions import organising
from torget.conversations.models import Conversation, Note, Tag
from torget.core import clock
from torget.core.errors import Refused
from torget.journal.models import Entry
from torget.organisations.models import Authority, Unit
from torget.organisations.rules import Role
from torget.register.models import Record
from torget.register.rules import Kind, State


def _kinds(conversation: Conversation) -> list[str]:
    return list(Entry.objects.filter(object_ref=conversation.ref).order_by("pk").values_list("kind", flat=True))


def _refused(call: object, *given: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*given, **named)  # type: ignore[operator]
    return refused.value.code


# ---- whose it is --------------------------------------------------------------------------------------------------


def test_a_conversation_is_given_to_a_person_and_to_a_unit(town: Town) -> None:
    by, anna, conversation = town.user(), town.user(), town.given()
    streets = Unit.objects.create(name="Gatuenheten")
    organising.assign(conversation, user=anna, unit=streets, by=by)
    found = fresh(conversation)
    assert (found.assigned_to, found.unit, found.state) == (anna, streets, "assigned")
    organising.assign(conversation, user=None, unit=streets, by=by)
    found = fresh(conversation)
    assert (found.assigned_to, found.unit, found.state) == (None, streets, "new")
    assert _kinds(conversation) == ["conversation.assigned"] * 2


def test_only_who_may_answer_is_given_one_and_nobody_loses_what_they_are_writing(town: Town) -> None:
    by, anna, conversation = town.user(), town.user(name="Anna Testsson"), town.given()
    assert _refused(organising.assign, conversation, user=town.user(Role.EXPERT), by=by) == "cannot_answer"
    actions.take(conversation, by=anna)
    assert _refused(organising.assign, conversation, user=by, by=by) == "locked_by_other"
    organising.assign(conversation, user=by, by=anna)
    assert (fresh(conversation).assigned_to, fresh(conversation).holder_id) == (by, None)


def test_what_is_put_off_comes_back_by_itself_once(town: Town) -> None:
    by, conversation, other = town.user(), town.given(), town.given()
    for one, days in ((conversation, 1), (other, 3)):
        organising.snooze(one, until=MONDAY + timedelta(days=days), by=by)
    assert organising.wake_snoozed() == 0
    with clock.at(MONDAY + timedelta(days=1)):
        assert organising.wake_snoozed() == 1
        assert organising.wake_snoozed() == 0
    assert fresh(conversation).snoozed_until is None
    assert fresh(other).snoozed_until == MONDAY + timedelta(days=3)
    organising.wake(other, by=by)
    assert fresh(other).snoozed_until is None
    assert _kinds(conversation) == ["conversation.snoozed", "conversation.woken"]


@pytest.mark.parametrize(
    ("until", "code"),
    [
        pytest.param(MONDAY, "in_the_past", id="now is not later"),
        pytest.param(MONDAY + timedelta(days=400), "too_far_ahead", id="more than a year is for ever"),
    ],
)
def test_a_moment_that_is_none_is_refused(town: Town, until: object, code: str) -> None:
    assert _refused(organising.snooze, town.given(), until=until, by=town.user()) == code


def test_tags_are_one_word_however_they_are_typed(town: Town) -> None:
    by, conversation = town.user(), town.given()
    organising.tag(conversation, names=["  Halka ", "HALKA", "Ö-bron"], by=by)
    organising.tag(conversation, names=["halka"], by=by)
    assert set(conversation.tags.values_list("name", flat=True)) == {"halka", "ö-bron"}
    organising.untag(conversation, names=["Halka"], by=by)
    assert list(Tag.objects.values_list("name", flat=True)) == ["ö-bron"]
    assert _kinds(conversation) == ["conversation.tagged", "conversation.untagged"]
    assert _refused(organising.tag, conversation, names=["  "], by=by) == "empty"
    assert _refused(organising.tag, conversation, names=["å" * 41], by=by) == "tag_too_long"
    assert _refused(organising.tag, conversation, names=[f"t{n}" for n in range(20)], by=by) == "too_many_tags"


# ---- spam -----------------------------------------------------------------------------------------------------------


def test_spam_is_kept_as_trivial_without_its_words_and_blocks_nobody(town: Town) -> None:
    by, conversation = town.user(), town.given("Köp billiga klockor", subject="Köp nu")
    organising.to_spam(conversation, by=by)
    found, record = fresh(conversation), first(conversation).record
    assert (found.state, found.closed_reason) == ("closed", "spam")
    assert (record.state, record.subject) == (State.TRIVIAL, "")
    again = town.given("Hur går det med bron?")
    assert fresh(again).state == "new"


def test_what_was_no_spam_comes_back_to_be_confirmed(town: Town) -> None:
    by, conversation = town.user(), town.given("Min fråga", subject="Bryggan")
    organising.to_spam(conversation, by=by)
    organising.not_spam(conversation, by=by)
    found, record = fresh(conversation), first(conversation).record
    assert (found.state, found.closed_reason, found.assigned_to) == ("new", "", None)
    assert (record.state, record.subject) == (State.UNCLASSIFIED, "Bryggan")
    organising.not_spam(conversation, by=by)
    assert _kinds(conversation) == ["conversation.is_spam", "conversation.not_spam"]


def test_what_is_secret_or_answered_is_no_spam(town: Town) -> None:
    by, secret, answered = town.user(), town.given(), town.given()
    actions.mark_secret(first(secret), provision="OSL 26 kap. 1 §", by=by)
    assert _refused(organising.to_spam, secret, by=by) == "secret_must_be_registered"
    assert fresh(secret).closed_reason == ""
    town.answered(answered, by)
    assert _refused(organising.to_spam, answered, by=by) == "answered"


# ---- to another authority -------------------------------------------------------------------------------------------


@pytest.fixture
def schools(town: Town) -> Authority:
    return Authority.objects.create(name="Skolnämnden", prefix="SN", archive_creator="Skolnämnden")


def test_one_authority_dispatches_and_the_other_receives_each_under_its_own_number(
    town: Town, schools: Authority
) -> None:
    by = town.user()
    _, conversation = town.written("När byggs skolan?")
    actions.take(conversation, by=by)
    received = organising.forward(conversation, authority=schools, text="Det här är er fråga.", by=by)
    sent = Record.objects.get(kind=Kind.DISPATCHED)
    assert (sent.authority.prefix, sent.correspondent, sent.dnr) == ("KS", "Skolnämnden", "KS 2026/0001-2")
    assert (received.authority, received.correspondent, received.dnr) == (
        schools,
        "Kommunstyrelsen",
        "SN 2026/0001-1",
    )
    for text, other in ((received.latest.text, "KS 2026/0001-1"), (sent.latest.text, "SN 2026/0001-1")):
        assert other in text and "När byggs skolan?" in text and "Det här är er fråga." in text
    found = fresh(conversation)
    assert (found.case, found.state, found.assigned_to, found.holder_id) == (received.case, "new", None, None)
    assert found.number == conversation.number
    answer = town.answered(found, by, "Nästa år.")
    assert answer.record.dnr == "SN 2026/0001-2"
    assert Note.objects.get().record.latest.text == "Det här är er fråga."
    assert "conversation.forwarded" in _kinds(conversation)


def test_a_secrecy_mark_and_files_go_along(town: Town, schools: Authority) -> None:
    by, conversation = town.user(), town.given()
    actions.mark_secret(first(conversation), provision="OSL 26 kap. 1 §", by=by)
    received = organising.forward(conversation, authority=schools, text="Er fråga", by=by)
    assert (received.secret, received.secrecy_provision) == (True, "OSL 26 kap. 1 §")
    assert Record.objects.get(kind=Kind.DISPATCHED).secret


def test_what_is_not_forwarded(town: Town, schools: Authority) -> None:
    by, conversation = town.user(), town.given()
    assert _refused(organising.forward, conversation, authority=schools, text=" ", by=by) == "empty"
    assert _refused(organising.forward, conversation, authority=town.authority, text="Er", by=by) == "same_authority"
    organising.forward(conversation, authority=schools, text="Er fråga", by=by)
    assert _refused(organising.forward, conversation, authority=schools, text="Er", by=by) == "same_authority"
    organising.forward(conversation, authority=town.authority, text="Nej, er", by=by)
    assert fresh(conversation).case is not None


# ---- many at once ---------------------------------------------------------------------------------------------------


def test_what_cannot_be_done_to_one_stops_none_of_the_others(town: Town) -> None:
    by, free, held, secret = town.user(), town.given(), town.given(), town.given()
    actions.take(held, by=town.user())
    actions.mark_secret(first(secret), provision="OSL 26 kap. 1 §", by=by)
    became = organising.bulk([free, held, secret], verb="spam", by=by)
    assert [one.number for one in became.done] == [free.number]
    assert [(one.number, why) for one, why in became.refused] == [
        (held.number, "locked_by_other"),
        (secret.number, "secret_must_be_registered"),
    ]
    assert _refused(organising.bulk, [free], verb="delete", by=by) == "unknown_verb"
    assert _refused(organising.bulk, [free] * 101, verb="wake", by=by) == "too_many"


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("tag", {"names": ["bro"]}),
        ("untag", {"names": ["bro"]}),
        ("snooze", {"until": MONDAY + timedelta(days=1)}),
        ("wake", {}),
        ("close", {"reason": "no_question"}),
        ("reopen", {}),
        ("not_spam", {}),
        ("assign", {"user": None}),
    ],
)
def test_each_verb_works_on_many(town: Town, verb: str, given: dict[str, object]) -> None:
    conversations = [town.given(), town.given()]
    assert organising.bulk(conversations, verb=verb, by=town.user(), **given).refused == ()

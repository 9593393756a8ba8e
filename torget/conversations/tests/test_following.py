"""What staff say of a question holds for our answers and its conversation; what is said of an answer alone stays with it."""

import pytest

from tests.support.making import Town, first, fresh, incoming
from torget.conversations import actions
from torget.conversations.actions import answering, guarding, organising
from torget.conversations.models import Conversation, Message
from torget.organisations.models import Authority, User
from torget.organisations.rules import Role
from torget.register.models import Record
from torget.register.rules import Field, Kind, State

PROVISION = "OSL 26 kap. 1 §"


@pytest.fixture
def board(town: Town) -> Authority:
    return Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")


@pytest.fixture
def by(town: Town) -> User:
    return town.user(Role.REGISTRAR)


def _confirmed(conversation: Conversation, by: User, subject: str = "Bron") -> Record:
    return actions.classify(first(conversation), state=State.REGISTERED, subject=subject, by=by)


def test_a_letter_to_another_authority_is_guarded_for_each_message_that_it_holds(
    town: Town, by: User, board: Authority
) -> None:
    conversation = town.given("Vem kan jag ringa?")
    town.take(incoming("next", "Det gäller Kalle i 3 B", in_reply_to=first(conversation).external_id))
    later = Message.objects.get(external_id="next")
    actions.mark_secret(later, provision=PROVISION, by=by)
    received = organising.forward(fresh(conversation), authority=board, text="Er fråga", by=by)
    sent = Record.objects.get(kind=Kind.DISPATCHED)
    assert "Kalle" in sent.latest.text and not first(conversation).record.secret
    assert (sent.secret, sent.secrecy_provision, sent.circle_id) == (True, PROVISION, received.circle_id)
    outside = town.user(Role.COMMUNICATOR)
    assert not Record.objects.visible_to(outside).filter(pk=sent.pk).exists()


def test_an_answers_own_mark_stays_when_its_question_is_confirmed(town: Town, by: User) -> None:
    conversation = town.given()
    answer = town.answered(conversation, by, "Det rör barnets hälsa")
    actions.mark_secret(answer, provision=PROVISION, by=by)
    circle = Record.objects.get(pk=answer.record_id).circle_id
    _confirmed(conversation, by)
    kept = Record.objects.get(pk=answer.record_id)
    assert (kept.secret, kept.secrecy_provision, kept.circle_id) == (True, PROVISION, circle) and circle
    assert kept.subject == "Bron"


def test_a_mark_that_came_from_the_question_goes_with_it(town: Town, by: User) -> None:
    conversation = town.given()
    actions.mark_secret(first(conversation), provision=PROVISION, by=by)
    answer = town.answered(fresh(conversation), by)
    assert Record.objects.get(pk=answer.record_id).secret
    actions.lift_secret(first(conversation), by=by)
    assert not Record.objects.get(pk=answer.record_id).secret


def test_an_answer_that_was_taken_back_gets_no_number_when_its_question_is_confirmed(town: Town, by: User) -> None:
    _, conversation = town.written("Vem lagar bron?", email="signe@exempel.se")
    answer = town.answered(conversation, by)
    answering.withdraw(answer, by=by)
    question = _confirmed(conversation, by)
    taken = Record.objects.get(pk=answer.record_id)
    assert (taken.kind, taken.number, taken.case_id) == (Kind.WORKING, None, None)
    assert question.case and question.case.last_record == 1


def test_a_conversation_goes_on_with_the_authority_that_its_question_was_corrected_to(
    town: Town, by: User, board: Authority
) -> None:
    conversation = town.given()
    question = _confirmed(conversation, by)
    town.answered(fresh(conversation), by, "Vi ser på det")
    actions.correct(question, field=Field.AUTHORITY, value=board, why="Hör till kulturen", by=by)
    case = fresh(conversation).case
    assert case and case.authority == board
    answer = town.answered(fresh(conversation), by, "Nu är det lagat")
    assert answer.record.authority == board and answer.record.case == case


def test_one_of_whose_questions_one_is_corrected_stays_where_the_other_lies(
    town: Town, by: User, board: Authority
) -> None:
    conversation = town.given()
    question = _confirmed(conversation, by)
    town.take(incoming("next", "Och en sak till", in_reply_to=first(conversation).external_id))
    actions.correct(question, field=Field.AUTHORITY, value=board, why="Hör till kulturen", by=by)
    assert fresh(conversation).case.authority == town.authority  # type: ignore[union-attr]


def test_a_corrected_subject_is_the_answers_and_the_conversations_too(town: Town, by: User) -> None:
    conversation = town.given()
    question = _confirmed(conversation, by, "Grannen Kalle stör")
    answer = town.answered(fresh(conversation), by)
    actions.correct(question, field=Field.SUBJECT, value="Störning i Norrby", why="Ett namn", by=by)
    assert Record.objects.get(pk=answer.record_id).subject == "Störning i Norrby"
    assert fresh(conversation).subject == "Störning i Norrby"


def test_protecting_who_wrote_without_an_address_protects_our_answers(town: Town, by: User) -> None:
    _, conversation = town.written("Jag heter Signe och har skyddad identitet")
    answer = town.answered(conversation, by)
    guarding.protect(first(conversation), by=by)
    assert Record.objects.get(pk=answer.record_id).protected_identity
    guarding.unprotect(first(conversation), by=by)
    assert not Record.objects.get(pk=answer.record_id).protected_identity

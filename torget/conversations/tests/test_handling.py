"""Handle: the lease, drafts, answers, what is kept and what is made public."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from tests.support.making import MONDAY, PERSON, Town, first, fresh, incoming, texts
from torget.channels.base import Deleted
from torget.conversations import actions, rules
from torget.conversations.models import Conversation, Draft, Message, Note, Outbox
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal.models import Entry
from torget.register.models import Record
from torget.register.rules import State


def _kinds(conversation: Conversation) -> list[str]:
    return list(Entry.objects.filter(object_ref=conversation.ref).order_by("pk").values_list("kind", flat=True))


def test_taking_gives_lease_and_assignment(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.take(conversation, by=user)
    conversation = fresh(conversation)
    assert (conversation.holder_id, conversation.assigned_to, conversation.state) == (user.pk, user, "assigned")
    assert conversation.taken_at == MONDAY
    assert _kinds(conversation) == ["conversation.taken"]


def test_taking_again_renews_and_is_entered_once(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.take(conversation, by=user)
    with clock.at(MONDAY + timedelta(minutes=10)):
        actions.take(conversation, by=user)
    with clock.at(MONDAY + timedelta(minutes=24)):
        assert fresh(conversation).holder_id == user.pk
    assert _kinds(conversation) == ["conversation.taken"]
    assert fresh(conversation).lease_since == MONDAY


def test_a_colleague_is_told_who_has_it_and_may_take_over(town: Town) -> None:
    anna, bo, conversation = town.user(name="Anna Testsson"), town.user(name="Bo Testsson"), town.given()
    actions.take(conversation, by=anna)
    actions.keep_draft(conversation, text="Annas utkast", by=anna)
    with pytest.raises(Refused) as refused:
        actions.take(conversation, by=bo)
    assert (refused.value.code, refused.value.detail) == ("locked_by_other", "Anna Testsson")
    actions.take(conversation, by=bo, take_over=True)
    assert fresh(conversation).holder_id == bo.pk
    assert Draft.objects.get(author=anna).record.latest.text == "Annas utkast"
    assert _kinds(conversation) == ["conversation.taken", "conversation.taken_over"]


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(rules.LEASE, id="the lease has run out"),
        pytest.param(-timedelta(days=1), id="the clock was moved back a day"),
    ],
)
def test_a_lease_that_is_no_more_stops_nobody(town: Town, later: timedelta) -> None:
    anna, bo, conversation = town.user(), town.user(), town.given()
    actions.take(conversation, by=anna)
    with clock.at(MONDAY + later):
        actions.take(conversation, by=bo)
        assert fresh(conversation).holder_id == bo.pk


def test_releasing_gives_it_back_and_keeps_the_draft(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.take(conversation, by=user)
    actions.keep_draft(conversation, text="Påbörjat", by=user)
    actions.release(conversation, by=user)
    conversation = fresh(conversation)
    assert (conversation.holder_id, conversation.assigned_to, conversation.state) == (None, None, "new")
    assert Draft.objects.filter(author=user).exists()
    actions.release(conversation, by=town.user())
    assert _kinds(conversation) == ["conversation.taken", "conversation.released"]


def test_releasing_does_not_take_what_a_colleague_has(town: Town) -> None:
    anna, conversation = town.user(), town.given()
    actions.take(conversation, by=anna)
    actions.release(conversation, by=town.user())
    assert fresh(conversation).holder_id == anna.pk


def test_a_draft_is_one_row_that_renews_the_writers_lease(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.take(conversation, by=user)
    actions.keep_draft(conversation, text="Ett", by=user)
    records = Record.objects.count()
    with clock.at(MONDAY + timedelta(minutes=14)):
        actions.keep_draft(conversation, text="Ett två", by=user)
    with clock.at(MONDAY + timedelta(minutes=28)):
        assert fresh(conversation).holder_id == user.pk
    draft = Draft.objects.get()
    assert texts_of(draft.record) == ["Ett två"]
    assert (draft.saved_at, Record.objects.count()) == (MONDAY + timedelta(minutes=14), records)


def texts_of(record: Record) -> list[str]:
    return list(record.versions.values_list("text", flat=True))


def test_a_draft_by_another_does_not_touch_the_lease(town: Town) -> None:
    anna, bo, conversation = town.user(), town.user(), town.given()
    actions.take(conversation, by=anna)
    actions.keep_draft(conversation, text="Bos", by=bo)
    assert fresh(conversation).holder_id == anna.pk


def test_an_empty_draft_is_taken_away_whole(town: Town) -> None:
    user, conversation = town.user(), town.given()
    records = Record.objects.count()
    actions.keep_draft(conversation, text="Ett", by=user)
    assert actions.keep_draft(conversation, text=" \n", by=user) is None
    assert (Draft.objects.count(), Record.objects.count()) == (0, records)


def test_a_note_is_working_material(town: Town) -> None:
    user, conversation = town.user(), town.given()
    note = actions.note(conversation, text="  Ring gatuenheten ", by=user)
    assert texts_of(note.record) == ["Ring gatuenheten"]
    assert (note.record.kind, note.record.dnr) == ("working", "")
    assert not Record.objects.for_public().filter(pk=note.record_id).exists()
    with pytest.raises(Refused, match="empty"):
        actions.note(conversation, text=" ", by=user)
    assert Note.objects.count() == 1


def test_an_answer_is_a_record_in_the_questions_case(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.keep_draft(conversation, text="Utkast", by=user)
    message = town.answered(conversation, user, " På måndag. ")
    record = message.record
    assert texts(message) == ["På måndag."]
    assert record.dnr == f"{first(conversation).record.case}-2"
    # As public as its question, and nobody has confirmed that yet.
    assert (record.state, record.confirmed_at, record.proposed_reason) == ("unclassified", None, "our_answer")
    assert Outbox.objects.get().state == "no_way_out"
    conversation = fresh(conversation)
    assert (conversation.state, conversation.holder_id, conversation.first_answered_at) == ("answered", None, MONDAY)
    assert not Draft.objects.exists()
    assert Entry.objects.filter(kind="record.drawn_up", object_ref=record.ref, actor_ref=user.ref).count() == 1


def test_an_answer_to_what_is_kept_in_order_is_kept_in_order(town: Town) -> None:
    user, conversation = town.user(), town.said("Så är det.")
    record = town.answered(conversation, user).record
    assert (record.state, record.proposed_state, record.dnr) == ("unclassified", "ordered", "")
    actions.classify(first(conversation), state=State.ORDERED, subject="Påpekande", by=user)
    record = Record.objects.get(pk=record.pk)
    assert (record.state, record.subject, record.dnr, record.confirmed_by) == ("ordered", "Påpekande", "", user)


def test_an_answer_that_asks_back_waits(town: Town) -> None:
    conversation = town.given()
    actions.reply(conversation, text="Vilken bro?", seen=1, by=town.user(), wait=True)
    assert fresh(conversation).state == "waiting"


@pytest.mark.parametrize("text", ["", "x" * (rules.MAX_TEXT + 1)], ids=["empty", "too long"])
def test_an_answer_that_is_refused_leaves_nothing(town: Town, text: str) -> None:
    user, conversation = town.user(), town.given()
    actions.keep_draft(conversation, text="Utkast", by=user)
    with pytest.raises(Refused):
        actions.reply(conversation, text=text, seen=1, by=user)
    assert not Message.objects.filter(direction=Message.OUT).exists()
    assert Draft.objects.filter(author=user).exists()


def test_two_staff_answering_at_once_give_one_answer(town: Town) -> None:
    anna, bo, conversation = town.user(name="Anna T"), town.user(), town.given()
    actions.take(conversation, by=anna)
    with pytest.raises(Refused) as locked:
        actions.reply(conversation, text="Bos svar", seen=1, by=bo)
    assert (locked.value.code, locked.value.detail) == ("locked_by_other", "Anna T")
    actions.reply(conversation, text="Annas svar", seen=1, by=anna)
    # The lease went with the answer; Bo's page is still the old one.
    with pytest.raises(Refused, match="thread_moved"):
        actions.reply(conversation, text="Bos svar", seen=1, by=bo)
    assert [texts(message) for message in Message.objects.filter(direction=Message.OUT)] == [["Annas svar"]]
    assert Outbox.objects.count() == 1


def test_the_same_answer_sent_twice_goes_out_once(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.reply(conversation, text="Ja.", seen=1, by=user)
    with pytest.raises(Refused, match="thread_moved"):
        actions.reply(conversation, text="Ja.", seen=1, by=user)
    assert Outbox.objects.count() == 1


def test_an_answer_stops_when_something_came_in_meanwhile(town: Town) -> None:
    conversation = town.given()
    town.take(incoming("till", "Jag menade stigen", in_reply_to=first(conversation).external_id))
    with pytest.raises(Refused, match="thread_moved"):
        actions.reply(conversation, text="Om bron", seen=1, by=town.user())


@pytest.mark.parametrize("reason", ["no_question", "already_answered", "not_for_us", "harassment"])
def test_closing_and_taking_up_again(town: Town, reason: str) -> None:
    user, conversation = town.user(), town.given()
    actions.close(conversation, reason=reason, by=user)
    assert (fresh(conversation).state, fresh(conversation).closed_reason) == ("closed", reason)
    actions.reopen(conversation, by=user)
    actions.reopen(conversation, by=user)
    assert (fresh(conversation).state, fresh(conversation).closed_reason) == ("assigned", "")
    assert _kinds(conversation) == ["conversation.closed", "conversation.reopened"]
    with pytest.raises(Refused, match="unknown_reason"):
        actions.close(conversation, reason="tired", by=user)


def test_confirming_gives_number_and_case(town: Town) -> None:
    user = town.user()
    conversation = town.said("Så är det.")
    assert (first(conversation).record.dnr, conversation.case) == ("", None)
    record = actions.classify(first(conversation), state=State.REGISTERED, subject=" Bron \n i Ekevik ", by=user)
    assert (record.dnr, record.subject, record.confirmed_by) == ("KS 2026/0001-1", "Bron i Ekevik", user)
    assert fresh(conversation).case == record.case
    assert record.case and record.case.subject == "Bron i Ekevik"


def test_registering_needs_a_subject(town: Town) -> None:
    message = first(town.given())
    with pytest.raises(Refused, match="needs_subject"):
        actions.classify(message, state=State.REGISTERED, subject=" ", by=town.user())
    assert Record.objects.get(pk=message.record_id).confirmed_at is None


@pytest.mark.parametrize("state", [State.ORDERED, State.TRIVIAL])
def test_confirming_without_a_subject_makes_no_words_public(town: Town, state: State) -> None:
    message = first(town.said("Signe på Storgatan undrar"))
    record = actions.classify(message, state=state, subject="", by=town.user())
    assert record.state == state
    assert "Signe" not in record.subject


def test_a_publication_masks_nothing_in_the_record_itself(town: Town) -> None:
    conversation = town.given(f"Jag är {PERSON}")
    actions.publish(conversation, title="Fråga", by=town.user())
    assert texts(first(conversation)) == [f"Jag är {PERSON}"]
    assert first(conversation).record.has_identity_number


def test_secrecy_registers_marks_and_takes_down(town: Town) -> None:
    user, conversation = town.user(), town.said("Så är det.")
    actions.publish(conversation, title="Öppet", by=user)
    before = PublicVersion.current()
    record = actions.mark_secret(first(conversation), provision=" OSL 26 kap. 1 § ", by=user)
    assert (record.secret, record.state, record.secrecy_provision) == (True, "registered", "OSL 26 kap. 1 §")
    assert record.dnr
    assert fresh(conversation).published_at is None
    assert not Message.objects.filter(published_version__isnull=False).exists()
    assert PublicVersion.current() > before
    assert "conversation.unpublished" in _kinds(conversation)
    with pytest.raises(Refused, match="secret"):
        actions.publish(conversation, title="Öppet", by=user)


def test_secrecy_needs_its_provision(town: Town) -> None:
    with pytest.raises(Refused, match="needs_provision"):
        actions.mark_secret(first(town.given()), provision=" ", by=town.user())


@pytest.mark.parametrize("state", [State.ORDERED, State.TRIVIAL])
def test_what_is_secret_stays_registered_by_rule_and_by_the_database(town: Town, state: State) -> None:
    user, message = town.user(), first(town.given())
    actions.mark_secret(message, provision="OSL 26 kap. 1 §", by=user)
    with pytest.raises(Refused, match="secret_must_be_registered"):
        actions.classify(message, state=state, subject="Bron", by=user)
    with pytest.raises(IntegrityError), transaction.atomic():
        Record.objects.filter(pk=message.record_id).update(state=state.value)


def test_what_is_registered_has_a_number_by_the_database(town: Town) -> None:
    record = first(town.said("Så är det.")).record
    with pytest.raises(IntegrityError), transaction.atomic():
        Record.objects.filter(pk=record.pk).update(state="registered")


def test_lifting_secrecy_shows_no_subject_that_nobody_has_confirmed(town: Town, client: Client) -> None:
    user, message = town.user(), first(town.given("Signe på Storgatan 3 mår dåligt"))
    answer = town.answered(message.conversation, user)
    actions.mark_secret(message, provision="OSL 26 kap. 1 §", by=user)
    assert "Storgatan" not in client.get("/diarium/").content.decode()
    actions.lift_secret(message, by=user)
    assert "Storgatan" not in client.get("/diarium/").content.decode()
    record = Record.objects.get(pk=message.record_id)
    assert (record.secret, record.state, Record.objects.get(pk=answer.record_id).secret) == (False, "registered", False)
    assert Entry.objects.filter(kind="record.secrecy_lifted").count() == 1
    # Once somebody has read the subject and confirmed it, it is shown.
    actions.classify(first(message.conversation), state=State.REGISTERED, subject="Om en granne", by=user)
    assert "Om en granne" in client.get("/diarium/").content.decode()


def test_secrecy_holds_for_our_answers_too(town: Town) -> None:
    user, conversation = town.user(), town.given()
    before = town.answered(conversation, user)
    actions.mark_secret(first(conversation), provision="OSL 26 kap. 1 §", by=user)
    after = town.answered(conversation, user)
    for message in (before, after):
        record = Record.objects.get(pk=message.record_id)
        assert (record.secret, record.state) == (True, "registered")


def test_publishing_needs_a_title_and_something_to_publish(town: Town) -> None:
    user, conversation = town.user(), town.given()
    with pytest.raises(Refused, match="needs_title"):
        actions.publish(conversation, title=" ", by=user)
    town.take(Deleted(first(conversation).external_id))
    with pytest.raises(Refused, match="nothing_to_publish"):
        actions.publish(conversation, title="Bron", by=user)
    assert _kinds(conversation) == []


def test_taking_down_is_done_once(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.unpublish(conversation, by=user)
    actions.publish(conversation, title="Bron", by=user)
    for _ in range(2):
        actions.unpublish(conversation, by=user)
    assert _kinds(conversation) == ["conversation.published", "conversation.unpublished"]


def test_every_deed_is_entered_with_a_digest_of_32_bytes(town: Town) -> None:
    user, conversation = town.user(), town.given()
    actions.take(conversation, by=user)
    actions.note(conversation, text="x", by=user)
    actions.classify(first(conversation), state=State.REGISTERED, subject="Bron", by=user)
    town.answered(conversation, user)
    actions.publish(conversation, title="Bron", by=user)
    actions.mark_secret(first(conversation), provision="OSL 26 kap. 1 §", by=user)
    actions.make_receipt(conversation, by=user)
    entries = list(Entry.objects.order_by("pk"))
    assert [entry.kind for entry in entries] == [
        "record.received", "conversation.taken", "conversation.noted", "record.registered", "record.drawn_up",
        "conversation.published", "record.secrecy_marked", "record.registered", "conversation.unpublished",
        "receipt.handed_over",
    ]  # fmt: skip
    assert all(len(entry.digest) == 32 for entry in entries)
    # Each but the first was somebody's doing, and says whose.
    assert [entry.actor_ref for entry in entries] == ["system"] + [user.ref] * 9

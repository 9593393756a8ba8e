"""Cases: numbers that are never given twice, what moves, what is kept at closing; and corrections beside their proofs."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.support.making import MONDAY, Town
from torget.conversations import actions as conversations
from torget.conversations.actions import answering, sending
from torget.conversations.models import Conversation, Draft, Note
from torget.core.errors import Refused
from torget.journal.models import Entry
from torget.journal.rules import record_digest
from torget.organisations.models import Authority, User
from torget.organisations.rules import Role
from torget.register import actions
from torget.register.actions.cases import read_at
from torget.register.actions.correcting import correction_document
from torget.register.models import Case, Correction, FormerNumber, Record, RecordVersion
from torget.register.rules import Field, State
from torget.registrar import actions as registrar


@pytest.fixture
def by(town: Town) -> User:
    return town.user(Role.REGISTRAR)


def _case(town: Town, text: str = "Hur går det med bron?") -> Case:
    case = town.given(text).messages.get().record.case
    assert case is not None
    return case


def _numbers(case: Case) -> list[int | None]:
    return list(case.records.order_by("number").values_list("number", flat=True))


# ---- merge and move --------------------------------------------------------------------------------------------------


def test_merged_records_get_the_next_numbers_and_the_old_ones_lead_on(town: Town, by: User) -> None:
    one, two = _case(town), _case(town, "Och färjan?")
    record = one.records.get()
    actions.merge_cases(one, into=two, by=by)
    record.refresh_from_db()
    one.refresh_from_db()
    assert (record.case_id, record.number) == (two.pk, 2)
    assert read_at(one) == two
    assert one.closed_at is not None
    former = FormerNumber.objects.get()
    assert (former.dnr, former.record_id) == (f"{one.dnr}-1", record.pk)


def test_a_number_that_was_left_is_never_given_again(town: Town, by: User) -> None:
    one, two = _case(town), _case(town, "Och färjan?")
    moved = one.records.get()
    conversations.move_records([moved], to=two, by=by)
    [again] = actions.receive(
        [
            actions.Arrival(
                text="Mer", channel="web", correspondent="", subject="", title="Mer", occurred_at=MONDAY,
                addressed=True, case=one,
            )
        ],
        authority=town.authority,
    )  # fmt: skip
    assert again.number == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        FormerNumber.objects.create(case=one, number=1, record=again, at=MONDAY)


def test_who_was_merged_twice_leads_all_the_way(town: Town, by: User) -> None:
    one, two, three = _case(town), _case(town, "Färjan?"), _case(town, "Tunneln?")
    actions.merge_cases(one, into=two, by=by)
    actions.merge_cases(two, into=three, by=by)
    one.refresh_from_db()
    assert one.merged_into_id == three.pk
    assert _numbers(three) == [1, 2, 3]


def test_a_case_is_not_joined_to_itself_a_closed_one_or_another_authoritys(town: Town, by: User) -> None:
    one, two = _case(town), _case(town, "Färjan?")
    board = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    theirs = actions.open_case(board, subject="Bad", by=by)
    for into, why in ((one, "same_case"), (theirs, "other_authority")):
        with pytest.raises(Refused, match=why):
            actions.merge_cases(one, into=into, by=by)
    Case.objects.filter(pk=two.pk).update(closed_at=MONDAY)
    with pytest.raises(Refused, match="case_closed"):
        actions.merge_cases(one, into=two, by=by)


def test_proofs_stay_whole_when_a_record_is_moved(town: Town, by: User) -> None:
    one, two = _case(town), _case(town, "Färjan?")
    version = RecordVersion.objects.get(record=one.records.get())
    actions.merge_cases(one, into=two, by=by)
    same = RecordVersion.objects.get(pk=version.pk)
    assert record_digest(bytes(same.salt), same.document()) == bytes(version.digest)
    entry = Entry.objects.get(kind="record.moved")
    assert bytes(entry.digest) == bytes(version.digest)


def test_the_database_keeps_a_merged_case_closed(town: Town, by: User) -> None:
    one, two = _case(town), _case(town, "Färjan?")
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=one.pk).update(merged_into=two)


def test_links_are_kept_once_whichever_way_they_are_made(town: Town, by: User) -> None:
    one, two = _case(town), _case(town, "Färjan?")
    actions.link_cases(one, two, by=by)
    actions.link_cases(two, one, by=by)
    assert Entry.objects.filter(kind="case.linked").count() == 2
    with pytest.raises(Refused, match="same_case"):
        actions.link_cases(one, one, by=by)


# ---- closing ---------------------------------------------------------------------------------------------------------


def _done(town: Town, by: User) -> Conversation:
    """A conversation whose record is confirmed and which waits for nothing."""
    conversation = town.given("Hur går det med bron?")
    conversations.classify(conversation.messages.get(), state=State.REGISTERED, subject="Bron", by=by)
    conversations.close(conversation, reason="no_question", by=by)
    return Conversation.objects.get(pk=conversation.pk)


def test_an_unsent_draft_is_gone_after_closing_and_a_note_that_adds_facts_is_kept(town: Town, by: User) -> None:
    conversation, colleague = _done(town, by), town.user()
    conversations.keep_draft(conversation, text="Ett utkast som aldrig gick", by=colleague)
    kept = conversations.note(conversation, text="Ringde: bron öppnar i mars", by=colleague)
    conversations.note(conversation, text="Kaffe?", by=colleague)
    assert conversation.case is not None
    registrar.close_case(conversation.case, keep=[kept.record_id], by=by)
    assert not Draft.objects.exists()
    assert list(Note.objects.values_list("pk", flat=True)) == [kept.pk]
    texts = set(RecordVersion.objects.values_list("text", flat=True))
    assert texts == {"Hur går det med bron?", "Ringde: bron öppnar i mars"}
    record = Record.objects.get(pk=kept.record_id)
    assert (record.kind, record.state, record.number) == ("drawn_up", "registered", 2)
    assert Entry.objects.filter(kind="record.weeded").count() == 2


def test_an_answer_that_was_taken_back_is_gone_after_closing(town: Town, by: User) -> None:
    _, conversation = town.written("När lagas bron?", email="signe@exempel.se")
    conversations.classify(conversation.messages.get(), state=State.REGISTERED, subject="Bron", by=by)
    answering.withdraw(town.answered(conversation, by, "Aldrig, om du frågar mig"), by=by)
    sent = town.answered(conversation, by, "På måndag")
    sending.send_waiting()
    case = Conversation.objects.get(pk=conversation.pk).case
    assert case is not None
    registrar.close_case(case, by=by)
    texts = set(RecordVersion.objects.values_list("text", flat=True))
    assert texts == {"När lagas bron?", "På måndag"}
    conversation.refresh_from_db()
    assert conversation.message_count == conversation.messages.count() == 2
    assert list(conversation.messages.filter(direction="out")) == [sent]


def test_closing_says_what_is_missing(town: Town, by: User) -> None:
    _, conversation = town.written("Hur går det med bron?", email="signe@exempel.se")
    case = conversation.case
    assert case is not None
    with pytest.raises(Refused, match="case_has_unconfirmed"):
        registrar.close_case(case, by=by)
    conversations.classify(conversation.messages.get(), state=State.REGISTERED, subject="Bron", by=by)
    with pytest.raises(Refused, match="case_has_unanswered"):
        registrar.close_case(case, by=by)
    town.answered(conversation, town.user())
    with pytest.raises(Refused, match="case_has_leaving"):
        registrar.close_case(case, anyway=True, by=by)


def test_a_closed_case_is_opened_again_and_a_merged_one_is_not(town: Town, by: User) -> None:
    case = _done(town, by).case
    assert case is not None
    registrar.close_case(case, by=by)
    with pytest.raises(Refused, match="case_closed"):
        registrar.close_case(Case.objects.get(pk=case.pk), by=by)
    assert actions.reopen_case(case, by=by).closed_at is None
    actions.merge_cases(case, into=_case(town, "Färjan?"), by=by)
    with pytest.raises(Refused, match="case_merged"):
        actions.reopen_case(case, by=by)


# ---- corrections -----------------------------------------------------------------------------------------------------


def test_a_correction_keeps_what_was_and_leaves_the_proof(town: Town, by: User) -> None:
    record = town.given("Hur går det med bron?").messages.get().record
    version = record.latest
    kept = actions.correct(record, field=Field.SUBJECT, value="Bron över ån", why="Tydligare", by=by)
    record.refresh_from_db()
    assert record.subject == "Bron över ån"
    assert record.case is not None and Case.objects.get(pk=record.case.pk).subject == "Bron över ån"
    same = RecordVersion.objects.get(pk=version.pk)
    assert record_digest(bytes(same.salt), same.document()) == bytes(version.digest)
    entry = Entry.objects.get(kind="record.corrected")
    assert bytes(entry.digest) == record_digest(bytes(kept.salt), correction_document(kept))


def test_the_wrong_authority_is_put_right_with_a_new_number_of_the_right_one(town: Town, by: User) -> None:
    board = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    record = town.given("När öppnar museet?").messages.get().record
    old = record.dnr
    actions.correct(record, field=Field.AUTHORITY, value=board, why="Hör till kulturen", by=by)
    moved = Record.objects.select_related("case__authority").get(pk=record.pk)
    assert moved.dnr == "KUN 2026/0001-1"
    assert FormerNumber.objects.get().dnr == old


@pytest.mark.parametrize(
    ("field", "value", "why", "code"),
    [
        pytest.param(Field.SUBJECT, "Annat", "", "needs_why", id="without a reason"),
        pytest.param(Field.SUBJECT, " ", "x", "needs_subject", id="to no subject"),
        pytest.param(Field.CORRESPONDENT, "Signe Testsson", "x", "same_value", id="to what it is"),
        pytest.param(Field.OCCURRED_AT, MONDAY + timedelta(days=1), "x", "in_the_future", id="to a day to come"),
        pytest.param(Field.AUTHORITY, "ingen", "x", "same_value", id="to no authority"),
    ],
)
def test_a_correction_is_refused(town: Town, by: User, field: Field, value: object, why: str, code: str) -> None:
    record = town.given("Hur går det med bron?").messages.get().record
    with pytest.raises(Refused, match=code):
        actions.correct(record, field=field, value=value, why=why, by=by)  # type: ignore[arg-type]
    assert not Correction.objects.exists()


def test_a_correction_is_written_once(town: Town, by: User) -> None:
    record = town.given("Hur går det med bron?").messages.get().record
    kept = actions.correct(record, field=Field.SUBJECT, value="Bron över ån", why="Tydligare", by=by)
    kept.why = "Något annat"
    with pytest.raises(Refused, match="append_only"):
        kept.save()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE register_correction SET why = 'annat'")

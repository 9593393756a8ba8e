"""Notices and complaints: in with a receipt and a record, decided once, by the right person, and told."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import MONDAY, Town, first
from torget.channels.base import Visibility
from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Draft, Message
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal.models import Entry
from torget.moderation import actions, reading, words
from torget.moderation.models import Complaint, Notice, Removal
from torget.moderation.rules.grounds import Ground, How
from torget.moderation.rules.notices import OTHER, Decision
from torget.organisations.models import Organisation, User
from torget.register.models import Record


def _noticed(target: str = "1", **more: object) -> actions.Noticed:
    given: dict[str, object] = {
        "target": target,
        "ground": Ground.THREAT.value,
        "why": "Där står ett hot.",
        "name": "Nils Testsson",
        "email": "nils@exempel.se",
        "good_faith": True,
        "nonce": "n1",
    }
    return actions.Noticed(**(given | more))  # type: ignore[arg-type]


def _refused(call: object, *given: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*given, **named)  # type: ignore[operator]
    return refused.value.code


def _taken_away(message: Message, by: User, notice: Notice | None = None) -> Removal:
    return actions.remove(message, ground=Ground.THREAT, how=How.REMOVE, by=by, notice=notice, statement="Hot.")


# ---- notices --------------------------------------------------------------------------------------------------------


def test_a_notice_is_a_conversation_with_a_receipt_and_a_record(town: Town) -> None:
    concerned = town.given("Jag vet var du bor")
    version = PublicVersion.current()
    secret = actions.post_notice(_noticed(str(concerned.number)))
    notice = Notice.objects.get()
    receipt = conversations.find_receipt(secret)
    assert receipt is not None and receipt.conversation == notice.conversation
    assert (notice.concerns, notice.received_at, notice.decided_at) == (concerned, MONDAY, None)
    record = first(notice.conversation).record
    assert record.dnr and record.correspondent == "Nils Testsson"
    for part in ("Där står ett hot.", f"Gäller: {concerned.number}", "Grund: Olaga hot", "intygat"):
        assert part in record.latest.whole
    assert notice.conversation.subject == "Anmälan av innehåll"
    assert Entry.objects.filter(object_ref=notice.ref, kind="notice.received").count() == 1
    assert PublicVersion.current() > version


def test_the_same_page_sent_twice_is_one_notice(town: Town) -> None:
    assert actions.post_notice(_noticed()) == actions.post_notice(_noticed())
    assert (Notice.objects.count(), Entry.objects.filter(kind="notice.received").count()) == (1, 1)


def test_a_message_is_found_by_its_address_in_its_channel(town: Town) -> None:
    account = town.account("mastodon", "ekevik")
    conversation = town.given("Hot", account=account, visibility=Visibility.PUBLIC)
    message = first(conversation)
    Message.objects.filter(pk=message.pk).update(external_id="https://social.example/@signe/1")
    actions.post_notice(_noticed("https://social.example/@signe/1"))
    assert Notice.objects.get().concerns == conversation


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({"why": " \n"}, "empty", id="why (16.2 a)"),
        pytest.param({"target": "  "}, "needs_target", id="where (16.2 b)"),
        pytest.param({"name": ""}, "needs_name", id="who (16.2 c)"),
        pytest.param({"email": " "}, "needs_name", id="and how to reach them"),
        pytest.param({"good_faith": False}, "needs_good_faith", id="in good faith (16.2 d)"),
        pytest.param({"why": "x" * 30_000}, "too_long", id="longer than anyone reads"),
    ],
)
def test_what_a_notice_must_hold(town: Town, more: dict[str, Any], code: str) -> None:
    assert _refused(actions.post_notice, replace(_noticed(), **more)) == code
    assert (Notice.objects.count(), Conversation.objects.count()) == (0, 0)


def test_nobody_has_to_say_who_they_are_to_tell_of_child_abuse(town: Town) -> None:
    actions.post_notice(_noticed(ground=Ground.CHILD_ABUSE.value, name="", email=""))
    assert Notice.objects.get().ground == Ground.CHILD_ABUSE


def test_the_database_takes_no_notice_in_bad_faith_and_no_half_decision(town: Town) -> None:
    actions.post_notice(_noticed(ground=OTHER))
    for wrong in ({"good_faith": False}, {"decision": "kept"}, {"decided_at": MONDAY}, {"ground": "dislike"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.update(**wrong)


def test_a_decision_is_told_on_the_receipt_and_made_once(town: Town) -> None:
    by, concerned = town.user(), town.given("Hej")
    actions.post_notice(_noticed(str(concerned.number)))
    notice = Notice.objects.get()
    text = words.decision_text(Decision.KEPT, notice.ground)
    decided = actions.decide_notice(notice, decision=Decision.KEPT, text=text, by=by)
    answer = notice.conversation.messages.get(direction=Message.OUT)
    assert answer.record.latest.text == text
    assert answer.outbox.address == "nils@exempel.se"
    assert (decided.decision, decided.decided_by, decided.decided_at) == ("kept", by, MONDAY)
    assert _refused(actions.decide_notice, notice, decision=Decision.KEPT, text=text, by=by) == "decided"
    assert notice.conversation.messages.filter(direction=Message.OUT).count() == 1


def test_what_cannot_be_told_is_not_decided(town: Town) -> None:
    by = town.user()
    actions.post_notice(_noticed())
    notice = Notice.objects.get()
    conversations.take(notice.conversation, by=town.user())
    assert _refused(actions.decide_notice, notice, decision=Decision.KEPT, text="Nej", by=by) == "locked_by_other"
    notice.refresh_from_db()
    assert notice.decided_at is None


def test_where_answers_are_approved_the_decision_waits_as_a_draft(town: Town) -> None:
    by = town.user()
    Organisation.objects.update(needs_approval=True)
    actions.post_notice(_noticed())
    notice = Notice.objects.get()
    actions.decide_notice(notice, decision=Decision.KEPT, text="Får vara kvar.", by=by)
    notice.refresh_from_db()
    assert notice.decision == "kept"
    draft = Draft.objects.get(conversation=notice.conversation)
    assert (draft.author, draft.record.latest.text) == (by, "Får vara kvar.")
    assert not notice.conversation.messages.filter(direction=Message.OUT).exists()


def test_a_draft_of_ones_own_is_never_written_over(town: Town, comment: Message) -> None:
    by = town.user()
    Organisation.objects.update(needs_approval=True)
    conversations.keep_draft(comment.conversation, text="Mitt utkast", by=by)
    removal = _taken_away(comment, by)
    assert _refused(actions.tell, removal, by=by) == "draft_in_the_way"
    assert Draft.objects.get().record.latest.text == "Mitt utkast"


def test_removed_is_said_only_when_something_was(town: Town, comment: Message) -> None:
    by = town.user()
    actions.post_notice(_noticed(str(comment.conversation.number)))
    notice = Notice.objects.get()
    assert _refused(actions.decide_notice, notice, decision=Decision.REMOVED, text="Tack", by=by) == "nothing_removed"
    _taken_away(comment, by, notice)
    actions.decide_notice(notice, decision=Decision.REMOVED, text="Tack", by=by)
    notice.refresh_from_db()
    assert notice.decision == "removed"


@pytest.mark.parametrize("decision", list(Decision), ids=str)
def test_each_decision_says_how_to_object(decision: Decision) -> None:
    text = words.decision_text(decision, Ground.THREAT)
    for part in ("olaga hot", "ingen maskin", "Justitieombudsmannen", "en annan person"):
        assert part in text


# ---- complaints -----------------------------------------------------------------------------------------------------


@pytest.fixture
def complained(town: Town, comment: Message) -> Complaint:
    """A complaint against a removal that Anna decided."""
    removal = _taken_away(comment, town.user(name="Anna Testsson"))
    actions.complain(actions.secret_of(removal), text="Det var ett citat.", nonce="n")
    return Complaint.objects.get()


def test_a_complaint_is_a_conversation_and_a_record_of_its_own(complained: Complaint) -> None:
    record = first(complained.conversation).record
    assert (record.latest.text, bool(record.dnr)) == ("Det var ett citat.", True)
    secret = actions.secret_of(complained.removal)
    actions.complain(secret, text="Det var ett citat.", nonce="n")
    assert Complaint.objects.count() == 1
    assert _refused(actions.complain, secret, text="En till", nonce="m") == "complained_already"
    assert _refused(actions.complain, secret, text=" ") == "empty"
    assert _refused(actions.complain, "A" * 22, text="Fel") == "not_found"
    assert Conversation.objects.count() == 2


def test_nobody_judges_their_own_decision(town: Town, complained: Complaint) -> None:
    own = complained.removal.decided_by
    assert _refused(actions.decide_complaint, complained, upheld=True, text="Ja", by=own) == "same_person"
    other = town.user(name="Bo Testsson")
    actions.decide_complaint(complained, upheld=True, text=words.complaint_text(upheld=True), by=other)
    complained.refresh_from_db()
    assert (complained.upheld, complained.decided_by) == (True, other)
    removal = Removal.objects.get()
    assert (removal.state, removal.undone_by) == ("undone", other)
    removal.message.refresh_from_db()
    assert removal.message.removed_at is None
    assert _refused(actions.decide_complaint, complained, upheld=True, text="Ja", by=other) == "decided"


def test_a_decision_that_stands_stays(town: Town, complained: Complaint) -> None:
    actions.decide_complaint(complained, upheld=False, text=words.complaint_text(upheld=False), by=town.user())
    assert Removal.objects.get().in_force
    answer = complained.conversation.messages.get(direction=Message.OUT)
    assert "Justitieombudsmannen" in answer.record.latest.text


# ---- what is public of it -------------------------------------------------------------------------------------------


def test_the_figures_of_a_year(town: Town, complained: Complaint) -> None:
    by = town.user()
    for number, decision in ((1, Decision.KEPT), (2, Decision.NOT_FOUND), (3, None)):
        actions.post_notice(_noticed(nonce=f"n{number}"))
        if decision:
            notice = Notice.objects.order_by("-pk")[0]
            actions.decide_notice(notice, decision=decision, text="Besked", by=by)
    actions.decide_complaint(complained, upheld=True, text="Ja", by=by)
    year = reading.year_of(2026)
    assert (year.notices, year.kept, year.waiting, year.removed_by_notice) == (3, 2, 1, 0)
    assert (year.removals, year.shown_again, year.complaints, year.upheld) == (1, 1, 1, 1)
    assert year.median_hours == 0.0
    assert [rule.used for rule in year.by_law if str(rule.word) == "Olaga hot"] == [1]
    assert reading.year_of(2025).notices == 0


def test_records_of_moderation_are_never_unregistered(town: Town) -> None:
    actions.post_notice(_noticed())
    assert not Record.objects.filter(case=None).exists()

"""The outbox by a connected channel: at most once, in its thread, to be taken back, later, to many; the unknown looked for."""

from datetime import timedelta

import pytest

from tests.support.making import MONDAY, Town, incoming
from torget.channels.base import Report
from torget.conversations import actions
from torget.conversations.actions import joining, sending
from torget.conversations.models import Account, Conversation, Draft, Message, Outbox
from torget.conversations.tests.standin import StandIn, standing_in
from torget.core import clock
from torget.core.errors import Refused
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.register.models import Case, Record


@pytest.fixture
def asked(town: Town, user: User, service: StandIn) -> Conversation:
    """Somebody asked in a connected channel."""
    conversation = town.given("När öppnar badet?")
    Account.objects.filter(pk=conversation.account_id).update(state=Account.GOOD)
    return Conversation.objects.get(pk=conversation.pk)


def _answer(conversation: Conversation, user: User, text: str = "På måndag.", **more: object) -> Outbox:
    with clock.at(MONDAY):
        seen = Conversation.objects.get(pk=conversation.pk).message_count
        return actions.reply(conversation, text=text, seen=seen, by=user, **more).outbox  # type: ignore[arg-type]


def _first(conversation: Conversation) -> str:
    return str(conversation.messages.order_by("pk")[0].external_id)


def _sweep(outbox: Outbox, minutes: float = 0) -> str:
    with clock.at(MONDAY + timedelta(minutes=minutes)):
        sending.send_waiting(account=outbox.account_id)
        sending.look_for_unknown(outbox.account_id or 0)
    outbox.refresh_from_db()
    return str(outbox.state)


def test_an_answer_leaves_by_its_channel_once_and_in_its_thread(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    assert (outbox.way, outbox.state, outbox.reply_to) == ("channel", "approved", _first(asked))
    assert [_sweep(outbox), _sweep(outbox, 1), _sweep(outbox, 70)] == ["sent"] * 3
    [post] = service.posts
    assert (post.text, post.reply_to, post.key) == ("På måndag.", _first(asked), outbox.mail_id)
    message = outbox.message
    message.refresh_from_db()
    assert message.alias == f"remote-{outbox.mail_id}"
    assert message.record.kind == "dispatched"


def test_the_loop_for_mails_leaves_the_channels_alone(asked: Conversation, user: User, service: StandIn) -> None:
    outbox = _answer(asked, user)
    assert actions.send_waiting() == 0
    outbox.refresh_from_db()
    assert (outbox.state, service.attempts) == ("approved", 0)


def test_a_channel_that_did_it_and_broke_off_is_found_at_the_source(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    service.mood = "did it and broke off"
    assert _sweep(outbox) == "sent"
    assert (len(service.posts), service.attempts) == (1, 1)
    assert Entry.objects.filter(kind="answer.found_sent").count() == 1
    asked.refresh_from_db()
    assert asked.state == "answered"


def test_one_that_is_surely_not_there_is_sent_again_where_the_key_makes_it_safe(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    service.mood = "broke off"
    assert _sweep(outbox) == "approved"
    service.mood = "well"
    assert _sweep(outbox, 1) == "sent"
    assert [post.key for post in service.posts] == [outbox.mail_id]


def test_a_channel_that_says_yes_and_did_nothing_is_not_believed(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    service.mood = "said yes and did nothing"
    with clock.at(MONDAY):
        sending.send_waiting(account=outbox.account_id)
    outbox.refresh_from_db()
    assert (outbox.state, outbox.problem) == ("unknown", "said_nothing")


def test_after_the_hour_a_person_decides(asked: Conversation, user: User, service: StandIn) -> None:
    outbox = _answer(asked, user)
    service.mood, service.blind = "broke off", True
    assert _sweep(outbox) == "unknown"
    service.blind = False
    Outbox.objects.update(looked_at=None)
    assert _sweep(outbox, 120) == "unknown"
    assert (outbox.problem, service.posts) == ("not_found", [])
    asked.refresh_from_db()
    assert asked.state == "waiting"
    actions.decide_unknown(outbox, went_out=False, by=user)
    service.mood = "well"
    assert _sweep(outbox, 121) == "sent"


def test_where_a_key_does_not_make_it_safe_no_machine_sends_again(
    asked: Conversation, user: User, service: StandIn
) -> None:
    service.repeats_safely = False
    outbox = _answer(asked, user)
    service.mood = "broke off"
    assert [_sweep(outbox), _sweep(outbox, 5)] == ["unknown", "unknown"]
    assert service.attempts == 1


def test_a_busy_channel_is_tried_again_when_it_said(asked: Conversation, user: User, service: StandIn) -> None:
    outbox = _answer(asked, user)
    service.mood = "busy"
    assert _sweep(outbox) == "approved"
    service.mood = "well"
    assert _sweep(outbox, 1) == "approved"
    assert _sweep(outbox, 3) == "sent"


def test_a_token_that_ran_out_in_the_middle_waits_for_a_person_and_is_not_lost(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    service.mood = "forgot us"
    assert _sweep(outbox) == "approved"
    assert Account.objects.get(pk=asked.account_id).state == Account.NEEDS_LOGIN
    service.mood = "well"
    Account.objects.update(state=Account.GOOD)
    assert _sweep(outbox, 5) == "sent"


@pytest.mark.parametrize(("mood", "state"), [("refuses", "refused"), ("raises", "unknown")])
def test_a_channel_that_says_no_or_something_strange_brings_it_to_a_person(
    asked: Conversation, user: User, service: StandIn, mood: str, state: str
) -> None:
    outbox = _answer(asked, user)
    service.mood, service.blind = mood, True
    assert _sweep(outbox) == state
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_an_answer_can_be_taken_back_while_it_rests(asked: Conversation, user: User, service: StandIn) -> None:
    outbox = _answer(asked, user, "Fel svar", send_at=MONDAY + timedelta(seconds=30))
    assert _sweep(outbox) == "approved"
    with clock.at(MONDAY + timedelta(seconds=10)):
        draft = actions.withdraw(outbox.message, by=user)
    assert draft is not None and draft.record.latest.text == "Fel svar"
    assert _sweep(outbox, 5) == "withdrawn"
    asked.refresh_from_db()
    assert (service.posts, asked.state, asked.first_answered_at) == ([], "assigned", None)
    assert Record.objects.get(pk=outbox.message.record_id).kind == "working"
    second = _answer(asked, user, "Rätt svar")
    assert _sweep(second, 5) == "sent"
    if asked.case_id:
        numbers = list(Record.objects.filter(case=asked.case_id).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, Case.objects.get(pk=asked.case_id).last_record + 1))


def test_what_has_begun_to_leave_is_not_taken_back(asked: Conversation, user: User, service: StandIn) -> None:
    outbox = _answer(asked, user, send_at=MONDAY + timedelta(seconds=30))
    service.mood = "busy"
    _sweep(outbox, 1)
    with pytest.raises(Refused, match="already_leaving"):
        actions.withdraw(outbox.message, by=user)


def test_an_answer_meant_for_later_waits_and_can_leave_at_once(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user, send_at=MONDAY + timedelta(hours=5))
    assert _sweep(outbox, 60) == "approved"
    actions.send_at_once(outbox.message, by=user)
    assert _sweep(outbox, 61) == "sent"


def test_where_a_colleague_must_approve_nobody_sends_alone(asked: Conversation, user: User, town: Town) -> None:
    town.organisation.needs_approval = True
    town.organisation.save()
    for approver in (None, user):
        with pytest.raises(Refused, match="needs_approval"):
            _answer(asked, user, approved_by=approver)
    outbox = _answer(asked, user, approved_by=town.user())
    assert outbox.approved_by is not None


def test_one_answer_goes_to_many_each_in_its_thread_and_one_refusal_stops_no_other(
    asked: Conversation, user: User, town: Town, service: StandIn
) -> None:
    second, third = town.given("Badet?"), town.given("Öppnar badet?")
    actions.take(second, by=town.user())
    with clock.at(clock.now()):
        many = [Conversation.objects.get(pk=one.pk) for one in (asked, second, third)]
        found = actions.reply_many(many, text="På måndag.", by=user)
    assert [one.refused for one in found] == ["", "locked_by_other", ""]
    for one in found:
        if one.message:
            assert _sweep(one.message.outbox, 10_000_000) == "sent"
    assert {post.reply_to for post in service.posts} == {_first(asked), _first(third)}


def test_a_bounce_brings_the_answer_back_to_a_person(asked: Conversation, user: User, service: StandIn) -> None:
    outbox = _answer(asked, user)
    _sweep(outbox)
    assert outbox.account is not None
    report = Report(concerns=(outbox.mail_id,), outcome="bounced", reason="550")
    assert sending.note_report(outbox.account, report)
    outbox.refresh_from_db()
    asked.refresh_from_db()
    assert (outbox.state, outbox.problem, asked.state) == ("bounced", "bounced_550", "waiting")
    assert not sending.note_report(outbox.account, Report(concerns=("någon annans",), outcome="bounced"))


def test_a_worker_that_died_between_sent_and_noted_as_sent_sends_nothing_twice(
    asked: Conversation, user: User, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = _answer(asked, user)

    def dies(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(sending, "_note", dies)
    with pytest.raises(SystemExit):
        _sweep(outbox)
    monkeypatch.undo()
    with standing_in(monkeypatch, posts=service.posts) as again:
        assert _sweep(outbox, 10) == "sent"
        assert (len(again.posts), again.attempts) == (1, 0)


def test_the_draft_is_not_left_when_the_answer_is_queued(asked: Conversation, user: User) -> None:
    actions.keep_draft(asked, text="På", by=user)
    _answer(asked, user)
    assert not Draft.objects.exists()
    assert Message.objects.filter(direction=Message.OUT).count() == 1


def _receives(town: Town, asked: Conversation, text: str = "En sak till?") -> None:
    first = asked.messages.order_by("pk")[0]
    town.take(incoming(f"{first.external_id}-sen", text, in_reply_to=first.external_id), account=asked.account)


def test_what_a_machine_sent_again_leaves_the_conversation_answered(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    service.mood = "broke off"
    _sweep(outbox)
    service.mood = "well"
    assert _sweep(outbox, 1) == "sent"
    asked.refresh_from_db()
    assert asked.state == "answered"


def test_a_settled_outcome_never_hides_a_question_that_came_since(
    asked: Conversation, user: User, service: StandIn, town: Town
) -> None:
    outbox = _answer(asked, user)
    service.mood, service.blind = "did it and broke off", True
    _sweep(outbox)
    _receives(town, asked)
    actions.decide_unknown(outbox, went_out=True, by=user)
    asked.refresh_from_db()
    assert asked.state == "assigned"


def test_the_fate_of_an_acknowledgement_says_nothing_of_the_question(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    Message.objects.filter(pk=outbox.message_id).update(automatic=True)
    Conversation.objects.filter(pk=asked.pk).update(state="new", first_answered_at=None)
    service.mood = "did it and broke off"
    assert _sweep(outbox) == "sent"
    asked.refresh_from_db()
    assert asked.state == "new"


def test_an_answer_by_an_account_that_was_disconnected_is_shown_to_a_person(
    asked: Conversation, user: User, service: StandIn
) -> None:
    outbox = _answer(asked, user)
    actions.disconnect(asked.account, by=user)
    with clock.at(MONDAY):
        actions.send_waiting()
    outbox.refresh_from_db()
    asked.refresh_from_db()
    assert (outbox.state, outbox.problem, asked.state, service.attempts) == ("refused", "not_connected", "waiting", 0)


def test_one_who_sent_longer_than_the_lease_is_believed(
    asked: Conversation, user: User, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = _answer(asked, user)
    original = sending._hand_over

    def slow(row: Outbox) -> object:
        with clock.at(MONDAY + timedelta(minutes=10)):
            sending._mark_abandoned()
        assert Outbox.objects.get(pk=row.pk).state == "unknown"
        return original(row)

    monkeypatch.setattr(sending, "_hand_over", slow)
    with clock.at(MONDAY):
        sending.send_waiting(account=outbox.account_id)
    outbox.refresh_from_db()
    asked.refresh_from_db()
    assert (outbox.state, outbox.remote_id, asked.state) == ("sent", f"remote-{outbox.mail_id}", "answered")


def test_what_has_been_begun_since_is_kept_when_an_answer_is_taken_back(asked: Conversation, user: User) -> None:
    outbox = _answer(asked, user, "Det första.", send_at=MONDAY + timedelta(seconds=30))
    actions.keep_draft(asked, text="Det andra.", by=user)
    draft = actions.withdraw(outbox.message, by=user)
    assert draft is not None
    assert draft.record.latest.text == "Det första.\n\nDet andra."


@pytest.mark.parametrize(("rests", "state"), [(timedelta(hours=5), "refused"), (timedelta(seconds=30), "sent")])
def test_a_planned_answer_looks_at_the_thread_before_it_leaves(
    asked: Conversation, user: User, service: StandIn, town: Town, rests: timedelta, state: str
) -> None:
    outbox = _answer(asked, user, send_at=MONDAY + rests)
    _receives(town, asked, "Strunt i det, nu har jag sett det.")
    assert _sweep(outbox, 301) == state
    assert len(service.posts) == (state == "sent")


def test_a_conversation_joined_into_another_is_neither_taken_up_nor_answered(
    asked: Conversation, user: User, town: Town
) -> None:
    into = town.given("Samma fråga")
    joining.merge(asked, into=into, by=user, same_person=True)
    for deed in (actions.reopen, actions.take, actions.wait):
        with pytest.raises(Refused, match="is_merged"):
            deed(asked, by=user)
    with pytest.raises(Refused, match="is_merged"):
        actions.reply(asked, text="Svar", seen=0, by=user)


def test_a_question_that_comes_back_is_placed_by_what_it_now_says(asked: Conversation, user: User, town: Town) -> None:
    _answer(asked, user)
    with clock.at(MONDAY + timedelta(days=1)):
        _receives(town, asked, "Akut: nu läcker det gas")
    asked.refresh_from_db()
    assert (asked.urgency, asked.state) == (3, "assigned")
    assert asked.first_at < asked.answer_due

"""Out, to a real SMTP server: each answer leaves at most once, and what is unknown is asked of a person."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.making import FORM_SENDER, MONDAY, Town, fresh
from tests.support.smtp import Mood, SMTPServer
from torget.conversations import actions, rules
from torget.conversations.actions import sending
from torget.conversations.actions.delivering import Outcome
from torget.conversations.models import Conversation, Message, Outbox
from torget.core import clock
from torget.journal.models import Entry
from torget.organisations.models import User


@pytest.fixture
def conversation(town: Town) -> Conversation:
    """Somebody wrote by the form of a real organisation and left an address."""
    town.organisation.demo = False
    town.organisation.save()
    return town.written("När öppnar badet?", subject="Badet", email=FORM_SENDER)[1]


@pytest.fixture
def user(town: Town) -> User:
    return town.user()


@pytest.fixture
def outbox(town: Town, conversation: Conversation, user: User) -> Outbox:
    """An answer on its way out."""
    return town.answered(conversation, user, "Den öppnar på måndag.\n.\nVälkommen").outbox


def _sweep(minutes: float = 0) -> int:
    with clock.at(MONDAY + timedelta(minutes=minutes)):
        return actions.send_waiting()


def _state(outbox: Outbox) -> str:
    outbox.refresh_from_db()
    return str(outbox.state)


def test_an_answer_is_mailed_once(outbox: Outbox, smtp: SMTPServer) -> None:
    assert (outbox.state, outbox.way) == ("approved", "email")
    assert [_sweep(), _sweep(), _sweep(60)] == [1, 0, 0]
    [mail] = smtp.mails
    assert mail.recipients == (FORM_SENDER,)
    assert mail.message["Message-ID"] == outbox.mail_id
    assert (mail.message["Subject"], mail.message["Auto-Submitted"]) == ("Svar: Badet", "no")
    assert "Den öppnar på måndag.\r\n.\r\nVälkommen" in mail.message.get_content()
    assert _state(outbox) == "sent"
    assert outbox.sent_at == MONDAY
    assert outbox.message.record.kind == "dispatched"
    assert Entry.objects.filter(kind="record.dispatched", object_ref=outbox.message.record.ref).count() == 1


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Ekeviks kommun, Sverige", id="a comma"),
        pytest.param("Räddningstjänsten (Syd)", id="brackets"),
        pytest.param('"Torget": Ekevik <x@y>', id="all that means something in a header"),
        pytest.param("Ekevik\nBcc: alla@exempel.se", id="a line break"),
    ],
)
def test_any_name_of_the_organisation_can_send(town: Town, outbox: Outbox, smtp: SMTPServer, name: str) -> None:
    town.organisation.name = name
    town.organisation.save()
    _sweep()
    assert _state(outbox) == "sent"
    [mail] = smtp.mails
    assert mail.recipients == (FORM_SENDER,) and mail.message["Bcc"] is None
    assert name.split()[0].strip('",:') in str(mail.message["From"])


def test_a_subject_cannot_add_a_header(town: Town, user: User, smtp: SMTPServer) -> None:
    town.organisation.demo = False
    town.organisation.save()
    _, conversation = town.written("Hej", subject="Hej\r\nBcc: alla@exempel.se", email=FORM_SENDER)
    town.answered(conversation, user)
    _sweep()
    assert smtp.mails[0].recipients == (FORM_SENDER,) and smtp.mails[0].message["Bcc"] is None


def test_without_an_address_the_answer_is_on_the_receipt_at_once(town: Town, user: User, smtp: SMTPServer) -> None:
    _, conversation = town.written()
    message = town.answered(conversation, user)
    assert (message.outbox.state, message.outbox.way, message.outbox.sent_at) == ("sent", "receipt", MONDAY)
    message.record.refresh_from_db()
    assert message.record.kind == "dispatched"
    assert (_sweep(), smtp.attempts) == (0, 0)


def test_a_demo_town_never_reaches_a_real_mailbox(
    town: Town, outbox: Outbox, smtp: SMTPServer, settings: Any, tmp_path: Path
) -> None:
    town.organisation.demo = True
    town.organisation.save()
    settings.MAIL_FOLDER = tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert (_sweep(), _state(outbox), smtp.attempts) == (1, "sent", 0)
    [file] = tmp_path.iterdir()
    assert outbox.mail_id.encode() in file.read_bytes()


def test_an_answer_to_a_file_has_no_way_out(town: Town, user: User, smtp: SMTPServer) -> None:
    message = town.answered(town.given(), user)
    assert (_sweep(), message.outbox.state, smtp.attempts) == (0, "no_way_out", 0)
    assert message.record.kind == "drawn_up"


def test_a_busy_server_is_tried_again_later_and_later(outbox: Outbox, smtp: SMTPServer) -> None:
    smtp.mood = Mood.BUSY
    assert (_sweep(), _state(outbox), outbox.problem) == (1, "approved", "smtp_451")
    assert (_sweep(1.9), smtp.attempts) == (0, 1)
    assert (_sweep(2), _sweep(5.9), smtp.attempts) == (1, 0, 2)
    smtp.mood = Mood.WELL
    assert (_sweep(6), _state(outbox), len(smtp.mails)) == (1, "sent", 1)
    assert smtp.mails[0].message["Message-ID"] == outbox.mail_id


@pytest.mark.parametrize(
    ("mood", "problem"), [(Mood.REFUSES_RECIPIENT, "smtp_550"), (Mood.REFUSES_MAIL, "smtp_554")], ids=str
)
def test_what_the_server_refuses_comes_to_a_person(outbox: Outbox, smtp: SMTPServer, mood: Mood, problem: str) -> None:
    smtp.mood = mood
    assert (_sweep(), _state(outbox), outbox.problem) == (1, "refused", problem)
    assert (_sweep(600), smtp.attempts) == (0, 1)
    assert fresh(outbox.message.conversation).state == "waiting"
    assert outbox.message.record.kind == "drawn_up"


def test_a_server_that_is_off_is_tried_again(outbox: Outbox, smtp: SMTPServer) -> None:
    smtp.down()
    assert (_sweep(), _state(outbox), outbox.problem) == (1, "approved", "ConnectionRefusedError")
    assert fresh(outbox.message.conversation).state == "answered"
    smtp.up()
    assert (_sweep(2), _state(outbox), len(smtp.mails)) == (1, "sent", 1)


def _unknown(outbox: Outbox, smtp: SMTPServer) -> None:
    smtp.mood = Mood.DROPS_AFTER_DATA
    _sweep()
    assert _state(outbox) == "unknown"
    smtp.mood = Mood.WELL


def test_a_connection_cut_in_the_middle_is_never_repeated_by_machine(outbox: Outbox, smtp: SMTPServer) -> None:
    _unknown(outbox, smtp)
    assert [_sweep(minutes) for minutes in (1, 60, 60 * 24 * 30)] == [0, 0, 0]
    assert (smtp.attempts, len(smtp.mails)) == (1, 1)
    assert fresh(outbox.message.conversation).state == "waiting"


def test_a_person_finds_that_it_went_out(outbox: Outbox, smtp: SMTPServer, user: User) -> None:
    _unknown(outbox, smtp)
    for _ in range(2):
        actions.decide_unknown(outbox, went_out=True, by=user)
    assert (_state(outbox), _sweep(), len(smtp.mails)) == ("sent", 0, 1)
    outbox.message.record.refresh_from_db()
    assert outbox.message.record.kind == "dispatched"
    assert fresh(outbox.message.conversation).state == "answered"
    assert Entry.objects.filter(kind="answer.found_sent", actor_ref=user.ref).count() == 1


def test_a_person_finds_that_it_did_not(outbox: Outbox, smtp: SMTPServer, user: User) -> None:
    _unknown(outbox, smtp)
    actions.decide_unknown(outbox, went_out=False, by=user)
    assert (_state(outbox), _sweep(), _state(outbox)) == ("approved", 1, "sent")
    # With the same Message-ID, so that a mailbox that had it after all can tell.
    assert {mail.message["Message-ID"] for mail in smtp.mails} == {outbox.mail_id}
    assert fresh(outbox.message.conversation).state == "answered"


@pytest.mark.parametrize("state", ["approved", "sending", "sent", "no_way_out"])
def test_only_what_is_in_doubt_is_decided(outbox: Outbox, user: User, state: str) -> None:
    Outbox.objects.filter(pk=outbox.pk).update(state=state)
    actions.decide_unknown(outbox, went_out=False, by=user)
    actions.decide_unknown(outbox, went_out=True, by=user)
    assert _state(outbox) == state


def _killed_while_sending(outbox: Outbox) -> None:
    lease = MONDAY + rules.SENDING_LEASE
    Outbox.objects.filter(pk=outbox.pk).update(state="sending", lease_owner="dead", lease_until=lease)


def test_what_a_killed_worker_had_in_hand_is_unknown(outbox: Outbox, smtp: SMTPServer) -> None:
    _killed_while_sending(outbox)
    assert (_sweep(1.9), _state(outbox)) == (0, "sending")
    assert (_sweep(2), _state(outbox), outbox.problem) == (1, "unknown", "worker_stopped")
    assert (_sweep(60), smtp.attempts) == (0, 0)
    assert fresh(outbox.message.conversation).state == "waiting"


def test_a_clock_moved_back_leaves_nothing_in_hand_for_ever(outbox: Outbox, smtp: SMTPServer) -> None:
    _killed_while_sending(outbox)
    assert (_sweep(-60 * 24 * 365), _state(outbox), smtp.attempts) == (1, "unknown", 0)


def test_a_clock_moved_back_does_not_hold_up_what_was_to_be_tried_again(outbox: Outbox, smtp: SMTPServer) -> None:
    smtp.mood = Mood.BUSY
    _sweep()
    smtp.mood = Mood.WELL
    assert (_sweep(-60 * 24), _state(outbox)) == (1, "sent")


def test_a_worker_that_wakes_late_does_not_change_what_was_decided(
    outbox: Outbox, smtp: SMTPServer, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = sending._hand_over

    def slow(row: Outbox) -> Outcome:
        result = original(row)
        # While it slept its lease ran out, and a person decided.
        with clock.at(MONDAY + timedelta(minutes=10)):
            sending._mark_abandoned()
            actions.decide_unknown(row, went_out=True, by=user)
        return replace(result, problem="late")

    monkeypatch.setattr(sending, "_hand_over", slow)
    _sweep()
    assert (_state(outbox), outbox.problem, len(smtp.mails)) == ("sent", "", 1)
    assert Entry.objects.filter(kind="record.dispatched").count() == 1


def test_two_workers_never_take_the_same_answer(outbox: Outbox, smtp: SMTPServer) -> None:
    assert [sending._send(outbox.pk), sending._send(outbox.pk)] == [1, 0]
    assert len(smtp.mails) == 1


def test_one_bad_address_does_not_stop_the_others(town: Town, outbox: Outbox, smtp: SMTPServer, user: User) -> None:
    Outbox.objects.filter(pk=outbox.pk).update(address="a@exempel.se\nBcc: b@exempel.se")
    _, other = town.written("Hej", email="else@exempel.se")
    town.answered(other, user)
    _sweep()
    assert [mail.recipients for mail in smtp.mails] == [("else@exempel.se",)]
    # Nothing was said to the server about it, so it surely has not gone out.
    assert _state(outbox) == "refused"


def test_answers_are_counted_as_messages_of_their_own(outbox: Outbox) -> None:
    assert Message.objects.filter(direction=Message.OUT, conversation=outbox.message.conversation).count() == 1

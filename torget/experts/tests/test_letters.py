"""Letters: what stands in them, that each leaves at most once, reminders in working hours, and how it went."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import FORM_SENDER, MONDAY, PERSON, Town, first
from tests.support.smtp import Mood, SMTPServer
from torget.conversations import actions as conversations
from torget.core import clock
from torget.experts import actions, links, mails, reading
from torget.experts.models import Answer, Letter, News
from torget.experts.tests.conftest import ADDRESS, Asking, mark
from torget.journal.models import Entry
from torget.organisations.models import Organisation


@pytest.fixture
def real(asking: Asking) -> Asking:
    """The same, in a town that is no demo: its letters leave by the mail server."""
    Organisation.objects.update(demo=False)
    return asking


@pytest.fixture
def outbox(real: Asking, mailoutbox: list[Any]) -> list[Any]:
    return mailoutbox


def body(mail: Any) -> str:
    return str(mail.body)


def told(asking: Asking, text: str = "Ja, Signe, det blir två hissar.", **more: Any) -> tuple[str, Answer]:
    """A question by the form that a colleague has answered, and ours after it; the receipt's secret and the answer."""
    secret, conversation = asking.town.written("Blir det hiss till perrongen?", name="Signe Testsson", **more)
    answer = actions.answer(asking.ask(conversation, to="Vera Påhitt"), text="Två hissar.", seen=0)
    with clock.at(clock.now() + timedelta(minutes=1)):
        asking.town.answered(conversation, asking.amina, text)
    return secret, answer


# ---- the question ---------------------------------------------------------------------------------------------------


def test_a_question_leaves_by_a_real_mail_server(real: Asking, smtp: SMTPServer) -> None:
    request = real.ask(text=f"Stämmer {PERSON}? <b>å ä ö</b>")
    assert actions.send_letters() == 1
    [given] = smtp.wait(1)
    mail: EmailMessage = given.message
    text = mail.get_content()
    assert given.recipients == (ADDRESS,)
    assert mail["Message-ID"] == Letter.objects.get().mail_id
    assert mail["Reply-To"] == real.amina.email
    assert mail["Auto-Submitted"] == "no"
    assert "Amina frågar: Stämmer ******-****? b å ä ö /b" in mail["Subject"]
    assert links.request_link(request) in text
    assert "Stämmer ******-****? <b>å ä ö</b>" in text
    # The resident's own words stay behind the link, which can be shut.
    assert "perrongen" not in text
    assert links.stop_link(request.expert) in text
    assert mail["List-Unsubscribe"] == f"<{links.stop_link(request.expert)}>"
    assert actions.send_letters() == 0
    assert len(smtp.mails) == 1


@pytest.mark.parametrize(
    ("mood", "state", "again"),
    [
        (Mood.BUSY, "waiting", True), (Mood.REFUSES_RECIPIENT, "refused", False), (Mood.REFUSES_MAIL, "refused", False),
        (Mood.DROPS_AFTER_DATA, "unknown", False),
    ],
)  # fmt: skip
def test_what_the_server_says_is_kept_and_what_is_unknown_is_not_repeated(
    real: Asking, smtp: SMTPServer, mood: Mood, state: str, again: bool
) -> None:
    real.ask()
    smtp.mood = mood
    actions.send_letters()
    assert Letter.objects.get().state == state
    assert actions.send_letters() == 0
    smtp.mood = Mood.WELL
    with clock.at(MONDAY + timedelta(hours=2)):
        assert actions.send_letters() == again


def test_a_server_that_is_off_is_tried_again(real: Asking, smtp: SMTPServer) -> None:
    real.ask()
    smtp.down()
    actions.send_letters()
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == ("waiting", 1)
    smtp.up()
    with clock.at(MONDAY + timedelta(minutes=3)):
        assert actions.send_letters() == 1
    assert Letter.objects.get().state == "sent"


def test_a_letter_of_a_worker_that_died_is_unknown_and_sent_again_by_a_person_only(real: Asking, outbox: Any) -> None:
    request = real.ask()
    Letter.objects.update(state="sending", lease_owner="dead", lease_until=MONDAY)
    assert actions.send_letters() == 1
    assert Letter.objects.get().state == "unknown"
    assert outbox == []
    actions.resend(request, by=real.amina)
    actions.send_letters()
    assert len(outbox) == 1


def test_a_demo_town_writes_to_the_folder(asking: Asking, settings: Any, mailoutbox: Any) -> None:
    asking.ask()
    actions.send_letters()
    [written] = Path(settings.MAIL_FOLDER).iterdir()
    assert ADDRESS in written.read_text()
    assert mailoutbox == []


def test_what_is_taken_back_or_answered_before_the_letter_left_does_not_leave(real: Asking, outbox: Any) -> None:
    actions.revoke(real.ask(), by=real.amina)
    real.answered()
    assert actions.send_letters() == 2
    assert outbox == []
    assert set(Letter.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_a_letter_that_cannot_be_written_is_refused(real: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    real.ask()

    def broken(letter: Letter) -> None:
        raise ValueError("no")

    monkeypatch.setattr(mails, "write", broken)
    actions.send_letters()
    letter = Letter.objects.get()
    assert (letter.state, letter.problem) == ("refused", "ValueError")


def test_under_secrecy_a_letter_holds_no_words(real: Asking, outbox: Any) -> None:
    conversation = real.town.given("Min granne far illa")
    mark(first(conversation), real)
    real.ask(conversation, "Vad gäller för grannen?", to="Vera Påhitt")
    actions.send_letters()
    assert "granne" not in body(outbox[0]) + outbox[0].subject
    assert "logga in" in body(outbox[0]).lower()


def test_a_name_cannot_put_a_line_in_a_header(real: Asking, outbox: Any) -> None:
    real.amina.name = "Amina\r\nBcc: all@exempel.se"
    real.amina.save()
    real.ask(text="Rad\r\nBcc: all@exempel.se")
    actions.send_letters()
    assert outbox[0].recipients() == [ADDRESS]
    assert "\n" not in outbox[0].subject


# ---- reminders ------------------------------------------------------------------------------------------------------


def test_one_reminder_before_and_one_when_the_answer_was_wanted(real: Asking, outbox: Any) -> None:
    real.ask(hours=4)
    actions.send_letters()
    for hours in (1, 2, 3, 4, 5, 24, 48):
        with clock.at(MONDAY + timedelta(hours=hours, minutes=1)):
            actions.remind()
            actions.send_letters()
    kinds = list(Letter.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["question", "reminder", "due"]
    assert [mail.subject.split(":")[0] for mail in outbox] == ["Amina frågar", "Påminnelse", "Svar behövs nu"]
    assert outbox[1].extra_headers["Auto-Submitted"] == "auto-generated"
    assert Entry.objects.filter(kind="expert.reminded").count() == 2


def test_nobody_is_reminded_at_night_or_of_what_is_answered(real: Asking) -> None:
    request = real.ask(hours=10)
    other = real.ask(hours=4)
    actions.answer(other, text="Två", seen=0)
    with clock.at(MONDAY + timedelta(hours=11)):
        assert actions.remind() == 0
    with clock.at(MONDAY + timedelta(hours=23)):
        assert actions.remind() == 1
        assert actions.remind() == 0
    assert set(request.letters.values_list("kind", flat=True)) == {"question", "due"}
    assert list(other.letters.values_list("kind", flat=True)) == ["question"]


def test_nobody_is_reminded_of_what_was_answered_without_them(real: Asking) -> None:
    request = real.ask()
    real.town.answered(request.conversation, real.amina)
    with clock.at(MONDAY + timedelta(hours=5)):
        actions.remind()
    assert list(request.letters.values_list("kind", flat=True)) == ["question"]


def test_a_question_ends_after_fourteen_days_and_the_conversation_comes_back(real: Asking) -> None:
    request = real.ask()
    with clock.at(MONDAY + timedelta(days=14)):
        assert actions.remind() == 1
        assert actions.remind() == 0
    request.refresh_from_db()
    request.conversation.refresh_from_db()
    assert (request.state, request.conversation.state) == ("expired", "assigned")
    assert Entry.objects.get(kind="expert.expired").actor_ref == "system"


# ---- how it went ----------------------------------------------------------------------------------------------------


def test_the_colleague_is_told_what_became_of_the_answer_and_then_of_thanks(real: Asking, outbox: Any) -> None:
    secret, answer = told(real)
    with clock.at(MONDAY + timedelta(minutes=5)):
        assert actions.tell() == 2
        actions.send_letters()
        receipt = conversations.find_receipt(secret)
        assert receipt is not None
        conversations.say_helped(receipt, "yes")
        conversations.say_thanks(receipt, f"Äntligen! Hälsar Signe, {PERSON}")
        # The second letter waits for the next day, however much there is to tell.
        assert actions.tell() == 2
        assert actions.tell() == 0
    with clock.at(MONDAY + timedelta(days=1)):
        assert actions.tell() == 1
        actions.send_letters()
        assert actions.tell() == 0
    outcome, thanks = (body(mail) for mail in outbox)
    assert "Ja, […], det blir två hissar." in outcome
    assert "Signe" not in outcome + thanks
    assert PERSON not in thanks
    assert "ja, det hjälpte" in thanks
    assert "”Äntligen! Hälsar […], ******-****”" in thanks
    assert links.page_link(answer.request.expert) in thanks
    assert outbox[1].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer.refresh_from_db()
    assert answer.outcome is not None
    assert answer.request.news.count() == 3
    assert Entry.objects.filter(kind="expert.told").count() == 2


def test_several_things_of_a_day_are_one_letter(real: Asking, outbox: Any) -> None:
    for _ in range(3):
        told(real)
    with clock.at(MONDAY + timedelta(minutes=5)):
        actions.tell()
        actions.send_letters()
    [mail] = outbox
    assert body(mail).count("det blir två hissar") == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        letter = Letter.objects.get(kind="news")
        letter.pk = None
        letter.save(force_insert=True)


def test_nothing_is_told_at_night_of_answers_that_have_not_left_or_to_who_does_not_want_it(real: Asking) -> None:
    conversation = real.town.given()
    actions.answer(real.ask(conversation), text="Två", seen=0)
    with clock.at(MONDAY + timedelta(minutes=1)):
        # A file has no way out: nobody has read that answer yet.
        real.town.answered(conversation, real.amina)
        assert actions.tell() == 0
    _, answer = told(real)
    with clock.at(MONDAY + timedelta(hours=12)):
        assert actions.tell() == 1
        assert not Letter.objects.filter(kind="news").exists()
        actions.choose(answer.request.expert, "quiet")
    with clock.at(MONDAY + timedelta(hours=24)):
        assert actions.tell() == 0
        actions.choose(answer.request.expert, "tell_again")
        assert actions.tell() == 1


def test_what_was_said_of_an_earlier_answer_is_not_said_of_this_one(real: Asking) -> None:
    secret, conversation = real.town.written("Blir det hiss?")
    real.town.answered(conversation, real.amina)
    receipt = conversations.find_receipt(secret)
    assert receipt is not None
    conversations.say_helped(receipt, "yes")
    with clock.at(MONDAY + timedelta(minutes=5)):
        actions.answer(real.ask(conversation), text="Två", seen=0)
        real.town.answered(conversation, real.amina)
        actions.tell()
    assert list(News.objects.values_list("kind", flat=True)) == ["outcome"]


def test_an_answer_that_was_used_without_the_button_is_locked_all_the_same(real: Asking) -> None:
    _, answer = told(real)
    with clock.at(MONDAY + timedelta(minutes=5)):
        actions.tell()
    answer.request.refresh_from_db()
    assert answer.request.state == "used"


def test_under_secrecy_what_is_told_holds_no_words(real: Asking, outbox: Any) -> None:
    secret, answer = told(real)
    conversation = answer.request.conversation
    mark(first(conversation), real)
    receipt = conversations.find_receipt(secret)
    assert receipt is not None
    conversations.say_helped(receipt, "yes")
    conversations.say_thanks(receipt, "Tack för hissen")
    with clock.at(MONDAY + timedelta(minutes=5)):
        actions.tell()
        actions.send_letters()
        assert reading.worth(answer.request.expert, logged_in=False).thanks == []
        assert len(reading.worth(answer.request.expert, logged_in=True).thanks) == 1
    assert "hiss" not in body(outbox[0]).lower()
    assert "Logga in" in body(outbox[0])


def test_what_it_was_worth_is_counted_once(real: Asking) -> None:
    secret, answer = told(real, email=FORM_SENDER)
    receipt = conversations.find_receipt(secret)
    assert receipt is not None
    with clock.at(MONDAY + timedelta(minutes=5)):
        conversations.send_waiting()
        conversations.say_helped(receipt, "yes")
        conversations.say_thanks(receipt, "Tack")
        for _ in range(3):
            actions.tell()
        worth = reading.worth(answer.request.expert, logged_in=False)
    assert (worth.answers, worth.helped, worth.said_so, worth.thanks_given, worth.minutes) == (1, 1, 1, 1, 1)


def test_the_jobs_come_to_rest(real: Asking, town: Town, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    told(real)
    for moment in (MONDAY + timedelta(minutes=5), datetime(2026, 12, 24, 10, tzinfo=UTC)):
        with clock.at(moment):
            for _ in range(20):
                if not actions.remind() + actions.tell() + actions.send_letters():
                    break
            else:
                pytest.fail("the jobs always find something to do")

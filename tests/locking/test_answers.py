"""Two at the same answer: one goes out, the other is told, and what they wrote is kept."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.locking.together import refusals, together
from tests.support.smtp import Mood, SMTPServer
from torget.conversations import actions
from torget.conversations.models import Conversation, Draft, Message, Outbox
from torget.core.errors import Refused
from torget.organisations.models import User

pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[..., Conversation]
ROUNDS = 6


def test_of_two_who_answer_at_once_one_answers(staff: list[User], write: Write) -> None:
    for turn in range(ROUNDS):
        conversation = write(f"Fråga {turn}", email=f"a{turn}@example.se")
        for user in staff:
            actions.keep_draft(conversation, text=f"Utkast {turn} av {user.name}", by=user)
        said = together(
            *(partial(actions.reply, conversation, text=f"Svar {turn} av {u.name}", seen=1, by=u) for u in staff)
        )
        assert refusals(said) == ["thread_moved"]
        loser = staff[[isinstance(one, Refused) for one in said].index(True)]
        answer = Message.objects.get(conversation=conversation, direction=Message.OUT)
        assert answer.author != loser
        assert Outbox.objects.filter(message__conversation=conversation).count() == 1
        draft = Draft.objects.get(conversation=conversation)
        assert (draft.author, draft.record.latest.text) == (loser, f"Utkast {turn} av {loser.name}")
        conversation.refresh_from_db()
        assert conversation.message_count == 2


def test_the_same_answer_sent_eight_times_is_one_answer(staff: list[User], write: Write) -> None:
    conversation = write()
    said = together(*(partial(actions.reply, conversation, text="Svar", seen=1, by=staff[0]) for _ in range(8)))
    assert refusals(said) == ["thread_moved"] * 7
    assert Message.objects.filter(direction=Message.OUT).count() == 1


def test_of_two_who_take_at_once_one_holds_it(staff: list[User], write: Write) -> None:
    for turn in range(ROUNDS):
        conversation = write(f"Fråga {turn}")
        said = together(*(partial(actions.take, conversation, by=user) for user in staff))
        assert refusals(said) == ["locked_by_other"]
        winner = staff[[isinstance(one, Refused) for one in said].index(False)]
        conversation.refresh_from_db()
        assert (conversation.holder_id, conversation.assigned_to_id) == (winner.pk, winner.pk)


def test_who_is_taken_over_from_either_has_answered_or_is_told(staff: list[User], write: Write) -> None:
    first, second = staff
    for turn in range(ROUNDS):
        conversation = write(f"Fråga {turn}")
        actions.take(conversation, by=first)
        said = together(
            partial(actions.reply, conversation, text="Svar", seen=1, by=first),
            partial(actions.take, conversation, by=second, take_over=True),
        )
        answered = Message.objects.filter(conversation=conversation, direction=Message.OUT).count()
        assert (refusals(said), answered) in [([], 1), (["locked_by_other"], 0)]
        conversation.refresh_from_db()
        assert conversation.holder_id == second.pk


def test_a_draft_that_is_kept_eight_times_at_once_is_one_draft(staff: list[User], write: Write) -> None:
    conversation = write()
    together(*(partial(actions.keep_draft, conversation, text=f"Utkast {n}", by=staff[0]) for n in range(8)))
    draft = Draft.objects.get()
    assert draft.record.latest.text.startswith("Utkast ")
    assert len(draft.record.versions.all()) == 1


def test_a_draft_kept_while_the_answer_goes_stops_neither(staff: list[User], write: Write) -> None:
    for turn in range(ROUNDS):
        conversation = write(f"Fråga {turn}")
        actions.keep_draft(conversation, text="Svar", by=staff[0])
        said = together(
            partial(actions.reply, conversation, text="Svar", seen=1, by=staff[0]),
            partial(actions.keep_draft, conversation, text="Svar igen", by=staff[0]),
            partial(actions.keep_draft, conversation, text="", by=staff[0]),
        )
        assert refusals(said) == []
        assert Message.objects.filter(conversation=conversation, direction=Message.OUT).count() == 1


def test_four_workers_send_each_answer_once(staff: list[User], write: Write, smtp: SMTPServer) -> None:
    smtp.mood, smtp.delay = Mood.SLOW, 0.02
    for turn in range(8):
        actions.reply(write(f"Fråga {turn}", email=f"a{turn}@example.se"), text="Svar", seen=1, by=staff[0])
    handled = together(*(actions.send_waiting for _ in range(4)))
    assert sum(handled) == 8
    assert sorted(str(mail.message["Message-ID"]) for mail in smtp.mails) == sorted(
        Outbox.objects.filter(state="sent").values_list("mail_id", flat=True)
    )
    assert len(smtp.mails) == 8

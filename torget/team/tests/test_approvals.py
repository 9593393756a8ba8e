"""Approval by a colleague, notices and the digest, through the actions."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from tests.support.making import FORM_SENDER, MONDAY, Town, fresh
from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Draft, Message, Outbox
from torget.core import clock, worker
from torget.core.errors import Refused
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Role
from torget.register.models import Record
from torget.team import actions
from torget.team.models import Approval, Digest, Mention, Notice
from torget.team.rules import Kind


def _kinds(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def _asked(town: Town, author: User, of: User | None = None, text: str = "Så är det.") -> Approval:
    _, conversation = town.written(email=FORM_SENDER)
    return actions.ask(conversation, text=text, seen=1, by=author, of=of)


def test_a_colleague_approves_and_it_goes_out_once_in_the_writers_name(town: Town) -> None:
    author, colleague = town.user(name="Amina Provdal"), town.user(Role.MANAGER, name="Gun Chef")
    approval = _asked(town, author, colleague)
    assert not Outbox.objects.exists() and _kinds(colleague) == [Kind.APPROVAL_ASKED]
    message = actions.approve(approval, seen=1, by=colleague)
    assert (message.author, message.outbox.approved_by) == (author, colleague)
    assert message.record.latest.text == "Så är det." and _kinds(author) == [Kind.APPROVED]
    assert message.outbox.not_before == clock.now() + timedelta(seconds=30)
    approval.refresh_from_db()
    assert (approval.state, approval.message, approval.record) == ("approved", message, None)
    # The draft and the copy that was approved are gone; the answer has the text.
    assert not Draft.objects.exists() and Record.objects.filter(kind="working").count() == 0


def test_of_two_approvers_one_wins_and_the_other_is_told_who(town: Town) -> None:
    approval = _asked(town, town.user(), None)
    one, other = town.user(Role.APPROVER, name="Ett Test"), town.user(Role.APPROVER, name="Två Test")
    actions.approve(approval, seen=1, by=one)
    with pytest.raises(Refused, match="already_decided: Ett Test"):
        actions.approve(approval, seen=1, by=other)
    assert Message.objects.filter(direction=Message.OUT).count() == 1


def test_nobody_approves_their_own_or_without_being_asked(town: Town) -> None:
    author = town.user()
    approval = _asked(town, author, town.user(Role.MANAGER))
    with pytest.raises(Refused, match="own_draft"):
        actions.approve(approval, seen=1, by=author)
    with pytest.raises(Refused, match="not_asked"):
        actions.approve(approval, seen=1, by=town.user(Role.REGISTRAR))
    with pytest.raises(Refused, match="own_draft"):
        actions.ask(approval.conversation, text="x", seen=1, by=author, of=author)
    assert Approval.objects.get().state == "open"


def test_an_edit_after_asking_needs_a_new_asking(town: Town) -> None:
    author, colleague = town.user(), town.user(Role.APPROVER)
    approval = _asked(town, author, colleague)
    conversation = approval.conversation
    actions.keep_draft(conversation, text="Så är det.", by=author)
    assert Approval.objects.get().state == "open"
    actions.keep_draft(conversation, text="Så är det inte.", by=author)
    with pytest.raises(Refused, match="already_decided"):
        actions.approve(approval, seen=1, by=colleague)
    again = actions.ask(conversation, text="Så är det inte.", seen=1, by=author, of=colleague)
    assert again.version == 2
    assert actions.approve(again, seen=1, by=colleague).record.latest.text == "Så är det inte."


def test_a_draft_changed_behind_the_askings_back_is_not_sent(town: Town) -> None:
    author, colleague = town.user(), town.user(Role.APPROVER)
    approval = _asked(town, author, colleague)
    conversations.keep_draft(approval.conversation, text="Annat", by=author)
    with pytest.raises(Refused, match="draft_changed"):
        actions.approve(approval, seen=1, by=colleague)
    assert not Outbox.objects.exists() and Approval.objects.get().state == "open"


def test_what_came_since_the_page_was_read_stops_the_approval(town: Town) -> None:
    author, colleague = town.user(), town.user(Role.APPROVER)
    approval = _asked(town, author, colleague)
    Conversation.objects.update(message_count=2)
    with pytest.raises(Refused, match="thread_moved"):
        actions.approve(approval, seen=1, by=colleague)
    assert Approval.objects.get().state == "open" and not Outbox.objects.exists()


def test_an_approver_who_holds_the_lock_lets_go(town: Town) -> None:
    author, colleague, third = town.user(), town.user(Role.APPROVER), town.user(name="Tredje Test")
    approval = _asked(town, author, colleague)
    conversations.take(approval.conversation, by=third)
    with pytest.raises(Refused, match="locked_by_other: Tredje Test"):
        actions.approve(approval, seen=1, by=colleague)
    actions.take(approval.conversation, by=colleague, take_over=True)
    assert _kinds(third) == [Kind.TAKEN_OVER]
    assert actions.approve(approval, seen=1, by=colleague).author == author


def test_a_change_is_asked_for_with_words(town: Town) -> None:
    author, colleague = town.user(), town.user(Role.APPROVER)
    approval = _asked(town, author, colleague)
    with pytest.raises(Refused, match="empty"):
        actions.want_change(approval, words=" ", by=colleague)
    actions.want_change(approval, words="Kortare, tack", by=colleague)
    approval.refresh_from_db()
    assert (approval.state, approval.words) == ("change", "Kortare, tack")
    assert _kinds(author) == [Kind.CHANGE_WANTED] and Draft.objects.get().record.latest.text == "Så är det."
    with pytest.raises(Refused, match="already_decided"):
        actions.approve(approval, seen=1, by=colleague)


def test_only_the_writer_takes_the_asking_back(town: Town) -> None:
    author = town.user()
    approval = _asked(town, author)
    with pytest.raises(Refused, match="not_asked"):
        actions.withdraw_asking(approval, by=town.user())
    actions.withdraw_asking(approval, by=author)
    assert Approval.objects.get().state == "withdrawn" and Draft.objects.exists()


def test_an_answer_retires_other_drafts_and_askings(town: Town) -> None:
    author, drafter, quick = town.user(), town.user(), town.user(name="Snabb Test")
    approval = _asked(town, author)
    conversation = approval.conversation
    actions.keep_draft(conversation, text="Ett annat svar", by=drafter)
    actions.answer(fresh(conversation), text="Först!", seen=1, by=quick)
    assert Approval.objects.get().state == "retired"
    assert _kinds(author)[-1] == _kinds(drafter)[-1] == Kind.DRAFT_RETIRED
    assert not Notice.objects.filter(user=quick, kind=Kind.DRAFT_RETIRED.value).exists()
    with pytest.raises(Refused, match="already_decided"):
        actions.approve(approval, seen=2, by=town.user(Role.APPROVER))


def test_the_worker_retires_what_an_answer_by_another_way_overtook(town: Town) -> None:
    approval = _asked(town, town.user())
    with clock.at(MONDAY + timedelta(minutes=1)):
        town.answered(fresh(approval.conversation), town.user())
        assert actions.retire_stale() == 1
        assert actions.retire_stale() == 0
    assert Approval.objects.get().state == "retired"


def test_where_approval_is_needed_nobody_sends_alone(town: Town) -> None:
    Organisation.objects.update(needs_approval=True)
    author, colleague = town.user(), town.user(Role.APPROVER)
    _, conversation = town.written()
    with pytest.raises(Refused, match="needs_approval"):
        actions.answer(conversation, text="Hej", seen=1, by=author)
    approval = actions.ask(conversation, text="Hej", seen=1, by=author, of=colleague)
    assert actions.approve(approval, seen=1, by=colleague).author == author


def test_nobody_is_greeted_by_the_name_of_a_field(town: Town) -> None:
    _, conversation = town.written()
    for deed in (actions.answer, actions.ask):
        with pytest.raises(Refused, match="field_left: förnamn"):
            deed(conversation, text="Hej {förnamn}!", seen=1, by=town.user())


# ---- taking back, mentions, notices -----------------------------------------------------------------------------


def test_an_answer_is_taken_back_with_its_text(town: Town) -> None:
    user = town.user()
    _, conversation = town.written()
    message = actions.answer(conversation, text="Förhastat", seen=1, by=user)
    worker.sweep()
    assert Outbox.objects.get().state == "approved"
    actions.take_back(message, by=user)
    worker.sweep()
    assert Outbox.objects.get().state == "withdrawn" and Draft.objects.get().record.latest.text == "Förhastat"
    with pytest.raises(Refused, match="already_leaving"):
        actions.take_back(message, by=user)


def test_a_mention_is_told_once_and_never_to_oneself(town: Town) -> None:
    author, named = town.user(name="Amina Provdal"), town.user(name="Bo Testsson")
    gone = town.user(name="Cia Borta")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    actions.write_note(town.given(), text="@Bo @Amina @Cia @Ingen @Bo titta", by=author)
    assert [mention.user for mention in Mention.objects.all()] == [named]
    assert _kinds(named) == [Kind.MENTIONED] and not _kinds(author) and not _kinds(gone)


def test_what_is_muted_is_not_told(town: Town) -> None:
    author, named = town.user(), town.user(name="Bo Testsson")
    actions.change_preferences(digest=True, muted=["mentioned", "no such kind"], keys=True, by=named)
    actions.write_note(town.given(), text="@Bo", by=author)
    assert not _kinds(named) and Mention.objects.count() == 1
    assert named.preferences.muted == ["mentioned"]


def test_an_unknown_outcome_is_told_once_for_each_attempt(town: Town) -> None:
    user = town.user()
    _, conversation = town.written(email=FORM_SENDER)
    outbox = town.answered(conversation, user).outbox
    Outbox.objects.update(state="unknown", attempts=1)
    assert (actions.notice_unknown(), actions.notice_unknown()) == (1, 0)
    assert _kinds(user) == [Kind.UNKNOWN_OUTCOME]
    Outbox.objects.filter(pk=outbox.pk).update(attempts=2)
    assert actions.notice_unknown() == 1


@pytest.fixture
def named(town: Town, settings: Any) -> User:
    """Somebody who is named in a note at ten on a Monday; mails are caught."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Organisation.objects.update(demo=False)
    user = town.user(name="Bo Testsson")
    actions.write_note(town.given("Hemligt om Signe"), text="@Bo titta på Signe", by=town.user())
    return user


def test_one_digest_a_day_with_no_word_of_a_resident(town: Town, named: User) -> None:
    assert actions.mail_digests() == 0  # too young
    with clock.at(MONDAY + timedelta(hours=1)):
        assert actions.mail_digests() == 1
        assert actions.mail_digests() == 0
        [letter] = mail.outbox
        assert letter.to == [named.email] and "nämnd" in letter.body and "Signe" not in f"{letter.body}{letter.subject}"
        actions.write_note(town.given(), text="@Bo igen", by=town.user())
    with clock.at(MONDAY + timedelta(hours=3)):
        assert actions.mail_digests() == 0
    with clock.at(MONDAY + timedelta(days=1)):
        assert actions.mail_digests() == 1
    assert len(mail.outbox) == 2 and Digest.objects.filter(state="sent").count() == 2


@pytest.mark.parametrize("hours", [-4, 8, 24 * 5])
def test_no_digest_outside_the_desks_hours(named: User, hours: int) -> None:
    Notice.objects.update(at=MONDAY - timedelta(days=1))
    with clock.at(MONDAY + timedelta(hours=hours)):
        assert actions.mail_digests() == 0


def test_no_digest_of_what_was_read_or_is_not_wanted(town: Town, named: User) -> None:
    with clock.at(MONDAY + timedelta(hours=1)):
        actions.change_preferences(digest=False, muted=[], keys=True, by=named)
        assert actions.mail_digests() == 0
        actions.change_preferences(digest=True, muted=[], keys=True, by=named)
        actions.mark_read(named)
        assert actions.mail_digests() == 0


def test_a_worker_that_died_in_the_middle_mails_no_second_time(named: User) -> None:
    with clock.at(MONDAY + timedelta(hours=1)):
        Digest.objects.create(user=named, day=clock.now().date(), at=clock.now())
        assert actions.mail_digests() == 0 and not mail.outbox


def test_a_server_that_cannot_be_reached_costs_no_day(
    named: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    def down(self: Any) -> bool:
        raise OSError

    with clock.at(MONDAY + timedelta(hours=1)):
        with monkeypatch.context() as broken:
            broken.setattr(EmailBackend, "open", down)
            assert actions.mail_digests() == 0 and not Digest.objects.exists()
        assert actions.mail_digests() == 1

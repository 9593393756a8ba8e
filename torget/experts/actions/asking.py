"""Ask a colleague from a conversation; send the question again, take it back, use the answer."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from torget.conversations import actions as conversations
from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Conversation, Draft, Message
from torget.conversations.rules import State as ConversationState
from torget.conversations.rules import storable
from torget.core import clock
from torget.core.errors import Refused
from torget.experts import links, reading, rules
from torget.experts.actions.letters import write_down
from torget.experts.actions.whom import Whom
from torget.experts.models import Expert, ExpertRequest, FileAlong, SentAlong
from torget.journal import actions as journal
from torget.organisations.models import ClosedDay, Organisation, User
from torget.register import actions as register
from torget.register.models import Attachment, RecordVersion

MOST_ALONG = 20
"""How many messages and how many files may go along with one question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: own words, by when, and the keys of the messages and attachments that go along."""

    text: str
    wanted_by: datetime
    messages: Sequence[int] = ()
    attachments: Sequence[int] = ()
    instead_of: int | None = None


def lock(conversation_id: int) -> Conversation:
    """The conversation under a row lock, before any row of ours: the order that every verb of it keeps."""
    Conversation.objects.select_for_update().values_list("pk").get(pk=conversation_id)
    return Conversation.objects.select_related("account__authority").get(pk=conversation_id)


def lock_request(request: ExpertRequest) -> ExpertRequest:
    """The question under the lock of its conversation and its own, read once both are ours."""
    lock(request.conversation_id)
    ExpertRequest.objects.select_for_update().values_list("pk").get(pk=request.pk)
    return ExpertRequest.objects.whole().get(pk=request.pk)


def enter(kind: str, conversation: Conversation, actor: str, digest: bytes = NOTHING) -> None:
    """An entry in the journal beside the conversation."""
    journal.enter(kind, actor_ref=actor, object_ref=conversation.ref, digest=digest)


def known(to: Whom) -> Expert:
    """The row of a colleague, made at the first question; what we know of them is brought up to date. In a transaction."""
    nonce = os.urandom(16)
    expert, made = Expert.objects.get_or_create(
        email=to.email.casefold(),
        defaults={
            "name": to.name,
            "title": to.title,
            "user": to.user,
            "unit": to.unit,
            "nonce": nonce,
            "page_hash": links.hash_of(links.secret_of(links.PAGE, nonce)),
            "stop_hash": links.hash_of(links.secret_of(links.STOP, nonce)),
            "first_asked_at": clock.now(),
        },
    )
    if not made and (to.user or to.unit):
        expert.name, expert.title, expert.user, expert.unit = to.name, to.title, to.user, to.unit
        expert.save(update_fields=["name", "title", "user", "unit"])
    return expert


@transaction.atomic
def ask(conversation: Conversation, question: Question, *, to: Whom, by: User) -> ExpertRequest:
    """Ask a colleague; the conversation waits, and the letter leaves by itself.

    Errors: Refused empty | too_long | stopped | already_asked | needs_account | not_in_circle | wanted_too_soon | too_much_along.
    """
    conversation = lock(conversation.pk)
    now = clock.now()
    text = storable(question.text.replace("\r\n", "\n").strip())
    if not text:
        raise Refused("empty")
    if len(text) > rules.MAX_QUESTION:
        raise Refused("too_long")
    if not now < question.wanted_by <= now + rules.LIFE:
        raise Refused("wanted_too_soon")
    expert = known(to)
    _may_be_asked(conversation, expert)
    nonce = os.urandom(16)
    record = register.write_working(authority=conversation.account.authority, text=text, channel=conversation.channel)
    request = ExpertRequest.objects.create(
        conversation=conversation,
        expert=expert,
        asked_by=by,
        question=record,
        wanted_by=question.wanted_by,
        asked_at=now,
        expires_at=now + rules.LIFE,
        remind_at=first_reminder(now, question.wanted_by),
        nonce=nonce,
        secret_hash=links.hash_of(links.secret_of(links.QUESTION, nonce)),
        instead_of=conversation.expert_requests.filter(pk=question.instead_of or 0).first(),
    )
    _send_along(request, question)
    write_down(expert, rules.Kind.QUESTION, request)
    conversations.wait(conversation, by=by)
    touch(conversation)
    enter("expert.asked", conversation, by.ref, bytes(record.latest.digest))
    return request


def first_reminder(now: datetime, wanted: datetime) -> datetime:
    """When the worker is to look at a question first."""
    organisation = Organisation.current()
    closed_days = ClosedDay.days(now.astimezone(clock.STOCKHOLM).date())
    return rules.reminder_moment(now, wanted, organisation.hours, closed_days) or wanted


def _may_be_asked(conversation: Conversation, expert: Expert, again: ExpertRequest | None = None) -> None:
    if expert.stopped_at:
        raise Refused("stopped", expert.shown)
    lying = conversation.expert_requests.filter(expert=expert, state=rules.State.ASKED.value)
    if (lying.exclude(pk=again.pk) if again else lying).exists():
        raise Refused("already_asked", expert.shown)
    # What an earlier question sent along may have been marked, and parted off, since.
    if reading.is_sealed(conversation.pk) or (again is not None and reading.is_secret(again)):
        unit = expert.unit
        readers = [expert.user] if expert.user else list(unit.members.filter(is_active=True)) if unit else []
        if not readers:
            raise Refused("needs_account", expert.shown)
        # Who is asked reads it under log-in, and then only as one of the circle.
        if not all(_may_open(one, conversation, again) for one in readers):
            raise Refused("not_in_circle", expert.shown)


def _may_open(reader: User, conversation: Conversation, again: ExpertRequest | None) -> bool:
    if again is not None:
        return ExpertRequest.objects.visible_to(reader).filter(pk=again.pk).exists()
    return Conversation.objects.visible_to(reader).filter(pk=conversation.pk).exists()


def _send_along(request: ExpertRequest, question: Question) -> None:
    """Keep which messages go along, in the version of this moment, and which of their files."""
    if len(question.messages) > MOST_ALONG or len(question.attachments) > MOST_ALONG:
        raise Refused("too_much_along")
    messages = Message.objects.filter(
        conversation=request.conversation, pk__in=question.messages, deleted_at=None
    ).order_by("pk")
    chosen = {message.record_id: message for message in messages}
    latest: dict[int, int] = {}
    for record, number in RecordVersion.objects.filter(record__in=chosen).values_list("record_id", "number"):
        latest[record] = max(number, latest.get(record, 0))
    SentAlong.objects.bulk_create(
        SentAlong(request=request, message=message, version=latest[record]) for record, message in chosen.items()
    )
    files = Attachment.objects.filter(pk__in=question.attachments, record__message__conversation=request.conversation)
    FileAlong.objects.bulk_create(FileAlong(request=request, attachment=file) for file in files.order_by("pk"))


@transaction.atomic
def resend(request: ExpertRequest, *, by: User) -> ExpertRequest:
    """Send the question's letter once more; one whose time is out begins anew, with another link.

    Errors: Refused not_open (answered, declined or taken back) | just_sent | stopped | already_asked | needs_account.
    """
    request = lock_request(request)
    now = clock.now()
    if request.state not in (rules.State.ASKED, rules.State.EXPIRED):
        raise Refused("not_open")
    if request.letters.filter(state__in=[rules.Posting.WAITING.value, rules.Posting.SENDING.value]).exists():
        raise Refused("just_sent")
    if request.state == rules.State.EXPIRED or now >= request.expires_at:
        _may_be_asked(request.conversation, request.expert, request)
        nonce = os.urandom(16)
        request.nonce, request.secret_hash = nonce, links.hash_of(links.secret_of(links.QUESTION, nonce))
        wishes = rules.wishes(now, Organisation.current().hours, ClosedDay.days(now.date()))
        request.state, request.closed_at, request.round = rules.State.ASKED.value, None, request.round + 1
        request.wanted_by, request.expires_at = wishes["next"], now + rules.LIFE
        request.remind_at = first_reminder(now, request.wanted_by)
        request.save()
        conversations.wait(request.conversation, by=by)
    elif request.expert.stopped_at:
        raise Refused("stopped", request.expert.shown)
    write_down(request.expert, rules.Kind.QUESTION, request)
    touch(request.conversation)
    enter("expert.resent", request.conversation, by.ref)
    return request


@transaction.atomic
def revoke(request: ExpertRequest, *, by: User) -> ExpertRequest:
    """Shut the link now. What has been answered stays; what has not is asked no more. Twice changes nothing."""
    request = lock_request(request)
    now = clock.now()
    if rules.why_shut(request.state, expires=request.expires_at, now=now):
        return request
    if request.state in (rules.State.ASKED, rules.State.DECLINED):
        request.state, request.closed_at = rules.State.REVOKED.value, now
    request.expires_at, request.remind_at = now, None
    request.save(update_fields=["state", "closed_at", "expires_at", "remind_at"])
    come_back(request.conversation)
    enter("expert.revoked", request.conversation, by.ref)
    return request


@transaction.atomic
def use(request: ExpertRequest, *, by: User) -> Draft:
    """Put the answer last in one's own draft; from now on it is not changed. Nothing is sent. Errors: Refused not_answered."""
    request = lock_request(request)
    if request.state not in (rules.State.ANSWERED, rules.State.USED):
        raise Refused("not_answered")
    answer, conversation = request.answer, request.conversation
    begun = Draft.objects.filter(conversation=conversation, author=by).select_related("record").first()
    before = begun.record.latest.text.rstrip() if begun else ""
    text = answer.text if answer.text in before else "\n\n".join(part for part in (before, answer.text) if part)
    draft = conversations.keep_draft(conversation, text=before if answer.text in before else text, by=by)
    if draft is None:
        raise Refused("not_answered")
    if request.state == rules.State.ANSWERED:
        answer.used_by, answer.used_at = by, clock.now()
        answer.save(update_fields=["used_by", "used_at"])
        request.state = rules.State.USED.value
        request.save(update_fields=["state"])
    touch(conversation)
    enter("expert.answer_used", conversation, by.ref, bytes(answer.record.latest.digest))
    return draft


def touch(conversation: Conversation) -> None:
    """Say that the conversation has changed, so that open desks show it."""
    Conversation.objects.filter(pk=conversation.pk).update(changed_at=clock.now())


def come_back(conversation: Conversation) -> None:
    """Bring a conversation that waited back to work, once no colleague is asked any more."""
    if conversation.expert_requests.filter(state=rules.State.ASKED.value).exists():
        return
    waiting = Conversation.objects.filter(pk=conversation.pk, state=ConversationState.WAITING.value)
    now = clock.now()
    waiting.filter(assigned_to=None).update(state=ConversationState.NEW.value, changed_at=now)
    waiting.filter(assigned_to__isnull=False).update(state=ConversationState.ASSIGNED.value, changed_at=now)


def in_the_way(conversation: Conversation) -> str:
    """Why the conversation is not joined into another: a colleague is asked in it, whose answer nobody would see."""
    held = ExpertRequest.objects.filter(conversation=conversation, state=rules.State.ASKED.value)
    return "has_question" if held.exists() else ""

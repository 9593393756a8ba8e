"""Answer: once, in the channel the question came by, at once or later, with half a minute to think again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from torget.channels.base import Visibility
from torget.conversations import rules
from torget.conversations.actions import delivering
from torget.conversations.actions.handling import enter, keep_draft, lock
from torget.conversations.actions.sending import answered_again
from torget.conversations.models import Account, Conversation, Draft, Message, Outbox
from torget.core import clock
from torget.core.errors import Refused
from torget.core.mailing import new_message_id
from torget.files.models import Blob
from torget.organisations.models import Organisation, User
from torget.register import actions as register
from torget.register.models import Record

LONGEST_AHEAD = timedelta(days=366)
THREAD = 20
"""How many earlier messages an answer names, the latest ones (a mail's References)."""


@transaction.atomic
def reply(
    conversation: Conversation,
    *,
    text: str,
    seen: int,
    by: User,
    wait: bool = False,
    send_at: datetime | None = None,
    approved_by: User | None = None,
    files: Sequence[tuple[Blob, str]] = (),
) -> Message:
    """Answer, once. `seen` is how many messages the page showed; `wait`: the answer asks something back.

    `send_at`: it rests until then and can be taken back. `approved_by`: the colleague who has said yes.
    Errors: Refused empty | too_long | locked_by_other | thread_moved | needs_approval | too_far_ahead; the draft is kept.
    """
    conversation = lock(conversation)
    if conversation.merged_into_id:
        raise Refused("is_merged")
    if reason := rules.why_no_reply(
        text, holder=conversation.holder_id, me=by.pk, seen=seen, messages=conversation.message_count
    ):
        raise Refused(reason, conversation.lease_owner.name if conversation.lease_owner else "")
    now = clock.now()
    if send_at and send_at > now + LONGEST_AHEAD:
        raise Refused("too_far_ahead")
    if Organisation.current().needs_approval and (approved_by is None or approved_by.pk == by.pk):
        raise Refused("needs_approval")
    text = rules.storable(text.strip())
    first = conversation.messages.select_related("record__authority", "record__case").order_by("pk")[0]
    record = register.draw_up(question=first.record, case=conversation.case, text=text, by=by, files=files)
    message = queue(conversation, record, by=by, send_at=send_at, approved_by=approved_by)
    _retire_drafts(conversation, by)
    leaves = max(now, send_at) if send_at else now
    conversation.first_answered_at = conversation.first_answered_at or leaves
    conversation.taken_at = conversation.taken_at or now
    conversation.assigned_to = conversation.assigned_to or by
    conversation.state = (rules.State.WAITING if wait else rules.State.ANSWERED).value
    conversation.lease_owner = conversation.lease_until = conversation.lease_since = None
    conversation.message_count += 1
    conversation.last_message_at = conversation.changed_at = now
    conversation.save()
    return message


def _retire_drafts(conversation: Conversation, by: User) -> None:
    drafts = Draft.objects.filter(conversation=conversation, author=by)
    working = list(drafts.values_list("record_id", flat=True))
    drafts.delete()
    Record.objects.filter(pk__in=working).delete()


def queue(
    conversation: Conversation,
    record: Record,
    *,
    by: User | None,
    send_at: datetime | None = None,
    approved_by: User | None = None,
    automatic: bool = False,
) -> Message:
    """The message out and its outbox row: by the channel, by mail, on the receipt, or with no way out."""
    account, now = conversation.account, clock.now()
    # One who is known from another channel, whose conversation was joined into this one, has no address in this.
    known = conversation.contact if conversation.contact and conversation.contact.channel == account.channel else None
    address = known.address if known else ""
    email = address if conversation.channel == "web" else ""
    way = rules.way_out(conversation.channel, email, connected=account.is_live)
    asked = _asked_in(account, conversation)
    by_channel = way is rules.Way.CHANNEL
    visibility = asked.visibility if by_channel and asked else Visibility.DIRECT.value
    key = _key(conversation, way)
    message = Message.objects.create(
        conversation=conversation,
        record=record,
        account=account,
        external_id=f"torget:{uuid4()}",
        # What answers ours names it so: by mail our Message-ID from the start, in channels their own id once it is out.
        alias=key.strip("<>")[:200] if by_channel and conversation.channel == "mail" else "",
        direction=Message.OUT,
        author=by,
        automatic=automatic,
        visibility=visibility,
        warning=asked.warning if asked else "",
        sent_at=send_at or now,
        captured_at=now,
    )
    at_once = way is rules.Way.RECEIPT and send_at is None
    state = rules.Sending.NO_WAY_OUT if way is rules.Way.NONE else rules.Sending.APPROVED
    Outbox.objects.create(
        message=message,
        way=way.value,
        state=(rules.Sending.SENT if at_once else state).value,
        address=(asked.sender.address if asked and asked.sender else address) if by_channel else email,
        mail_id=key,
        account=account if by_channel else None,
        reply_to=rules.reply_name(conversation.channel, asked.external_id, asked.alias) if by_channel and asked else "",
        thread=_earlier(conversation, asked) if by_channel and asked else [],
        not_before=send_at,
        approved_by=approved_by,
        sent_at=now if at_once else None,
    )
    if at_once:
        register.dispatch(record)
    return message


def answered_by(conversation: Conversation) -> Message | None:
    """What is answered: the latest that somebody else wrote and that is still there."""
    theirs = conversation.messages.filter(direction=Message.IN).select_related("sender").order_by("-pk")
    return theirs.filter(deleted_at=None, automatic=False).first() or theirs.first()


def _asked_in(account: Account, conversation: Conversation) -> Message | None:
    """What an answer by this account answers: what came in by it, wherever else the thread has been written in."""
    asked = answered_by(conversation)
    if asked is None or asked.account_id == account.pk:
        return asked
    theirs = (
        conversation.messages.filter(direction=Message.IN, account=account).select_related("sender").order_by("-pk")
    )
    return theirs.filter(deleted_at=None, automatic=False).first() or theirs.first()


def _earlier(conversation: Conversation, asked: Message) -> list[str]:
    """Names of the messages before the one that is answered, oldest first."""
    rows = conversation.messages.filter(pk__lt=asked.pk, removed_at=None).order_by("-pk")
    found = [
        alias if direction == Message.OUT else rules.reply_name(conversation.channel, external_id, alias)
        for direction, external_id, alias in rows.values_list("direction", "external_id", "alias")[:THREAD]
    ]
    return [name for name in reversed(found) if name]


def _key(conversation: Conversation, way: rules.Way) -> str:
    """Our own name for the answer, fixed before the first attempt."""
    if way is rules.Way.EMAIL:
        return new_message_id()
    if way is not rules.Way.CHANNEL:
        return ""
    return delivering.new_key(conversation.account)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one of many: the message, or why there is none (a code)."""

    conversation: Conversation
    message: Message | None = None
    refused: str = ""


def reply_many(
    conversations: Sequence[Conversation],
    *,
    text: str,
    by: User,
    send_at: datetime | None = None,
    approved_by: User | None = None,
) -> list[Answered]:
    """One answer to many askers, each in their own channel and thread and in a transaction of its own.

    One that cannot be answered (somebody else is answering it) stops none of the others.
    """
    found = []
    for conversation in conversations:
        try:
            message = reply(
                conversation,
                text=text,
                seen=conversation.message_count,
                by=by,
                send_at=send_at,
                approved_by=approved_by,
            )
            found.append(Answered(conversation, message))
        except Refused as refused:
            found.append(Answered(conversation, refused=refused.code))
    return found


@transaction.atomic
def withdraw(message: Message, *, by: User) -> Draft | None:
    """Take back an answer that has not begun to leave; its text is the writer's draft again.

    Errors: Refused("already_leaving"): it is on its way or out.
    """
    conversation = lock(message.conversation)
    rested = Outbox.objects.filter(message=message, state=rules.Sending.APPROVED.value, first_attempt_at=None)
    if not rested.update(state=rules.Sending.WITHDRAWN.value, not_before=None):
        raise Refused("already_leaving")
    now = clock.now()
    Message.objects.filter(pk=message.pk).update(removed_at=now)
    text = message.record.latest.text
    register.withdraw(message.record, by=by)
    answers = conversation.messages.filter(direction=Message.OUT, removed_at=None, automatic=False).order_by("pk")
    first = answers.values_list("sent_at", flat=True).first()
    conversation.first_answered_at = first
    conversation.state, conversation.assigned_to = rules.State.ASSIGNED.value, by
    conversation.changed_at = now
    conversation.save()
    enter("answer.withdrawn", conversation, by)
    held = Draft.objects.select_related("record").filter(conversation=conversation, author=by).first()
    # What has been begun since stays, after what was taken back.
    return keep_draft(conversation, text=f"{text}\n\n{held.record.latest.text}" if held else text, by=by)


@transaction.atomic
def send_at_once(message: Message, *, by: User) -> None:
    """Let an answer that rests leave now. Twice changes nothing."""
    conversation = lock(message.conversation)
    rows = Outbox.objects.filter(message=message, state=rules.Sending.APPROVED.value).exclude(not_before=None)
    if rows.update(not_before=None):
        Message.objects.filter(pk=message.pk).update(sent_at=clock.now())
        enter("answer.sent_at_once", conversation, by)


@transaction.atomic
def decide_unknown(outbox: Outbox, *, went_out: bool, by: User) -> None:
    """A person has looked and says whether an answer of unknown outcome went out; if not, it may be sent again."""
    conversation = lock(outbox.message.conversation)
    outbox = (
        Outbox.objects.select_for_update(of=("self",))
        .select_related("message__record", "message__conversation")
        .get(pk=outbox.pk)
    )
    if outbox.state not in (rules.Sending.UNKNOWN, rules.Sending.REFUSED, rules.Sending.BOUNCED):
        return
    outbox.state = (rules.Sending.SENT if went_out else rules.Sending.APPROVED).value
    outbox.sent_at = clock.now() if went_out else None
    outbox.next_attempt_at, outbox.problem, outbox.looked_at, outbox.not_before = None, "", None, None
    outbox.lease_owner, outbox.lease_until = "", None
    outbox.save()
    if went_out:
        register.dispatch(outbox.message.record, by=by.ref)
    answered_again(outbox)
    enter("answer.found_sent" if went_out else "answer.sent_again", conversation, by)

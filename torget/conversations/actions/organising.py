"""Put conversations in order: whose they are, when they come back, tags, spam, to another authority, many at once."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from torget.conversations import rules
from torget.conversations.actions.guarding import can_open
from torget.conversations.actions.handling import close, enter, lock, note, reopen, unpublish
from torget.conversations.actions.joining import SPAM, free, let_go, merge, shut
from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Conversation, Message, Tag
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.organisations.models import Authority, Unit, User
from torget.organisations.rules import Right
from torget.register import actions as register
from torget.register.models import Record
from torget.register.rules import State as RecordState

MOST = 100
"""How many conversations one deed may be done to at once."""
MOST_TAGS, LONGEST_TAG = 20, 40
LONGEST_SNOOZE = timedelta(days=366)
_BATCH = 200


# ---- whose it is --------------------------------------------------------------------------------------------------


@transaction.atomic
def assign(conversation: Conversation, *, user: User | None, unit: Unit | None = None, by: User) -> Conversation:
    """Give the conversation to a person, to a unit, to both, or to nobody.

    Errors: Refused cannot_answer | not_in_circle | locked_by_other.
    """
    conversation = lock(conversation)
    free(conversation, by)
    if user is not None and not user.may(Right.ANSWER):
        raise Refused("cannot_answer", user.name)
    if user is not None and not can_open(user, conversation):
        raise Refused("not_in_circle", user.name)
    if conversation.lease_owner_id != (user.pk if user else None):
        let_go(conversation)
    conversation.assigned_to, conversation.unit = user, unit
    if user is not None and conversation.state == rules.State.NEW:
        conversation.state = rules.State.ASSIGNED.value
    elif user is None and conversation.state == rules.State.ASSIGNED:
        conversation.state = rules.State.NEW.value
    conversation.changed_at = clock.now()
    conversation.save()
    enter("conversation.assigned", conversation, by)
    return conversation


@transaction.atomic
def snooze(conversation: Conversation, *, until: datetime, by: User) -> None:
    """Put the conversation out of sight until a moment; its day of answer stays. Errors: Refused in_the_past | too_far_ahead."""
    now = clock.now()
    if until <= now:
        raise Refused("in_the_past")
    if until > now + LONGEST_SNOOZE:
        raise Refused("too_far_ahead")
    conversation = lock(conversation)
    free(conversation, by)
    let_go(conversation)
    conversation.snoozed_until, conversation.changed_at = until, now
    conversation.save()
    enter("conversation.snoozed", conversation, by)


@transaction.atomic
def wake(conversation: Conversation, *, by: User) -> None:
    """Take a conversation that was put off back into its queue at once."""
    conversation = lock(conversation)
    if conversation.snoozed_until is not None:
        conversation.snoozed_until, conversation.changed_at = None, clock.now()
        conversation.save()
        enter("conversation.woken", conversation, by)


def wake_snoozed() -> int:
    """Worker's job: take what was put off until now back into its queue; how many."""
    now = clock.now()
    # In the order of the small index of those that sleep: by key, SQLite would go through all that there are.
    due = Conversation.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")
    keys = list(due.values_list("pk", flat=True)[:_BATCH])
    if not keys:
        return 0
    with transaction.atomic():
        # Somebody may have put one of them off anew since: only what is still due under the lock is woken.
        held = Conversation.objects.select_for_update().filter(pk__in=keys, snoozed_until__lte=now).order_by("pk")
        numbers = dict(held.values_list("pk", "number"))
        Conversation.objects.filter(pk__in=numbers).update(snoozed_until=None, changed_at=now)
        journal.enter_many(
            journal.Entering("conversation.woken", "system", f"conversation:{number}", NOTHING)
            for number in numbers.values()
        )
    return len(numbers)


def names_of(names: Sequence[str]) -> list[str]:
    """Tags as they are stored: small letters, single blanks, each once. Errors: Refused empty | tag_too_long."""
    plain = list(dict.fromkeys(" ".join(rules.storable(name).casefold().split()) for name in names))
    plain = [name for name in plain if name]
    if not plain:
        raise Refused("empty")
    if any(len(name) > LONGEST_TAG for name in plain):
        raise Refused("tag_too_long")
    return plain


@transaction.atomic
def tag(conversation: Conversation, *, names: Sequence[str], by: User) -> None:
    """Put words on the conversation to find it again. Errors: Refused empty | tag_too_long | too_many_tags."""
    plain = names_of(names)
    conversation = lock(conversation)
    new = set(plain) - set(conversation.tags.values_list("name", flat=True))
    if conversation.tags.count() + len(new) > MOST_TAGS:
        raise Refused("too_many_tags")
    if new:
        conversation.tags.add(*(Tag.objects.get_or_create(name=name)[0] for name in sorted(new)))
        Conversation.objects.filter(pk=conversation.pk).update(changed_at=clock.now())
        enter("conversation.tagged", conversation, by)


@transaction.atomic
def untag(conversation: Conversation, *, names: Sequence[str], by: User) -> None:
    """Take words off the conversation again; a word that nothing has any more is forgotten."""
    conversation = lock(conversation)
    gone = list(conversation.tags.filter(name__in=names_of(names)))
    if gone:
        conversation.tags.remove(*gone)
        Tag.objects.filter(pk__in=[one.pk for one in gone], conversations=None).delete()
        Conversation.objects.filter(pk=conversation.pk).update(changed_at=clock.now())
        enter("conversation.untagged", conversation, by)


# ---- spam -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def to_spam(conversation: Conversation, *, by: User) -> None:
    """Close it as spam and keep what came in as trivial; the sender's next message is taken in as everyone's.

    Errors: Refused("locked_by_other" | "answered" | "secret_must_be_registered" | "already_classified" | "cannot_unpublish").
    """
    conversation = lock(conversation)
    free(conversation, by)
    if conversation.first_answered_at is not None:
        raise Refused("answered")
    _may_be_undone(conversation, by)
    unpublish(conversation, by=by)
    for message in conversation.messages.filter(direction=Message.IN).select_related("record").order_by("pk"):
        # No subject: what the register shows of it is that it came, never an advertisement.
        register.confirm(message.record, state=RecordState.TRIVIAL, subject="", by=by)
    shut(conversation, SPAM, by)


def _may_be_undone(conversation: Conversation, by: User) -> None:
    """What somebody has confirmed or published is not undone by one who may do neither."""
    if conversation.is_public and not by.may(Right.PUBLISH):
        raise Refused("cannot_unpublish")
    confirmed = conversation.messages.filter(direction=Message.IN, record__confirmed_at__isnull=False)
    if conversation.closed_reason != SPAM:
        confirmed = confirmed.exclude(record__state=RecordState.TRIVIAL.value)
    if confirmed.exclude(record__confirmed_by=by).exists() and not by.may(Right.CLASSIFY):
        raise Refused("already_classified")


@transaction.atomic
def not_spam(conversation: Conversation, *, by: User) -> None:
    """It was no spam: back to the queue, and its records are to be confirmed anew, with the sender's subject.

    Errors: Refused("already_classified").
    """
    conversation = lock(conversation)
    if conversation.closed_reason != SPAM:
        return
    _may_be_undone(conversation, by)
    incoming = conversation.messages.filter(direction=Message.IN, record__state=RecordState.TRIVIAL.value)
    for message in incoming.select_related("record").prefetch_related("record__versions").order_by("pk"):
        version = message.record.latest
        subject = rules.subject_of(version.subject, version.text or version.whole)
        register.confirm(message.record, state=RecordState.UNCLASSIFIED, subject=subject, by=by)
    conversation.state, conversation.closed_reason = rules.State.NEW.value, ""
    conversation.assigned_to, conversation.changed_at = None, clock.now()
    conversation.save()
    enter("conversation.not_spam", conversation, by)


# ---- to another authority -------------------------------------------------------------------------------------------


@transaction.atomic
def forward(conversation: Conversation, *, authority: Authority, text: str, by: User) -> Record:
    """Hand the conversation over to another authority of the organisation; the record that it received.

    One authority dispatches, the other receives, each under a number of its own that names the other's; the conversation
    keeps its number and lies unassigned with the new authority, whose case its answers and what comes later belong to.
    Errors: Refused empty | too_long | same_authority | locked_by_other | is_merged.
    """
    text = rules.storable(text.strip())
    if not text or len(text) > rules.MAX_TEXT:
        raise Refused("too_long" if text else "empty")
    conversation = lock(conversation)
    free(conversation, by)
    sender = conversation.case.authority if conversation.case else conversation.account.authority
    if conversation.merged_into_id:
        raise Refused("is_merged")
    if sender.pk == authority.pk:
        raise Refused("same_authority")
    incoming = conversation.messages.filter(direction=Message.IN).order_by("pk")
    messages = list(
        incoming.select_related("record__authority", "record__case__authority", "record__circle").prefetch_related(
            "record__versions", "record__attachments__blob"
        )[:_BATCH]
    )
    files = [(a.blob, a.filename) for m in messages for a in m.record.attachments.all()]
    said = "\n\n".join(f"{clock_words(m.sent_at)}\n{m.record.latest.whole}" for m in messages)
    question = copy(messages[0].record)
    question.correspondent = authority.name
    received = _receive(conversation, messages, f"{sender.name} {question.dnr} → {authority.name}\n\n{text}\n\n{said}",
                        sender, authority, files, by)  # fmt: skip
    letter = f"{sender.name} → {authority.name} {received.dnr}\n\n{text}\n\n{said}"
    sent = register.draw_up(question=question, case=conversation.case, text=letter, by=by, files=files)
    # It holds what all of them wrote, and the first may be the only one that anyone may read.
    sent = register.guard_alike(sent, received, by=by)
    register.dispatch(sent, by=by.ref)
    note(conversation, text=text, by=by)
    conversation.case, conversation.assigned_to, conversation.unit = received.case, None, None
    conversation.state, conversation.closed_reason = rules.State.NEW.value, ""
    conversation.snoozed_until, conversation.changed_at = None, clock.now()
    conversation.public_version += 1
    let_go(conversation)
    conversation.save()
    enter("conversation.forwarded", conversation, by, digest=bytes(received.latest.digest))
    PublicVersion.bump()
    return received


def clock_words(moment: datetime) -> str:
    """A moment on the wall clock in Stockholm, as it stands in a letter between authorities."""
    return moment.astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M")


def _receive(
    conversation: Conversation,
    messages: Sequence[Message],
    text: str,
    sender: Authority,
    authority: Authority,
    files: Sequence[tuple[Any, str]],
    by: User,
) -> Record:
    """The record in the other authority's register, registered always; a secrecy mark goes along."""
    arrival = register.Arrival(
        text=text,
        channel=conversation.channel,
        correspondent=sender.name,
        subject="",
        title=conversation.subject,
        occurred_at=clock.now(),
        addressed=True,
        files=files,
        protected=any(message.record.protected_identity for message in messages),
        # Who reads it here reads it there; the registrars of the other authority do by their office.
        circle=next((message.record.circle for message in messages if message.record.is_guarded), None),
    )
    [received] = register.receive([arrival], authority=authority, by=by.ref)
    marks = [message.record.secrecy_provision for message in messages if message.record.secret]
    if marks:
        received = register.mark_secret(received, provision=marks[0], by=by)
    return received


# ---- many at once ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of a deed done to many: those it was done to, and the others with the code of why not."""

    done: tuple[Conversation, ...]
    refused: tuple[tuple[Conversation, str], ...]


VERBS: Mapping[str, Callable[..., Any]] = {
    "assign": assign,
    "close": close,
    "merge": merge,
    "not_spam": not_spam,
    "reopen": reopen,
    "snooze": snooze,
    "spam": to_spam,
    "tag": tag,
    "untag": untag,
    "wake": wake,
}
"""What may be done to many at once, by its name in an address."""


def bulk(conversations: Sequence[Conversation], *, verb: str, by: User, **given: Any) -> Bulk:
    """Do one thing to many, each in a transaction of its own: what cannot be done to one stops none of the others.

    `given` is what the verb takes besides (`until`, `names`, `user`, `into`). Errors: Refused("unknown_verb" | "too_many").
    """
    if verb not in VERBS:
        raise Refused("unknown_verb", verb)
    if len(conversations) > MOST:
        raise Refused("too_many")
    done: list[Conversation] = []
    refused: list[tuple[Conversation, str]] = []
    for conversation in conversations:
        try:
            VERBS[verb](conversation, by=by, **given)
            done.append(conversation)
        except Refused as reason:
            refused.append((conversation, reason.code))
    return Bulk(tuple(done), tuple(refused))

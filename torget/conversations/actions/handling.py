"""Handle: take, note, draft, answer, publish, close. Every verb has an actor, one transaction and a journal entry."""

from django.db import transaction
from django.db.models import F

from torget.conversations import rules
from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Conversation, Draft, Message, Note
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.register import actions as register
from torget.register.models import Record
from torget.register.rules import State as RecordState
from torget.register.rules import mask_identity_numbers


def lock(conversation: Conversation) -> Conversation:
    """The conversation under a row lock (PostgreSQL; on SQLite the transaction itself is the lock).

    Every verb that changes its state locks it before any other row, and it is read once the lock is ours: in one query
    PostgreSQL would join the case and the lease's owner as they were before the lock.
    """
    Conversation.objects.select_for_update().values_list("pk").get(pk=conversation.pk)
    related = ("account__authority", "case__authority", "contact", "lease_owner")
    return Conversation.objects.select_related(*related).get(pk=conversation.pk)


def lock_open(conversation: Conversation) -> Conversation:
    """The conversation under a row lock. Errors: Refused("is_merged"): it is read and answered in another."""
    conversation = lock(conversation)
    if conversation.merged_into_id:
        raise Refused("is_merged")
    return conversation


def enter(kind: str, conversation: Conversation, by: User, digest: bytes = NOTHING) -> None:
    """An entry in the journal about the conversation."""
    journal.enter(kind, actor_ref=by.ref, object_ref=conversation.ref, digest=digest)


@transaction.atomic
def take(conversation: Conversation, *, by: User, take_over: bool = False) -> Conversation:
    """Take the lease and the assignment. Errors: Refused("locked_by_other") unless `take_over`; the other's draft stays."""
    conversation = lock_open(conversation)
    now = clock.now()
    holder = conversation.holder_id
    if holder not in (None, by.pk) and not take_over:
        raise Refused("locked_by_other", conversation.lease_owner.name if conversation.lease_owner else "")
    if holder != by.pk:
        conversation.lease_since = now
        enter("conversation.taken_over" if holder else "conversation.taken", conversation, by)
    conversation.lease_owner, conversation.lease_until = by, now + rules.LEASE
    conversation.assigned_to = by
    conversation.taken_at = conversation.taken_at or now
    if conversation.state == rules.State.NEW:
        conversation.state = rules.State.ASSIGNED.value
    conversation.changed_at = now
    conversation.save()
    return conversation


@transaction.atomic
def release(conversation: Conversation, *, by: User) -> None:
    """Give up the lease and the assignment; an answer that was begun stays as a draft."""
    conversation = lock(conversation)
    if conversation.holder_id == by.pk or conversation.assigned_to_id == by.pk:
        conversation.lease_owner = conversation.lease_until = conversation.lease_since = None
        conversation.assigned_to = None
        if conversation.state == rules.State.ASSIGNED:
            conversation.state = rules.State.NEW.value
        conversation.changed_at = clock.now()
        conversation.save()
        enter("conversation.released", conversation, by)


@transaction.atomic
def keep_draft(conversation: Conversation, *, text: str, by: User) -> Draft | None:
    """Keep the answer being written; it renews the writer's lease. An empty text takes the draft away."""
    now = clock.now()
    conversation = lock(conversation)
    draft = Draft.objects.select_related("record").filter(conversation=conversation, author=by).first()
    if not text.strip():
        if draft:
            draft.delete()
            draft.record.delete()
        return None
    text = rules.storable(text)[: rules.MAX_DRAFT]
    if draft:
        register.revise_working(draft.record, text)
        Draft.objects.filter(pk=draft.pk).update(saved_at=now)
        draft.saved_at = now
    else:
        authority = conversation.account.authority
        record = register.write_working(authority=authority, text=text, channel=conversation.channel)
        draft = Draft.objects.create(conversation=conversation, author=by, record=record, saved_at=now)
    Conversation.objects.filter(pk=conversation.pk, lease_owner=by).update(lease_until=now + rules.LEASE)
    return draft


@transaction.atomic
def note(conversation: Conversation, *, text: str, by: User) -> Note:
    """Write an internal note. Errors: Refused("empty")."""
    text = rules.storable(text.strip())[: rules.MAX_TEXT]
    if not text:
        raise Refused("empty")
    authority = conversation.account.authority
    record = register.write_working(authority=authority, text=text, channel=conversation.channel)
    enter("conversation.noted", conversation, by, digest=bytes(record.latest.digest))
    return Note.objects.create(conversation=conversation, author=by, record=record, at=clock.now())


@transaction.atomic
def wait(conversation: Conversation, *, by: User) -> None:
    """Put the conversation aside until facts or an answer have come from elsewhere; it keeps its day of answer."""
    conversation = lock_open(conversation)
    if conversation.state in (rules.State.NEW, rules.State.ASSIGNED):
        conversation.state, conversation.assigned_to = rules.State.WAITING.value, conversation.assigned_to or by
        conversation.lease_owner = conversation.lease_until = conversation.lease_since = None
        conversation.taken_at = conversation.taken_at or clock.now()
        conversation.changed_at = clock.now()
        conversation.save()
        enter("conversation.waiting", conversation, by)


@transaction.atomic
def close(conversation: Conversation, *, reason: str, by: User) -> None:
    """Close without an answer. `reason`: no_question | already_answered | not_for_us | harassment."""
    if reason not in ("no_question", "already_answered", "not_for_us", "harassment"):
        raise Refused("unknown_reason")
    conversation = lock_open(conversation)
    conversation.state, conversation.closed_reason = rules.State.CLOSED.value, reason
    conversation.lease_owner = conversation.lease_until = conversation.lease_since = None
    conversation.taken_at = conversation.taken_at or clock.now()
    conversation.changed_at = clock.now()
    conversation.save()
    enter("conversation.closed", conversation, by)


@transaction.atomic
def reopen(conversation: Conversation, *, by: User) -> None:
    """Take a conversation that was closed or answered up again."""
    conversation = lock_open(conversation)
    if conversation.state in (rules.State.CLOSED, rules.State.ANSWERED, rules.State.WAITING):
        conversation.state, conversation.closed_reason = rules.State.ASSIGNED.value, ""
        conversation.assigned_to, conversation.changed_at = by, clock.now()
        conversation.snoozed_until = None
        conversation.save()
        enter("conversation.reopened", conversation, by)


@transaction.atomic
def classify(message: Message, *, state: RecordState, subject: str, by: User) -> Record:
    """Confirm how a message's record is kept; the conversation follows its case. Errors: Refused, from the register."""
    lock(message.conversation)
    record = register.confirm(message.record, state=state, subject=subject, by=by)
    follow_case(message, record, by)
    return record


def follow_case(message: Message, record: Record, by: User) -> None:
    """What staff said of a message's record holds for the conversation's case, its name and our answers in it."""
    if record.case_id:
        Conversation.objects.filter(pk=message.conversation_id, case=None).update(case=record.case_id)
    changes: dict[str, object] = {}
    first = message.conversation.messages.order_by("pk").values_list("pk", flat=True).first()
    if first == message.pk:
        if record.subject:
            # What staff call the case is a better name than its first words, in the queue and among what recurs.
            changes = {"subject": record.subject, "subject_key": rules.subject_key(record.subject)}
        answers = message.conversation.messages.filter(direction=Message.OUT).select_related("record").order_by("pk")
        register.follow([answer.record for answer in answers], record, by=by)
    Conversation.objects.filter(pk=message.conversation_id).update(
        changed_at=clock.now(), public_version=F("public_version") + 1, **changes
    )


@transaction.atomic
def publish(
    conversation: Conversation, *, title: str, by: User, seen: str | None = None, reviewed: bool = False
) -> Conversation:
    """Make the conversation, as it now stands, readable by everyone: sender masked, identity numbers masked.

    Each message is published in the version that staff have read; what comes later is not public by itself.
    `seen` names what the page showed (`rules.shown`); where something has come or changed since, nothing is published.
    Words of somebody with a protected identity are published only when they are `reviewed`: said to be read for what
    could show who or where it is. Errors: Refused("needs_title" | "secret" | "protected" | "nothing_to_publish" |
    "changed_since").
    """
    title = mask_identity_numbers(rules.storable(" ".join(title.split())))[:200]
    if not title:
        raise Refused("needs_title")
    conversation = lock(conversation)
    all_messages = (
        conversation.messages.filter(deleted_at=None, removed_at=None).select_related("record").order_by("pk")
    )
    messages = list(all_messages.prefetch_related("record__versions")[: rules.MAX_PUBLISHED])
    if any(message.record.secret for message in messages):
        raise Refused("secret")
    if any(message.record.protected_identity for message in messages) and not reviewed:
        raise Refused("protected")
    if not messages:
        raise Refused("nothing_to_publish")
    if seen is not None and seen != rules.shown([(m.pk, m.record.latest.number) for m in messages]):
        raise Refused("changed_since")
    for message in messages:
        Message.objects.filter(pk=message.pk).update(published_version=message.record.latest.number)
    conversation.published_at = conversation.published_at or clock.now()
    conversation.public_title = title
    conversation.public_version += 1
    conversation.changed_at = clock.now()
    conversation.save()
    enter("conversation.published", conversation, by)
    PublicVersion.bump()
    return conversation


@transaction.atomic
def unpublish(conversation: Conversation, *, by: User) -> None:
    """Take a published conversation down from the public pages."""
    conversation = lock(conversation)
    if conversation.published_at is None:
        return
    conversation.messages.update(published_version=None)
    conversation.published_at, conversation.public_version = None, conversation.public_version + 1
    conversation.changed_at = clock.now()
    conversation.save()
    enter("conversation.unpublished", conversation, by)
    PublicVersion.bump()


def name_changed(colleague: User) -> None:
    """A colleague is called something else: published threads that hold answers of theirs are made anew."""
    theirs = Message.objects.filter(author=colleague, published_version__isnull=False).values("conversation")
    Conversation.objects.filter(pk__in=theirs).update(public_version=F("public_version") + 1)

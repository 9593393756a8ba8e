"""Join conversations and part them again; and what the two have in common with the other ways to put them in order."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet

from torget.conversations import rules
from torget.conversations.actions.handling import enter, lock, unpublish
from torget.conversations.models import Conversation, Draft, DraftFile, Message, Note, NumberSeries, Outbox
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.core.series import advance
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.register import actions as register
from torget.register.models import Record, guarded

MERGED, SPAM = "merged", "spam"
"""Why a conversation is closed, besides what `handling.close` takes: `conversations.words.CLOSED` has the words."""
_OPEN = (rules.State.NEW, rules.State.ASSIGNED, rules.State.WAITING)


def lock_all(*conversations: Conversation) -> list[Conversation]:
    """Several conversations under their row locks, taken in the order of their keys so that two never wait in a ring."""
    keys = [one.pk for one in conversations]
    list(Conversation.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    related = ("account__authority", "case__authority", "contact", "lease_owner")
    found = Conversation.objects.select_related(*related).in_bulk(keys)
    return [found[key] for key in keys]


def free(conversation: Conversation, by: User) -> None:
    """Errors: Refused("locked_by_other") while a colleague is answering it."""
    if conversation.holder_id not in (None, by.pk):
        raise Refused("locked_by_other", conversation.lease_owner.name if conversation.lease_owner else "")


def let_go(conversation: Conversation) -> None:
    """Take the lease off (not saved)."""
    conversation.lease_owner = conversation.lease_until = conversation.lease_since = None


def shut(conversation: Conversation, reason: str, by: User) -> None:
    """Close it as merged or spam; read anew first, since the caller's other verbs have written it."""
    now = clock.now()
    conversation = Conversation.objects.get(pk=conversation.pk)
    conversation.state, conversation.closed_reason = rules.State.CLOSED.value, reason
    conversation.snoozed_until = None
    conversation.taken_at = conversation.taken_at or now
    conversation.changed_at = now
    let_go(conversation)
    conversation.save()
    enter(f"conversation.{'is_spam' if reason == SPAM else reason}", conversation, by)


_WAYS = tuple(f"conversation.{what}" for what in ("split", "split_off", "merged", "unmerged", "forwarded"))


def _moved(source: Conversation, target: Conversation) -> bytes:
    """What the journal holds of a message that went from one conversation to another: two numbers, no words."""
    return sha256(f"moved:{source.number}:{target.number}".encode()).digest()


def _move(keys: Sequence[int], source: Conversation, target: Conversation, by: User, *, kind: str = "message") -> None:
    """Move messages (or notes). Their records keep number, case and proof; nothing is public by having been moved."""
    if kind == "message":
        Message.objects.filter(pk__in=keys).update(conversation=target, published_version=None)
    else:
        Note.objects.filter(pk__in=keys).update(conversation=target)
    digest = _moved(source, target)
    journal.enter_many(journal.Entering(f"{kind}.moved", by.ref, f"{kind}:{key}", digest) for key in keys)


def _came_from(source: Conversation, target: Conversation, now_in: Conversation, *, kind: str = "message") -> list[int]:
    """Keys of what lies in `now_in` and was once moved from `source` to `target`, as the journal has it."""
    rows: QuerySet[Any] = now_in.messages.all() if kind == "message" else Note.objects.filter(conversation=now_in)
    refs = {f"{kind}:{key}": key for key in rows.values_list("pk", flat=True)}
    told = Entry.objects.filter(object_ref__in=refs, kind=f"{kind}.moved", digest=_moved(source, target))
    return sorted({refs[ref] for ref in told.values_list("object_ref", flat=True)})


def has_lain_in(message: Message) -> list[Conversation]:
    """The conversations in which a message lies or has lain, by its ways in the journal; the present one first."""
    told = Entry.objects.filter(object_ref=message.ref, kind="message.moved").values_list("digest", flat=True)
    ways, found = {bytes(digest) for digest in told}, [message.conversation]
    if not ways:
        return found
    # The journal holds two numbers by their digest: those that may be meant have been parted, joined or handed over.
    refs = Entry.objects.filter(kind__in=_WAYS).values_list("object_ref", flat=True).distinct()
    others = Conversation.objects.filter(number__in=[int(ref.partition(":")[2]) for ref in refs]).only("number")
    for here in found:
        found += [one for one in others if one not in found and ways & {_moved(one, here), _moved(here, one)}]
    return found


def _recount(conversation: Conversation) -> None:
    """What follows from the messages that lie in it now (not saved)."""
    conversation.sealed = conversation.messages.filter(guarded("record__")).exists()
    facts = conversation.messages.aggregate(last=Max("captured_at"))
    answers = conversation.messages.filter(direction=Message.OUT, removed_at=None, automatic=False)
    conversation.message_count = conversation.messages.count()
    conversation.last_message_at = facts["last"] or conversation.last_message_at
    conversation.first_answered_at = answers.aggregate(first=Min("sent_at"))["first"]
    conversation.public_version += 1
    conversation.changed_at = clock.now()


in_the_way: dict[str, Callable[[Conversation], str]] = {}
"""Why a conversation cannot be joined into another, by module: a code, "" for nothing. What is asked in it (an expert, a
colleague's approval) or decided about it (a notice, a complaint) is found by it, and is ended first."""


def _why_not_merged(conversation: Conversation, into: Conversation, *, same_person: bool) -> str | None:
    if conversation.pk == into.pk:
        return "same_conversation"
    if conversation.merged_into_id or into.merged_into_id:
        return "is_merged"
    if conversation.published_at is not None:
        return "is_published"
    mine, theirs = (one.case.authority_id if one.case else one.account.authority_id for one in (conversation, into))
    if mine != theirs:
        return "other_authority"
    # Somebody known and somebody nobody knows are two people until staff say otherwise; so are two names in two channels.
    writers = {(one.contact.channel, one.contact.address) if one.contact else None for one in (conversation, into)}
    if (len(writers) > 1 or None in writers) and not same_person:
        return "other_person"
    return next((code for why in in_the_way.values() if (code := why(conversation))), None)


@transaction.atomic
def merge(conversation: Conversation, *, into: Conversation, by: User, same_person: bool = False) -> Conversation:
    """Join a conversation into another of the same person's: its messages, notes and drafts are read there.

    Its number stays, leads there (`read_at`) and is never given again; every record keeps its own. An answer goes to one
    person, so two people's conversations are joined only when staff say that they are one (`same_person`).
    Errors: Refused same_conversation | is_merged | is_published | other_authority | other_person | locked_by_other | what
    other modules say (`in_the_way`).
    """
    conversation, into = lock_all(conversation, into)
    if reason := _why_not_merged(conversation, into, same_person=same_person):
        raise Refused(reason)
    free(conversation, by)
    if conversation.sealed:
        unpublish(into, by=by)
        into.refresh_from_db(fields=["published_at", "public_version"])
    was_open = conversation.state in _OPEN
    _move(list(conversation.messages.values_list("pk", flat=True)), conversation, into, by)
    notes = list(Note.objects.filter(conversation=conversation).values_list("pk", flat=True))
    _move(notes, conversation, into, by, kind="note")
    _take_drafts_along(conversation, into)
    into.tags.add(*conversation.tags.all())
    into.case, into.contact = into.case or conversation.case, into.contact or conversation.contact
    if was_open:
        # Who asked first is answered in time, and an open question never disappears into one that is done.
        into.answer_due = min(into.answer_due, conversation.answer_due)
        if into.state not in _OPEN:
            into.state = (rules.State.ASSIGNED if into.assigned_to_id else rules.State.NEW).value
            into.closed_reason = ""
        into.first_at = min(into.first_at, conversation.first_at)
    _recount(into)
    into.save()
    conversation.merged_into, conversation.message_count = into, 0
    conversation.save()
    shut(conversation, MERGED, by)
    PublicVersion.bump()
    return into


def _take_drafts_along(conversation: Conversation, into: Conversation) -> None:
    """Drafts follow; where their writer has begun one there already, the text is put under it and nothing is lost."""
    there = {draft.author_id: draft for draft in Draft.objects.filter(conversation=into).select_related("record")}
    for draft in Draft.objects.filter(conversation=conversation).select_related("record"):
        held = there.get(draft.author_id)
        if held is None:
            Draft.objects.filter(pk=draft.pk).update(conversation=into)
            continue
        register.revise_working(held.record, f"{held.record.latest.text}\n\n{draft.record.latest.text}")
        Draft.objects.filter(pk=held.pk).update(version=F("version") + 1, saved_at=clock.now())
        DraftFile.objects.filter(draft=draft).update(draft=held)
        draft.delete()
        Record.objects.filter(pk=draft.record_id).delete()


@transaction.atomic
def unmerge(conversation: Conversation, *, by: User) -> Conversation:
    """Part again what was joined: the messages and notes that came along go back. Errors: Refused not_merged | merged_further |
    parted_already.

    What was said since, and the answers, stay where they were given.
    """
    if conversation.merged_into is None:
        raise Refused("not_merged")
    conversation, into = lock_all(conversation, conversation.merged_into)
    if conversation.merged_into_id != into.pk:
        raise Refused("not_merged")
    if into.merged_into_id:
        raise Refused("merged_further", str(into.number))
    along = _came_from(conversation, into, into)
    if not Message.objects.filter(pk__in=along, direction=Message.IN).exists():
        # What came along has been parted off already: a conversation without a word would be left.
        raise Refused("parted_already")
    _move(along, into, conversation, by)
    _move(_came_from(conversation, into, into, kind="note"), into, conversation, by, kind="note")
    conversation.merged_into, conversation.closed_reason, conversation.assigned_to = None, "", None
    for one in (conversation, into):
        _recount(one)
    conversation.state = (rules.State.ANSWERED if conversation.first_answered_at else rules.State.NEW).value
    conversation.save()
    into.save()
    enter("conversation.unmerged", conversation, by)
    PublicVersion.bump()
    return conversation


def read_at(conversation: Conversation) -> Conversation:
    """Where a conversation is read: itself, or what it has been joined into."""
    while conversation.merged_into is not None:
        conversation = conversation.merged_into
    return conversation


def of_the_writer(conversation: Conversation) -> QuerySet[Message]:
    """What a receipt to the conversation shows: its writer's own messages and our answers, never what others wrote.

    Where it has been joined into another, that is what came along from it and the answers given since.
    """
    if conversation.merged_into is None:
        # What was joined into it may be older, and another's.
        along = [key for one in conversation.merged.all() for key in _came_from(one, conversation, conversation)]
        own = conversation.messages.filter(direction=Message.IN).exclude(pk__in=along)
        return told(conversation.pk, *writer_of(own.order_by("pk").values_list("pk", "sender")[:1]))
    there = read_at(conversation)
    along = _came_from(conversation, conversation.merged_into, there)
    joined = Entry.objects.filter(object_ref=conversation.ref, kind="conversation.merged").order_by("-pk").first()
    since = Q(captured_at__gte=joined.at) if joined else Q(pk=None)
    ours = _ours()
    return there.messages.filter((Q(pk__in=along) & (Q(direction=Message.IN) | ours)) | (ours & since))


def _ours() -> Q:
    # An answer that rests before it leaves, or was taken back, is not theirs yet.
    rests = Outbox.objects.filter(message=OuterRef("pk"), not_before__isnull=False, state=rules.Sending.APPROVED.value)
    return Q(~Exists(rests), direction=Message.OUT, removed_at=None)


def told(conversation: int, sender: int, message: int) -> QuerySet[Message]:
    """Our answers, and what the sender wrote, or that one message where nobody knows who sent it; 0 for none."""
    shown = _ours()
    if sender or message:
        shown |= Q(direction=Message.IN) & (Q(sender__pk=sender) if sender else Q(pk=message))
    return Message.objects.filter(shown, conversation__pk=conversation)


def writer_of(first: Iterable[Any]) -> tuple[int, int]:
    """Who writes, by the key and the sender of the first message: the sender, or the message where none is known."""
    message, sender = next(iter(first), (0, None))
    return (sender, 0) if sender else (0, message)


def _own_words(conversation: Conversation, lie_in: set[int]) -> list[set[int]]:
    """Of the messages that lie there, those that came in to the conversation itself, and to each one joined into it."""
    found, rest = [], lie_in
    for one in conversation.merged.all():
        came = lie_in & set(_came_from(one, conversation, read_at(conversation)))
        found += _own_words(one, came)
        rest = rest - came
    return [*found, rest]


@transaction.atomic
def split(conversation: Conversation, *, messages: Sequence[Message], by: User) -> Conversation:
    """Part messages of a thread off to a conversation of their own, with a number; their records keep theirs.

    Errors: Refused nothing_to_split | splits_all (each part needs something that came in) | splits_joined (so does each
    that was joined, for its receipt: `unmerge` parts them whole) | locked_by_other | is_merged.
    """
    conversation = lock(conversation)
    free(conversation, by)
    if conversation.merged_into_id:
        raise Refused("is_merged")
    wanted = conversation.messages.filter(pk__in=[message.pk for message in messages])
    parted = list(wanted.select_related("record__case", "account").prefetch_related("record__versions").order_by("pk"))
    incoming = [message for message in parted if message.direction == Message.IN]
    if not incoming:
        raise Refused("nothing_to_split")
    keys = [message.pk for message in parted]
    came = set(conversation.messages.filter(direction=Message.IN).values_list("pk", flat=True))
    if came <= set(keys):
        raise Refused("splits_all")
    if any(own and own <= set(keys) for own in _own_words(conversation, came)):
        raise Refused("splits_joined")
    new = _opened_by(incoming[0], conversation)
    _move(keys, conversation, new, by)
    for one in (conversation, new):
        _recount(one)
        one.save()
    if new.first_answered_at and parted[-1].direction == Message.OUT:
        Conversation.objects.filter(pk=new.pk).update(state=rules.State.ANSWERED.value)
        new.state = rules.State.ANSWERED.value
    if conversation.published_at and not conversation.messages.exclude(published_version=None).exists():
        unpublish(conversation, by=by)
    enter("conversation.split", conversation, by)
    enter("conversation.split_off", new, by)
    PublicVersion.bump()
    return new


def _opened_by(first: Message, source: Conversation) -> Conversation:
    """A new conversation that begins with a message of another: its sender, its case, the other's day of answer."""
    version = first.record.latest
    subject = rules.subject_of(version.subject, version.text or version.whole)
    same = ("channel", "context_id", "unit_id", "answer_due", "first_at", "urgency", "is_question", "is_vulnerable")
    return Conversation.objects.create(
        **{name: getattr(source, name) for name in same},
        number=advance(NumberSeries, 1, id=1),
        account=first.account,
        subject=subject,
        subject_key=rules.subject_key(subject),
        case=first.record.case or source.case,
        contact_id=first.sender_id,
        first_received_at=first.captured_at,
        last_message_at=first.captured_at,
        changed_at=clock.now(),
    )

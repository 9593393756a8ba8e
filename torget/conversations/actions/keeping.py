"""What is said of many records at once holds for their conversations too; and conversations follow records that move."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from torget.conversations import rules
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.organisations.models import Authority, User
from torget.register import actions as register
from torget.register.models import Case, Correction, Record
from torget.register.rules import Field, State


def lock_of(records: Sequence[Record]) -> list[Conversation]:
    """The conversations that records lie in, under their row locks in the order of their keys; as they now are."""
    keys = set(
        Message.objects.filter(record__in=[record.pk for record in records]).values_list("conversation", flat=True)
    )
    list(Conversation.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    return list(Conversation.objects.filter(pk__in=keys).order_by("pk"))


@transaction.atomic
def classify_many(records: Sequence[Record], *, state: State | None, subject: str = "", by: User) -> list[Record]:
    """Confirm many records alike; their conversations follow. They are given back as they were. Errors: the register's.

    Constant SQL, apart from conversations that have answers: each of those follows its question.
    """
    conversations = lock_of(records)
    before = register.confirm_many(records, state=state, subject=subject, by=by)
    _follow([record.pk for record in before], conversations, by)
    return before


@transaction.atomic
def declassify_many(subjects: Mapping[int, str], *, confirmed_at: datetime, by: User) -> list[Record]:
    """Undo it: records back to "not classified" with the subjects they had. Those that it was done to are given back."""
    conversations = lock_of(list(Record.objects.filter(pk__in=subjects)))
    found = register.unconfirm_many(subjects, confirmed_at=confirmed_at, by=by)
    _follow([record.pk for record in found], conversations, by)
    return found


def _follow(keys: Sequence[int], conversations: Sequence[Conversation], by: User) -> None:
    """Case and name of the conversations whose records these are (see `handling.follow_case`)."""
    rows = Message.objects.filter(record__in=keys).select_related("record").order_by("-pk")
    touched = {message.conversation_id: message for message in rows}
    firsts = _firsts(list(touched))
    now, changed = clock.now(), []
    for conversation in conversations:
        message = touched.get(conversation.pk)
        if message is None:
            continue
        conversation.case_id = conversation.case_id or message.record.case_id
        first = firsts.get(conversation.pk) == message.pk
        if first and message.record.subject:
            conversation.subject = message.record.subject
            conversation.subject_key = rules.subject_key(conversation.subject)
        conversation.changed_at, conversation.public_version = now, conversation.public_version + 1
        changed.append(conversation)
    fields = ("case", "subject", "subject_key", "changed_at", "public_version")
    Conversation.objects.bulk_update(changed, fields, batch_size=100)
    begun = [pk for pk, first in firsts.items() if touched[pk].pk == first]
    answers: dict[int, list[Record]] = {}
    ours = Message.objects.filter(conversation__in=begun, direction=Message.OUT).select_related("record").order_by("pk")
    for answer in ours:
        answers.setdefault(answer.conversation_id, []).append(answer.record)
    for pk, records in answers.items():
        register.follow(records, touched[pk].record, by=by)


def _firsts(conversations: Sequence[int]) -> dict[int, int]:
    """The key of each conversation's first message."""
    first: dict[int, int] = {}
    rows = Message.objects.filter(conversation__in=conversations).order_by("pk").values_list("conversation", "pk")
    for conversation, pk in rows:
        first.setdefault(conversation, pk)
    return first


@transaction.atomic
def correct(record: Record, *, field: Field, value: str | datetime | Authority, why: str, by: User) -> Correction:
    """Put right what the register says of a record; its conversation and our answers follow. Errors: the register's.

    One that has nothing of theirs left with the wrong authority goes on with the right one: there it is answered.
    """
    conversations, source = lock_of([record]), record.case_id
    kept = register.correct(record, field=field, value=value, why=why, by=by)
    record = Record.objects.get(pk=record.pk)
    if field is Field.AUTHORITY and record.case_id != source:
        left = Message.objects.filter(conversation=OuterRef("pk"), record__case=source, direction=Message.IN)
        along = Conversation.objects.filter(pk__in=[one.pk for one in conversations], case=source)
        along.filter(~Exists(left)).update(case=record.case_id, changed_at=clock.now())
    if field is Field.SUBJECT and conversations:
        _follow([record.pk], conversations, by)
    return kept


# ---- cases ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def merge_cases(source: Case, *, into: Case, by: User) -> Case:
    """Join a case into another; conversations of the one go on in the other. Errors: the register's."""
    keys = list(Conversation.objects.filter(case=source).values_list("pk", flat=True))
    list(Conversation.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    into = register.merge_cases(source, into=into, by=by)
    Conversation.objects.filter(case=source).update(case=into, changed_at=clock.now())
    return into


@transaction.atomic
def move_records(records: Sequence[Record], *, to: Case | None, subject: str = "", by: User) -> Case:
    """Part records out to another case or a new one; a conversation that has nothing left in the old one goes along."""
    conversations = lock_of(records)
    sources = {record.case_id for record in records}
    to = register.move_records(records, to=to, subject=subject, by=by)
    left = Message.objects.filter(conversation=OuterRef("pk"), record__case__in=sources)
    along = Conversation.objects.filter(pk__in=[one.pk for one in conversations], case__in=sources)
    along.filter(~Exists(left)).update(case=to, changed_at=clock.now())
    return to

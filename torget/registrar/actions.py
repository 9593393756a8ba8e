"""The registrar's verbs that concern more than the register: batches, and closing a case with its conversations.

The writes to the register itself are `register.actions`; here they are put together with what lies above it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F

from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Draft, Message, Note, Outbox
from torget.conversations.rules import Sending
from torget.conversations.rules import State as ConversationState
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.register import actions as register
from torget.register import rules
from torget.register.models import Case, Provision, Record
from torget.registrar.models import Batch, BatchRow

MOST = 200
"""So many are confirmed in one go: as many as somebody can be said to have looked through."""
UNDO = timedelta(days=1)
"""So long a batch can be undone as one; after that each record is corrected by itself."""
COUNTED = 100
_OPEN = (ConversationState.NEW.value, ConversationState.ASSIGNED.value, ConversationState.WAITING.value)
_LEAVING = (Sending.APPROVED.value, Sending.SENDING.value, Sending.UNKNOWN.value)


# ---- many at once ---------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_batch(
    records: Sequence[Record], *, state: rules.State | None, subject: str = "", why: str = "", by: User
) -> Batch:
    """Confirm records in one go: each as proposed, or all as `state`; what can be undone is kept with it.

    Errors: Refused nothing_chosen | too_many_records | mixed_secret | needs_why (otherwise than proposed) | needs_subject
    | secret_must_be_registered | not_decided.
    """
    if not records:
        raise Refused("nothing_chosen")
    if len(records) > MOST:
        raise Refused("too_many_records")
    why = " ".join(why.split())[:300]
    if state is not None and not why and any(record.proposed_state != state for record in records):
        raise Refused("needs_why")
    before = conversations.classify_many(records, state=state, subject=subject, by=by)
    if not before:
        raise Refused("already_confirmed")
    at = Record.objects.values_list("confirmed_at", flat=True).get(pk=before[0].pk)
    assert at is not None  # nosec B101  # noqa: S101  it was confirmed just now
    batch = Batch.objects.create(by=by, at=at, state=state.value if state else "", why=why, count=len(before))
    BatchRow.objects.bulk_create(BatchRow(batch=batch, record=one, subject_before=one.subject) for one in before)
    _enter("records.confirmed", batch, by)
    return batch


@transaction.atomic
def undo_batch(batch: Batch, *, by: User) -> int:
    """Put those of a batch that nobody has touched since back in the queue; how many. Errors: Refused undone | too_late."""
    Batch.objects.select_for_update().values_list("pk").get(pk=batch.pk)
    batch = Batch.objects.get(pk=batch.pk)
    if batch.undone_at is not None:
        raise Refused("undone")
    if clock.now() - batch.at > UNDO:
        raise Refused("too_late")
    subjects = dict(batch.rows.values_list("record", "subject_before"))
    found = conversations.declassify_many(subjects, confirmed_at=batch.at, by=by)
    batch.undone_at, batch.undone_by = clock.now(), by
    batch.save(update_fields=["undone_at", "undone_by"])
    _enter("records.confirmed_undone", batch, by)
    return len(found)


def _enter(kind: str, batch: Batch, by: User) -> None:
    digest = sha256(f"{kind}:{batch.pk}:{batch.count}:{batch.state}:{batch.why}".encode()).digest()
    journal.enter(kind, actor_ref=by.ref, object_ref=f"batch:{batch.pk}", digest=digest)


# ---- closing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands in the way of closing a case, counted to COUNTED at most; `first`: the record to begin confirming with."""

    unconfirmed: int
    unanswered: int
    leaving: int
    first: int | None = None

    @property
    def anything(self) -> bool:
        """Whether there is something."""
        return bool(self.unconfirmed or self.unanswered or self.leaving)


def missing_of(case: Case) -> Missing:
    """What is not done in a case. Three bounded counts."""
    unanswered = Conversation.objects.filter(case=case, state__in=_OPEN, merged_into=None)
    leaving = Outbox.objects.filter(state__in=_LEAVING, message__conversation__case=case)
    waiting = list(Record.objects.unconfirmed().filter(case=case).order_by("pk").values_list("pk", flat=True)[:COUNTED])
    return Missing(
        unconfirmed=len(waiting),
        unanswered=unanswered[:COUNTED].count(),
        leaving=leaving[:COUNTED].count(),
        first=waiting[0] if waiting else None,
    )


def working_of(case: Case) -> tuple[list[Note], list[Draft]]:
    """The notes and drafts of a case's conversations: what is weeded when it is closed unless it is kept."""
    notes = Note.objects.filter(conversation__case=case, record__kind=rules.Kind.WORKING.value)
    drafts = Draft.objects.filter(conversation__case=case)
    related = ("record", "author", "conversation")
    return (
        list(notes.select_related(*related).prefetch_related("record__versions").order_by("pk")),
        list(drafts.select_related(*related).prefetch_related("record__versions").order_by("pk")),
    )


def _let_taken_back_go(case: Case) -> list[Record]:
    """The records of answers that were taken back before they left: working material that nobody was given. Their rows go."""
    taken = Message.objects.filter(
        conversation__case=case, direction=Message.OUT, outbox__state=Sending.WITHDRAWN.value,
        record__kind=rules.Kind.WORKING.value, evidence=None, removals=None,
    )  # fmt: skip
    found = list(taken.select_related("record").order_by("pk"))
    keys = [message.pk for message in found]
    Outbox.objects.filter(message__in=keys).delete()
    Message.objects.filter(pk__in=keys).delete()
    for key, number in Counter(message.conversation_id for message in found).items():
        Conversation.objects.filter(pk=key).update(message_count=F("message_count") - number)
    return [message.record for message in found]


@transaction.atomic
def close_case(case: Case, *, keep: Collection[int] = (), anyway: bool = False, by: User) -> Case:
    """Close a case: what is missing stops it, and working material is weeded but for the notes in `keep` (record keys).

    `anyway`: unanswered conversations are left as they are by decision. Errors: Refused case_has_unconfirmed |
    case_has_leaving | case_has_unanswered | case_closed | case_merged.
    """
    keys = Conversation.objects.filter(case=case).values_list("pk", flat=True)
    list(Conversation.objects.select_for_update().filter(pk__in=list(keys)).order_by("pk").values_list("pk"))
    if case.merged_into_id:
        raise Refused("case_merged")
    missing = missing_of(case)
    reason = rules.why_not_close(
        unconfirmed=missing.unconfirmed, leaving=missing.leaving, unanswered=missing.unanswered, anyway=anyway
    )
    if reason:
        raise Refused(reason)
    notes, drafts = working_of(case)
    kept = [note.record for note in notes if note.record_id in keep]
    gone = [note for note in notes if note.record_id not in keep]
    material = [*(note.record for note in notes), *(draft.record for draft in drafts), *_let_taken_back_go(case)]
    Note.objects.filter(pk__in=[note.pk for note in gone]).delete()
    Draft.objects.filter(pk__in=[draft.pk for draft in drafts]).delete()
    return register.close_case(case, working=material, keep=kept, by=by)


# ---- one record -----------------------------------------------------------------------------------------------------


def message_of(record: Record) -> Message | None:
    """The message whose words a record holds, if it is one's."""
    return Message.objects.select_related("conversation", "record", "sender").filter(record=record).first()


def confirm_one(record: Record, *, state: rules.State, subject: str, by: User) -> Record:
    """Confirm a record, with its conversation where it has one. Errors: the register's."""
    message = message_of(record)
    if message is None:
        return register.confirm(record, state=state, subject=subject, by=by)
    return conversations.classify(message, state=state, subject=subject, by=by)


def mark_secret(record: Record, *, provision: str, chosen: register.Chosen, by: User) -> Record:
    """Put a secrecy mark on a record and who may read it, with its conversation where it has one."""
    message = message_of(record)
    if message is None:
        return register.mark_secret(record, provision=provision, by=by, chosen=chosen)
    return conversations.mark_secret(message, provision=provision, by=by, chosen=chosen)


def lift_secret(record: Record, *, by: User) -> Record:
    """Take the secrecy mark away, with the conversation's seal where it has one."""
    message = message_of(record)
    return conversations.lift_secret(message, by=by) if message else register.lift_secret(record, by=by)


def set_circle(record: Record, chosen: register.Chosen, *, by: User) -> Record:
    """Say anew who may read a guarded record."""
    message = message_of(record)
    if message is None:
        return register.set_circle(record, chosen, by=by)
    return conversations.set_circle(message, chosen, by=by)


def protect(record: Record, *, chosen: register.Chosen, by: User) -> None:
    """Protect whose identity a record shows: of a message, whoever wrote it. Errors: Refused not_theirs."""
    message = message_of(record)
    if message is None:
        register.protect([record], contact=None, chosen=chosen, by=by)
    else:
        conversations.protect(message, chosen=chosen, by=by)


def unprotect(record: Record, *, by: User) -> None:
    """Take the protection off again."""
    message = message_of(record)
    if message is None:
        register.unprotect([record], contact=None, by=by)
    else:
        conversations.unprotect(message, by=by)


@transaction.atomic
def change_provisions(given: Mapping[str, Any] | None, *, remove: int | None = None, by: User) -> None:
    """Add a provision to the suggested ones (or give one its new words, source and date), or take one away."""
    if remove is not None:
        Provision.objects.filter(pk=remove).delete()
    if given is not None:
        rest = {name: given[name] for name in ("about", "source", "source_date")}
        Provision.objects.update_or_create(text=given["text"], defaults=rest)
    about = given["text"] if given else str(remove)
    digest = sha256(f"provision:{about}".encode()).digest()
    journal.enter("provision.changed", actor_ref=by.ref, object_ref="provisions", digest=digest)


def forget(record: Record) -> tuple[()]:
    """Take away what batches remember of a record whose content is erased (register.erasers)."""
    BatchRow.objects.filter(record=record).update(subject_before="")
    return ()

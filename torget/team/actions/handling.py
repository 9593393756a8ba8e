"""What staff do with a conversation that concerns colleagues too: answer, take back, take over, note, assign."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Draft, DraftFile, Message, Note
from torget.conversations.rules import storable
from torget.core import clock
from torget.core.errors import Refused
from torget.files import rules as file_rules
from torget.files.models import Blob
from torget.organisations.models import Organisation, User
from torget.team import rules
from torget.team.actions.approvals import draft_files, follow_draft, retire
from torget.team.actions.notices import tell
from torget.team.models import Mention


@transaction.atomic
def answer(
    conversation: Conversation,
    *,
    text: str,
    seen: int,
    by: User,
    wait: bool = False,
    send_at: datetime | None = None,
) -> Message:
    """Answer with the files of one's draft; it leaves when the time to take it back has passed, or at `send_at`.

    What colleagues had begun or asked approval for is put aside and they are told.
    Errors: Refused field_left (detail: the fields) and what conversations.reply refuses, needs_approval among it.
    """
    if left := rules.left_open(text):
        raise Refused("field_left", ", ".join(left))
    draft = Draft.objects.filter(conversation=conversation, author=by).first()
    leaves = rules.leaves_at(clock.now(), send_at=send_at, undo_seconds=Organisation.current().undo_seconds)
    message = conversations.reply(
        conversation, text=text, seen=seen, by=by, wait=wait, send_at=leaves, files=draft_files(draft)
    )
    retire(conversation, message=message, by=by)
    return message


def answer_many(
    chosen: Sequence[Conversation], *, text: str, by: User, send_at: datetime | None = None
) -> list[conversations.Answered]:
    """One answer to many, each in its own channel; what colleagues had begun in each is put aside.

    One that cannot be answered stops none of the others. Errors: Refused empty | field_left.
    """
    if not text.strip():
        raise Refused("empty")
    if left := rules.left_open(text):
        raise Refused("field_left", ", ".join(left))
    leaves = rules.leaves_at(clock.now(), send_at=send_at, undo_seconds=Organisation.current().undo_seconds)
    found = conversations.reply_many(chosen, text=text, by=by, send_at=leaves)
    for one in found:
        if one.message:
            with transaction.atomic():
                # Where the worker dies before this, `retire_stale` does it.
                retire(one.conversation, message=one.message, by=by)
    return found


@transaction.atomic
def revive_draft(conversation: Conversation, *, by: User) -> Draft | None:
    """Take one's draft up again although another answer has gone out since."""
    draft = Draft.objects.select_related("record").filter(conversation=conversation, author=by).first()
    return conversations.keep_draft(conversation, text=draft.record.latest.text, by=by) if draft else None


@transaction.atomic
def take_back(message: Message, *, by: User) -> None:
    """Take back an answer that has not left: text and files are one's draft again. Errors: Refused("already_leaving")."""
    draft = conversations.withdraw(message, by=by)
    if draft:
        for attachment in message.record.attachments.select_related("blob").order_by("pk"):
            DraftFile.objects.get_or_create(draft=draft, blob=attachment.blob, filename=attachment.filename)


@transaction.atomic
def take(conversation: Conversation, *, by: User, take_over: bool = False) -> Conversation:
    """Take the conversation; who had the lock is told when it is taken over."""
    before = Conversation.objects.get(pk=conversation.pk).holder_id
    taken = conversations.take(conversation, by=by, take_over=take_over)
    if before is not None and before != by.pk:
        tell([before], rules.Kind.TAKEN_OVER, conversation=conversation, by=by)
    return taken


@transaction.atomic
def keep_draft(conversation: Conversation, *, text: str, by: User) -> Draft | None:
    """Keep the answer being written; an asking for approval of other words ends with it."""
    draft = conversations.keep_draft(conversation, text=text, by=by)
    follow_draft(conversation, by=by)
    return draft


@transaction.atomic
def attach(conversation: Conversation, *, text: str, files: Sequence[tuple[Blob, str]], by: User) -> Draft:
    """Put files (blob, name) to the answer being written. Errors: Refused empty | too_many_files | files_too_large."""
    draft = conversations.keep_draft(conversation, text=text, by=by)
    if draft is None:
        raise Refused("empty")
    sizes = list(DraftFile.objects.filter(draft=draft).values_list("blob__size", flat=True))
    sizes += [blob.size for blob, _ in files]
    if code := file_rules.why_refused(max(sizes, default=0), count=len(sizes), total=sum(sizes)):
        raise Refused(code)
    for blob, name in files:
        DraftFile.objects.get_or_create(draft=draft, blob=blob, defaults={"filename": storable(name)[:200]})
    follow_draft(conversation, by=by)
    return draft


@transaction.atomic
def detach(file: DraftFile, *, by: User) -> None:
    """Take a file from one's draft again."""
    conversation = file.draft.conversation
    DraftFile.objects.filter(pk=file.pk, draft__author=by).delete()
    follow_draft(conversation, by=by)


@transaction.atomic
def write_note(conversation: Conversation, *, text: str, by: User) -> Note:
    """Write an internal note; the colleagues it names are told. Errors: Refused("empty")."""
    note = conversations.note(conversation, text=text, by=by)
    staff = User.objects.filter(is_active=True).values_list("pk", "name")
    found = [key for key in rules.named(text, staff) if key != by.pk] if "@" in text else []
    Mention.objects.bulk_create([Mention(note=note, user_id=key, at=clock.now()) for key in found])
    tell(found, rules.Kind.MENTIONED, conversation=conversation, by=by, about=f"note:{note.pk}")
    return note

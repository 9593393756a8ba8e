"""Approval by a colleague: ask, approve and send, want a change, withdraw, put aside what another answer has overtaken."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from torget.conversations import actions as conversations
from torget.conversations.actions.answering import LONGEST_AHEAD
from torget.conversations.actions.guarding import can_open
from torget.conversations.models import Conversation, Draft, DraftFile, Message
from torget.conversations.rules import Sending, storable, why_no_reply
from torget.core import clock
from torget.core.errors import Refused
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.organisations.models import Organisation, User
from torget.organisations.rules import RIGHTS, Right
from torget.register import actions as register
from torget.register.models import Record
from torget.team import rules
from torget.team.actions.notices import tell
from torget.team.models import Approval
from torget.team.permissions import can_approve

NOTHING = bytes(32)


def _lock(conversation: Conversation) -> Conversation:
    """The conversation first, as every verb does, so that nobody waits for each other in a ring."""
    Conversation.objects.select_for_update().values_list("pk").get(pk=conversation.pk)
    return Conversation.objects.select_related("account__authority", "lease_owner").get(pk=conversation.pk)


def draft_files(draft: Draft | None) -> list[tuple[Blob, str]]:
    """The files that have been put to a draft, as an answer takes them."""
    rows = DraftFile.objects.filter(draft=draft).select_related("blob").order_by("pk") if draft else []
    return [(row.blob, row.filename) for row in rows]


def _files(draft: Draft) -> list[tuple[str, str]]:
    return list(DraftFile.objects.filter(draft=draft).order_by("pk").values_list("blob_id", "alt"))


def is_same(approval: Approval) -> bool:
    """Whether the draft still is, to the letter and the file, what the asking was about."""
    draft = approval.draft
    if draft is None:
        return False
    return bytes(approval.seal) == rules.seal(draft.record.latest.text, _files(draft), salt=bytes(approval.salt))


@transaction.atomic
def ask(
    conversation: Conversation,
    *,
    text: str,
    seen: int,
    by: User,
    of: User | None = None,
    wait: bool = False,
    send_at: datetime | None = None,
) -> Approval:
    """Ask that an answer be approved: of a colleague, or of anyone who may publish. An earlier asking of one's own ends.

    Errors: Refused empty | too_long | field_left | thread_moved | locked_by_other | own_draft | not_in_circle |
    too_far_ahead; the draft is kept by who calls.
    """
    conversation = _lock(conversation)
    if left := rules.left_open(text):
        raise Refused("field_left", ", ".join(left))
    if of is not None and (of.pk == by.pk or not of.may(Right.SEE_DESK)):
        raise Refused("own_draft")
    if of is not None and not can_open(of, conversation):
        raise Refused("not_in_circle", of.name)
    if reason := _why_no_reply(conversation, text, seen, by):
        raise Refused(reason, conversation.lease_owner.name if conversation.lease_owner else "")
    now = clock.now()
    if send_at and send_at > now + LONGEST_AHEAD:
        raise Refused("too_far_ahead")
    # A moment that has been is at once.
    send_at = send_at if send_at and send_at > now else None
    draft = conversations.keep_draft(conversation, text=text, by=by)
    assert draft is not None  # nosec B101  # noqa: S101  an empty text was refused above
    salt = secrets.token_bytes(16)
    for earlier in Approval.objects.filter(conversation=conversation, author=by, state=rules.Asked.OPEN.value):
        _end(earlier, rules.Asked.CHANGED, by=by)
    version = Approval.objects.filter(conversation=conversation, author=by, draft=draft).count() + 1
    record = register.write_working(
        authority=conversation.account.authority, text=storable(text.strip()), channel=conversation.channel
    )
    approval = Approval.objects.create(
        conversation=conversation,
        draft=draft,
        author=by,
        asked_of=of,
        record=record,
        version=version,
        salt=salt,
        seal=rules.seal(storable(text), _files(draft), salt=salt),
        wait=wait,
        send_at=send_at,
        asked_at=now,
    )
    journal.enter("approval.asked", actor_ref=by.ref, object_ref=conversation.ref, digest=bytes(record.latest.digest))
    Conversation.objects.filter(pk=conversation.pk).update(changed_at=now)
    tell(_asked(approval), rules.Kind.APPROVAL_ASKED, conversation=conversation, by=by, about=approval.ref)
    return approval


def _why_no_reply(conversation: Conversation, text: str, seen: int, by: User) -> str | None:
    return why_no_reply(text, holder=conversation.holder_id, me=by.pk, seen=seen, messages=conversation.message_count)


def _asked(approval: Approval) -> list[int]:
    if approval.asked_of_id:
        return [approval.asked_of_id]
    roles = [role.value for role, rights in RIGHTS.items() if Right.PUBLISH in rights]
    return list(User.objects.filter(is_active=True, role__in=roles).values_list("pk", flat=True))


def _end(approval: Approval, state: rules.Asked, *, by: User | None, words: str = "") -> bool:
    """Close an open asking, once; the copy of the text goes, since the draft or the answer has it. Whether it was open."""
    record = approval.record_id
    changed = Approval.objects.filter(pk=approval.pk, state=rules.Asked.OPEN.value).update(
        state=state.value, decided_by=by, decided_at=clock.now(), words=words, record=None
    )
    if changed and record:
        Record.objects.filter(pk=record).delete()
    if changed:
        Conversation.objects.filter(pk=approval.conversation_id).update(changed_at=clock.now())
    return bool(changed)


@transaction.atomic
def approve(approval: Approval, *, seen: int, by: User) -> Message:
    """Approve and send, in the writer's name with one's own beside it. `seen`: how many messages the page showed.

    Of two at once one wins. Errors: Refused already_decided (detail: who) | own_draft | not_asked | draft_changed, and
    what conversations.reply refuses; then the asking stays open.
    """
    conversation = _lock(approval.conversation)
    approval = Approval.objects.select_related("draft__record", "record", "author", "decided_by").get(pk=approval.pk)
    same = approval.state == rules.Asked.OPEN and is_same(approval)
    if reason := rules.why_no_decision(
        approval.state, same=same, me=by.pk, author=approval.author_id, may=can_approve(by, approval)
    ):
        raise Refused(reason, approval.decided_by.name if approval.decided_by else "")
    assert approval.record is not None  # nosec B101  # noqa: S101  it goes only when the asking is closed
    text, files = approval.record.latest.text, draft_files(approval.draft)
    if conversation.holder_id == by.pk:
        # Whoever approves has read it and writes no answer of their own: their lock gives way.
        conversations.release(conversation, by=by)
    if not _end(approval, rules.Asked.APPROVED, by=by):
        raise Refused("already_decided")
    leaves = rules.leaves_at(clock.now(), send_at=approval.send_at, undo_seconds=Organisation.current().undo_seconds)
    message = conversations.reply(
        conversation,
        text=text,
        seen=seen,
        by=approval.author,
        wait=approval.wait,
        send_at=leaves,
        approved_by=by,
        files=files,
    )
    Approval.objects.filter(pk=approval.pk).update(message=message)
    journal.enter(
        "approval.given", actor_ref=by.ref, object_ref=conversation.ref, digest=bytes(message.record.latest.digest)
    )
    tell([approval.author_id], rules.Kind.APPROVED, conversation=conversation, by=by, about=approval.ref)
    retire(conversation, message=message, by=approval.author)
    return message


@transaction.atomic
def want_change(approval: Approval, *, words: str, by: User) -> None:
    """Say what should be changed; the writer is told. Errors: Refused empty | already_decided | own_draft | not_asked."""
    words = storable(" ".join(words.split()))[:2000]
    if not words:
        raise Refused("empty")
    conversation = _lock(approval.conversation)
    approval = Approval.objects.select_related("decided_by").get(pk=approval.pk)
    if reason := rules.why_no_decision(
        approval.state, same=True, me=by.pk, author=approval.author_id, may=can_approve(by, approval)
    ):
        raise Refused(reason, approval.decided_by.name if approval.decided_by else "")
    if not _end(approval, rules.Asked.CHANGE, by=by, words=words):
        raise Refused("already_decided")
    journal.enter("approval.change_wanted", actor_ref=by.ref, object_ref=conversation.ref, digest=NOTHING)
    tell([approval.author_id], rules.Kind.CHANGE_WANTED, conversation=conversation, by=by, about=approval.ref)


@transaction.atomic
def withdraw_asking(approval: Approval, *, by: User) -> None:
    """Take one's own asking back; the draft stays. Errors: Refused already_decided | not_asked."""
    conversation = _lock(approval.conversation)
    if approval.author_id != by.pk:
        raise Refused("not_asked")
    if not _end(approval, rules.Asked.WITHDRAWN, by=by):
        raise Refused("already_decided")
    journal.enter("approval.withdrawn", actor_ref=by.ref, object_ref=conversation.ref, digest=NOTHING)


@transaction.atomic
def follow_draft(conversation: Conversation, *, by: User) -> bool:
    """Call after a draft was kept: an asking about other words than it now has ends. Whether one did."""
    rows = Approval.objects.filter(conversation=conversation, author=by, state=rules.Asked.OPEN.value)
    if not rows.exists():
        return False
    _lock(conversation)
    approval = rows.select_related("draft__record").first()
    if approval is None or is_same(approval):
        return False
    if _end(approval, rules.Asked.CHANGED, by=by):
        journal.enter("approval.changed", actor_ref=by.ref, object_ref=conversation.ref, digest=NOTHING)
    return True


def retire(conversation: Conversation, *, message: Message, by: User | None) -> int:
    """Call inside the transaction of an answer: other askings and drafts are overtaken by it, and their writers are told.

    The drafts stay as working material, but the desk does not put them in the box again (`rules` of the desk's reading).
    How many people were told.
    """
    others = Approval.objects.filter(conversation=conversation, state=rules.Asked.OPEN.value)
    writers = set(Draft.objects.filter(conversation=conversation).values_list("author", flat=True))
    for approval in others:
        if _end(approval, rules.Asked.RETIRED, by=by):
            writers.add(approval.author_id)
    return tell(writers, rules.Kind.DRAFT_RETIRED, conversation=conversation, by=by, about=message.ref)


def retire_stale(limit: int = 50) -> int:
    """Worker's job: askings that an answer has overtaken which did not say so (one answer to many). How many."""
    later = Message.objects.filter(
        conversation=OuterRef("conversation"), direction=Message.OUT, captured_at__gt=OuterRef("asked_at")
    ).exclude(outbox__state=Sending.WITHDRAWN.value)
    stale = Approval.objects.filter(Exists(later), state=rules.Asked.OPEN.value).select_related("conversation")
    count = 0
    for approval in stale[:limit]:
        with transaction.atomic():
            _lock(approval.conversation)
            message = later.model.objects.filter(conversation=approval.conversation, direction=Message.OUT).order_by(
                "-pk"
            )[0]
            retire(approval.conversation, message=message, by=message.author)
            count += 1
    return count


def in_the_way(conversation: Conversation) -> str:
    """Why the conversation is not joined into another: a colleague is asked in it, and would not find it again."""
    held = Approval.objects.filter(conversation=conversation, state=rules.Asked.OPEN.value)
    return "has_asking" if held.exists() else ""

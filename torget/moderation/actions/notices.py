"""Notices by DSA article 16 and complaints against removals: each is a conversation with a receipt, and a row that joins it."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation

from torget.conversations import actions as conversations
from torget.conversations import rules as conversation_rules
from torget.conversations.actions.handling import lock
from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Account, Conversation, Message
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.moderation import words
from torget.moderation.actions.removing import answer, find_removal, undo
from torget.moderation.models import Complaint, Notice, Removal
from torget.moderation.rules import notices as rules
from torget.moderation.rules.notices import Decision
from torget.moderation.rules.watching import ADDRESSED
from torget.organisations.models import User


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the notice form gave. `nonce` came with the page: the same page sent twice is one notice."""

    target: str
    ground: str
    why: str
    name: str = ""
    email: str = ""
    good_faith: bool = False
    nonce: str = ""


def post_notice(noticed: Noticed) -> str:
    """Take in a notice, with record, journal entry and receipt; the receipt's secret.

    Errors: Refused empty | too_long | needs_target | needs_good_faith | needs_name (DSA 16(2)).
    """
    target = conversation_rules.storable(" ".join(noticed.target.split()))[:500]
    if not noticed.why.strip():
        raise Refused("empty")
    if not target:
        raise Refused("needs_target")
    if not noticed.good_faith:
        raise Refused("needs_good_faith")
    if rules.needs_a_name(noticed.ground) and not (noticed.name.strip() and noticed.email.strip()):
        raise Refused("needs_name")
    # The record is written in the organisation's language, whatever language its page was read in.
    with translation.override("sv"):
        text, subject = words.notice_text(noticed.ground, target, noticed.why.strip()), words.notice_subject()
    with transaction.atomic():
        secret = conversations.post_form(
            conversations.Written(
                text=text, subject=subject, name=noticed.name, email=noticed.email, nonce=noticed.nonce
            )
        )
        conversation = _of(secret)
        notice, made = Notice.objects.get_or_create(
            conversation=conversation,
            defaults={
                "ground": noticed.ground,
                "target": target,
                "concerns": _concerned(target),
                "good_faith": True,
                "received_at": clock.now(),
            },
        )
        if made:
            journal.enter("notice.received", actor_ref="resident", object_ref=notice.ref, digest=NOTHING)
            PublicVersion.bump()
    return secret


def _of(secret: str) -> Conversation:
    receipt = conversations.find_receipt(secret)
    if receipt is None:  # post_form has just made it
        raise Refused("unknown_receipt")
    return receipt.conversation


def _concerned(target: str) -> Conversation | None:
    """The conversation of ours that a notice points at, by its number or by the address of a message in a channel."""
    hosts = {settings.TORGET_URL.split("://", 1)[-1].lower(), *settings.TORGET_HOSTS}
    found = rules.target_of(target, hosts=frozenset(hosts))
    if found.number is not None:
        return Conversation.objects.filter(number=found.number).first()
    if not found.url:
        return None
    # By the name that its channel gives it or not at all: with the accounts an index finds it, without them nothing does.
    accounts = list(Account.objects.exclude(channel__in=ADDRESSED).values_list("pk", flat=True)[:200])
    named = Message.objects.filter(account__in=accounts, external_id=found.url).select_related("conversation")
    message = named.first()
    return message.conversation if message else None


@transaction.atomic
def decide_notice(notice: Notice, *, decision: Decision, text: str, by: User) -> Notice:
    """Decide on a notice and tell the notifier why (DSA 16(5)), on the receipt and by mail where there is an address.

    Errors: Refused decided | nothing_removed (nothing was taken away because of it yet), and those of `answer`.
    """
    conversation = lock(notice.conversation)
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if notice.decided_at is not None:
        raise Refused("decided")
    if decision is Decision.REMOVED and not notice.removals.exists():
        raise Refused("nothing_removed")
    answer(conversation, text=text, by=by)
    notice.decision, notice.decided_at, notice.decided_by = decision.value, clock.now(), by
    notice.save()
    journal.enter(f"notice.{decision.value}", actor_ref=by.ref, object_ref=notice.ref, digest=NOTHING)
    PublicVersion.bump()
    return notice


def complain(secret: str, *, text: str, email: str = "", nonce: str = "") -> str:
    """Take in a complaint against the removal that a secret opens; the receipt's secret.

    Errors: Refused not_found | empty | too_long | complained_already | undone_already.
    """
    removal = find_removal(secret)
    if removal is None:
        raise Refused("not_found")
    if not removal.in_force:
        raise Refused("undone_already")
    if not text.strip():
        raise Refused("empty")
    with translation.override("sv"):
        subject = words.complaint_subject(removal.message.conversation.number)
    with transaction.atomic():
        # One open complaint at a time; the lock makes the second of two at once see the first.
        Removal.objects.select_for_update(of=("self",)).get(pk=removal.pk)
        receipt = conversations.post_form(
            conversations.Written(text=text, subject=subject, email=email, nonce=f"{removal.pk}:{nonce}")
        )
        conversation = _of(receipt)
        if Complaint.objects.filter(conversation=conversation).exists():
            return receipt
        if removal.complaints.filter(decided_at=None).exists():
            raise Refused("complained_already")
        complaint = Complaint.objects.create(removal=removal, conversation=conversation, received_at=clock.now())
        journal.enter("complaint.received", actor_ref="resident", object_ref=complaint.ref, digest=NOTHING)
    return receipt


@transaction.atomic
def decide_complaint(complaint: Complaint, *, upheld: bool, text: str, by: User) -> Complaint:
    """Decide on a complaint, never on one's own decision; where it is upheld the message is shown again.

    Errors: Refused same_person | decided, and those of `answer` and `undo`.
    """
    conversation = lock(complaint.conversation)
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("removal__message__conversation").get(
        pk=complaint.pk
    )  # fmt: skip
    reason = rules.why_not_review(
        decider=complaint.removal.decided_by_id, reviewer=by.pk, open_=complaint.decided_at is None
    )
    if reason:
        raise Refused(reason)
    answer(conversation, text=text, by=by)
    complaint.upheld, complaint.decided_at, complaint.decided_by = upheld, clock.now(), by
    complaint.save()
    if upheld and complaint.removal.in_force:
        undo(complaint.removal, by=by)
    kind = f"complaint.{'upheld' if upheld else 'rejected'}"
    journal.enter(kind, actor_ref=by.ref, object_ref=complaint.ref, digest=NOTHING)
    PublicVersion.bump()
    return complaint


def in_the_way(conversation: Conversation) -> str:
    """Why the conversation is not joined into another: it is a notice or a complaint, and is answered as one."""
    is_one = Notice.objects.filter(conversation=conversation), Complaint.objects.filter(conversation=conversation)
    return "has_notice" if any(rows.exists() for rows in is_one) else ""

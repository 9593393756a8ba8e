"""Hide or remove, with evidence first; show again; and the worker's part, which asks a channel once and never guesses."""

import hmac
import logging
import os
import socket
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation

from torget.channels import live
from torget.channels.base import Visibility
from torget.channels.registry import live as live_channel
from torget.conversations import actions as conversations
from torget.conversations.actions import connecting
from torget.conversations.actions.handling import lock
from torget.conversations.models import Account, Conversation, Draft, Message
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.moderation import words
from torget.moderation.actions import evidence
from torget.moderation.models import Notice, Removal
from torget.moderation.rules import grounds
from torget.moderation.rules.grounds import Ground, How, Shown, State, Way
from torget.moderation.rules.watching import ADDRESSED
from torget.organisations.models import Organisation, User

log = logging.getLogger("torget.moderation")

LEASE = timedelta(minutes=2)
_BATCH = 20
_OWNER = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid4().hex[:8]}"
_OPENLY = (Visibility.PUBLIC.value, Visibility.UNLISTED.value)


def shown(message: Message) -> Shown:
    """Where a message can be read just now."""
    account = message.account
    social = account.channel not in ADDRESSED
    return Shown(
        open_there=social and message.visibility in _OPENLY,
        open_here=message.published_version is not None,
        live=account.is_live and live_channel(account.channel) is not None,
    )


def _read(message: Message) -> Message:
    """The message with what evidence needs, read anew."""
    related = ("record__case__authority", "account", "sender", "conversation")
    return Message.objects.select_related(*related).get(pk=message.pk)


def remove(
    message: Message, *, ground: Ground, how: How, by: User, statement: str = "", notice: Notice | None = None
) -> Removal:
    """Take a message away: a copy is kept first, then it is gone from our pages at once and asked away in its channel.

    Record, case and journal stay as they are. Errors: Refused already_removed | gone_already | nobody_sees_it |
    changed_since (its sender edited it meanwhile: read it again) | disk_full.
    """
    message = _read(message)
    _may_go(message)
    copy = evidence.copy_of(message, ground)
    try:
        with transaction.atomic():
            lock(message.conversation)
            message = _read(message)
            _may_go(message)
            if message.record.latest.number != copy.version:
                raise Refused("changed_since")
            kept = evidence.keep(copy, message, ground, by=by)
            now, way = clock.now(), grounds.way_of(shown(message))
            secret = _secret(bytes(kept.salt), kept.pk)
            removal = Removal.objects.create(
                message=message,
                evidence=kept,
                notice=notice,
                how=how.value,
                ground=ground.value,
                grounds_version=grounds.VERSION,
                statement=statement.strip().replace(words.LINK, address_of(secret)),
                secret_hash=_hash(secret),
                decided_by=by,
                decided_at=now,
                published_version=message.published_version,
                way=way.value,
                state=(State.DONE if way is Way.HERE else State.ASKED).value,
                done_at=now if way is Way.HERE else None,
            )
            _hide_here(message, by)
            _enter(f"message.{'hidden' if how is How.HIDE else 'removed'}", message, by.ref, bytes(kept.digest))
            PublicVersion.bump()
    except IntegrityError:
        # Two at once: the other one's removal holds.
        raise Refused("already_removed") from None
    return removal


def _may_go(message: Message) -> None:
    held = Removal.objects.filter(message=message).exclude(state=State.UNDONE.value).exists()
    if reason := grounds.why_not(shown(message), removed=held, deleted=message.deleted_at is not None):
        raise Refused(reason)


def _hide_here(message: Message, by: User) -> None:
    """Off our own pages: a published conversation goes on without it, or is taken down with its last message."""
    now = clock.now()
    Message.objects.filter(pk=message.pk).update(removed_at=now, published_version=None)
    rows = Conversation.objects.filter(pk=message.conversation_id)
    rows.update(changed_at=now, public_version=F("public_version") + 1)
    if not Message.objects.filter(conversation=message.conversation_id).exclude(published_version=None).exists():
        conversations.unpublish(rows.get(), by=by)


def _enter(kind: str, message: Message, actor: str, digest: bytes) -> None:
    journal.enter(kind, actor_ref=actor, object_ref=message.ref, digest=digest)


# ---- the writer's way to the decision -------------------------------------------------------------------------------


def _secret(salt: bytes, key: int) -> str:
    """128 bits that only this installation can derive, so that staff can be shown the address again."""
    mac = hmac.new(settings.SECRET_KEY.encode(), b"removal:" + salt + str(key).encode(), sha256).digest()
    return urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def secret_of(removal: Removal) -> str:
    """The secret in the address of a decision's own page."""
    return _secret(bytes(removal.evidence.salt), removal.evidence.pk)


def address_of(secret: str) -> str:
    """The whole address of a decision's own page, in Swedish: it stands in a letter."""
    with translation.override("sv"):
        return settings.TORGET_URL + reverse("moderation:decision", kwargs={"secret": secret})


def find_removal(secret: str) -> Removal | None:
    """The removal of a secret, by its hash."""
    return Removal.objects.select_related("message__conversation").filter(secret_hash=_hash(secret)).first()


def is_the_asker(message: Message) -> bool:
    """Whether an answer in the conversation reaches whoever wrote the message: in an open thread there are several."""
    latest = message.conversation.messages.filter(direction=Message.IN, deleted_at=None).order_by("-pk").first()
    return latest is not None and message.direction == Message.IN and latest.sender_id == message.sender_id


def answer(conversation: Conversation, *, text: str, by: User) -> Message | None:
    """Answer in a conversation that is locked. Where a colleague has to approve answers first, the text is kept as the
    draft that is to be approved, and None is given. Errors: Refused, those of `reply`, and draft_in_the_way.
    """
    try:
        return conversations.reply(conversation, text=text, seen=conversation.message_count, by=by)
    except Refused as refused:
        if refused.code != "needs_approval":
            raise
    if Draft.objects.filter(conversation=conversation, author=by).exists():
        raise Refused("draft_in_the_way")
    conversations.keep_draft(conversation, text=text, by=by)
    return None


def tell(removal: Removal, *, by: User) -> Message | None:
    """Send the statement of reasons to the writer as an answer. Errors: Refused not_the_asker, and those of `answer`."""
    message = _read(removal.message)
    if not is_the_asker(message):
        raise Refused("not_the_asker")
    with transaction.atomic():
        told = answer(lock(message.conversation), text=removal.statement, by=by)
        if told:
            Removal.objects.filter(pk=removal.pk).update(told=told)
    return told


# ---- show again -----------------------------------------------------------------------------------------------------


@transaction.atomic
def undo(removal: Removal, *, by: User) -> Removal:
    """Show it again: on our pages at once; in a channel that has taken it away already a person does it there.

    Errors: Refused("in_hand" | "undone_already"): the worker is asking the channel just now.
    """
    lock(removal.message.conversation)
    removal = Removal.objects.select_for_update(of=("self",)).select_related("message__conversation", "evidence").get(
        pk=removal.pk
    )  # fmt: skip
    if removal.state == State.DOING:
        raise Refused("in_hand")
    if not removal.in_force:
        raise Refused("undone_already")
    removal.state, removal.undone_at, removal.undone_by = State.UNDONE.value, clock.now(), by
    removal.save()
    message = removal.message
    public = message.conversation.published_at is not None
    Message.objects.filter(pk=message.pk).update(
        removed_at=None, published_version=removal.published_version if public else None
    )
    Conversation.objects.filter(pk=message.conversation_id).update(
        changed_at=clock.now(), public_version=F("public_version") + 1
    )
    _enter("message.shown_again", message, by.ref, bytes(removal.evidence.digest))
    PublicVersion.bump()
    return removal


@transaction.atomic
def decide(removal: Removal, *, gone: bool, by: User) -> None:
    """A person has looked in the channel: it is gone, or it is to be asked away once more. Only where one is needed."""
    lock(removal.message.conversation)
    waits = Q(state__in=[state.value for state in grounds.NEEDS_A_PERSON])
    by_hand = Q(state=State.ASKED.value, way=Way.BY_HAND.value)
    rows = Removal.objects.filter(pk=removal.pk).filter(waits | by_hand)
    if gone:
        changed = rows.update(state=State.DONE.value, done_at=clock.now(), problem="")
    else:
        changed = rows.filter(way=Way.CHANNEL.value).update(
            state=State.ASKED.value, next_attempt_at=None, problem="", attempts=0
        )
    if changed:
        kind = "removal.found_gone" if gone else "removal.asked_again"
        _enter(kind, removal.message, by.ref, bytes(removal.evidence.digest))


# ---- the worker -----------------------------------------------------------------------------------------------------


def remove_waiting() -> int:
    """Worker's job: ask each channel to take away what was decided; how many rows changed."""
    now = clock.now()
    # Whoever held it died in the middle: it was done or not, and a person looks.
    # A lease further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LEASE)
    lost = Removal.objects.filter(dead, state=State.DOING.value)
    changed = lost.update(state=State.UNKNOWN.value, problem="worker_stopped", lease_owner="", lease_until=None)
    due = Removal.objects.filter(state=State.ASKED.value, way=Way.CHANNEL.value)
    due = due.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)).order_by("pk")
    for key in list(due.values_list("pk", flat=True)[:_BATCH]):
        claimed = Removal.objects.filter(pk=key, state=State.ASKED.value).update(
            state=State.DOING.value, lease_owner=_OWNER, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
        if claimed:
            related = ("message__account", "message__outbox", "evidence")
            _settle(Removal.objects.select_related(*related).get(pk=key))
            changed += 1
    return changed


def _settle(removal: Removal) -> None:
    """Ask the channel once, outside any transaction, and write down what is known."""
    state, problem, wait = _take_away(removal)
    changes: dict[str, object] = {"lease_owner": "", "lease_until": None, "problem": problem[:100]}
    if wait is not None:
        seconds = grounds.next_attempt(removal.attempts, wait)
        state = State.REFUSED if seconds is None else State.ASKED
        changes["next_attempt_at"] = clock.now() + timedelta(seconds=seconds or 0.0)
    if state is State.DONE:
        changes["done_at"] = clock.now()
    with transaction.atomic():
        mine = Removal.objects.filter(pk=removal.pk, state=State.DOING.value, lease_owner=_OWNER)
        if mine.update(state=state.value, **changes) and state is not State.ASKED:
            _enter(f"removal.{state.value}", removal.message, "system", bytes(removal.evidence.digest))


def _take_away(removal: Removal) -> tuple[State, str, float | None]:
    """(state, problem, seconds to wait at least where it may be tried again). Never raises."""
    message = removal.message
    account: Account = message.account
    if Organisation.current().demo:
        return State.DONE, "", None  # nothing leaves a demo town
    channel = live_channel(account.channel)
    if channel is None or not account.is_live:
        return State.REFUSED, "not_connected", None
    outbox = getattr(message, "outbox", None)
    name = outbox.remote_id if outbox and outbox.remote_id else message.external_id
    try:
        channel.remove(connecting.connection(account), name)
    except live.Retry as problem:
        return State.ASKED, problem.why, problem.after
    except live.NeedsLogin as problem:
        connecting.note_problem(account, problem)
        return State.ASKED, "needs_login", 60.0
    except live.GiveUp as problem:
        return State.REFUSED, problem.why, None
    except live.Unknown as problem:
        return State.UNKNOWN, problem.why, None
    except Refused as refused:
        return State.ASKED, refused.code, 60.0
    except Exception as error:
        log.warning("removal.failed channel=%s error=%s", account.channel, type(error).__name__)
        return State.UNKNOWN, type(error).__name__, None
    return State.DONE, "", None

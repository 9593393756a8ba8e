"""Out: the outbox is swept by the worker; each answer leaves at most once, and what is unknown is asked of a person.

approved → sending → sent | bounced | refused | unknown. An unknown one is first looked for at its source; only where the
channel makes one message of two attempts under one key (and only within the hour) may a machine send it again.
"""

import logging
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q

from torget.channels import live
from torget.channels.base import Report
from torget.conversations import rules
from torget.conversations.actions import delivering, mailing
from torget.conversations.actions.delivering import Outcome
from torget.conversations.models import Account, Conversation, Message, Outbox
from torget.core import clock
from torget.journal import actions as journal
from torget.organisations.models import Organisation, User
from torget.register import actions as register

log = logging.getLogger("torget.outbox")
LONGEST_PAUSE = timedelta(minutes=60)
SAFE = timedelta(minutes=50)
"""How long after the first attempt a key is surely still known to the channel (Mastodon keeps it for an hour)."""
MOST_LOOKS = 3
PLANNED = timedelta(minutes=15)
"""An answer that rests longer than this is meant for later, and the thread is looked at again before it leaves."""
_OPEN = (rules.Sending.APPROVED.value, rules.Sending.SENDING.value)
WAYS = (rules.Way.EMAIL.value, rules.Way.RECEIPT.value, rules.Way.CHANNEL.value)


def send_waiting(limit: int = 20, *, account: int | None = None) -> int:
    """Worker's job: mark what a dead worker left, then send what is approved and due. Returns how many were handled.

    Without `account` what needs no channel (mails of the own form, answers on the receipt; in a demo town all); with it
    what leaves by that account. Each account is swept by a thread of its own: one that is slow delays no other.
    """
    # Asked each second: where nothing waits, one short question by an index is all that it costs.
    if not Outbox.objects.filter(state__in=_OPEN).exists():
        return 0
    now = clock.now()
    done = _mark_abandoned()
    ways = WAYS if Organisation.current().demo else WAYS[:2]
    # An account that was disconnected has no thread: what was to leave by it is shown to a person at once.
    cut_off = Q(way=rules.Way.CHANNEL.value, account__state=Account.OFF)
    lane = Q(way=rules.Way.CHANNEL.value, account=account) if account else Q(way__in=ways) | cut_off
    # A next attempt further ahead than any pause was set before the clock was moved back.
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + LONGEST_PAUSE)
    rested = Q(not_before=None) | Q(not_before__lte=now)
    waiting = Outbox.objects.filter(due, rested, lane, state=rules.Sending.APPROVED.value)
    for pk in list(waiting.order_by("id").values_list("pk", flat=True)[:limit]):
        done += _send(pk)
    return done


def _mark_abandoned() -> int:
    """Answers whose worker was silent for the length of its lease: they may have gone out, so their outcome is unknown."""
    now = clock.now()
    # A lease further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * rules.SENDING_LEASE)
    abandoned = Outbox.objects.filter(dead, state=rules.Sending.SENDING.value)
    count = 0
    for outbox in abandoned.select_related("message__conversation"):
        with transaction.atomic():
            _hold(outbox)
            changed = abandoned.filter(pk=outbox.pk).update(
                state=rules.Sending.UNKNOWN.value, problem="worker_stopped", next_attempt_at=None
            )
            if changed:
                _wants_a_person(outbox)
                count += 1
    return count


def _hold(outbox: Outbox) -> None:
    """The conversation's lock first, as every other verb takes it; it may have been joined into another meanwhile."""
    key = Message.objects.values_list("conversation_id", flat=True).get(pk=outbox.message_id)
    Conversation.objects.select_for_update().values_list("pk").get(pk=key)
    outbox.message.conversation_id = key


def answered_again(outbox: Outbox) -> None:
    """What waited for the fate of this answer is answered, unless somebody has asked anew; an acknowledgement is no answer."""
    if outbox.message.automatic:
        return
    newer = Message.objects.filter(
        conversation=outbox.message.conversation_id, direction=Message.IN, automatic=False, pk__gt=outbox.message_id
    )
    waiting = Conversation.objects.filter(pk=outbox.message.conversation_id, state=rules.State.WAITING.value)
    if newer.exists():
        waiting.update(state=rules.State.ASSIGNED.value, changed_at=clock.now())
    else:
        waiting.update(state=rules.State.ANSWERED.value, changed_at=clock.now())


def _wants_a_person(outbox: Outbox) -> None:
    """Bring the conversation to the waiting queue, where a person decides; an acknowledgement needs none."""
    if outbox.message.automatic:
        return
    Conversation.objects.filter(pk=outbox.message.conversation_id).update(
        state=rules.State.WAITING.value, snoozed_until=None, changed_at=clock.now()
    )


def _send(pk: int) -> int:
    """Send one: claim it, hand it over outside any transaction, note the outcome. 1 when this worker handled it."""
    now = clock.now()
    claimed = Outbox.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now), pk=pk, state=rules.Sending.APPROVED.value
    ).update(state=rules.Sending.SENDING.value, lease_owner=uuid4().hex, lease_until=now + rules.SENDING_LEASE)
    if not claimed:
        return 0
    Outbox.objects.filter(pk=pk, first_attempt_at=None).update(first_attempt_at=now)
    outbox = _load(pk)
    _note(outbox, Outcome(rules.Sending.REFUSED, "thread_moved") if _has_moved(outbox) else _hand_over(outbox))
    return 1


def _has_moved(outbox: Outbox) -> bool:
    """Whether the one who is answered has written again since an answer was planned for later (docs/rules/conversation.md).

    The half minute of undo is no plan: what comes in it is answered next.
    """
    message = outbox.message
    if outbox.not_before is None or outbox.not_before - message.captured_at < PLANNED:
        return False
    newer = Message.objects.filter(
        conversation=message.conversation_id, direction=Message.IN, automatic=False, pk__gt=message.pk
    )
    contact = message.conversation.contact_id
    return (newer.filter(sender=contact) if contact else newer).exists()


def _load(pk: int) -> Outbox:
    return Outbox.objects.select_related("message__record", "message__conversation", "account").get(pk=pk)


def _hand_over(outbox: Outbox) -> Outcome:
    """By its way: a mail of the own form, the receipt page (which needs nothing more), or the connected channel."""
    if outbox.way == rules.Way.RECEIPT:
        return Outcome(rules.Sending.SENT)
    if outbox.way == rules.Way.EMAIL or outbox.account is None:
        state, problem = mailing.hand_over(outbox)
        return Outcome(state, problem)
    return delivering.deliver(outbox.account, outgoing(outbox))


def outgoing(outbox: Outbox) -> live.Outgoing:
    """The answer as its channel takes it."""
    conversation, organisation = outbox.message.conversation, Organisation.current()
    text = outbox.message.record.latest.text
    if conversation.channel == "mail" and not outbox.message.automatic:
        text = f"{text}\n\n{organisation.name}\n{organisation.phone}".rstrip()
    return live.Outgoing(
        key=outbox.mail_id,
        text=text,
        reply_to=outbox.reply_to,
        thread=tuple(outbox.thread),
        address=outbox.address,
        subject=conversation.subject,
        visibility=outbox.message.visibility,
        warning=outbox.message.warning,
        sender_name=organisation.name,
        automatic=outbox.message.automatic,
        made_at=outbox.message.captured_at,
    )


@transaction.atomic
def _note(outbox: Outbox, outcome: Outcome) -> None:
    """Write down the outcome and what follows from it."""
    attempts = outbox.attempts + 1
    again = outcome.state is rules.Sending.APPROVED
    pause = max(timedelta(minutes=2 ** min(attempts, 10)), timedelta(seconds=outcome.retry_after))
    _hold(outbox)
    # One who took longer than the lease knows all the same that it is out, as long as nobody else has had it in hand.
    states = [rules.Sending.SENDING.value]
    states += [rules.Sending.UNKNOWN.value] if outcome.state is rules.Sending.SENT else []
    changed = Outbox.objects.filter(pk=outbox.pk, state__in=states, lease_owner=outbox.lease_owner).update(
        state=outcome.state.value,
        attempts=attempts,
        problem=outcome.problem[:200],
        lease_owner="",
        lease_until=None,
        next_attempt_at=clock.now() + min(LONGEST_PAUSE, pause) if again else None,
    )
    if not changed:
        return
    if outcome.state is rules.Sending.SENT:
        _is_out(outbox, outcome.sent)
        answered_again(outbox)
    elif not again:
        _wants_a_person(outbox)


def _is_out(outbox: Outbox, sent: live.Sent | None, by: str = "system") -> None:
    """It is out: the record is dispatched, and replies to what the channel calls it find their way here."""
    now = clock.now()
    remote = sent.remote_id[:500] if sent else ""
    Outbox.objects.filter(pk=outbox.pk).update(
        state=rules.Sending.SENT.value,
        sent_at=now,
        problem="",
        next_attempt_at=None,
        remote_id=remote or outbox.remote_id,
        remote_url=(sent.url if sent else "") or outbox.remote_url,
    )
    if remote:
        Message.objects.filter(pk=outbox.message_id).update(alias=remote[:200], url=sent.url if sent else "")
    register.dispatch(outbox.message.record, by=by)
    Conversation.objects.filter(pk=outbox.message.conversation_id).update(changed_at=now)


# ---- what is unknown ------------------------------------------------------------------------------------------------


def look_for_unknown(account: int, limit: int = 10) -> int:
    """Look at the source for answers of unknown outcome that left by an account; how many were settled."""
    now = clock.now()
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
    rows = Outbox.objects.filter(
        due, state=rules.Sending.UNKNOWN.value, way=rules.Way.CHANNEL.value, account=account, looked_at=None
    ).order_by("id")
    return sum(look_at_source(_load(pk)) for pk in list(rows.values_list("pk", flat=True)[:limit]))


def look_at_source(outbox: Outbox, *, by: User | None = None) -> bool:
    """Look for an answer of unknown outcome in its channel; True when that settled it.

    Found: sent. Surely not there: sent again by machine where that is safe, else a person decides. Not to be seen: a
    person decides after a few looks. The network is asked outside any transaction.
    """
    if outbox.state != rules.Sending.UNKNOWN or outbox.account is None:
        return False
    now = clock.now()
    try:
        sent = delivering.look_for(outbox.account, outgoing(outbox))
    except live.Problem as problem:
        looks = outbox.attempts + 1
        last = looks >= MOST_LOOKS or not isinstance(problem, live.Retry)
        Outbox.objects.filter(pk=outbox.pk, state=rules.Sending.UNKNOWN.value).update(
            looked_at=now if last else None,
            attempts=F("attempts") + 1,
            next_attempt_at=None if last else now + timedelta(minutes=2**looks),
            problem=f"not_seen_{problem.why}"[:200],
        )
        return False
    return _settle(outbox, sent, by)


@transaction.atomic
def _settle(outbox: Outbox, sent: live.Sent | None, by: User | None) -> bool:
    now, actor = clock.now(), by.ref if by else "system"
    _hold(outbox)
    rows = Outbox.objects.filter(pk=outbox.pk, state=rules.Sending.UNKNOWN.value)
    if sent is not None:
        if not rows.update(looked_at=now):
            return False
        _is_out(outbox, sent, by=actor)
        answered_again(outbox)
        journal.enter("answer.found_sent", actor_ref=actor, object_ref=outbox.message.ref, digest=bytes(32))
        return True
    first = outbox.first_attempt_at
    account = outbox.account
    if account and first and now - first < SAFE and delivering.repeats_safely(account):
        again = rows.update(
            state=rules.Sending.APPROVED.value, lease_owner="", looked_at=None, next_attempt_at=None, problem=""
        )
        return bool(again)
    rows.update(looked_at=now, problem="not_found")
    return False


@transaction.atomic
def note_report(account: Account, report: Report) -> bool:
    """A report about an answer of ours: a bounce brings it back to a person; whether it was one of ours."""
    names = [form for name in report.concerns if name for form in (name, f"<{name.strip('<>')}>")]
    ours = Outbox.objects.select_related("message__conversation").order_by("pk")
    # Two questions, each of which an index answers.
    outbox = ours.filter(mail_id__in=names).first() or ours.filter(remote_id__in=names).first() if names else None
    if outbox is None:
        return False
    _hold(outbox)
    if report.outcome == "bounced":
        changed = Outbox.objects.filter(
            pk=outbox.pk, state__in=[rules.Sending.SENT.value, rules.Sending.UNKNOWN.value]
        ).update(state=rules.Sending.BOUNCED.value, problem=f"bounced_{report.reason}"[:200])
        if changed:
            _wants_a_person(outbox)
            journal.enter("answer.bounced", actor_ref="system", object_ref=outbox.message.ref, digest=bytes(32))
    elif report.outcome == "delayed":
        Outbox.objects.filter(pk=outbox.pk, state=rules.Sending.SENT.value).update(problem="delayed")
    return True

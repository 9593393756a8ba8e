"""The worker's part: what is approved and due leaves, once; what is unknown is looked for in its channel.

approved → sending → sent | refused | unknown. A worker that dies in the middle leaves "sending"; when its lease is out the
outcome is unknown, the channel is looked at, and what is not found there a person decides. Nothing is sent twice by machine.
"""

import logging
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from torget.channels import live
from torget.conversations.actions import delivering
from torget.conversations.actions.delivering import Outcome
from torget.conversations.rules import Sending
from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions as files
from torget.files.rules import Showing
from torget.organisations.models import Organisation
from torget.posts.actions import keeping, rows
from torget.posts.models import Delivery
from torget.posts.rules import planning

log = logging.getLogger("torget.posts")
PICTURES_PAUSE = timedelta(seconds=5)
LOOK_PAUSE = timedelta(minutes=2)


def _due() -> QuerySet[Delivery]:
    now = clock.now()
    # A next attempt further ahead than any pause was set before the clock was moved back.
    again = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + planning.LONGEST_PAUSE)
    return Delivery.objects.filter(again, state=Sending.APPROVED.value, not_before__lte=now)


def _abandoned() -> QuerySet[Delivery]:
    now = clock.now()
    # A lease further ahead than any can be was set before the clock was moved back.
    dead = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * planning.LEASE)
    return Delivery.objects.filter(dead, state=Sending.SENDING.value)


def _unseen() -> QuerySet[Delivery]:
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=clock.now())
    return Delivery.objects.filter(due, state=Sending.UNKNOWN.value, looked_at=None)


def _is_quiet() -> bool:
    """Whether nothing is to be sent, is being sent or is of unknown outcome: asked each second, by two small indexes."""
    going = Delivery.objects.filter(state__in=(Sending.APPROVED.value, Sending.SENDING.value))
    return not going.exists() and not Delivery.objects.filter(state=Sending.UNKNOWN.value).exists()


def accounts_with_work() -> list[int]:
    """Keys of the accounts by which something is to be sent or looked for now."""
    found: set[int] = set()
    if _is_quiet():
        return []
    for waiting in (_due(), _abandoned(), _unseen()):
        found.update(waiting.values_list("account_id", flat=True)[:500])
    return sorted(found)


def send_waiting(account: int | None = None, limit: int = 20) -> int:
    """Mark what a dead worker left, send what is due (by one account, or all), look for what is unknown; how many."""
    of = Q() if account is None else Q(account=account)
    done = 0
    if _is_quiet():
        return done
    for pk in list(_abandoned().filter(of).values_list("pk", flat=True)[:limit]):
        done += _give_up_on(pk)
    for pk in list(_due().filter(of).order_by("not_before", "pk").values_list("pk", flat=True)[:limit]):
        done += _send(pk)
    return done + look_for_unknown(account, limit)


@transaction.atomic
def _give_up_on(pk: int) -> int:
    """A delivery whose worker fell silent: it may have gone out."""
    post = rows.lock(Delivery.objects.select_related("post").get(pk=pk).post)
    changed = (
        _abandoned()
        .filter(pk=pk)
        .update(
            state=Sending.UNKNOWN.value,
            problem="worker_stopped",
            lease_until=None,
            next_attempt_at=None,
        )
    )
    if changed:
        rows.restage(post)
        rows.enter("post.unknown", post, None)
    return changed


def _load(pk: int) -> Delivery:
    related = ("account__authority", "version", "post__approved_by", "record")
    return Delivery.objects.select_related(*related).prefetch_related("version__pictures__blob__rendition").get(pk=pk)


def _send(pk: int) -> int:
    """Send one: claim it, hand it over outside any transaction, note the outcome. 1 when this worker handled it."""
    now = clock.now()
    claimed = (
        _due()
        .filter(pk=pk)
        .update(state=Sending.SENDING.value, lease_owner=uuid4().hex, lease_until=now + planning.LEASE)
    )
    if not claimed:
        return 0
    delivery = _load(pk)
    try:
        outgoing = outgoing_of(delivery)
    except Refused as refused:
        # Surely not sent: a picture that is not ready yet is waited for, one that is lost is a person's to replace.
        waits = refused.code == "pictures_waiting"
        _note(delivery, Outcome(Sending.APPROVED if waits else Sending.REFUSED, refused.code), tried=False)
        return int(not waits)
    if delivery.first_attempt_at is None:
        Delivery.objects.filter(pk=pk).update(first_attempt_at=now)
    _note(delivery, delivering.deliver(delivery.account, outgoing))
    return 1


def outgoing_of(delivery: Delivery) -> live.Outgoing:
    """The post as its channel takes it; pictures re-encoded, so that no place or name in them leaves with them.

    Errors: Refused("pictures_waiting" | "picture_unreadable" | "file_missing" | "file_damaged").
    """
    pictures = []
    for picture in delivery.version.pictures_in_order():
        shown = picture.blob.shown
        if shown is None:
            raise Refused("pictures_waiting" if picture.blob.showing == Showing.WAITING else "picture_unreadable")
        name = f"{picture.filename.rpartition('.')[0] or picture.filename}.webp"
        pictures.append(live.Picture(name, shown.media_type, files.read_verified(shown.pk), picture.alt))
    return live.Outgoing(
        key=delivery.key,
        text=keeping.text_of(delivery),
        warning=delivery.version.warning if keeping.shape_of(delivery).warning else "",
        language=delivery.version.language,
        pictures=tuple(pictures),
        sender_name=Organisation.current().name,
        made_at=delivery.first_attempt_at or clock.now(),
    )


@transaction.atomic
def _note(delivery: Delivery, outcome: Outcome, *, tried: bool = True) -> None:
    """Write down the outcome and what follows from it; who has lost the lease writes nothing."""
    post = rows.lock(delivery.post)
    # One who took longer than the lease knows all the same that it is out, as long as nobody else has had it in hand.
    states = [Sending.SENDING.value, *([Sending.UNKNOWN.value] if outcome.state is Sending.SENT else [])]
    mine = Delivery.objects.filter(pk=delivery.pk, state__in=states, lease_owner=delivery.lease_owner)
    attempts = delivery.attempts + int(tried)
    again = outcome.state is Sending.APPROVED
    wait = planning.pause(attempts, outcome.retry_after) if tried else PICTURES_PAUSE
    changed = mine.update(
        state=outcome.state.value,
        attempts=attempts,
        problem=outcome.problem[:200],
        lease_owner="",
        lease_until=None,
        next_attempt_at=clock.now() + wait if again else None,
        looked_at=None,
        found="",
    )
    if not changed:
        return
    if outcome.state is Sending.SENT:
        delivery.attempts, delivery.post = attempts, post
        keeping.is_out(delivery, outcome.sent)
    rows.restage(post)
    if outcome.state in (Sending.UNKNOWN, Sending.REFUSED):
        rows.enter(f"post.{outcome.state.value}", post, None)


# ---- what is unknown ------------------------------------------------------------------------------------------------


def look_for_unknown(account: int | None = None, limit: int = 10) -> int:
    """Look in the channel for deliveries of unknown outcome; how many were looked for to an end."""
    of = Q() if account is None else Q(account=account)
    return sum(_look(pk) for pk in list(_unseen().filter(of).order_by("pk").values_list("pk", flat=True)[:limit]))


def _look(pk: int) -> int:
    """Look for one. Found: it is out. Not there, or not to be seen: a person decides, and is told which."""
    delivery = _load(pk)
    try:
        sent = delivering.look_for(delivery.account, outgoing_of(delivery))
    except live.Retry:
        Delivery.objects.filter(pk=pk, state=Sending.UNKNOWN.value).update(next_attempt_at=clock.now() + LOOK_PAUSE)
        return 0
    except (live.Problem, Refused) as problem:
        log.info("posts.cannot_look delivery=%s error=%s", pk, type(problem).__name__)
        return _looked(delivery, "cannot_see", None)
    return _looked(delivery, "there" if sent else "not_there", sent)


@transaction.atomic
def _looked(delivery: Delivery, found: str, sent: live.Sent | None) -> int:
    post = rows.lock(delivery.post)
    mine = Delivery.objects.filter(pk=delivery.pk, state=Sending.UNKNOWN.value)
    if not mine.update(looked_at=clock.now(), found=found, next_attempt_at=None):
        return 0
    if sent is not None:
        delivery = _load(delivery.pk)
        delivery.post = post
        keeping.is_out(delivery, sent)
        rows.restage(post)
    return 1

"""Ask for approval, approve, send back, move, stop; and say what became of a delivery that nobody knows of."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from torget.channels.text import clean
from torget.conversations.actions import delivering
from torget.conversations.rules import Sending
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import Organisation, User
from torget.posts.actions import keeping, ready, rows
from torget.posts.models import Delivery, Post
from torget.posts.rules import planning
from torget.posts.rules.planning import Stage

DECISIONS = ("out", "again", "leave")


@transaction.atomic
def submit(post: Post, *, seen: int, by: User) -> Post:
    """Ask a colleague to approve. Errors: Refused("changed_since" | "already_approved" | "not_ready")."""
    post = _ready(post, seen)
    if post.stage != Stage.WAITING:
        post.stage, post.submitted_by, post.wanted, post.wanted_by = Stage.WAITING.value, by, "", None
        post.changed_at = clock.now()
        post.save()
        rows.enter("post.submitted", post, by, bytes(post.now.digest))
    return post


def _ready(post: Post, seen: int) -> Post:
    """The post, locked, where the version that was seen may go out. Errors: Refused."""
    post = rows.lock(post)
    if post.deleted_at:
        raise Refused("deleted")
    if post.stage not in (Stage.DRAFT, Stage.WAITING):
        raise Refused("already_approved", post.approved_by.name if post.approved_by else "")
    if seen != post.now.number:
        raise Refused("changed_since", post.now.author.name)
    if code := ready.look_over(post.now).code:
        raise Refused("not_ready", code)
    return post


@transaction.atomic
def approve(post: Post, *, seen: int, by: User) -> Post:
    """Approve the version that was seen; it leaves at its time, and not before it could be taken back.

    Errors: Refused("own_post" | "changed_since" | "already_approved" | "not_ready" | "partly_out" | "deleted").
    """
    organisation = Organisation.current()
    post = _ready(post, seen)
    version = post.now
    if reason := planning.why_not_approve(
        Stage(post.stage),
        me=by.pk,
        author=post.author_id,
        writer=version.author_id,
        needs_approval=organisation.needs_approval,
        seen=seen,
        version=version.number,
    ):
        raise Refused(reason)
    now = clock.now()
    old = Delivery.objects.filter(post=post)
    # What an earlier approval left behind has surely not gone out: it is forgotten with its key.
    old.filter(state__in=[Sending.WITHDRAWN.value, Sending.REFUSED.value, Sending.BOUNCED.value]).delete()
    if old.exists():
        raise Refused("partly_out")
    leaves = planning.leaves_at(post.planned_at, now, organisation.undo_seconds)
    post.planned_at = max(post.planned_at, now) if post.planned_at else now
    for one in ready.look_over(version).accounts:
        Delivery.objects.create(
            post=post,
            account=one.account,
            version=version,
            state=(Sending.NO_WAY_OUT if one.by_hand else Sending.APPROVED).value,
            key=_key(one),
            not_before=leaves,
        )
    post.approved_by, post.approved_at = by, now
    post.wanted, post.wanted_by = "", None
    rows.restage(post)
    rows.enter("post.approved", post, by, bytes(version.digest))
    return post


def _key(one: ready.InAccount) -> str:
    """Our own name for the delivery, in the form that its channel wants; fixed here, before anything is sent."""
    try:
        return delivering.new_key(one.account)
    except ImportError:
        # A channel whose library is not installed sends nothing either.
        return uuid4().hex


@transaction.atomic
def send_back(post: Post, *, wanted: str, by: User) -> Post:
    """Say what should be changed; the post is a draft again. Errors: Refused("empty" | "already_approved")."""
    wanted = clean(wanted, 2000).strip()
    if not wanted:
        raise Refused("empty")
    post = rows.lock(post)
    if post.stage not in (Stage.DRAFT, Stage.WAITING):
        raise Refused("already_approved", post.approved_by.name if post.approved_by else "")
    post.stage, post.wanted, post.wanted_by, post.submitted_by = Stage.DRAFT.value, wanted, by, None
    post.changed_at = clock.now()
    post.save()
    rows.enter("post.sent_back", post, by)
    return post


@transaction.atomic
def withdraw(post: Post, *, by: User) -> Post:
    """Take back what was asked for or approved, as far as it has not left. Errors: Refused("already_leaving")."""
    post = rows.lock(post)
    if post.stage == Stage.WAITING:
        post.stage, post.submitted_by, post.changed_at = Stage.DRAFT.value, None, clock.now()
        post.save()
    elif rows.stop(post):
        rows.restage(post)
    else:
        raise Refused("already_leaving")
    rows.enter("post.withdrawn", post, by)
    return post


@transaction.atomic
def move(post: Post, planned_at: datetime | None, *, by: User) -> Post:
    """Give a post another time. With approval by a colleague, who wrote it moves it only before it is approved.

    Errors: Refused("own_time" | "already_leaving").
    """
    post = rows.lock(post)
    organisation, now = Organisation.current(), clock.now()
    if post.stage in (Stage.DRAFT, Stage.WAITING):
        post.planned_at = planned_at
    else:
        if organisation.needs_approval and by.pk in (post.author_id, post.now.author_id):
            raise Refused("own_time")
        leaves = planning.leaves_at(planned_at, now, organisation.undo_seconds)
        here = Delivery.objects.filter(post=post, state__in=rows.STILL_HERE)
        if not here.update(not_before=leaves, next_attempt_at=None):
            raise Refused("already_leaving")
        post.planned_at = max(planned_at, now) if planned_at else now
    post.changed_at = now
    post.save()
    rows.enter("post.moved", post, by)
    return post


@transaction.atomic
def decide(delivery: Delivery, *, decision: str, url: str = "", by: User) -> Delivery:
    """A person says what became of a delivery: `out`, to be sent `again`, or to `leave` it.

    Of what is put out by hand it is `out` or `leave`. Twice changes nothing. Errors: Refused("unknown_decision").
    """
    if decision not in DECISIONS:
        raise Refused("unknown_decision")
    post = rows.lock(delivery.post)
    related = ("account__authority", "version__author", "record")
    delivery = Delivery.objects.select_related(*related).get(pk=delivery.pk)
    delivery.post = post
    decided = (Sending.UNKNOWN, Sending.REFUSED, Sending.BOUNCED, Sending.NO_WAY_OUT)
    # A post that is a draft again is approved anew, with deliveries of its own.
    if delivery.sending not in decided or post.stage not in (Stage.PLANNED, Stage.TROUBLE):
        return delivery
    if decision == "out":
        keeping.is_out(delivery, None, url=url, by=by)
        kind = "post.found_sent"
    elif decision == "leave":
        _set(delivery, Sending.WITHDRAWN)
        kind = "post.left"
    elif delivery.sending is Sending.NO_WAY_OUT:
        raise Refused("unknown_decision")
    else:
        _set(delivery, Sending.APPROVED)
        kind = "post.sent_again"
    rows.restage(post)
    rows.enter(kind, post, by)
    return delivery


def _set(delivery: Delivery, state: Sending) -> None:
    delivery.state, delivery.problem, delivery.next_attempt_at = state.value, "", None
    delivery.looked_at, delivery.found = None, ""
    delivery.save()


@transaction.atomic
def ask_to_look(delivery: Delivery, *, by: User) -> None:
    """Have the worker look in the channel again, within seconds: no page waits for the network."""
    changed = Delivery.objects.filter(pk=delivery.pk, state=Sending.UNKNOWN.value).update(
        looked_at=None, found="", next_attempt_at=None
    )
    if changed:
        rows.enter("post.looked_for", delivery.post, by)

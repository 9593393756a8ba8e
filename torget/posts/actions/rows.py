"""What every verb about a post begins and ends with: its lock, its journal entry, the stage its deliveries give it."""

from torget.conversations.rules import Sending
from torget.core import clock
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.posts.models import Delivery, Post
from torget.posts.rules import planning
from torget.posts.rules.planning import Stage

NOTHING = bytes(32)
"""The digest of an entry that concerns no words."""
STILL_HERE = (Sending.APPROVED.value, Sending.NO_WAY_OUT.value)
"""States of a delivery that surely has not left: it can be stopped."""


def lock(post: Post) -> Post:
    """The post under a row lock, read once the lock is ours. Every verb takes it before any delivery."""
    Post.objects.select_for_update().values_list("pk").get(pk=post.pk)
    return Post.objects.select_related("current__author", "author", "approved_by").get(pk=post.pk)


def sendings(post: Post) -> list[Sending]:
    """The states of its deliveries."""
    return [Sending(state) for state in Delivery.objects.filter(post=post).values_list("state", flat=True)]


def stop(post: Post) -> int:
    """Withdraw what has surely not left; how many deliveries that was. A worker that is quicker wins."""
    return Delivery.objects.filter(post=post, state__in=STILL_HERE).update(
        state=Sending.WITHDRAWN.value, next_attempt_at=None
    )


def restage(post: Post) -> Stage:
    """Give an approved post the stage that its deliveries say, and save it."""
    stage = planning.stage_of(sendings(post))
    post.stage, post.changed_at = stage.value, clock.now()
    if stage is Stage.DRAFT:
        post.approved_by = post.approved_at = post.submitted_by = None
    post.save()
    return stage


def enter(kind: str, post: Post, by: User | None, digest: bytes = NOTHING) -> None:
    """A journal entry about the post; without a person it was the machine."""
    journal.enter(kind, actor_ref=by.ref if by else "system", object_ref=post.ref, digest=digest)

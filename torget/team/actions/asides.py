"""Saved replies and views, shifts, preferences: what stands beside the work and makes it quicker."""

from datetime import date, time

from django.db import transaction
from django.db.models import F

from torget.conversations.rules import storable
from torget.core import clock, removed
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.team import rules
from torget.team.models import Preferences, SavedReply, SavedView, Shift

NOTHING = bytes(32)
MAX_VIEWS = 12
"""So many views somebody may have: they are tabs."""


@transaction.atomic
def save_reply(reply: SavedReply | None, *, title: str, text: str, shared: bool, by: User) -> SavedReply:
    """Save a new or changed reply. Errors: Refused("empty") without title or text."""
    title, text = storable(" ".join(title.split()))[:120], storable(text.replace("\r\n", "\n").strip())[:20_000]
    if not title or not text:
        raise Refused("empty")
    kept = reply or SavedReply(made_by=by)
    kept.title, kept.text, kept.owner, kept.changed_at = title, text, None if shared else by, clock.now()
    kept.save()
    journal.enter("saved_reply.changed", actor_ref=by.ref, object_ref=kept.ref, digest=NOTHING)
    return kept


@transaction.atomic
def remove_reply(reply: SavedReply, *, by: User) -> None:
    """Take a saved reply away; answers that began with it stay as they are."""
    journal.enter("saved_reply.removed", actor_ref=by.ref, object_ref=reply.ref, digest=NOTHING)
    reply.delete()


@transaction.atomic
def bring_back_reply(reply: SavedReply, *, by: User) -> None:
    """Put back a reply that was taken away, as it was; one that is back already stays as it is."""
    if removed.put_back(reply):
        journal.enter("saved_reply.changed", actor_ref=by.ref, object_ref=reply.ref, digest=NOTHING)


def use_reply(reply: SavedReply) -> None:
    """Count that a reply was put in a draft."""
    SavedReply.objects.filter(pk=reply.pk).update(used=F("used") + 1)


@transaction.atomic
def save_view(*, name: str, query: str, shared: bool, by: User) -> SavedView:
    """Save a queue with its filters as a tab. Errors: Refused empty | too_many_views."""
    name = storable(" ".join(name.split()))[:40]
    if not name or not query:
        raise Refused("empty")
    if SavedView.objects.filter(made_by=by).count() >= MAX_VIEWS:
        raise Refused("too_many_views")
    view = SavedView.objects.create(name=name, query=storable(query)[:400], owner=None if shared else by, made_by=by)
    journal.enter("saved_view.added", actor_ref=by.ref, object_ref=f"saved_view:{view.pk}", digest=NOTHING)
    return view


@transaction.atomic
def remove_view(view: SavedView, *, by: User) -> None:
    """Take a saved view away."""
    journal.enter("saved_view.removed", actor_ref=by.ref, object_ref=f"saved_view:{view.pk}", digest=NOTHING)
    view.delete()


@transaction.atomic
def add_shift(user: User, *, weekday: int | None, day: date | None, starts: time, ends: time, by: User) -> Shift:
    """Put somebody at the desk each week on a weekday, or on one day. Errors: Refused shift_backwards | shift_when."""
    if ends <= starts:
        raise Refused("shift_backwards")
    if (weekday is None) == (day is None):
        raise Refused("shift_when")
    shift = Shift.objects.create(user=user, weekday=weekday, day=day, starts=starts, ends=ends)
    journal.enter("shift.added", actor_ref=by.ref, object_ref=user.ref, digest=NOTHING)
    return shift


@transaction.atomic
def remove_shift(shift: Shift, *, by: User) -> None:
    """Take a shift away."""
    journal.enter("shift.removed", actor_ref=by.ref, object_ref=shift.user.ref, digest=NOTHING)
    shift.delete()


@transaction.atomic
def change_preferences(*, digest: bool, muted: list[str], keys: bool, by: User) -> Preferences:
    """How somebody wants their notices and keys; only their own."""
    known = [kind.value for kind in rules.Kind if kind.value in muted]
    kept, _ = Preferences.objects.update_or_create(user=by, defaults={"digest": digest, "muted": known, "keys": keys})
    journal.enter("preferences.changed", actor_ref=by.ref, object_ref=by.ref, digest=NOTHING)
    return kept

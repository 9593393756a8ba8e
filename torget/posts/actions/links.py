"""The address under which one reads the plan in a calendar of one's own: made, shown once, taken away."""

import secrets
from hashlib import sha256

from django.db import transaction

from torget.core import clock
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.posts.actions.rows import NOTHING
from torget.posts.models import CalendarLink


@transaction.atomic
def make_link(*, by: User) -> str:
    """A new secret of 192 bits, returned once and stored hashed; the former one stops working."""
    secret = secrets.token_urlsafe(24)
    digest = sha256(secret.encode()).hexdigest()
    CalendarLink.objects.update_or_create(user=by, defaults={"secret_hash": digest, "made_at": clock.now()})
    journal.enter("calendar_link.made", actor_ref=by.ref, object_ref=by.ref, digest=NOTHING)
    return secret


@transaction.atomic
def revoke_link(*, by: User) -> None:
    """The address stops working. Twice changes nothing."""
    removed, _ = CalendarLink.objects.filter(user=by).delete()
    if removed:
        journal.enter("calendar_link.revoked", actor_ref=by.ref, object_ref=by.ref, digest=NOTHING)

"""How often somebody looks at an account, and that they have."""

from django.db import transaction

from torget.conversations.actions.taking import NOTHING
from torget.conversations.models import Account
from torget.core import clock
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.moderation.rules import watching
from torget.organisations.models import User


@transaction.atomic
def set_watch(account: Account, *, minutes: int | None, by: User) -> None:
    """Say how often an account is to be looked at; None: nobody has promised to.

    Errors: Refused nothing_open_there | interval_out_of_bounds.
    """
    if reason := watching.why_not(account.channel, minutes):
        raise Refused(reason)
    if Account.objects.filter(pk=account.pk).exclude(watch_minutes=minutes).update(watch_minutes=minutes):
        journal.enter("account.watch_set", actor_ref=by.ref, object_ref=account.ref, digest=NOTHING)


@transaction.atomic
def looked(account: Account, *, by: User) -> None:
    """Somebody has looked through an account just now. Errors: Refused("nothing_open_there")."""
    if account.channel in watching.ADDRESSED:
        raise Refused("nothing_open_there")
    Account.objects.filter(pk=account.pk).update(watched_at=clock.now())
    journal.enter("account.looked_at", actor_ref=by.ref, object_ref=account.ref, digest=NOTHING)

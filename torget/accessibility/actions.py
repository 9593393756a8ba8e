"""Writes about the statement: its facts, and the shortcomings that the organisation knows of."""

from django.db import transaction

from torget.accessibility.models import Shortcoming, Statement
from torget.core import clock, removed
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal import actions as journal
from torget.organisations.models import User

NOTHING = bytes(32)
MOST = 200


@transaction.atomic
def write_statement(statement: Statement, *, by: User) -> None:
    """Keep what the organisation says; the day it was changed is today, and so is the first day it was published."""
    statement.pk = 1
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    statement.updated_on = today
    statement.published_on = statement.published_on or today
    statement.save()
    journal.enter("accessibility.statement_written", actor_ref=by.ref, object_ref="accessibility", digest=NOTHING)
    PublicVersion.bump()


@transaction.atomic
def add_shortcoming(shortcoming: Shortcoming, *, by: User) -> None:
    """Add what is known not to be accessible, or bring it back; what is there already stays. Errors: Refused("too_many")."""
    if not removed.put_back(shortcoming):
        return
    if Shortcoming.objects.count() > MOST:
        raise Refused("too_many")
    _touched("accessibility.shortcoming_added", by)


@transaction.atomic
def remove_shortcoming(shortcoming: Shortcoming, *, by: User) -> None:
    """Take away what has been mended."""
    shortcoming.delete()
    _touched("accessibility.shortcoming_removed", by)


def _touched(kind: str, by: User) -> None:
    """The statement's last change is today (Digg's item: the day it was last updated)."""
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    statement = Statement.current()
    statement.pk, statement.updated_on = 1, today
    statement.published_on = statement.published_on or today
    statement.save()
    journal.enter(kind, actor_ref=by.ref, object_ref="accessibility", digest=NOTHING)
    PublicVersion.bump()

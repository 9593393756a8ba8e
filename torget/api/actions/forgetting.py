"""Deliveries that have ended are kept for a while and then forgotten: the journal says what happened, for good."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from torget.api.models import Delivery, DeliveryQuerySet, Program
from torget.api.rules import FAILED_KEPT, SENT_KEPT
from torget.conversations.models import Account
from torget.core import clock

BATCH = 1000
"""So many rows in a round, so that nobody waits long for the database; the worker comes again at once when there are more."""
DISCONNECTED = "disconnected"
"""Why a delivery of a program that is gone has failed."""


def forget_old() -> int:
    """Worker's job: delete what was sent 30 days ago and what failed 90 days ago; how many rows were dealt with.

    What a disconnected program left behind (on its way at that moment) ends here too, and is forgotten 90 days later.
    """
    now, done = clock.now(), 0
    for rows in _old(now):
        keys = list(rows.order_by("next_at").values_list("pk", flat=True)[: BATCH - done])
        if keys:
            # Once more by what they are: a person may have one of them sent again in this moment.
            done += rows.filter(pk__in=keys).delete()[0]
        if done >= BATCH:
            return done
    return done + end_all(now)


def end_all(now: datetime, program: Program | None = None) -> int:
    """What waits for programs that are disconnected (or for this one) is sent no more; how many have ended so."""
    gone = Program.objects.filter(account__state=Account.OFF) if program is None else [program]
    left = Q(state=Delivery.WAITING) | Q(state=Delivery.SENDING, lease_until__lte=now)
    mine = Delivery.objects.filter(left, program__in=gone, state__in=[Delivery.WAITING, Delivery.SENDING])
    return mine.update(state=Delivery.FAILED, problem=DISCONNECTED, lease_until=None, next_at=now)


def _old(now: datetime) -> Iterator[DeliveryQuerySet]:
    """The old rows of each program, by state: in the order of the index `delivery_turn`.

    `next_at` of what was sent is when it was due, which is never after it was sent; of what failed, when it did.
    """
    sent, failed = now - SENT_KEPT, now - FAILED_KEPT
    for program in Program.objects.values_list("pk", flat=True):
        mine = Delivery.objects.filter(program=program)
        yield mine.filter(state=Delivery.SENT, next_at__lt=sent, sent_at__lt=sent)
        yield mine.filter(state=Delivery.FAILED, next_at__lt=failed)

"""The years before the story: what the demo town had been asked and had answered before its month is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Max

from torget.conversations.actions import account_for
from torget.conversations.models import Conversation
from torget.core import clock
from torget.demo.bulk import byhand, plan, writing
from torget.demo.founding import HANDLES, Town
from torget.journal import actions as journal

PER_DAY, LONGEST = 1000, timedelta(days=3 * 365)
"""How much was said on a day of the past, and how far back it goes at most."""


def length(messages: int) -> timedelta:
    """How long a past of so many messages is."""
    return min(LONGEST, timedelta(days=30 + messages // PER_DAY))


def write(town: Town, messages: int, *, until: datetime, say: Callable[[int], None]) -> int:
    """Write so many messages and answers before `until`; how many were written. `say` is told after each part."""
    accounts = {channel: account_for(channel, HANDLES[channel]) for channel in set(plan.CHANNELS)}
    staff = [town.staff[key] for key in ("amina", "sten", "elsa")]
    since = until - length(messages)
    chapters = plan.chapters(messages, start=since, end=until, size=writing.PER_CHAPTER)
    first = _last_number() + 1
    done = writing.write(chapters, accounts=accounts, staff=staff, say=say)
    with clock.at(until):
        byhand.touch((first, _last_number()), staff)
        while journal.sequence(limit=1000):
            pass
    return done


def _last_number() -> int:
    return Conversation.objects.aggregate(last=Max("number"))["last"] or 0

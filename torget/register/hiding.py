"""Which cases tell somebody more than they may read: by their subject, and by the packages that are made of them."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from torget.organisations.models import User
from torget.organisations.rules import Right
from torget.register.models import FormerNumber, Record, guarded, readable_by


def closed_cases(keys: Collection[int], user: User) -> set[int]:
    """Those of the cases (keys) that hold, or have held, what `user` may not read: their subject stays unsaid. Two statements.

    A case keeps the subject that its first record gave it, and packages that were made before hold what has left.
    """
    if not user.may(Right.SEE_DESK):
        return set(keys)
    if not keys:
        return set()
    parts = [rows.filter(case__in=keys).values_list("case", flat=True).distinct() for rows in _unreadable(user)]
    return {key for part in parts for key in part}


def open_cases(user: User) -> Q:
    """The opposite, as a condition on cases: those that neither hold nor have held what `user` may not read."""
    if not user.may(Right.SEE_DESK):
        return Q(pk__in=[])
    held, left = (Exists(rows.filter(case=OuterRef("pk"))) for rows in _unreadable(user))
    return Q(~held) & Q(~left)


def _unreadable(user: User) -> tuple[QuerySet[Record], QuerySet[FormerNumber]]:
    """The records that `user` may not read, and the numbers in cases that such have left.

    Two, each found by its index: an "or" over both would go through every record.
    """
    left = FormerNumber.objects.filter(guarded("record__")).exclude(readable_by(user, "record__"))
    return Record.objects.filter(guarded()).exclude(readable_by(user)), left.order_by()

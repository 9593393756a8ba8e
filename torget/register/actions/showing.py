"""Keeps the index of the public register: written in the transaction of the change, from the public row alone."""

from collections.abc import Collection, Sequence

from django.db import connection, transaction

from torget.core.models import PublicVersion
from torget.register import rules
from torget.register.models import Record, Shown
from torget.register.public import shown_of

AT_ONCE = 500
_INSERT = "INSERT INTO register_shown (place, record_id, case_id, facet, words, parts, marks) VALUES "
_ROW = "(%s, %s, %s, %s, %s, %s, %s)"


def show_new(records: Sequence[Record]) -> None:
    """Put records that were stored just now in the index; one round for many."""
    shown = [shown_of(record) for record in records if record.kind != rules.Kind.WORKING]
    if not shown:
        return
    rows = [(s.place, s.record_id, s.case_id, s.facet, s.words, s.parts, s.marks) for s in shown]
    with connection.cursor() as cursor:
        # Past the ORM, and one statement for many: it lies on the path of every message (docs/decisions/0014).
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            cursor.execute(_INSERT + ", ".join([_ROW] * len(part)), [value for row in part for value in row])


def show(records: Collection[int]) -> None:
    """Put the records with these keys anew in the index, as they are stored now; working material falls out of it.

    To be called in the transaction of whatever changes a field that `public.FIELDS` names, or a record's case.
    """
    for start in range(0, len(records), AT_ONCE):
        part = sorted(records)[start : start + AT_ONCE]
        Shown.objects.filter(record__in=part).delete()
        show_new(list(Record.objects.for_public().filter(pk__in=part).order_by("pk")))


def _lock(keys: Collection[int]) -> None:
    """Wait for whoever changes these records just now: what was read before they commit would be put over what they wrote."""
    list(Record.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))


@transaction.atomic
def refresh(limit: int = AT_ONCE) -> int:
    """Worker's job: write anew what the database has marked as stale; how many there were."""
    keys = list(Shown.objects.filter(stale=True).values_list("record", flat=True)[:limit])
    if keys:
        _lock(keys)
        show(keys)
        PublicVersion.bump()
    return len(keys)


@transaction.atomic
def mend(limit: int = 2000) -> int:
    """Worker's job: put records that are not in the index there (an older installation's, at first); how many there were."""
    missing = Record.objects.for_public().filter(shown=None).order_by("-pk").values_list("pk", flat=True)[:limit]
    keys = list(missing)
    if keys:
        _lock(keys)
        show(keys)
        PublicVersion.bump()
    return len(keys)

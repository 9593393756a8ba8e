"""What the archive's pages read: cases with how far they have come, and their packages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from torget.archive.models import Package
from torget.organisations.models import User
from torget.register.hiding import closed_cases, open_cases
from torget.register.models import Case, Record
from torget.register.rules import Kind

PAGE = 30
REACH = 100_000
"""Words are looked for in the subjects of so many cases at a time, the newest first; the next page goes on from there."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list. `hidden`: it has, or has had, records that this reader may not see: its subject stays unsaid."""

    case: Case
    records: int
    hidden: bool
    package: Package | None


def cases(user: User, *, closed: bool, query: str = "", before: int | None = None) -> tuple[list[Row], int | None]:
    """Cases newest first, closed ones or all, found by words of the subject or a number; and the key where more begin."""
    found = Case.objects.select_related("authority").order_by("-pk")
    if closed:
        # One that was joined into another is closed too; its records go with that one's package.
        found = found.filter(closed_at__isnull=False, merged_into=None)
    reached = 0
    if query:
        newest = before or (Case.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        # A number is found by its index, wherever it is.
        reached = 0 if _NUMBER.fullmatch(query.strip()) else max(0, newest - REACH)
        found = found.filter(_asked(query, user), pk__gte=reached)
    if before is not None:
        found = found.filter(pk__lt=before)
    page = list(found[: PAGE + 1])
    more = page[PAGE - 1].pk if len(page) > PAGE else reached or None
    return rows(user, page[:PAGE]), more


_NUMBER = re.compile(r"(?:(?P<prefix>\S{1,8})\s+)?(?P<year>\d{4})\s*/\s*0*(?P<number>\d{1,8})")


def _asked(query: str, user: User) -> Q:
    if found := _NUMBER.fullmatch(query.strip()):
        asked = Q(year=int(found["year"]), number=int(found["number"]))
        return asked & Q(authority__prefix__iexact=found["prefix"]) if found["prefix"] else asked
    # A subject that one may not read is not found by its words either.
    return Q(subject__icontains=query.strip()) & open_cases(user)


def rows(user: User, page: Sequence[Case]) -> list[Row]:
    """The list's rows: four queries for all of them."""
    keys = [case.pk for case in page]
    kept = Record.objects.filter(case__in=keys).exclude(kind=Kind.WORKING.value)
    counts = dict(kept.values("case").annotate(n=Count("pk")).order_by().values_list("case", "n"))
    hidden = closed_cases(keys, user)
    newest = {package.case_id: package for package in Package.objects.filter(case__in=keys).order_by("pk")}
    return [Row(case, counts.get(case.pk, 0), case.pk in hidden, newest.get(case.pk)) for case in page]


def packages(case: Case) -> list[Package]:
    """The case's packages, newest first."""
    return list(Package.objects.filter(case=case).select_related("asked_by", "case__authority").order_by("-pk")[:50])

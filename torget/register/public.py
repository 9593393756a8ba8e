"""From a record to what the public sees of it: the one place where its fields are chosen (rules.public_row says which).

Every page, feed, file and the API take their rows from `row_of`, and the index is written from the same row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from torget.core import clock
from torget.core.kept import prepared
from torget.register import looking, rules
from torget.register.models import Record, Shown

FACTS = ("occurred_at", "kind", "state", "subject", "channel", "secret", "protected_identity", "confirmed_at")
"""The columns of Record that decide what is shown; a new one that does is named here and handed to `rules.public_row`."""
NAMES = ("number", "authority__name", "case__year", "case__number", "case__authority__prefix")
"""What its number and its authority are called."""
FIELDS = ("pk", *FACTS, *NAMES)


@dataclass(frozen=True, slots=True)
class Found:
    """A public row with where it stands: `key` is the record's, `case` names its case's page ("" for none)."""

    key: int
    row: rules.PublicRow
    prefix: str = ""
    year: int = 0
    case: int = 0
    number: int = 0

    @property
    def dnr(self) -> str:
        """The case's number: `KS 2026/0412`, empty without a case."""
        return rules.dnr(self.prefix, self.year, self.case) if self.case else ""


def row_of(found: Mapping[str, Any]) -> rules.PublicRow:
    """The public row of a record, given `FIELDS` of it; without `NAMES` its number and authority are empty."""
    number = ""
    if found.get("number") and found.get("case__number"):
        number = rules.dnr(
            found["case__authority__prefix"], found["case__year"], found["case__number"], found["number"]
        )
    return rules.public_row(
        day=found["occurred_at"].astimezone(clock.STOCKHOLM).date(),
        number=number,
        authority=found.get("authority__name") or "",
        channel=found["channel"],
        subject=found["subject"],
        kind=found["kind"],
        state=found["state"],
        confirmed=found["confirmed_at"] is not None,
        secret=found["secret"],
        protected=found["protected_identity"],
    )


def found_of(found: Mapping[str, Any]) -> Found:
    """The row with its place, given `FIELDS` of the record."""
    row = row_of(found)
    if not row.number:
        return Found(found["pk"], row)
    return Found(
        found["pk"], row, found["case__authority__prefix"], found["case__year"], found["case__number"], found["number"]
    )


def shown(keys: Sequence[int]) -> list[Found]:
    """The rows of these records, in their order, as they are now."""
    found = {row["pk"]: found_of(row) for row in _public(list(keys))} if keys else {}
    return [found[key] for key in keys if key in found]


@prepared
def _public(keys: list[int]) -> QuerySet[Record, dict[str, Any]]:
    found: QuerySet[Record, dict[str, Any]] = Record.objects.for_public().filter(pk__in=keys).values(*FIELDS)
    return found


def state_of(row: rules.PublicRow) -> str:
    """The one word for how a row is kept, as its label says it."""
    return "secret" if row.secret else row.state


def shown_of(record: Record) -> Shown:
    """The record's place in the index, not stored; its own columns only, so that no query is asked."""
    row = row_of({name: getattr(record, name) for name in FACTS})
    place = looking.place_of(row.day, record.pk)
    owner, state = record.authority_id, state_of(row)
    facet = looking.facet_of(owner, row.channel, state, from_us=row.from_us)
    shown = Shown(place=place, record_id=record.pk, case_id=record.case_id, facet=facet)
    if row.subject:
        shown.words, shown.parts = looking.terms_of(row.subject)
    if shown.words:
        shown.marks = looking.marks_of(owner, row.channel, state, from_us=row.from_us, case=record.case_id)
    return shown

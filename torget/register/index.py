"""What is asked of the public register's index (`Shown`): which rows fit, in their order, and how many. Short statements."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from torget.core.kept import kept
from torget.organisations.models import Authority
from torget.register import looking
from torget.register.looking import Clause, Filters, Option
from torget.register.models import Case, FormerNumber, Record

COUNTED = 1000
"""So far rows are counted; beyond it the page says "more than"."""
RECENT = 20_000
"""PostgreSQL looks among the newest so many first, in their order: what is common is found there at once."""
TOP = 2**62
UNION = 200
"""Facets in one statement; SQLite takes 500 selects in one."""


Place = tuple[int, int]
"""A place and its record's key."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked, in the index's own terms."""

    filters: Filters
    low: int
    high: int
    clauses: list[Clause]
    authority: int | None
    cases: list[int] | None
    records: list[int] | None
    fitting: list[str] | None
    """The facets that fit, where the filters ask for any."""
    ascending: bool

    @classmethod
    def of(cls, filters: Filters, ascending: bool, there: Sequence[str] | None) -> "Search | None":
        """None where it is plain from the start that nothing fits. `there`: the facets that there are, if they are known."""
        if not filters.sensible:
            return None
        # Only what names an authority, or may be a number with its prefix, has to know which there are.
        named = filters.authority or "/" in filters.number or "/" in filters.text
        authorities: dict[str, int] = dict(_authorities()) if named else {}
        if filters.authority and filters.authority not in authorities:
            return None
        number, rest = looking.read_number(filters.number or filters.text, {name.upper() for name in authorities})
        if filters.number and (number is None or rest.strip()):
            return None
        cases = [filters.case] if filters.case else None
        if number:
            cases = _cases(number)
        records = numbered(number) if number and number.record is not None else None
        text = filters.text if filters.number else rest
        authority = authorities.get(filters.authority)
        clauses = looking.clauses_of(text)
        if (cases is not None and not cases) or (text.strip() and not clauses):
            return None
        low = looking.first_of(filters.since) if filters.since else 0
        high = looking.before_end_of(filters.until) if filters.until else TOP
        fitting = None
        if not clauses and (filters.channel or filters.state or filters.direction or authority):
            known = facets() if there is None else there
            fitting = [facet for facet in known if looking.fits(facet, filters, authority)]
        return cls(filters, low, high, clauses, authority, cases, records, fitting, ascending)

    def places(self, offset: int | None, limit: int) -> list[Place]:
        """The places that fit beyond `offset`, in order."""
        low, high = self.low, self.high
        if offset is not None:
            low, high = (max(low, offset + 1), high) if self.ascending else (low, min(high, offset))
        return self._find(low, high, limit)

    def count(self) -> int:
        """How many fit, counted to `COUNTED` + 1."""
        most = COUNTED + 1
        if self.low >= self.high:
            return 0
        if self.clauses and connection.vendor == "sqlite":
            where, values = (
                "register_fts WHERE register_fts MATCH %s AND rowid >= %s AND rowid < %s",
                [self._matching()],
            )
        elif self.clauses or self.cases is not None:
            return len(self._find(self.low, self.high, most))
        else:
            fitting = self.fitting
            if fitting == []:
                return 0
            marks = f"facet IN ({', '.join(['%s'] * len(fitting))}) AND " if fitting else ""
            where, values = f"register_shown WHERE {marks}place >= %s AND place < %s", list(fitting or ())
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {where} LIMIT %s) AS counted"  # nosec B608  # noqa: S608  our own words
        [(count,)] = run(sql, [*values, self.low, self.high, most])
        return int(count)

    @property
    def order(self) -> str:
        """The order of places, in the words of SQL."""
        return "ASC" if self.ascending else "DESC"

    def _find(self, low: int, high: int, limit: int) -> list[Place]:
        if low >= high:
            return []
        if self.clauses:
            return self._by_words(low, high, limit)
        if self.cases is not None:
            return self._by_cases(self.cases, low, high, limit)
        if self.fitting is not None:
            # Each facet that fits has its newest ready in its index; they are put together.
            return self._together("facet = %s", [(facet,) for facet in self.fitting], low, high, limit)
        sql = f"SELECT place, record_id FROM register_shown WHERE place >= %s AND place < %s ORDER BY place {self.order} LIMIT %s"  # nosec B608  # noqa: S608  our own words
        return run(sql, [low, high, limit])

    def _by_cases(self, cases: Sequence[int], low: int, high: int, limit: int) -> list[Place]:
        condition, keys = "case_id = %s", list(cases)
        if self.records is not None:
            condition, keys = "record_id = %s", self.records
        fitting = self.fitting or []
        if self.fitting is not None:
            if not fitting:
                return []
            condition += f" AND facet IN ({', '.join(['%s'] * len(fitting))})"
        return self._together(condition, [(key, *fitting) for key in keys], low, high, limit)

    def _together(
        self, condition: str, values: Sequence[tuple[Any, ...]], low: int, high: int, limit: int
    ) -> list[Place]:
        """The places under any of these conditions, each read in its order, put together."""
        part = f"SELECT * FROM (SELECT place, record_id FROM register_shown WHERE {condition} AND place >= %s AND place < %s ORDER BY place {self.order} LIMIT %s) AS found"  # nosec B608  # noqa: S608, E501  our own words
        found: list[Place] = []
        for start in range(0, len(values), UNION):
            some = values[start : start + UNION]
            sql = f"{' UNION ALL '.join([part] * len(some))} ORDER BY place {self.order} LIMIT %s"
            found += run(sql, [given for value in some for given in (*value, low, high, limit)] + [limit])
        return sorted(found, reverse=not self.ascending)[:limit]

    def _all_clauses(self) -> list[Clause]:
        """The words and what the filters ask for besides, as the full text index has it."""
        clauses = [*self.clauses, *looking.marked(self.filters, self.authority)]
        if self.cases is not None:
            clauses.append(tuple(Option("all", (f"#n:{case}",)) for case in self.cases))
        return clauses

    def _matching(self) -> str:
        return match(self._all_clauses())

    def _by_words(self, low: int, high: int, limit: int) -> list[Place]:
        if connection.vendor == "postgresql":
            return self._postgres(low, high, limit)
        found = f"SELECT rowid AS place FROM register_fts WHERE register_fts MATCH %s AND rowid >= %s AND rowid < %s ORDER BY rowid {self.order} LIMIT %s"  # nosec B608  # noqa: S608, E501  our own words
        sql = f"SELECT place, (SELECT record_id FROM register_shown WHERE place = found.place) FROM ({found}) AS found ORDER BY place {self.order}"  # nosec B608  # noqa: S608, E501  our own words
        return [
            (place, record) for place, record in run(sql, [self._matching(), low, high, limit]) if record is not None
        ]

    def _postgres(self, low: int, high: int, limit: int) -> list[Place]:
        """First among the newest, in their order; where they hold too few, all that the index names are put in order.

        The planner knows how common each word is, and not how seldom two common ones meet: it is not left the choice.
        """
        where, values = conditions(self._all_clauses())
        found: list[Place] = []
        if not self.ascending:
            start = max(low, _recent_now(int(time.time()) // 60) if high == TOP else _recent(high))
            near = f"SELECT place, record_id FROM register_shown WHERE {where} AND place >= %s AND place < %s ORDER BY place DESC LIMIT %s"  # nosec B608  # noqa: S608, E501  our own words
            found = run(near, [*values, start, high, limit])
            if len(found) >= limit or start == low:
                return found
            high = start
        every = f"WITH fits AS MATERIALIZED (SELECT place, record_id FROM register_shown WHERE {where}) SELECT place, record_id FROM fits WHERE place >= %s AND place < %s ORDER BY place {self.order} LIMIT %s"  # nosec B608  # noqa: S608, E501  our own words
        return found + run(every, [*values, low, high, limit - len(found)])


def _recent(high: int) -> int:
    """Where the newest `RECENT` before a place begin; 0 where there are not so many."""
    sql = "SELECT place FROM register_shown WHERE place < %s ORDER BY place DESC LIMIT 1 OFFSET %s"
    found = run(sql, [high, RECENT])
    return int(found[0][0]) if found else 0


@lru_cache(maxsize=1)
def _recent_now(minute: int) -> int:
    """The same of all, once a minute: any place gives the same rows, some sooner and some later."""
    return _recent(TOP)


def _named(number: looking.Number) -> QuerySet[Case]:
    """The cases that bear a number: one of each authority where it says none."""
    cases = Case.objects.filter(year=number.year, number=number.number)
    return cases.filter(authority__prefix__iexact=number.prefix) if number.prefix else cases


def _cases(number: looking.Number) -> list[int]:
    """The cases that a number names now: a case that was joined into another is found there."""
    return [into or pk for pk, into in _named(number).values_list("pk", "merged_into")[:UNION]]


def numbered(number: looking.Number) -> list[int]:
    """The public records that a number with the record's own part names; what was moved is found by the number it had."""
    cases, own = list(_named(number).values_list("pk", flat=True)[:UNION]), number.record or 0
    here = Record.objects.for_public().filter(case__in=cases, number=own).values_list("pk", flat=True)
    moved = FormerNumber.objects.filter(case__in=cases, number=own).values("record")
    return [*here, *Record.objects.for_public().filter(pk__in=moved).exclude(pk__in=here).values_list("pk", flat=True)]


@kept
def _authorities() -> QuerySet[Authority, Any]:
    return Authority.objects.values_list("prefix", "pk")


def facets() -> list[str]:
    """The facets that there are, each found by one step in the index."""
    sql = (
        "WITH RECURSIVE each(facet) AS (SELECT min(facet) FROM register_shown UNION ALL "
        "SELECT (SELECT min(facet) FROM register_shown WHERE facet > each.facet) FROM each WHERE each.facet IS NOT NULL) "
        "SELECT facet FROM each WHERE facet IS NOT NULL"
    )
    return [facet for (facet,) in run(sql, [])]


def channels(there: Sequence[str]) -> list[str]:
    """The channels that the register has rows of, in their order, given its facets."""
    return sorted({facet.split("|")[1] for facet in there})


def run(sql: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def match(clauses: Sequence[Clause]) -> str:
    """The clauses in the words of FTS5; terms hold no quotation marks."""

    def of(option: Option) -> str:
        if option.how == "phrase":
            return f'"{" ".join(option.terms)}"'
        star = "*" if option.how == "prefix" else ""
        return "(" + " AND ".join(f'"{term}"{star}' for term in option.terms) + ")"

    return " AND ".join("(" + " OR ".join(map(of, clause)) + ")" for clause in clauses)


def conditions(clauses: Sequence[Clause]) -> tuple[str, list[Any]]:
    """The clauses as an SQL condition for PostgreSQL, with its values; a phrase is looked for in what holds its words."""

    def of(option: Option) -> str:
        star = ":*" if option.how == "prefix" else ""
        quoted = ("'" + term.replace("\\", "\\\\").replace("'", "''") + "'" for term in option.terms)
        return "(" + " & ".join(term + star for term in quoted) + ")"

    parts = ["vector @@ %s::tsquery"]
    values = [" & ".join("(" + " | ".join(map(of, clause)) + ")" for clause in clauses)]
    for clause in clauses:
        if any(option.how == "phrase" for option in clause):
            ways = []
            for option in clause:
                phrase = option.how == "phrase"
                ways.append("position(%s IN ' ' || words || ' ') > 0" if phrase else "vector @@ %s::tsquery")
                values.append(f" {' '.join(option.terms)} " if phrase else of(option))
            parts.append(f"({' OR '.join(ways)})")
    return " AND ".join(parts), values

"""Pages of the public register, by filters and words: a few short statements, however much there is.

What is asked goes to the index (`Shown`), which holds only what is public; what is shown is made from the records as they
are now (`public.found_of`), so that not even a stale index shows more than the rules say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from torget.organisations.models import Authority
from torget.register import looking, rules, words
from torget.register.looking import Clause, Filters, Option
from torget.register.models import Case, FormerNumber, Record
from torget.register.public import FIELDS, Found, found_of

PAGE = 50
COUNTED = 1000
"""So far rows are counted; beyond it the page says "more than"."""
RECENT = 20_000
"""PostgreSQL looks among the newest so many first, in their order: what is common is found there at once."""
TOP = 2**62
UNION = 200
"""Facets in one statement; SQLite takes 500 selects in one."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the register, newest first. `after` names where the next page begins, "" at the end; `count` at most
    `COUNTED` + 1, which stands for more, and None where nobody asked for it."""

    rows: list[Found] = field(default_factory=list)
    after: str = ""
    count: int | None = None


def _key() -> bytes:
    return f"register:{settings.SECRET_KEY}".encode()


def hide(number: int) -> str:
    """A place or a record's key as it may stand in public."""
    return looking.hide(number, _key())


def is_place(text: str) -> bool:
    """Whether a text is a place that a page gave."""
    return looking.seek(text, _key()) is not None


def find(filters: Filters, *, after: str = "", size: int = PAGE, count: bool = False, ascending: bool = False) -> Page:
    """A page of what fits. `after` is what the page before gave; nonsense is the beginning. Oldest first: `ascending`."""
    search = _Search.of(filters, ascending)
    if search is None:
        return Page(count=0 if count else None)
    offset = looking.seek(after, _key()) if after else None
    places = search.places(offset, size + 1)
    rows = _rows([record for _, record in places[:size]])
    following = hide(places[size - 1][0]) if len(places) > size else ""
    return Page(rows, following, search.count() if count else None)


def each(filters: Filters, *, most: int, at_once: int = 500) -> Iterator[Found]:
    """All that fits, newest first, at most `most`, fetched a part at a time."""
    after, left = "", most
    while left > 0:
        page = find(filters, after=after, size=min(at_once, left))
        yield from page.rows
        left -= at_once
        after = page.after
        if not after:
            return


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is of a register: how many rows, counted to `COUNTED` + 1, and the days of the first and the last."""

    count: int
    first: date
    last: date


def kept() -> dict[int, Kept]:
    """What each authority's register holds, by its key; two statements."""
    part = (
        "SELECT %s, min(place), max(place), (SELECT count(*) FROM (SELECT 1 FROM register_shown WHERE facet = %s LIMIT %s) "
        "AS counted) FROM register_shown WHERE facet = %s"
    )
    facets, found = _facets(), dict[int, Kept]()
    for start in range(0, len(facets), UNION):
        some = facets[start : start + UNION]
        values = [given for facet in some for given in (facet, facet, COUNTED + 1, facet)]
        for facet, first, last, rows in _run(" UNION ALL ".join([part] * len(some)), values):
            owner = int(str(facet).partition("|")[0])
            mine = Kept(rows, looking.day_at(first), looking.day_at(last))
            if other := found.get(owner):
                total = min(COUNTED + 1, mine.count + other.count)
                mine = Kept(total, min(mine.first, other.first), max(mine.last, other.last))
            found[owner] = mine
    return found


def span() -> tuple[date, date] | None:
    """The days of the first and the last row of all; None without any."""
    [(first, last)] = _run(
        "SELECT (SELECT min(place) FROM register_shown), (SELECT max(place) FROM register_shown)", []
    )
    return (looking.day_at(first), looking.day_at(last)) if first is not None else None


def subject_of(case: Case) -> str | None:
    """What the case is about as far as it is public: the subject of its first record, when that is shown."""
    found = Record.objects.for_public().filter(case=case, number=1).values(*FIELDS).first()
    return found_of(found).row.subject if found else None


def asked_for(text: str) -> str | None:
    """What somebody asks to read, in words, as the register's links name it: a number, or a row without one."""
    key = looking.seek(text, _key())
    if key is not None:
        found = next(iter(_rows([key])), None)
        return words.row(found.row) if found else None
    known = {name.upper() for name in Authority.objects.values_list("prefix", flat=True)}
    number, rest = looking.read_number(text, known)
    # Said back as it was asked: whether there is such a record is not told here.
    whole = number and number.prefix and not rest.strip()
    return rules.dnr(number.prefix, number.year, number.number, number.record) if number and whole else None


def one(number: looking.Number) -> Found | None:
    """The row with this whole number, prefix and the record's own included; None where the register shows no such row.

    A number that the record has had before leads on to it.
    """
    return next(iter(_rows(_numbered(number)[:1])), None)


def _rows(keys: Sequence[int]) -> list[Found]:
    """The rows of these records, in their order, as they are now."""
    found = {row["pk"]: found_of(row) for row in Record.objects.for_public().filter(pk__in=keys).values(*FIELDS)}
    return [found[key] for key in keys if key in found]


# ---- the index ------------------------------------------------------------------------------------------------------

Place = tuple[int, int]
"""A place and its record's key."""


@dataclass(frozen=True, slots=True)
class _Search:
    """What is asked, in the index's own terms."""

    filters: Filters
    low: int
    high: int
    clauses: list[Clause]
    authority: int | None
    cases: list[int] | None
    records: list[int] | None
    ascending: bool

    @classmethod
    def of(cls, filters: Filters, ascending: bool) -> "_Search | None":
        """None where it is plain from the start that nothing fits."""
        if not filters.sensible:
            return None
        authorities = dict(Authority.objects.values_list("prefix", "pk"))
        if filters.authority and filters.authority not in authorities:
            return None
        number, rest = looking.read_number(filters.number or filters.text, {name.upper() for name in authorities})
        if filters.number and (number is None or rest.strip()):
            return None
        cases = [filters.case] if filters.case else None
        if number:
            cases = _cases(number)
        records = _numbered(number) if number and number.record is not None else None
        text = filters.text if filters.number else rest
        authority = authorities.get(filters.authority)
        clauses = looking.clauses_of(text)
        if (cases is not None and not cases) or (text.strip() and not clauses):
            return None
        low = looking.first_of(filters.since) if filters.since else 0
        high = looking.before_end_of(filters.until) if filters.until else TOP
        return cls(filters, low, high, clauses, authority, cases, records, ascending)

    def places(self, offset: int | None, limit: int) -> list[Place]:
        """The places that fit beyond `offset`, in order."""
        low, high = self.low, self.high
        if offset is not None:
            low, high = (max(low, offset + 1), high) if self.ascending else (low, min(high, offset))
        return self._find(low, high, limit)

    def count(self) -> int:
        """How many fit, counted to `COUNTED` + 1."""
        return len(self._find(self.low, self.high, COUNTED + 1))

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
        if self._by_facet:
            return self._by_facets(low, high, limit)
        sql = f"SELECT place, record_id FROM register_shown WHERE place >= %s AND place < %s ORDER BY place {self.order} LIMIT %s"  # nosec B608  # noqa: S608  our own words
        return _run(sql, [low, high, limit])

    def _by_facets(self, low: int, high: int, limit: int) -> list[Place]:
        """Each facet that fits has its newest ready in its index; they are put together."""
        fitting = [facet for facet in _facets() if looking.fits(facet, self.filters, self.authority)]
        return self._together("facet = %s", [(facet,) for facet in fitting], low, high, limit)

    def _by_cases(self, cases: Sequence[int], low: int, high: int, limit: int) -> list[Place]:
        condition, keys = "case_id = %s", list(cases)
        if self.records is not None:
            condition, keys = "record_id = %s", self.records
        facets: list[str] = []
        if self._by_facet:
            facets = [facet for facet in _facets() if looking.fits(facet, self.filters, self.authority)]
            if not facets:
                return []
            condition += f" AND facet IN ({', '.join(['%s'] * len(facets))})"
        return self._together(condition, [(key, *facets) for key in keys], low, high, limit)

    @property
    def _by_facet(self) -> bool:
        return bool(self.filters.channel or self.filters.state or self.filters.direction or self.authority)

    def _together(
        self, condition: str, values: Sequence[tuple[Any, ...]], low: int, high: int, limit: int
    ) -> list[Place]:
        """The places under any of these conditions, each read in its order, put together."""
        part = f"SELECT * FROM (SELECT place, record_id FROM register_shown WHERE {condition} AND place >= %s AND place < %s ORDER BY place {self.order} LIMIT %s) AS found"  # nosec B608  # noqa: S608, E501  our own words
        found: list[Place] = []
        for start in range(0, len(values), UNION):
            some = values[start : start + UNION]
            sql = f"{' UNION ALL '.join([part] * len(some))} ORDER BY place {self.order} LIMIT %s"
            found += _run(sql, [given for value in some for given in (*value, low, high, limit)] + [limit])
        return sorted(found, reverse=not self.ascending)[:limit]

    def _by_words(self, low: int, high: int, limit: int) -> list[Place]:
        clauses = [*self.clauses, *looking.marked(self.filters, self.authority)]
        if self.cases is not None:
            clauses.append(tuple(Option("all", (f"#n:{case}",)) for case in self.cases))
        given = [low, high, limit]
        if connection.vendor == "postgresql":
            found = self._postgres(clauses, given)
        else:
            sql = f"SELECT rowid FROM register_fts WHERE register_fts MATCH %s AND rowid >= %s AND rowid < %s ORDER BY rowid {self.order} LIMIT %s"  # nosec B608  # noqa: S608, E501  our own words
            found = [place for (place,) in _run(sql, [match(clauses), *given])]
        records = _records(found)
        return [(place, records[place]) for place in found if place in records]

    def _postgres(self, clauses: Sequence[Clause], given: Sequence[int]) -> list[int]:
        """First among the newest, in their order; where they hold too few, all that the index names are put in order.

        The planner knows how common each word is, and not how seldom two common ones meet: it is not left the choice.
        """
        low, high, limit = given
        where, values = conditions(clauses)
        start = low
        if not self.ascending:
            sql = "SELECT place FROM register_shown WHERE place < %s ORDER BY place DESC LIMIT 1 OFFSET %s"
            recent = _run(sql, [high, RECENT])
            start = max(low, recent[0][0]) if recent else low
            near = f"SELECT place FROM register_shown WHERE {where} AND place >= %s AND place < %s ORDER BY place DESC LIMIT %s"  # nosec B608  # noqa: S608  our own words
            found = [place for (place,) in _run(near, [*values, start, high, limit])]
            if len(found) >= limit or start == low:
                return found
            high = start
        else:
            found = []
        every = f"WITH fits AS MATERIALIZED (SELECT place FROM register_shown WHERE {where}) SELECT place FROM fits WHERE place >= %s AND place < %s ORDER BY place {self.order} LIMIT %s"  # nosec B608  # noqa: S608, E501  our own words
        return found + [place for (place,) in _run(every, [*values, low, high, limit - len(found)])]


def _named(number: looking.Number) -> QuerySet[Case]:
    """The cases that bear a number: one of each authority where it says none."""
    cases = Case.objects.filter(year=number.year, number=number.number)
    return cases.filter(authority__prefix__iexact=number.prefix) if number.prefix else cases


def _cases(number: looking.Number) -> list[int]:
    """The cases that a number names now: a case that was joined into another is found there."""
    return [into or pk for pk, into in _named(number).values_list("pk", "merged_into")[:UNION]]


def _numbered(number: looking.Number) -> list[int]:
    """The public records that a number with the record's own part names; what was moved is found by the number it had."""
    cases, own = list(_named(number).values_list("pk", flat=True)[:UNION]), number.record or 0
    here = Record.objects.for_public().filter(case__in=cases, number=own).values_list("pk", flat=True)
    moved = FormerNumber.objects.filter(case__in=cases, number=own).values("record")
    return [*here, *Record.objects.for_public().filter(pk__in=moved).exclude(pk__in=here).values_list("pk", flat=True)]


def _facets() -> list[str]:
    """The facets that there are, each found by one step in the index."""
    sql = (
        "WITH RECURSIVE each(facet) AS (SELECT min(facet) FROM register_shown UNION ALL "
        "SELECT (SELECT min(facet) FROM register_shown WHERE facet > each.facet) FROM each WHERE each.facet IS NOT NULL) "
        "SELECT facet FROM each WHERE facet IS NOT NULL"
    )
    return [facet for (facet,) in _run(sql, [])]


def channels() -> list[str]:
    """The channels that the register has rows of, in their order."""
    return sorted({facet.split("|")[1] for facet in _facets()})


def _records(places: Sequence[int]) -> dict[int, int]:
    if not places:
        return {}
    marks = ", ".join(["%s"] * len(places))
    return dict(_run(f"SELECT place, record_id FROM register_shown WHERE place IN ({marks})", list(places)))  # nosec B608  # noqa: S608  marks only


def _run(sql: str, values: Sequence[Any]) -> list[Any]:
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

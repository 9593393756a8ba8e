"""Pages of the public register, by filters and words: a few short statements, however much there is.

What is asked goes to the index (`Shown`), which holds only what is public; what is shown is made from the records as they
are now (`public.found_of`), so that not even a stale index shows more than the rules say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings

from torget.organisations.models import Authority
from torget.register import looking, rules, words
from torget.register.index import COUNTED as COUNTED
from torget.register.index import UNION, Search, facets, numbered, run
from torget.register.looking import Filters
from torget.register.models import Case, Record
from torget.register.public import FIELDS, Found, found_of, shown

PAGE = 50


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


def find(
    filters: Filters,
    *,
    after: str = "",
    size: int = PAGE,
    count: bool = False,
    ascending: bool = False,
    there: Sequence[str] | None = None,
) -> Page:
    """A page of what fits. `after` is what the page before gave; nonsense is the beginning. Oldest first: `ascending`. `there`:
    the facets that there are (`index.facets`), where the page has asked for them already."""
    search = Search.of(filters, ascending, there)
    if search is None:
        return Page(count=0 if count else None)
    offset = looking.seek(after, _key()) if after else None
    places = search.places(offset, size + 1)
    rows = shown([record for _, record in places[:size]])
    following = hide(places[size - 1][0]) if len(places) > size else ""
    return Page(rows, following, search.count() if count else None)


def count(filters: Filters, there: Sequence[str]) -> int:
    """How many rows fit, counted to `COUNTED` + 1. `there`: the facets that there are."""
    search = Search.of(filters, False, there)
    return search.count() if search else 0


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
    there, found = facets(), dict[int, Kept]()
    for start in range(0, len(there), UNION):
        some = there[start : start + UNION]
        values = [given for facet in some for given in (facet, facet, COUNTED + 1, facet)]
        for facet, first, last, rows in run(" UNION ALL ".join([part] * len(some)), values):
            owner = int(str(facet).partition("|")[0])
            mine = Kept(rows, looking.day_at(first), looking.day_at(last))
            if other := found.get(owner):
                total = min(COUNTED + 1, mine.count + other.count)
                mine = Kept(total, min(mine.first, other.first), max(mine.last, other.last))
            found[owner] = mine
    return found


def span() -> tuple[date, date] | None:
    """The days of the first and the last row of all; None without any."""
    [(first, last)] = run("SELECT (SELECT min(place) FROM register_shown), (SELECT max(place) FROM register_shown)", [])
    return (looking.day_at(first), looking.day_at(last)) if first is not None else None


def subject_of(case: Case) -> str | None:
    """What the case is about as far as it is public: the subject of its first record, when that is shown."""
    found = Record.objects.for_public().filter(case=case, number=1).values(*FIELDS).first()
    return found_of(found).row.subject if found else None


def asked_for(text: str) -> str | None:
    """What somebody asks to read, in words, as the register's links name it: a number, or a row without one."""
    key = looking.seek(text, _key())
    if key is not None:
        found = next(iter(shown([key])), None)
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
    return next(iter(shown(numbered(number)[:1])), None)

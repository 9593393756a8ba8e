"""What is looked for in the public register, and where a row stands in it. Pure. docs/rules/register.md

All of it works on what the public row shows: the index holds nothing else, so that nothing else can be found.
"""

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from torget.matching.rules import STOP, parts, stem
from torget.matching.rules.words import cut, folded, tokens

MAX_QUERY, MAX_CLAUSES, SHORTEST_PREFIX = 200, 8, 3
KEYS = 1 << 40
"""How many records a day has room for in a place; far more than there will ever be."""
STATES = ("registered", "ordered", "trivial", "unclassified", "secret")
DIRECTIONS = ("in", "out")

_DNR = re.compile(r"(?:(?<!\w)([^\W\d_][^\W_]{0,7}?)\s{0,3})?(?<!\d)([0-9]{4})/([0-9]{1,9})(?:-([0-9]{1,9}))?(?!\d)")
_PIECE = re.compile(r'"([^"]*)"?|([^\s"]+)')
_STOPPED = frozenset(map(stem, STOP))


@dataclass(frozen=True, slots=True)
class Number:
    """A diary number as somebody wrote it: `KS 2026/0412-98`; the prefix and the record's own number may be missing."""

    year: int
    number: int
    prefix: str = ""
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One way to fit: `how` is all (every term), phrase (the terms in a row) or prefix (a term begins so)."""

    how: str
    terms: tuple[str, ...]


Clause = tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of a row; empty: nothing. `since` and `until` are days, both included; `case` is a case's key."""

    text: str = ""
    authority: str = ""
    channel: str = ""
    state: str = ""
    direction: str = ""
    number: str = ""
    since: date | None = None
    until: date | None = None
    case: int | None = None

    @property
    def sensible(self) -> bool:
        """Whether its codes are such as there can be; what is not is never put to a database."""
        known = self.state in ("", *STATES) and self.direction in ("", *DIRECTIONS)
        return known and re.fullmatch("[a-z0-9_]{0,20}", self.channel, re.ASCII) is not None

    @property
    def plain(self) -> bool:
        """Whether it asks for nothing but, at most, one authority: then its page is one of few."""
        return self == Filters(authority=self.authority)


def read_number(text: str, prefixes: Collection[str]) -> tuple[Number | None, str]:
    """The first diary number in a text, and what is left of the text without it.

    A word before it is its prefix only where an authority has that prefix (`prefixes`, in capitals).
    """
    text = text[:MAX_QUERY]
    found = _DNR.search(text)
    if found is None:
        return None, text
    prefix, year, number, record = found.groups()
    known = bool(prefix) and prefix.upper() in prefixes
    start = found.start() if known or not prefix else found.start(2)
    number_of = Number(int(year), int(number), prefix.upper() if known else "", int(record) if record else None)
    return number_of, f"{text[:start]} {text[found.end() :]}"


def clauses_of(text: str) -> list[Clause]:
    """What was written as clauses that must all fit: words in any inflection or within compounds, "phrases", begin*."""
    found: list[Clause] = []
    for phrase, word in _PIECE.findall(text[:MAX_QUERY]):
        clause = _clause(phrase or word, quoted=bool(phrase))
        if clause and len(found) < MAX_CLAUSES:
            found.append(clause)
    telling = [clause for clause in found if clause[0].how != "all" or clause[0].terms[0] not in _STOPPED]
    return telling or found


def _clause(text: str, *, quoted: bool) -> Clause:
    words = [word for _, _, word in tokens(text)]
    if not words:
        return ()
    if len(words) > 1:
        joined = () if quoted else (Option("all", (stem("".join(words)),)),)
        return (Option("phrase", tuple(map(stem, words))), *joined)
    word = words[0]
    if text.endswith("*") and not quoted and len(word) >= SHORTEST_PREFIX:
        return (Option("prefix", (word,)), Option("all", (stem(word),)))
    made_of = () if quoted else parts(word)
    return (Option("all", (stem(word),)), *((Option("all", made_of),) if len(made_of) > 1 else ()))


def terms_of(text: str) -> tuple[str, str]:
    """A subject as the index keeps it: its stems in order; and once each what its compounds are made of."""
    own: list[str] = []
    made: dict[str, None] = {}
    for _, _, written in cut(text):
        word = folded(written)
        own.append(stem(word))
        if word.isalpha():
            made.update(dict.fromkeys(parts(word)))
        else:
            made.update(dict.fromkeys(piece for piece in re.split(r"[^\w]+", word) if piece))
    return " ".join(own), " ".join(made)


# ---- places ---------------------------------------------------------------------------------------------------------


def place_of(day: date, key: int) -> int:
    """Where a record stands: by day, and within the day in the order in which it was taken in. Newest is highest."""
    return day.toordinal() * KEYS + key


def first_of(day: date) -> int:
    """The place before all of a day."""
    return day.toordinal() * KEYS


def before_end_of(day: date) -> int:
    """The place after all of a day."""
    return (day.toordinal() + 1) * KEYS


def day_at(place: int) -> date:
    """The day of a place."""
    return date.fromordinal(place // KEYS)


def hide(number: int, key: bytes) -> str:
    """A place or key as it stands in an address: 16 signs that tell neither how many records there are nor where.

    Four rounds of Feistel over 64 bits under the installation's key: the same number has always the same sign.
    """
    left, right = number >> 32, number & 0xFFFFFFFF
    for turn in range(4):
        left, right = right, left ^ _round(right, turn, key)
    return f"{left << 32 | right:016x}"


def seek(text: str, key: bytes) -> int | None:
    """The number that `hide` hid; None for what is no such sign."""
    if not re.fullmatch("[0-9a-f]{16}", text):
        return None
    whole = int(text, 16)
    left, right = whole >> 32, whole & 0xFFFFFFFF
    for turn in reversed(range(4)):
        left, right = right ^ _round(left, turn, key), left
    number = left << 32 | right
    # What somebody made up is a place that no day has, and no database takes a number above 2^63.
    return number if 0 < number < first_of(date.max) else None


def _round(half: int, turn: int, key: bytes) -> int:
    return int.from_bytes(hmac.digest(key, bytes([turn]) + half.to_bytes(4), sha256)[:4])


# ---- facets ---------------------------------------------------------------------------------------------------------


def facet_of(authority: int, channel: str, state: str, *, from_us: bool) -> str:
    """All that filters ask for in one word; there are some hundreds of different ones, whatever the number of records."""
    return f"{authority}|{channel}|{state}|{'out' if from_us else 'in'}"


def fits(facet: str, filters: Filters, authority: int | None) -> bool:
    """Whether the rows of a facet are what the filters ask for. `authority`: its key, None for any."""
    owner, channel, state, direction = facet.split("|")
    wanted = (authority and str(authority), filters.channel, filters.state, filters.direction)
    return all(not want or want == has for want, has in zip(wanted, (owner, channel, state, direction), strict=True))


def marks_of(authority: int, channel: str, state: str, *, from_us: bool, case: int | None) -> str:
    """What filters ask for, as words of the full text index."""
    marks = [f"#a:{authority}", f"#c:{channel}", f"#s:{state}", f"#d:{'out' if from_us else 'in'}"]
    return " ".join([*marks, *([f"#n:{case}"] if case else [])])


def marked(filters: Filters, authority: int | None) -> list[Clause]:
    """The filters as clauses of the full text index."""
    wanted = [
        ("#a:", str(authority) if authority else ""), ("#c:", filters.channel), ("#s:", filters.state),
        ("#d:", filters.direction), ("#n:", str(filters.case) if filters.case else ""),
    ]  # fmt: skip
    return [(Option("all", (mark + value,)),) for mark, value in wanted if value]


def month(text: str) -> tuple[date, date] | None:
    """The first and the last day of `2026-11` or `2026`; None for anything else."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", text, re.ASCII)
    if not found or found[1] == "0000" or (found[2] and not 1 <= int(found[2]) <= 12):
        return None
    year, number = int(found[1]), int(found[2] or 0)
    if not number:
        return date(year, 1, 1), date(year, 12, 31)
    start = date(year, number, 1)
    if number == 12:
        return start, date(year, 12, 31)
    return start, date(year, number + 1, 1) - timedelta(days=1)


def day_of(text: str) -> date | None:
    """The day that `2026-11-16` names; None for anything else."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None

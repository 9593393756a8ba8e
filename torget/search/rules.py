"""What is looked for: the words of a question to the index, and its filters. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from torget.matching.rules import STOP, fold, parts, stem
from torget.matching.rules.words import cut, folded, tokens

MAX_QUERY, MAX_CLAUSES = 200, 12
SHORTEST_PREFIX = 3
"""A shorter beginning is taken as a word: it would fit half of all there is."""
SLOTS = 4096
"""How many entries a minute holds; a fuller one flows over into the next."""
MAX_TEXT, AROUND = 20_000, 110
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PIECE = re.compile(r'(?P<minus>-?)(?:(?P<key>[^\W\d_]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
KEYS = {
    "from": "sender", "från": "sender", "fran": "sender", "avsändare": "sender",
    "kanal": "channel", "channel": "channel", "status": "status", "läge": "status",
    "typ": "kind", "tagg": "tag", "tag": "tag", "till": "until", "sedan": "since",
}  # fmt: skip
"""What may stand before a colon, folded, and the filter it is. `från` with a date is `since`."""
CHANNELS = {
    "mejl": "mail", "mail": "mail", "e-post": "mail", "epost": "mail", "webb": "web", "webben": "web", "fb": "facebook",
    "masto": "mastodon", "fil": "csv",
}  # fmt: skip
STATUSES = {
    "ny": "new", "nya": "new", "new": "new", "tilldelad": "assigned", "tilldelade": "assigned", "assigned": "assigned",
    "väntar": "waiting", "waiting": "waiting", "besvarad": "answered", "besvarade": "answered",
    "answered": "answered", "avslutad": "closed", "avslutade": "closed", "closed": "closed",
    "öppen": "open", "öppna": "open", "open": "open",
}  # fmt: skip
KINDS = {"in": "in", "fråga": "in", "ut": "out", "svar": "out", "out": "out", "anteckning": "note", "note": "note"}


@dataclass(frozen=True, slots=True)
class Option:
    """One way to fit: `how` is all (every term), phrase (the terms in a row) or prefix (a term begins so)."""

    how: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """What must fit in one of its ways, or with `minus` in none."""

    options: tuple[Option, ...]
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What else is asked of a hit; empty: nothing. `since` and `until` are days, both included."""

    sender: str = ""
    channel: str = ""
    status: str = ""
    kind: str = ""
    tag: str = ""
    since: date | None = None
    until: date | None = None

    def joined(self, other: "Filters") -> "Filters":
        """These, and what the other says where these say nothing."""
        names = ("sender", "channel", "status", "kind", "tag", "since", "until")
        return replace(self, **{name: getattr(self, name) or getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class Query:
    """What was written, understood."""

    clauses: tuple[Clause, ...] = ()
    filters: Filters = Filters()

    @property
    def only_minus(self) -> bool:
        """Whether it says what must not be there and nothing else."""
        return bool(self.clauses) and all(clause.minus for clause in self.clauses) and self.filters == Filters()


def parse(text: str) -> Query:
    """Read what was written: words, "phrases", -without, begin* and filters (`KEYS`)."""
    clauses: list[Clause] = []
    filters = Filters()
    for piece in _PIECE.finditer(text[:MAX_QUERY]):
        minus, key, phrase = bool(piece["minus"]), fold(piece["key"] or ""), piece["phrase"]
        value = phrase if phrase is not None else piece["word"]
        if key in KEYS and not minus:
            filters = _filter(filters, KEYS[key], value)
            continue
        for words_of_it in (piece["key"], value):
            if words_of_it and len(clauses) < MAX_CLAUSES and (options := _options(words_of_it, phrase is not None)):
                clauses.append(Clause(options, minus))
    telling = [c for c in clauses if c.minus or c.options[0].how != "all" or c.options[0].terms[0] not in _STOPPED]
    if any(not clause.minus for clause in telling):
        clauses = telling
    return Query(tuple(clauses), filters)


_STOPPED = frozenset(map(stem, STOP))


def _options(text: str, quoted: bool) -> tuple[Option, ...]:
    """The ways in which a word or a phrase may stand in a text."""
    found = [word for _, _, word in tokens(text)]
    if not found:
        return ()
    if len(found) > 1:
        joined = () if quoted else (Option("all", (stem("".join(found)),)),)
        return (Option("phrase", tuple(map(stem, found))), *joined)
    word = found[0]
    if text.rstrip().endswith("*") and not quoted and len(word) >= SHORTEST_PREFIX:
        # A beginning that is longer than its stem would find nothing: stems are what the index holds.
        whole = stem(word)
        return (Option("prefix", (word,)), *((Option("all", (whole,)),) if whole != word else ()))
    made_of = () if quoted else parts(word)
    return (Option("all", (stem(word),)), *((Option("all", made_of),) if len(made_of) > 1 else ()))


def _filter(filters: Filters, name: str, value: str) -> Filters:
    """The filters with one more; what it does not know is looked for as it stands and finds nothing."""
    value = fold(value.strip())
    if name in ("sender", "since", "until"):
        day = day_of(value)
        if day:
            return replace(filters, until=day) if name == "until" else replace(filters, since=day)
        return replace(filters, sender=value) if name == "sender" else filters
    known: dict[str, str] = {"channel": CHANNELS, "status": STATUSES, "kind": KINDS, "tag": {}}[name]
    found = known.get(value, value)
    if name == "channel":
        return replace(filters, channel=found)
    if name == "status":
        return replace(filters, status=found)
    return replace(filters, kind=found) if name == "kind" else replace(filters, tag=found)


def day_of(text: str) -> date | None:
    """The day that `2026-11-16` names; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def place_of(moment: datetime) -> int:
    """The first place of the moment's minute. Places grow with time; what is older than 1970 stands at its beginning."""
    return max(0, (moment - _EPOCH) // timedelta(minutes=1)) * SLOTS


@lru_cache(maxsize=20_000)
def marks_of_sender(*names: str) -> tuple[str, ...]:
    """A sender as looked for: each word of name and address, by itself and as what `from:` asks for."""
    found = dict.fromkeys(piece for name in names for _, _, word in tokens(name) for piece in (word, *pieces(word)))
    return tuple(mark for word in found for mark in (stem(word), f"#f:{word}"))


def pieces(word: str) -> list[str]:
    """What an address or a number with signs in it is made of: "2026/0412-98" has 2026/0412, 2026, 0412, 412 and 98."""
    if word.isalnum():
        return []
    found = [piece for piece in re.split(r"[^\w]+", word) if piece]
    found += [piece.lstrip("0") for piece in found if piece.isdigit() and piece[0] == "0"]
    if "/" in word and "-" in word:
        found.append(word.partition("-")[0])
    return [piece for piece in found if piece and piece != word]


@lru_cache(maxsize=200_000)
def _facts(written: str) -> tuple[str, str, tuple[str, ...]]:
    """A word as it is written: folded, its stem, and what it is made of. Most words of a message have been seen before."""
    word = folded(written)
    return word, stem(word), parts(word) if word.isalpha() else tuple(pieces(word))


def terms_of(text: str) -> tuple[str, str]:
    """A text as an entry keeps it: its stems in order; and once each what its compounds, numbers and joined words hold."""
    own: list[str] = []
    made: dict[str, None] = {}
    last_end, last = -2, ""
    for start, end, written in cut(text):
        word, term, made_of = _facts(written)
        own.append(term)
        for part in made_of:
            made[part] = None
        if start == last_end + 1 and text[last_end] == "-":
            made[stem(last + word)] = None
        last_end, last = end, word
    return " ".join(own), " ".join(made)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is marked in a text: these stems and these beginnings."""

    terms: frozenset[str]
    prefixes: tuple[str, ...] = ()

    def fits(self, word: str) -> bool:
        """Whether a folded word of the text is one of them or is made of one."""
        return (
            stem(word) in self.terms
            or word.startswith(self.prefixes)
            or any(part in self.terms for part in (*parts(word), *pieces(word)))
        )


def wanted(clauses: Iterable[Clause]) -> Wanted:
    """What the clauses would have marked in a hit."""
    options = [option for clause in clauses if not clause.minus for option in clause.options]
    return Wanted(
        frozenset(term for option in options if option.how != "prefix" for term in option.terms),
        tuple(term for option in options if option.how == "prefix" for term in option.terms),
    )


def excerpt(text: str, want: Wanted, around: int = AROUND) -> list[tuple[str, bool]]:
    """The part of the text round its first hits, as pieces with whether they are hits; its beginning where there is none."""
    text = text[:MAX_TEXT]
    hits = [(start, end) for start, end, word in tokens(text) if want.fits(word)]
    first = _densest(hits, around)
    start, end = max(0, first - around), min(len(text), first + 2 * around)
    start = 0 if start < 20 else text.find(" ", start, first) + 1 or start
    end = text.rfind(" ", first + around, end) if end < len(text) and " " in text[first + around : end] else end
    shown: list[tuple[str, bool]] = [("…", False)] if start else []
    place = start
    for hit_start, hit_end in hits:
        if hit_start >= start and hit_end <= end:
            shown += [(text[place:hit_start], False), (text[hit_start:hit_end], True)]
            place = hit_end
    shown += [(text[place:end], False), ("…" if end < len(text) else "", False)]
    return [(" ".join(f"|{piece}|".split())[1:-1], hit) for piece, hit in shown if piece]


def _densest(hits: Sequence[tuple[int, int]], around: int) -> int:
    """Where the most hits stand together; 0 without any."""
    best, most = 0, 0
    for place, (start, _) in enumerate(hits):
        near = sum(1 for other, _ in hits[place : place + 12] if other < start + 2 * around)
        if near > most:
            best, most = start, near
    return best


def relevance(own: str, made_of: str, want: Wanted) -> float:
    """How well an entry fits among those that fit: hits that stand early, near each other and often, in a short text."""
    terms = own.split(" ")
    where = [place for place, term in enumerate(terms) if term in want.terms or term.startswith(want.prefixes)]
    if not where:
        return 0.1 if want.terms & set(made_of.split(" ")) else 0.0
    different = len({terms[place] for place in where})
    often = len(where) / (len(where) + 1.2 * (0.5 + len(terms) / 80))
    early = 1 / (1 + where[0] / 20)
    near = different / (where[min(len(where), different) - 1] - where[0] + 1)
    return different + often + early + near


def prefix_of(sender: str) -> str:
    """What `from:` looks for among the marks."""
    # A quotation mark would end the word in the language of FTS5.
    return "#f:" + "".join(folded(sender).replace('"', " ").split())

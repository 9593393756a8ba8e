"""What is found: one interface over SQLite's full text index (FTS5) and PostgreSQL's (tsvector and GIN)."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from time import time as time_now
from typing import Any, cast

from django.db import connection

from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.core.paging import read_key
from torget.organisations.models import User
from torget.register.models import Record, RecordVersion
from torget.search import rules
from torget.search.models import Entry
from torget.search.rules import Clause, Filters, Query

PAGE = 20
NEWEST = 500
"""By relevance the newest so many hits are compared, and the page says so: no page waits for all that there is."""
RECENT = 20_000
"""PostgreSQL looks among the newest so many first, in their order: what is common is found there at once."""
MANY, PHRASE_REACH = 100_000, 30_000
"""PostgreSQL's index knows no places of words: where so many hold all the words of a phrase, the texts of the newest so
many entries are looked through, and the next page goes on from there."""
ROUNDS, MOST_AT_ONCE = 5, 2000
"""So often the index is asked for more where what it names may not be seen, and for so much at most."""
NOWHERE = 2**62
_OPEN = ("new", "assigned", "waiting")


@dataclass(frozen=True, slots=True)
class Hit:
    """A message or note that fits, as the page shows it; `title` and `pieces` are text with what is a hit in it."""

    conversation: Conversation
    title: list[tuple[str, bool]]
    kind: str
    who: str
    when: datetime
    dnr: str
    secret: bool
    pieces: list[tuple[str, bool]]
    fore: int | None

    @property
    def text(self) -> str:
        """What of the message is shown, in one piece."""
        return "".join(piece for piece, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits. `after` names where the next begins, "" at the end; `bounded`: only the newest were compared."""

    query: Query
    hits: list[Hit] = field(default_factory=list)
    after: str = ""
    bounded: bool = False


def find(
    user: User, query: str | Query, *, after: str = "", filters: Filters | None = None, best: bool = False
) -> Page:
    """A page of what fits `query` and that `user` may see: newest first, or with `best` the best of the newest.

    `after` is what the page before gave; nonsense is the beginning. A few statements, however much there is.
    """
    asked = rules.parse(query) if isinstance(query, str) else query
    if filters:
        asked = Query(asked.clauses, filters.joined(asked.filters))
    if asked == Query() or asked.only_minus:
        return Page(asked)
    reader = _Reader(user, asked.filters.status)
    offset = read_key(after)
    if best:
        return _best(reader, asked, min(offset or 0, NEWEST))
    places, further = _newest(reader, asked, offset or NOWHERE, PAGE)
    return Page(asked, _hits(places, asked), str(further) if further is not None else "")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who asks, and in which state the conversations must be."""

    user: User
    status: str

    def sees(self, places: list[int]) -> set[int]:
        """Those of the places whose conversation and record the user may see.

        Three short questions by key: as one, SQLite went through all conversations there are (1.6 s for 500 places).
        """
        columns = ("place", "conversation", "message__record", "note__record")
        rows = list(Entry.objects.filter(place__in=places).values_list(*columns)) if places else []
        conversations = Conversation.objects.visible_to(self.user).filter(pk__in={row[1] for row in rows})
        if self.status:
            states = _OPEN if self.status == "open" else (self.status,)
            conversations = conversations.filter(state__in=states)
        records = Record.objects.visible_to(self.user).filter(pk__in={row[2] or row[3] for row in rows})
        mine, kept = set(conversations.values_list("pk", flat=True)), set(records.values_list("pk", flat=True))
        return {row[0] for row in rows if row[1] in mine and (row[2] or row[3]) in kept}


def _newest(reader: _Reader, query: Query, before: int, size: int) -> tuple[list[int], int | None]:
    """The newest places before `before` that fit and may be seen, and where to go on; None where there is no more.

    The index knows nothing of who may see what: it names places, and those that are visible are kept. After some rounds
    it gives what it has, which may be nothing; the next page goes on from there.
    """
    found: list[int] = []
    for turn in range(ROUNDS):
        wide = min(MOST_AT_ONCE, (size + 1) * 8 ** min(turn, 2))
        given, reached = _places(query, before, wide)
        seen = reader.sees(given)
        found += [place for place in given if place in seen]
        if len(found) > size:
            return found[:size], found[size - 1]
        if len(given) < wide:
            return found, reached
        before = given[-1]
    return found, before


def _best(reader: _Reader, query: Query, offset: int) -> Page:
    """The page of the newest hits that begins at `offset` when they are put in order of relevance."""
    places, further = _newest(reader, query, NOWHERE, NEWEST)
    want = rules.wanted(query.clauses)
    rows = Entry.objects.filter(place__in=places).values_list("place", "words", "parts")
    order = sorted(((-rules.relevance(own, made_of, want), -place) for place, own, made_of in rows))
    shown = [-place for _, place in order[offset : offset + PAGE]]
    following = str(offset + PAGE) if offset + PAGE < len(order) else ""
    return Page(query, _hits(shown, query), following, bounded=further is not None)


# ---- the page's rows ------------------------------------------------------------------------------------------------


def _hits(places: list[int], query: Query) -> list[Hit]:
    """The hits at these places, in their order, each with its excerpt."""
    related = ("conversation", "message__author", "note__author", "message__record__case__authority")
    entries = Entry.objects.select_related(*related).in_bulk(places)
    versions = RecordVersion.objects.in_bulk([entry.version for entry in entries.values()])
    want = rules.wanted(query.clauses)
    return [_hit(entries[place], versions.get(entries[place].version), want) for place in places if place in entries]


def _hit(entry: Entry, version: RecordVersion | None, want: rules.Wanted) -> Hit:
    pieces = rules.excerpt((version.text or version.whole) if version else "", want)
    conversation, message, note = entry.conversation, entry.message, entry.note
    title = rules.excerpt(conversation.subject, want, around=len(conversation.subject) or 1)
    if note is not None:
        return Hit(conversation, title, "note", note.author.name, note.at, "", False, pieces, None)
    # The table holds entries of one or the other only.
    message = cast(Message, message)
    out, record = message.direction == Message.OUT, message.record
    who = (message.author.name if message.author else "") if out else record.correspondent
    # A long thread is opened where the message stands.
    fore = message.pk + 1 if conversation.message_count > PAGE else None
    return Hit(conversation, title, message.direction, who, message.sent_at, record.dnr, record.secret, pieces, fore)


# ---- the index ------------------------------------------------------------------------------------------------------


def _range(filters: Filters, before: int) -> tuple[int, int]:
    """The places from and before which hits may stand."""
    low, high = -1, before
    if filters.since:
        low = rules.place_of(datetime.combine(filters.since, time(), clock.STOCKHOLM))
    # The last day of all has no day after it, and nothing is later.
    if filters.until and filters.until < date.max:
        day_after = datetime.combine(filters.until, time(), clock.STOCKHOLM) + timedelta(days=1)
        high = min(high, rules.place_of(day_after))
    return low, high


def _marks(filters: Filters) -> list[Clause]:
    """The filters that the index itself knows, as clauses."""
    marks = [
        ("#k:", filters.channel), ("#d:", filters.kind), ("#t:", "_".join(filters.tag.split())),
        ("#o", "pen" if filters.status in ("open", *_OPEN) else ""),
    ]  # fmt: skip
    clauses = [Clause((rules.Option("all", (mark + value,)),)) for mark, value in marks if value]
    if filters.sender:
        clauses.append(Clause((rules.Option("prefix", (rules.prefix_of(filters.sender),)),)))
    return clauses


def _places(query: Query, before: int, limit: int) -> tuple[list[int], int | None]:
    """The newest places before `before` that fit, whoever may see them; and how far back was looked, None for all the way."""
    low, high = _range(query.filters, before)
    clauses = [*query.clauses, *_marks(query.filters)]
    if all(clause.minus for clause in clauses):
        if not clauses:
            every_one = Entry.objects.filter(place__gte=low, place__lt=high).order_by("-place")
            return list(every_one.values_list("place", flat=True)[:limit]), None
        # Only days and what must not be there: every entry has a direction, and one of three.
        every = tuple(rules.Option("all", (f"#d:{kind}",)) for kind in ("in", "out", "note"))
        clauses.append(Clause(every))
    if connection.vendor == "postgresql":
        return _postgres(clauses, low, high, limit)
    found = _run(
        "SELECT rowid FROM search_fts WHERE search_fts MATCH %s AND rowid >= %s AND rowid < %s "
        "ORDER BY rowid DESC LIMIT %s",
        [match(clauses), low, high, limit],
    )
    return found, None


def _run(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [place for (place,) in cursor.fetchall()]


def match(clauses: list[Clause]) -> str:
    """The clauses in the words of FTS5; terms hold no quotation marks."""

    def of(option: rules.Option) -> str:
        if option.how == "phrase":
            return f'"{" ".join(option.terms)}"'
        star = "*" if option.how == "prefix" else ""
        return "(" + " AND ".join(f'"{term}"{star}' for term in option.terms) + ")"

    def one(clause: Clause) -> str:
        return "(" + " OR ".join(map(of, clause.options)) + ")"

    text = " AND ".join(one(clause) for clause in clauses if not clause.minus)
    minus = [one(clause) for clause in clauses if clause.minus]
    return f"({text}) NOT ({' OR '.join(minus)})" if minus else text


def _postgres(clauses: list[Clause], low: int, high: int, limit: int) -> tuple[list[int], int | None]:
    """First among the newest, in their order; where they hold too few, all that the index names are put in order.

    The planner knows how common each word is, and not how seldom two common ones meet: so it is not left the choice.
    """
    where, values = conditions(clauses)
    start = max(low, _recent_now(int(time_now() // 60)) if high == NOWHERE else _back(high, RECENT))
    newest = f"SELECT place FROM search_entry WHERE {where} AND place >= %s AND place < %s"  # nosec B608  # noqa: S608  our own words
    found = _run(f"{newest} ORDER BY place DESC LIMIT %s", [*values, start, high, limit])
    if len(found) >= limit or start == low:
        return found, None
    if any(_has_phrase(clause) and not clause.minus for clause in clauses) and _expected(clauses) > MANY:
        reached = max(low, _back(start, PHRASE_REACH))
        found += _run(f"{newest} ORDER BY place DESC LIMIT %s", [*values, reached, start, limit - len(found)])
        return found, reached if reached > low else None
    every = f"WITH fits AS MATERIALIZED (SELECT place FROM search_entry WHERE {where}) "  # nosec B608  # noqa: S608  our own words
    rest = "SELECT place FROM fits WHERE place >= %s AND place < %s ORDER BY place DESC LIMIT %s"
    return found + _run(every + rest, [*values, low, start, limit - len(found)]), None


def _back(high: int, count: int) -> int:
    """The place that lies so many entries before another; -1 where there are not so many."""
    # Among the keys alone: no entry is read for it.
    sql = "SELECT place FROM search_entry WHERE place < %s ORDER BY place DESC LIMIT 1 OFFSET %s"
    found = _run(sql, [high, count])
    return found[0] if found else -1


@lru_cache(maxsize=1)
def _recent_now(minute: int) -> int:
    """Where the newest begin, once a minute: any place gives the same rows, some sooner and some later."""
    return _back(NOWHERE, RECENT)


def _expected(clauses: list[Clause]) -> int:
    """How many entries at most hold all the words of the phrases: the planner's own count of the rarest, nothing is read.

    Not its count of all of them together: it takes words for strangers to each other, and thinks that few ever meet.
    """
    phrases = [option for clause in clauses if not clause.minus for option in clause.options if option.how == "phrase"]
    # The longest are the rarest; so many are asked of at most.
    terms = sorted({term for option in phrases for term in option.terms}, key=len, reverse=True)[:6]
    return min(map(_holding, terms), default=0)


def _holding(term: str) -> int:
    where, values = conditions([Clause((rules.Option("all", (term,)),))])
    with connection.cursor() as cursor:
        asked = f"EXPLAIN (FORMAT JSON) SELECT place FROM search_entry WHERE {where}"  # nosec B608  # noqa: S608  our own words
        cursor.execute(asked, values)
        plan = cursor.fetchone()[0]
    read = json.loads(plan) if isinstance(plan, str) else plan
    return int(read[0]["Plan"]["Plan Rows"])


def _has_phrase(clause: Clause) -> bool:
    return any(option.how == "phrase" for option in clause.options)


def conditions(clauses: list[Clause]) -> tuple[str, list[Any]]:
    """The clauses as an SQL condition for PostgreSQL, with its values.

    The index has no places of words, so that a phrase is looked for in the text of those that hold all its words.
    """

    def quoted(term: str) -> str:
        return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"

    def of(option: rules.Option) -> str:
        star = ":*" if option.how == "prefix" else ""
        return "(" + " & ".join(quoted(term) + star for term in option.terms) + ")"

    def one(clause: Clause) -> str:
        return "(" + " | ".join(map(of, clause.options)) + ")"

    plain = [one(clause) for clause in clauses if not clause.minus]
    plain += [f"!{one(clause)}" for clause in clauses if clause.minus and not _has_phrase(clause)]
    parts, values = ["vector @@ %s::tsquery"], [" & ".join(plain)]
    for clause in filter(_has_phrase, clauses):
        ways = []
        for option in clause.options:
            if option.how == "phrase":
                ways.append("position(%s IN ' ' || words || ' ' || parts || ' ' || marks || ' ') > 0")
                values.append(f" {' '.join(option.terms)} ")
            else:
                ways.append("vector @@ %s::tsquery")
                values.append(of(option))
        parts.append(f"{'NOT ' if clause.minus else ''}({' OR '.join(ways)})")
    return " AND ".join(parts), values

"""Queries whose SQL is worked out once: for the pages that colleagues have open all day.

Django builds the text of a SELECT anew each time a page asks, half of the CPU of the open conversation
(docs/decisions/0046). What a query looks like hangs only on which values are given, hardly ever on what they are: so a
function that builds the query is called once with marks for values, and the text is kept with the places of the marks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.sql.compiler import SQLCompiler

from torget.core.counting import bounded, count_of

R = TypeVar("R")
P = TypeVar("P")
Value = int | str | datetime | date | Sequence[int] | Sequence[str] | None
Shape = tuple[Any, ...]

MOST = 200
"""Shapes of one query that are kept; what comes beyond is built anew each time."""
_LARGE = 2**63
_FIRST = 8_300_000_000_000_000_000
_MOMENT = datetime(2961, 3, 4, 5, 6, 7, tzinfo=UTC)
_DAY = date(2961, 3, 4)


class NotKept(Exception):
    """The builder changed a value so that its place in the SQL cannot be known: a mistake in the code."""


def _mark(value: Any, number: int) -> Any:
    """A value of the same type as `value` that nothing else in a statement equals."""
    if isinstance(value, int):
        return _FIRST + number
    if isinstance(value, str):
        return f"\ue000{number}\ue000"
    if isinstance(value, datetime):
        return _MOMENT + timedelta(seconds=number)
    if isinstance(value, date):
        return _DAY + timedelta(days=number)
    raise NotKept(f"a value of {type(value).__name__} cannot be given")


def _padded(values: Sequence[Any]) -> Sequence[Any]:
    """With the last value again and again up to a power of two, so that lists of many lengths are of few shapes."""
    size = 1 << (len(values) - 1).bit_length() if values else 0
    return [*values, *[values[-1]] * (size - len(values))] if size > len(values) else values


def _shape(value: Any) -> Any:
    """What of a value the text hangs on: what is empty or a truth stands in it as it is."""
    if not value or isinstance(value, bool):
        return (type(value).__name__, repr(value))
    return len(value) if isinstance(value, list | tuple) else type(value)


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement with places for values."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    """Which parameter is which of the given values."""

    @classmethod
    def of(cls, sql: str, params: Sequence[Any], marks: Sequence[Any], connection: Any) -> "_Text":
        numbers = {_adapted(mark, connection): number for number, mark in enumerate(marks)}
        plain = [one if isinstance(one, int | str | date) else None for one in params]
        places = tuple((at, numbers[one]) for at, one in enumerate(plain) if one is not None and one in numbers)
        if len({number for _, number in places}) < len(marks):
            raise NotKept(f"not every value is found again in: {sql}")
        return cls(sql, tuple(params), places)

    def filled(self, values: Sequence[Any], connection: Any) -> tuple[Any, ...]:
        params = list(self.params)
        for at, number in self.places:
            params[at] = _adapted(values[number], connection)
        return tuple(params)

    def prepared(self, name: str) -> tuple[str, tuple[Any, ...]]:
        """The statement that has PostgreSQL plan this one under a name, and what of its values never changes."""
        numbers, parts = dict(self.places), self.sql.split("%s")
        signs = (f"${numbers[at] + 1}" if at in numbers else "%s" for at in range(len(self.params)))
        sql = "".join(part for pair in zip(parts, (*signs, ""), strict=True) for part in pair)
        return f"PREPARE {name} AS {sql}", tuple(one for at, one in enumerate(self.params) if at not in numbers)


def _adapted(value: Any, connection: Any) -> Any:
    """As the database takes it: SQLite has no type for moments."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _spread(given: Sequence[Any]) -> tuple[Shape, list[Any], list[Any]]:
    """The shape of what is given, it with lists padded, and its values in a row."""
    padded = [_padded(one) if isinstance(one, list | tuple) else one for one in given]
    values: list[Any] = []
    for one in padded:
        if one and not isinstance(one, bool):
            values += one if isinstance(one, list | tuple) else [one]
    return tuple(_shape(one) for one in padded), padded, values


def _marked(padded: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Marks in place of what is given, and the same in a row."""
    marks: list[Any] = []
    stand_in: list[Any] = []
    for one in padded:
        if not one or isinstance(one, bool):
            stand_in.append(one)
            continue
        many = one if isinstance(one, list | tuple) else [one]
        made = [_mark(value, len(marks) + place) for place, value in enumerate(many)]
        marks += made
        stand_in.append(made if isinstance(one, list | tuple) else made[0])
    return stand_in, marks


def _like(one: R) -> R:
    """A copy of an object that shares its parts, without what `copy` of a query does beside it."""
    made = object.__new__(type(one))
    made.__dict__.update(one.__dict__)
    return made


class _Keeper(Generic[P]):
    """Plans by the shape of what is given."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build = build
        self.plans: dict[Shape, P] = {}
        self.__doc__ = build.__doc__

    def plan_of(self, given: Sequence[Any], fixed: Mapping[str, Any]) -> tuple[P | None, list[Any], Any]:
        """The plan, the values in a row and the connection; no plan for a query that no row can fit."""
        connection = connections[DEFAULT_DB_ALIAS]
        shape, padded, values = _spread(given)
        if any(isinstance(one, int) and not -_LARGE <= one < _LARGE for one in values):
            # No column holds it: Django itself says what that means in each question.
            return None, values, connection
        key = (connection.vendor, shape, *sorted(fixed.items()))
        plan = self.plans.get(key)
        if plan is None:
            stand_in, marks = _marked(padded)
            try:
                plan = self.compiled(self.build(*stand_in, **fixed), marks, connection)
            except EmptyResultSet:
                # It may be the mark that fits nothing, so nothing is kept.
                return None, values, connection
            if len(self.plans) < MOST:
                self.plans[key] = plan
        return plan, values, connection

    def compiled(self, built: Any, marks: Sequence[Any], connection: Any) -> P:
        """The plan of what the builder made. Errors: EmptyResultSet, NotKept."""
        raise NotImplementedError


_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The names of the statements that each connection to PostgreSQL has planned."""
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A query of one shape, built and compiled."""

    queryset: QuerySet[Any, Any]
    compiler: SQLCompiler
    text: _Text
    converters: Mapping[int, Any]
    """What makes the database's values to Python's: looked up by each column, a tenth of the CPU of a page of many queries."""
    name: str = ""
    """What PostgreSQL calls the statement that it has planned beforehand; "" for one that it plans each time."""

    def filled(self, values: Sequence[Any], connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The statement with these values."""
        if not self.name:
            return self.text.sql, self.text.filled(values, connection)
        connection.ensure_connection()
        known = _known.setdefault(connection.connection, set())
        if self.name not in known:
            with connection.cursor() as cursor:
                cursor.execute(*self.text.prepared(self.name))
            # It stays whatever becomes of the transaction, as long as the connection does.
            known.add(self.name)
        signs = ", ".join(["%s"] * len(values))
        return f"EXECUTE {self.name}({signs})", tuple(_adapted(one, connection) for one in values)

    def rows(self, values: Sequence[Any], connection: Any) -> list[Any]:
        """What the query gives now, made to objects as the queryset makes them."""
        filled = self.filled(values, connection)
        # Each call has a compiler of its own, since threads share the plan and no connection.
        compiler: Any = _like(self.compiler)
        compiler.connection, compiler.as_sql = connection, lambda *given, **named: filled
        compiler.get_converters = lambda expressions: self.converters
        query: Any = _like(self.queryset.query)
        query.get_compiler = lambda *given, **named: compiler
        again: Any = _like(self.queryset)
        again._query, again._result_cache = query, None
        found = list(again._iterable_class(again))
        if again._prefetch_related_lookups:
            prefetch_related_objects(found, *again._prefetch_related_lookups)
        return found


class Kept(_Keeper[_Plan], Generic[R]):
    """A query by a function of values; called like it, it gives the rows. See `kept` and `prepared`."""

    def __init__(self, build: Callable[..., QuerySet[Any, R]], *, prepared: bool = False) -> None:
        super().__init__(build)
        self.prepared = prepared

    def compiled(self, built: Any, marks: Sequence[Any], connection: Any) -> _Plan:
        compiler = built.query.get_compiler(using=connection.alias)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        # A sign of the statement's own that looks like a place for a value would be taken for one.
        plans = self.prepared and connection.vendor == "postgresql" and "%%" not in sql and marks
        # What is not kept here is not planned there either: nothing would ever take it away again.
        plans = plans and len(self.plans) < MOST
        name = f"kept_{next(_numbers)}" if plans else ""
        return _Plan(built, compiler, _Text.of(sql, params, marks, connection), converters, name)

    def __call__(self, *given: Value, **fixed: Any) -> list[R]:
        """The rows for these values. `fixed` goes to the builder as it is, and must be hashable."""
        plan, values, connection = self.plan_of(given, fixed)
        return plan.rows(values, connection) if plan else list(self.build(*given, **fixed))


def kept(build: Callable[..., QuerySet[Any, R]]) -> Kept[R]:
    """Keep the SQL of the query that `build` makes of values: numbers, texts, moments, days and lists of those.

    The builder must not look into a value further than whether it is empty; what it has to know goes by name. It is
    called with a mark for each value, and a value that it changes on the way is refused (NotKept). A list goes to `__in`
    of a column that is no relation (`case__pk__in`), since a relation looks at each.
    """
    return Kept(build)


def prepared(build: Callable[..., QuerySet[Any, R]]) -> Kept[R]:
    """Like `kept`, and PostgreSQL plans it once for each connection and not each time.

    For statements of several tables that are found by their keys, whose plan is the same whatever the values: planning such
    a one takes ten times as long as running it. Not for what is common in one value and seldom in another.
    """
    return Kept(build, prepared=True)


@dataclass(frozen=True, slots=True)
class _Whole:
    """Several queries as one statement, and the names of its parts."""

    text: _Text
    names: tuple[Any, ...]


class Together(_Keeper[_Whole]):
    """Several queries by a function of values, read in one statement. See `together`."""

    def compiled(self, built: Any, marks: Sequence[Any], connection: Any) -> _Whole:
        parts = {}
        for number, one in enumerate(built):
            try:
                parts[number] = one.query.sql_with_params()
            except EmptyResultSet:
                continue  # asked about an empty list
        if not parts:
            raise EmptyResultSet
        sql, params = _union(parts)
        try:
            text = _Text.of(sql, params, marks, connection)
        except NotKept:
            # Was it a mark that emptied a part, it is missing now.
            if len(parts) < len(built):
                raise EmptyResultSet from None
            raise
        return _Whole(text, tuple(range(len(built))))

    def __call__(self, *given: Value, **fixed: Any) -> list[list[list[Any]]]:
        """The rows of each query by themselves, as the database gives them: a moment of SQLite is without its zone."""
        plan, values, connection = self.plan_of(given, fixed)
        if plan is None:
            return [[list(row) for row in one] for one in self.build(*given, **fixed)]
        found: list[list[list[Any]]] = [[] for _ in plan.names]
        with connection.cursor() as cursor:
            # Each part is read to its end in its own order before the next.
            cursor.execute(plan.text.sql, plan.text.filled(values, connection))
            for number, *row in cursor.fetchall():
                found[number].append(row)
        return found


def _union(parts: Mapping[int, tuple[str, Sequence[Any]]]) -> tuple[str, list[Any]]:
    selects = [f"SELECT {number}, part.* FROM ({sql}) AS part" for number, (sql, _) in parts.items()]  # nosec B608  # noqa: S608  the ORM's own SQL
    return " UNION ALL ".join(selects), [value for _, params in parts.values() for value in params]


def together(build: Callable[..., Sequence[QuerySet[Any, Any]]]) -> Together:
    """Keep several queries by `values_list` with columns of equal types as one statement; else like `kept`."""
    return Together(build)


class Counts(_Keeper[_Whole]):
    """Counts that stop, of several queries by a function of values, in one statement. See `counts`."""

    def __init__(self, build: Callable[..., Mapping[str, QuerySet[Any, Any]]], limit: int) -> None:
        super().__init__(build)
        self.limit = limit

    def compiled(self, built: Any, marks: Sequence[Any], connection: Any) -> _Whole:
        parts = [count_of(one, self.limit) for one in built.values()]
        sql = f"SELECT {', '.join(part for part, _ in parts)}"
        text = _Text.of(sql, [value for _, params in parts for value in params], marks, connection)
        return _Whole(text, tuple(built))

    def __call__(self, *given: Value, **fixed: Any) -> dict[str, int]:
        """How many rows of each, to the limit at most."""
        plan, values, connection = self.plan_of(given, fixed)
        if plan is None:
            return bounded(self.build(*given, **fixed), self.limit)
        with connection.cursor() as cursor:
            cursor.execute(plan.text.sql, plan.text.filled(values, connection))
            return dict(zip(plan.names, cursor.fetchone(), strict=True))


def counts(limit: int) -> Callable[[Callable[..., Mapping[str, QuerySet[Any, Any]]]], Counts]:
    """Keep counts to `limit` of named queries as one statement; else like `kept`."""
    return lambda build: Counts(build, limit)

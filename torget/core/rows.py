"""Many rows in few statements, on the one path where it is felt: a message coming in.

Django's `bulk_create` builds its INSERT anew each time, a third of the CPU of a message (decision 0014). The text of
an INSERT hangs only on the table and the number of rows, so it is built once and kept. So it is with the SELECT of rows
by what they equal.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

M = TypeVar("M", bound=models.Model)


@lru_cache(maxsize=500)
def _statement(model: type[models.Model], rows: int) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in _fields(model))
    row = "(" + ", ".join(["%s"] * len(_fields(model))) + ")"
    key = quote(str(model._meta.pk.column))
    values = ", ".join([row] * rows)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {values} RETURNING {key}"  # nosec B608  # noqa: S608  names of ours


@lru_cache(maxsize=100)
def _fields(model: type[models.Model]) -> tuple["models.Field[Any, Any]", ...]:
    given = (field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField))
    return tuple(given)


def insert(model: type[M], objects: Iterable[M]) -> list[M]:
    """Store new rows in their order, and give them their keys where those are running numbers.

    What they point at must be stored already. No signals are sent. Errors: those of the database, IntegrityError first.
    """
    given = list(objects)
    fields = _fields(model)
    # The connection itself: through Django's stand-in each field of each row would look it up anew, a tenth of the whole.
    connection = connections[DEFAULT_DB_ALIAS]
    limit = (connection.features.max_query_params or 30_000) // len(fields)
    with connection.cursor() as cursor:
        for start in range(0, len(given), limit):
            part = given[start : start + limit]
            values = [field.get_db_prep_save(field.pre_save(one, True), connection) for one in part for field in fields]
            cursor.execute(_statement(model, len(part)), values)
            for one, (key,) in zip(part, cursor.fetchall(), strict=True):
                one.pk = key
                one._state.adding, one._state.db = False, connection.alias
    return given


@lru_cache(maxsize=100)
def _reading(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Any, list[Callable[..., Any]]]]]:
    """Names of all columns, and for those that Django converts: place, expression, converters."""
    fields = model._meta.local_concrete_fields
    columns = [(place, field.get_col(model._meta.db_table)) for place, field in enumerate(fields)]
    converted = [
        (place, column, [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)])
        for place, column in columns
    ]
    return [field.attname for field in fields], [entry for entry in converted if entry[2]]


@lru_cache(maxsize=100)
def _select(model: type[models.Model], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in model._meta.local_concrete_fields)
    wanted = " AND ".join(f"{quote(str(model._meta.get_field(name).column))} = %s" for name in names)  # type: ignore[union-attr]
    where = f" WHERE {wanted}" if names else ""
    return f"SELECT {columns} FROM {quote(model._meta.db_table)}{where} ORDER BY {quote(str(model._meta.pk.column))}"  # nosec B608  # noqa: S608  names of ours, quoted


def find(model: type[M], **equal: Any) -> list[M]:
    """The rows whose columns equal what is given (never None), in the order of their keys; all without any.

    For few rows: nothing is limited, and what they point at is not read along.
    """
    names, converted = _reading(model)
    connection = connections[DEFAULT_DB_ALIAS]
    values = [model._meta.get_field(name).get_db_prep_value(value, connection) for name, value in equal.items()]  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(_select(model, tuple(equal)), values)
        found = [list(row) for row in cursor.fetchall()]
    for row in found:
        for place, column, converters in converted:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
    return [model.from_db(connection.alias, names, row) for row in found]

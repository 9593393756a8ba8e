"""Many rows in few statements, on the one path where it is felt: a message coming in.

Django's `bulk_create` builds its INSERT anew each time, a third of the CPU of a message (docs/decisions). The text of
an INSERT hangs only on the table and the number of rows, so it is built once and kept.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


@lru_cache(maxsize=500)
def _statement(model: type[models.Model], rows: int) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in _fields(model))
    row = "(" + ", ".join(["%s"] * len(_fields(model))) + ")"
    key = quote(str(model._meta.pk.column))
    values = ", ".join([row] * rows)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {values} RETURNING {key}"  # noqa: S608  names of ours


@lru_cache(maxsize=100)
def _fields(model: type[models.Model]) -> tuple["models.Field[Any, Any]", ...]:
    return tuple(field for field in model._meta.local_concrete_fields if not field.primary_key)


def insert(model: type[M], objects: Iterable[M]) -> list[M]:
    """Store new rows of a model whose key is a running number, in their order, and give them their keys.

    What they point at must be stored already. No signals are sent. Errors: those of the database, IntegrityError first.
    """
    given = list(objects)
    fields = _fields(model)
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

"""Counts that stop: no page waits for a count of everything there is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def count_of(few: QuerySet[Any], limit: int) -> tuple[str, Sequence[Any]]:
    """A count to `limit` as one column of a SELECT, and its values. Errors: EmptyResultSet where nothing can fit."""
    sql, values = few.order_by().values("pk")[:limit].query.sql_with_params()
    return f"(SELECT COUNT(*) FROM ({sql}) AS counted)", values  # nosec B608  # noqa: S608  the ORM's own SQL


def bounded(parts: Mapping[str, QuerySet[Any]], limit: int) -> dict[str, int]:
    """How many rows of each, to `limit` at most. One statement for all of them."""
    given: list[tuple[str, str]] = []
    values: list[Any] = []
    found = dict.fromkeys(parts, 0)
    for name, few in parts.items():
        try:
            sql, params = count_of(few, limit)
        except EmptyResultSet:
            continue
        given.append((name, sql))
        values += params
    if given:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(sql for _, sql in given)}", values)
            found |= dict(zip((name for name, _ in given), cursor.fetchone(), strict=True))
    return found

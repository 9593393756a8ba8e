"""Rows on their way into the database, many at a time: executemany on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Max
from psycopg.types.json import Jsonb


class Table:
    """New rows of one model. What is not said of a row is what the model's default says."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.local_concrete_fields
        self.model, self.rows = model, list[list[Any]]()
        self.place = {field.attname: place for place, field in enumerate(fields)}
        self.columns = [str(field.column) for field in fields]
        self.key = self.place[str(model._meta.pk.attname)]
        last = model._default_manager.aggregate(last=Max("pk"))["last"]
        self.next = (last or 0) + 1
        self.usual = [None if field.primary_key else _prepared(field) for field in fields]

    def add(self, **values: Any) -> list[Any]:
        """A row with the next key; it may be changed by `place` until it is written."""
        row = self.usual.copy()
        place = self.place
        for name, value in values.items():
            row[place[name]] = value
        row[self.key] = self.next
        self.next += 1
        self.rows.append(row)
        return row

    def write(self) -> int:
        """Store the rows; how many there were. Call inside a transaction."""
        rows, self.rows = self.rows, []
        if not rows:
            return 0
        quote = connection.ops.quote_name
        table, columns = quote(self.model._meta.db_table), ", ".join(map(quote, self.columns))
        connection.ensure_connection()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(self.columns))
                # Past Django's own cursor, which would look at each of the values once more.
                connection.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # nosec B608  # noqa: S608
        return len(rows)


def _prepared(field: models.Field[Any, Any]) -> Any:
    default = field.get_default()
    return None if default is None else field.get_db_prep_save(default, connection)


def moments() -> Callable[[datetime], Any]:
    """How this database takes a moment: PostgreSQL as it is, SQLite as text in UTC without its zone."""
    if connection.vendor == "postgresql":
        return lambda moment: moment
    return lru_cache(maxsize=10_000)(lambda moment: str(moment.astimezone(UTC).replace(tzinfo=None)))


def as_json() -> Callable[[Any], Any]:
    """How this database takes JSON."""
    return Jsonb if connection.vendor == "postgresql" else json.dumps


@contextmanager
def roomy() -> Iterator[None]:
    """While it lasts SQLite may keep 256 MB in memory instead of 8: pages of indexes are not written over and over."""
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            yield
            return
        cursor.execute("PRAGMA cache_size")
        before = cursor.fetchone()[0]
        cursor.execute("PRAGMA cache_size = -262144")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {before}")


def reset_series(tables: Sequence[Table]) -> None:
    """Let the database's own keys go on after ours."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            cursor.execute(statement)

"""Running numbers without gaps: a row holds the last one given, and its lock lasts until the commit."""

from typing import Any

from django.db import connection, models


def advance(model: type[models.Model], count: int, *, column: str = "last", **where: Any) -> int:
    """Reserve `count` numbers in the row that `where` names (made at first use); the first of them.

    One statement (UPDATE … RETURNING, which SQLite ≥ 3.35 and PostgreSQL share): it lies on the path of every message.
    """
    fields = [str(getattr(model._meta.get_field(name), "column")) for name in where]  # noqa: B009  a relation has none
    quote = connection.ops.quote_name
    conditions = " AND ".join(f"{quote(field)} = %s" for field in fields)
    sql = (
        f"UPDATE {quote(model._meta.db_table)} SET {quote(column)} = {quote(column)} + %s "  # nosec B608  # noqa: S608  names of ours
        f"WHERE {conditions} RETURNING {quote(column)}"
    )
    values = [value.pk if isinstance(value, models.Model) else value for value in where.values()]
    with connection.cursor() as cursor:
        cursor.execute(sql, [count, *values])
        row = cursor.fetchone()
        if row is None:
            model._default_manager.get_or_create(**where)
            cursor.execute(sql, [count, *values])
            row = cursor.fetchone()
    return int(row[0]) - count + 1

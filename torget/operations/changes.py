"""The changes of the database (Django's migrations): which it has, which this code has. Read anew each time it is asked."""

from django.db import connection
from django.db.migrations.loader import MigrationLoader

RENAMED = {("conversations", "0005_connected_at"): ("conversations", "0006_connected_at")}
"""Changes that an earlier version made under a name that another change took: the same tables, so they are only noted anew."""


def applied() -> list[str]:
    """The changes that the database has, `app.0001_name`, in order of name."""
    loader = MigrationLoader(connection)
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations)


def pending() -> list[str]:
    """The changes that this code has and the database has not."""
    loader = MigrationLoader(connection)
    there = {RENAMED.get(key, key) for key in loader.applied_migrations}
    return sorted(f"{app}.{name}" for app, name in loader.graph.nodes if (app, name) not in there)


def unknown() -> list[str]:
    """The changes that the database has of our modules and this code has not: it was made by a newer version."""
    loader = MigrationLoader(connection)
    ours = {app for app, _ in loader.disk_migrations}
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in loader.disk_migrations and (app, name) not in RENAMED
    )


def is_empty() -> bool:
    """Whether there is nothing to lose: no change was ever made to this database."""
    return not applied()

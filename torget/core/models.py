"""Two small rows: which version of the public pages is in force, and when the worker was last alive."""

from django.db import connection, models


class PublicVersion(models.Model):
    """One row whose number grows with each change of what the public may see (content, visibility, secrecy, identity)."""

    version = models.BigIntegerField(default=0)

    @classmethod
    def bump(cls) -> None:
        """Make every stored public page out of date; call it last in the transaction that changed something public.

        It is a row lock on PostgreSQL until the commit, therefore last.
        """
        with connection.cursor() as cursor:
            # Past the ORM, on the path of every message: building this statement costs ten times running it.
            cursor.execute("UPDATE core_publicversion SET version = version + 1 WHERE id = 1")
            known = cursor.rowcount
        if not known:
            cls.objects.get_or_create(pk=1, defaults={"version": 1})

    @classmethod
    def current(cls) -> int:
        """The version in force; 0 before anything public was ever changed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM core_publicversion WHERE id = 1")
            row = cursor.fetchone()
        return int(row[0]) if row else 0


class Heartbeat(models.Model):
    """When a long-running part was last alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

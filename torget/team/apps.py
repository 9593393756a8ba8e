"""Team as a Django app."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """Registers the worker's jobs."""

    name = "torget.team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the worker."""
        from torget.conversations.actions import joining
        from torget.core import worker
        from torget.team import tasks
        from torget.team.actions import approvals

        joining.in_the_way["team"] = approvals.in_the_way
        worker.register("team.unknown", tasks.notice_unknown, 5.0, batch=tasks.NEVER_AT_ONCE)
        worker.register("team.retire", tasks.retire_stale, 10.0, batch=tasks.NEVER_AT_ONCE)
        worker.register("team.digest", tasks.mail_digests, 60.0, batch=tasks.NEVER_AT_ONCE, own_thread=True)

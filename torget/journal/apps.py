"""The journal as a Django app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Registers the sequencer with the worker."""

    name = "torget.journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the worker number entries within a second or so."""
        from torget.core import doctor, health, worker
        from torget.journal import checks, tasks

        worker.register("journal.sequence", tasks.sequence_waiting, every=1.0, batch=tasks.BATCH, many=True)
        doctor.register("journal", checks.examine, whole=checks.whole)
        health.register(checks.ready)

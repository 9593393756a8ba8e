"""The API as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the worker."""
        from torget.api import tasks
        from torget.core import worker

        worker.register("api.events", tasks.make_events, every=2.0, batch=500)
        # Own thread: it waits for others.
        worker.register("api.send", tasks.send_due, every=1.0, batch=tasks.SHARE, own_thread=True)
        worker.register("api.forget", tasks.forget_old, every=3600.0, batch=tasks.BATCH)

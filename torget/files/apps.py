"""Files as a Django app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Registers the jobs that make pictures for showing and clear away what a crash left."""

    name = "torget.files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the jobs to the worker."""
        from torget.core import worker
        from torget.files import tasks

        worker.register("files.render", tasks.render_waiting, 2.0)
        worker.register("files.clear", tasks.clear_leftovers, 3600.0)

"""Files as a Django app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Registers the jobs that make pictures for showing and clear away what a crash left, and the doctor's look at them."""

    name = "torget.files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the jobs to the worker."""
        from torget.core import doctor, worker
        from torget.files import checks, tasks

        worker.register("files.render", tasks.render_waiting, 2.0, many=True)
        worker.register("files.clear", tasks.clear_leftovers, 3600.0)
        worker.register("files.strangers", tasks.sweep_strangers, 600.0, batch=1_000_000, own_thread=True)
        doctor.register("filer", checks.sample, whole=checks.all_files)
        doctor.register("fillager", checks.place, network=True)

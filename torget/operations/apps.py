"""Running Torget as a Django app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.operations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the jobs and the doctor's checks."""
        from torget.core import doctor, worker
        from torget.operations import proving

        worker.register("operations.witnesses", proving.look_at_witnesses, every=60.0, batch=1000, own_thread=True)
        worker.register("operations.stamps", proving.stamp_heads, every=600.0, batch=1000, own_thread=True)
        doctor.register("proof", proving.checks)

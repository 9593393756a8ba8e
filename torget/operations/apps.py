"""Running Torget as a Django app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.operations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the worker, the doctor and the staff's bar."""
        from django.utils.translation import gettext_lazy as _

        from torget.core import doctor, navigation, worker
        from torget.operations import backup_nightly, copying, permissions, proving, scrubbing

        worker.register("operations.witnesses", proving.look_at_witnesses, every=60.0, batch=1000, own_thread=True)
        worker.register("operations.stamps", proving.stamp_heads, every=600.0, batch=1000, own_thread=True)
        worker.register("operations.backup", backup_nightly.run_due, 60.0, batch=1000, own_thread=True)
        worker.register("operations.copies", copying.forget_old, 3600.0, batch=1000)
        worker.register("operations.scrub", scrubbing.scrub, 30.0, batch=1000, own_thread=True)
        doctor.register("proof", proving.checks)
        doctor.register("backup", backup_nightly.check)
        navigation.registrar(_("Gallring"), "operations:erasures", 30, permissions.can_erase)

"""The register as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegisterConfig(AppConfig):
    """Adds the public register to navigation where it is turned on, the export for staff, and the mending of its index."""

    name = "torget.register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with navigation, the worker and the doctor."""
        from torget.core import doctor, navigation, worker
        from torget.register import checks, tasks
        from torget.register.permissions import can_export_register

        navigation.registrar(_("Lämna ut diariet"), "register:export", 20, can_export_register)
        worker.register("register.refresh", tasks.refresh, 2.0)
        worker.register("register.mend", tasks.mend, 3600.0, batch=tasks.BATCH)
        navigation.public(_("Diarium"), "register:public", 30, lambda organisation: organisation.register_public)
        doctor.register("register", None, whole=checks.all_versions)

"""The register as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegisterConfig(AppConfig):
    """Adds the public register to navigation where the organisation has turned it on."""

    name = "torget.register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with navigation and the doctor."""
        from torget.core import doctor, navigation
        from torget.register import checks

        navigation.public(_("Diarium"), "register:public", 30, lambda organisation: organisation.register_public)
        doctor.register("register", None, whole=checks.all_versions)

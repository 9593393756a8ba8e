"""The registrar's work as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrarConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.registrar"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the queue to the staff's bar for those who confirm records."""
        from torget.core import navigation
        from torget.register import erasers, permissions
        from torget.registrar import actions, letters

        erasers.register("registrar", actions.forget)
        erasers.register_companions("registrar", letters.letters_of)
        navigation.staff(_("Registrator"), "registrar:queue", 42, permissions.can_confirm)

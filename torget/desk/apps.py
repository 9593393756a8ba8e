"""The desk as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Adds the desk to the staff's navigation."""

    name = "torget.desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with navigation."""
        from torget.conversations.permissions import can_see_desk
        from torget.core import navigation

        navigation.staff(_("Inkorg"), "desk:queue", 10, can_see_desk)

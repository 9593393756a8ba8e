"""Setting an installation up in the browser as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SetupConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.setup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the guide on the settings' page and in the administrator's bar until it is put away."""
        from torget.core import navigation
        from torget.organisations import cards
        from torget.organisations.permissions import can_change_settings
        from torget.setup import reading

        cards.on_settings.append(reading.card)
        navigation.staff(
            _("Kom igång"), "setup:guide", 5, lambda user: can_change_settings(user) and not reading.is_finished()
        )

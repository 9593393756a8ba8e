"""Setting an installation up in the browser as a Django app."""

from django.apps import AppConfig


class SetupConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.setup"
    default_auto_field = "django.db.models.BigAutoField"

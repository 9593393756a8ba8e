"""Running Torget as a Django app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.operations"
    default_auto_field = "django.db.models.BigAutoField"

"""The registrar's work as a Django app."""

from django.apps import AppConfig


class RegistrarConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.registrar"
    default_auto_field = "django.db.models.BigAutoField"

"""The API as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.api"
    default_auto_field = "django.db.models.BigAutoField"

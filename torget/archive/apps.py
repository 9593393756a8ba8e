"""Archive packages as a Django app."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.archive"
    default_auto_field = "django.db.models.BigAutoField"

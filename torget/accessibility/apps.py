"""The statement of accessibility and how its figures come about as a Django app."""

from django.apps import AppConfig


class AccessibilityConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.accessibility"
    default_auto_field = "django.db.models.BigAutoField"

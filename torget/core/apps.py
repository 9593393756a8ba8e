"""Core as a Django app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Pages, parts and the worker's heartbeat."""

    name = "torget.core"
    default_auto_field = "django.db.models.BigAutoField"

"""Experts as a Django app."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """Asking a colleague who knows, by a signed link, and telling what became of the answer."""

    name = "torget.experts"
    default_auto_field = "django.db.models.BigAutoField"

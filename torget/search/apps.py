"""Search as a Django app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Finding again: an index of every word of every message that one may see."""

    name = "torget.search"
    default_auto_field = "django.db.models.BigAutoField"

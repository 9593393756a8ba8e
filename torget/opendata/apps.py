"""The catalogue of open data and the other addresses that machines look for as a Django app."""

from django.apps import AppConfig


class OpendataConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.opendata"
    default_auto_field = "django.db.models.BigAutoField"

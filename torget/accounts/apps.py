"""Staff accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.accounts"
    default_auto_field = "django.db.models.BigAutoField"

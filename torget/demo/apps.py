"""Django's entry for the demo town."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo owns no tables: it only plays events through the actions of the modules below it."""

    name = "torget.demo"
    default_auto_field = "django.db.models.BigAutoField"

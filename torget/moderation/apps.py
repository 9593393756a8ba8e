"""Moderation as a Django app."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Keeping the place decent: hints, removal with an evidence copy and reasons, notices by DSA article 16, watch intervals."""

    name = "torget.moderation"
    default_auto_field = "django.db.models.BigAutoField"

"""Team as a Django app."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """How colleagues work together: saved replies and views, approvals, mentions, notices and digest, shifts, the audit page."""

    name = "torget.team"
    default_auto_field = "django.db.models.BigAutoField"

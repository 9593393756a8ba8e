"""The Django application entry of the channels: nothing to start, nothing to store."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Channels have no models; the entry lets Django find their translations and tests."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "torget.channels"
    label = "channels"

"""Posts as a Django app."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    """Posts of our own: written once, fitted to each channel, approved, sent now or later."""

    name = "torget.posts"
    default_auto_field = "django.db.models.BigAutoField"

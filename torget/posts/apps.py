"""Posts as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PostsConfig(AppConfig):
    """Posts of our own: written once, fitted to each channel, approved, sent now or later."""

    name = "torget.posts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the worker and navigation."""
        from torget.core import navigation, restored, worker
        from torget.posts import permissions, tasks
        from torget.posts.actions import restoring

        worker.register("posts.send", tasks.send_round, 1.0, batch=1000, many=True)
        restored.register("posts", restoring.settle_restored)
        navigation.staff(_("Planering"), "posts:calendar", 40, permissions.can_see_plan)

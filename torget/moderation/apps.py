"""Moderation as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    """Keeping the place decent: hints, removal with an evidence copy and reasons, notices by DSA article 16, watch intervals."""

    name = "torget.moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the pages to the staff's bar and the removals to the worker."""
        from torget.conversations.actions import joining
        from torget.core import navigation, restored, worker
        from torget.moderation import permissions, tasks
        from torget.moderation.actions import erasing, notices
        from torget.register import erasers

        navigation.staff(_("Moderering"), "moderation:removals", 45, permissions.can_see_moderation)
        worker.register("moderation.remove", tasks.remove_waiting, 2.0, own_thread=True, many=True)
        joining.in_the_way["moderation"] = notices.in_the_way
        restored.register("moderation", erasing.settle_restored)
        erasers.register("moderation", erasing.erase_evidence)

"""Experts as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExpertsConfig(AppConfig):
    """Asking a colleague who knows, by a signed link, and telling what became of the answer."""

    name = "torget.experts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the worker and navigation."""
        from torget.conversations.actions import joining
        from torget.core import navigation, restored, worker
        from torget.experts import tasks
        from torget.experts.actions import asking, erasing, restoring
        from torget.organisations.rules import Role
        from torget.register import erasers

        # For whom it is the first thing to see; others reach it by the letter.
        navigation.staff(_("Frågor till mig"), "experts:my_page", 12, lambda user: user.role == Role.EXPERT)
        worker.register("experts.send", tasks.send_letters, 2.0, own_thread=True, many=True)
        worker.register("experts.remind", tasks.remind, 60.0)
        worker.register("experts.tell", tasks.tell, 60.0)
        joining.in_the_way["experts"] = asking.in_the_way
        restored.register("experts", restoring.settle_restored)
        erasers.register("experts", erasing.erase_question)
        erasers.register_companions("experts", erasing.companions_of)

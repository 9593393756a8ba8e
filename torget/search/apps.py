"""Search as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """Finding again: an index of every word of every message that one may see."""

    name = "torget.search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the page to the staff's bar and the index to the worker."""
        from torget.conversations.permissions import can_see_desk
        from torget.core import navigation, worker
        from torget.register import erasers
        from torget.search import tasks
        from torget.search.actions import erasing

        navigation.staff(_("Sök"), "search:find", 20, can_see_desk)
        worker.register("search.index", tasks.index, 2.0, batch=200)
        worker.register("search.same", tasks.count_same, 5.0, batch=50)
        worker.register("search.forget", tasks.forget_old, 3600.0)
        erasers.register("search", erasing.erase_entries)

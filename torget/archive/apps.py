"""Archive packages as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArchiveConfig(AppConfig):
    """Archive packages: a case as an E-ARK SIP."""

    name = "torget.archive"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the page to the staff's bar and the making of packages to the worker."""
        from torget.archive import actions, permissions, tasks
        from torget.core import navigation, worker
        from torget.register import erasers

        navigation.registrar(_("Arkiv"), "archive:cases", 10, permissions.can_archive)
        erasers.register("archive", actions.forget)
        # In a thread of its own: a large case takes minutes, and nothing else waits for it.
        worker.register("archive.pack", tasks.pack_waiting, 2.0, own_thread=True, many=True)
        worker.register("archive.clear", tasks.clear_strays, 3600.0, batch=1000)

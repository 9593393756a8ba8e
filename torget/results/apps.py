"""Results as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResultsConfig(AppConfig):
    """What the channels were worth."""

    name = "torget.results"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the page to the staff's bar and the count to the worker."""
        from torget.core import navigation, worker
        from torget.results import permissions, tasks

        navigation.staff(_("Resultat"), "results:index", 60, permissions.can_see_results)
        worker.register("results.roll_up", tasks.roll_up, 60, batch=tasks.NEVER_AT_ONCE)

"""Organisations as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationsConfig(AppConfig):
    """Gives every page the organisation's name and adds two entries to navigation."""

    name = "torget.organisations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with pages and navigation."""
        from torget.core import navigation, pages, worker
        from torget.organisations import actions, permissions
        from torget.organisations.models import Organisation

        pages.providers["organisation"] = Organisation.current
        navigation.public(_("Våra konton"), "organisations:accounts", 40)
        navigation.staff(_("Inställningar"), "organisations:settings", 90, permissions.can_change_settings)
        worker.register("organisations.invite", actions.mail_waiting, 5.0, own_thread=True)
        worker.register("organisations.holidays", actions.renew_holidays, 3600.0, batch=1000)

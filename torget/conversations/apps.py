"""Conversations as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    """Registers the worker's jobs and the public entries of navigation."""

    name = "torget.conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the worker and navigation."""
        from torget.conversations import checks, tasks
        from torget.conversations.actions import erasing, ownmail
        from torget.conversations.actions.handling import name_changed
        from torget.core import doctor, mailing, navigation, restored, worker
        from torget.organisations.actions import staffing
        from torget.register import erasers

        worker.register("conversations.parse", tasks.parse_waiting, 1.0)
        worker.register("conversations.send", tasks.send_waiting, 1.0, own_thread=True, many=True, timed=True)
        worker.register("conversations.accounts", tasks.run_accounts, 2.0, batch=1000, many=True)
        worker.register("conversations.gaps", tasks.note_gaps, 60.0, batch=1000)
        worker.register("conversations.wake", tasks.wake_snoozed, 30.0)
        mailing.ways.append(ownmail.has_mailbox)
        worker.at_stop.append(tasks.stop_accounts)
        restored.register("conversations", erasing.settle_restored)
        erasers.register("conversations", erasing.erase_message)
        staffing.renamed["conversations"] = name_changed
        doctor.register("kanaler", checks.examine)
        doctor.register("brevlådors certifikat", checks.certificates, network=True)
        navigation.public(_("Torget"), "conversations:square", 10)
        navigation.public(_("Skriv till oss"), "conversations:write", 20)

"""Staff accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers what the module adds to others when the process starts."""

    name = "torget.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with the door, the worker, erasure, restoring and the receipt; listen to Django and allauth."""
        from torget.accounts import codes, door, listening, panels, tasks
        from torget.accounts.actions import arriving, identifying
        from torget.conversations import parts
        from torget.core import access, pages, restored, worker
        from torget.organisations import models as organisations
        from torget.organisations.actions import staffing
        from torget.register import erasers

        listening.listen()
        codes.once_everywhere()
        pages.providers["log_in_ways"] = door.log_in_ways
        access.checks["accounts"] = door.check
        organisations.factor_asked["accounts"] = door.factor_asked
        parts.receipt["accounts"] = panels.on_receipt
        worker.register("accounts.send", tasks.send_letters, 2.0, own_thread=True)
        worker.register("accounts.follow", tasks.follow, 10.0, batch=2000)
        worker.register("accounts.tidy", tasks.tidy, 60.0, batch=1000)
        staffing.decided["accounts"] = arriving.decided
        staffing.gets_in["accounts"] = arriving.who_get_in
        restored.register("accounts", identifying.settle_restored)
        erasers.register("accounts", identifying.erase_identity)

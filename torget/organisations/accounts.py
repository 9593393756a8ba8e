"""How allauth is used here: staff only, no sign-up of one's own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest


class StaffOnly(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by the administrator and by the first start, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not to set up the first second factor: whoever logs in for the first time has just given the password."""
        request = context.request
        if (
            app.endswith("mfa")
            and request is not None
            and request.user.is_authenticated
            and request.user.must_set_up_totp()
        ):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""

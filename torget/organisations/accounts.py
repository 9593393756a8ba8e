"""How allauth is used here: staff only, no sign-up of one's own."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.http import HttpRequest

JUST_NOW = 300
"""Seconds after a log-in in which nothing asks for the password again."""


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
        if request is not None and request.user.is_authenticated:
            # The reserve codes that follow belong to the same visit: whoever gave the password just now is not asked again.
            records = get_authentication_records(request, request.user)
            if records and time.time() - float(records[-1]["at"]) < JUST_NOW:
                return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""

"""Who may connect programs."""

from typing import Any

from torget.organisations.models import User
from torget.organisations.rules import Right


def can_connect_programs(user: User, thing: Any = None) -> bool:
    """Administrators connect programs, hand out tokens and see what was delivered."""
    return user.may(Right.SETTINGS)

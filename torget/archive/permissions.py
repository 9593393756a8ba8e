"""Who may make and fetch archive packages."""

from typing import Any

from torget.organisations.models import User
from torget.organisations.rules import Right


def can_archive(user: User, thing: Any = None) -> bool:
    """Those who classify records make packages, see them and fetch them."""
    return user.may(Right.CLASSIFY)

"""Who may do what with how Torget is run."""

from typing import Any

from torget.organisations.models import User
from torget.organisations.rules import Right, Role


def can_see_backups(user: User) -> bool:
    """Administrators see how backups and their trials went."""
    return user.may(Right.SETTINGS)


def can_change_witnesses(user: User) -> bool:
    """Administrators say who keeps our journal's heads, and whose we keep."""
    return user.may(Right.SETTINGS)


def can_erase(user: User, thing: Any = None) -> bool:
    """Registrars and administrators erase by decision, and set and lift legal holds."""
    return user.role in (Role.REGISTRAR.value, Role.ADMINISTRATOR.value)

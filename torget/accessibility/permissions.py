"""Who may change what the statement says."""

from torget.organisations.models import User
from torget.organisations.rules import Right


def can_write_statement(user: User) -> bool:
    """Administrators, like all settings."""
    return user.may(Right.SETTINGS)

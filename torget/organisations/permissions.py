"""Who may see and change what concerns the organisation."""

from torget.organisations.models import User
from torget.organisations.rules import Right


def can_change_settings(user: User) -> bool:
    """Administrators change settings."""
    return user.may(Right.SETTINGS)

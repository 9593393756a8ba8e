"""Who may hand out the register."""

from torget.organisations.models import User
from torget.organisations.rules import Right, Role


def can_export_register(user: User) -> bool:
    """Registrars and administrators make the file of the register that anyone can check."""
    return user.may(Right.CLASSIFY) and user.role in (Role.REGISTRAR.value, Role.ADMINISTRATOR.value)

"""Who may do what in moderation."""

from typing import Any

from torget.organisations.models import User
from torget.organisations.rules import Right


def can_see_moderation(user: User, thing: Any = None) -> bool:
    """Everyone at the desk sees notices, what was taken away and why, and which accounts are to be looked at."""
    return user.may(Right.SEE_DESK)


def can_moderate(user: User, thing: Any = None) -> bool:
    """Who may take something away, show it again, and decide on notices and complaints: those who may publish."""
    return user.may(Right.PUBLISH)


def can_look(user: User) -> bool:
    """Who may say that they have looked at an account: those who answer there."""
    return user.may(Right.ANSWER)


def can_set_watch(user: User) -> bool:
    """Who may say how often an account is to be looked at."""
    return user.may(Right.SETTINGS)

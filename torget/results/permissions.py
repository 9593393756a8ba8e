"""Who may see the results."""

from __future__ import annotations

from torget.organisations.models import User
from torget.organisations.rules import Right


def can_see_results(user: User) -> bool:
    """All staff but experts, who are asked for facts and see what became of their own answers."""
    return user.may(Right.SEE_RESULTS)

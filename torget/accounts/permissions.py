"""Who may see and change what concerns accounts."""

from torget.accounts.models import IdentityRequest
from torget.conversations.models import Conversation
from torget.organisations.models import User
from torget.organisations.rules import Right


def can_manage_accounts(user: User) -> bool:
    """Who may see the log of accounts, end colleagues' log-ins and say how people log in: administrators."""
    return user.may(Right.SETTINGS)


def can_see_own_log_ins(user: User) -> bool:
    """Who may see where they are logged in: everyone on the staff, and only their own."""
    return user.is_active


def can_ask_identity(user: User, conversation: Conversation) -> bool:
    """Who may ask the one who wrote to show who they are: whoever may answer."""
    return user.may(Right.ANSWER)


def can_handle_identity(user: User, request: IdentityRequest) -> bool:
    """Who may take the question back, and read the whole number: whoever may answer."""
    return user.may(Right.ANSWER)

"""Who may do what with a conversation."""

from torget.conversations.models import Conversation
from torget.organisations.models import User
from torget.organisations.rules import Right


def can_see_desk(user: User) -> bool:
    """Everyone with a role has a place at the desk."""
    return user.may(Right.SEE_DESK)


def can_see(user: User, conversation: Conversation) -> bool:
    """Who may read a conversation; what it holds of secrets is seen to by `Conversation.objects.visible_to`."""
    return user.may(Right.SEE_DESK)


def can_note(user: User, conversation: Conversation) -> bool:
    """Who may write an internal note."""
    return user.may(Right.NOTE)


def can_reply(user: User, conversation: Conversation) -> bool:
    """Who may take, draft and answer."""
    return user.may(Right.ANSWER)


def can_classify(user: User, conversation: Conversation) -> bool:
    """Who may confirm how records are kept and mark secrecy."""
    return user.may(Right.CLASSIFY)


def can_publish(user: User, conversation: Conversation) -> bool:
    """Who may publish a conversation and take it down."""
    return user.may(Right.PUBLISH)


def can_see_quarantine(user: User) -> bool:
    """Who may look at what could not be understood, and decide."""
    return user.may(Right.CLASSIFY)

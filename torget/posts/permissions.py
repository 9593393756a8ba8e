"""Who may do what with posts."""

from torget.organisations.models import User
from torget.organisations.rules import Right
from torget.posts.models import Post


def can_see_plan(user: User) -> bool:
    """Everyone with a place at the desk reads the plan, and may have it in a calendar of their own."""
    return user.may(Right.SEE_DESK)


def can_see_post(user: User, post: Post) -> bool:
    """Who may read a post and its history."""
    return user.may(Right.SEE_DESK)


def can_plan(user: User) -> bool:
    """Who may begin a post."""
    return user.may(Right.ANSWER)


def can_write_post(user: User, post: Post) -> bool:
    """Who may change, copy, throw away and ask for approval, stop what is planned, and say what became of it."""
    return user.may(Right.ANSWER)


def can_approve_post(user: User, post: Post) -> bool:
    """Who may approve, send back and move; that one's own post is another's to approve is the action's to say."""
    return user.may(Right.PUBLISH)

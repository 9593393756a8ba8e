"""Who may do what among colleagues."""

from torget.organisations.models import User
from torget.organisations.rules import Right, Role
from torget.team.models import Approval, SavedReply, SavedView


def can_use_team(user: User) -> bool:
    """Everyone with a place at the desk sees notices, shifts and the list of keys."""
    return user.may(Right.SEE_DESK)


def can_write_replies(user: User) -> bool:
    """Who answers writes saved replies."""
    return user.may(Right.ANSWER)


def can_do_many(user: User) -> bool:
    """Who answers may do a thing to many conversations at once."""
    return user.may(Right.ANSWER)


def can_change_reply(user: User, reply: SavedReply) -> bool:
    """A shared one is everyone's who answers, one's own is one's own."""
    return user.may(Right.ANSWER) and reply.owner_id in (None, user.pk)


def can_change_view(user: User, view: SavedView) -> bool:
    """One's own view; a shared one who made it, managers and administrators."""
    if view.owner_id is not None:
        return view.owner_id == user.pk
    return view.made_by_id == user.pk or user.role in (Role.MANAGER, Role.ADMINISTRATOR)


def can_approve(user: User, approval: Approval) -> bool:
    """The colleague who was asked, and anyone who may publish; never the writer."""
    if user.pk == approval.author_id or not user.may(Right.SEE_DESK):
        return False
    return approval.asked_of_id == user.pk or user.may(Right.PUBLISH)


def can_set_shifts(user: User) -> bool:
    """Managers and administrators put people at the desk."""
    return user.is_active and user.role in (Role.MANAGER, Role.ADMINISTRATOR)


def can_see_log(user: User) -> bool:
    """Managers and administrators read who did what."""
    return user.is_active and user.role in (Role.MANAGER, Role.ADMINISTRATOR)

"""Who may ask colleagues, answer them, and handle what they answered."""

from torget.conversations.models import Conversation
from torget.experts.models import ExpertRequest
from torget.organisations.models import User
from torget.organisations.rules import Right


def can_ask(user: User, conversation: Conversation) -> bool:
    """Who may ask a colleague about a conversation: whoever may answer it."""
    return user.may(Right.ANSWER)


def can_handle_request(user: User, request: ExpertRequest) -> bool:
    """Who may send a question again, take it back, and use its answer."""
    return user.may(Right.ANSWER)


def can_read_answer(user: User, request: ExpertRequest) -> bool:
    """Who may open the files that came with a colleague's answer."""
    return user.may(Right.SEE_DESK)


def can_answer_request(user: User, request: ExpertRequest) -> bool:
    """Who may answer under log-in: the one who was asked, or the members of the unit that was."""
    expert = request.expert
    asked = expert.user_id == user.pk or (expert.unit_id is not None and expert.unit_id == user.unit_id)
    return user.may(Right.SEE_DESK) and asked


def can_see_own_worth(user: User) -> bool:
    """Who has a page of what their own answers were worth: everyone on the staff, and only their own."""
    return user.may(Right.SEE_DESK)

"""Two who decide on a colleague's answer at one moment: one decision counts, and the answer leaves once or not at all."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.locking.together import refusals, together
from torget.conversations import actions
from torget.conversations.models import Conversation, Draft, Message, Outbox
from torget.organisations.models import User
from torget.team import actions as team
from torget.team.models import Approval

pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[..., Conversation]
ROUNDS = 4


@pytest.fixture
def approvers(staff: list[User]) -> list[User]:
    """Two who may approve."""
    make = User.objects.create_user
    return [make(f"{name}@example.se", name=name.title(), role="approver") for name in ("disa", "erik")]


def _asked(write: Write, author: User, turn: int) -> Approval:
    conversation = write(f"Fråga {turn}", email=f"a{turn}@example.se")
    return team.ask(conversation, text=f"Svar {turn}", seen=1, by=author)


def test_of_two_who_approve_at_once_one_does(staff: list[User], approvers: list[User], write: Write) -> None:
    for turn in range(ROUNDS):
        asking = _asked(write, staff[0], turn)
        said = together(*(partial(team.approve, asking, seen=1, by=user) for user in approvers))
        assert refusals(said) == ["already_decided"]
        answer = Message.objects.get(conversation=asking.conversation, direction=Message.OUT)
        winner = next(user for user, one in zip(approvers, said, strict=True) if isinstance(one, Message))
        assert Outbox.objects.get(message__conversation=asking.conversation).approved_by == winner
        asking.refresh_from_db()
        assert (asking.state, asking.decided_by, asking.message) == ("approved", winner, answer)


def test_approving_and_wanting_a_change_at_once_is_one_or_the_other(
    staff: list[User], approvers: list[User], write: Write
) -> None:
    for turn in range(ROUNDS):
        asking = _asked(write, staff[0], turn)
        said = together(
            partial(team.approve, asking, seen=1, by=approvers[0]),
            partial(team.want_change, asking, words="Kortare.", by=approvers[1]),
        )
        assert refusals(said) == ["already_decided"]
        asking.refresh_from_db()
        out = Message.objects.filter(conversation=asking.conversation, direction=Message.OUT).count()
        kept = Draft.objects.filter(conversation=asking.conversation).count()
        assert (asking.state, out, kept) in [("approved", 1, 0), ("change", 0, 1)]


def test_approving_while_another_answers_lets_one_answer_out(
    staff: list[User], approvers: list[User], write: Write
) -> None:
    for turn in range(ROUNDS):
        asking = _asked(write, staff[0], turn)
        said = together(
            partial(team.approve, asking, seen=1, by=approvers[0]),
            partial(actions.reply, asking.conversation, text="Ett annat svar", seen=1, by=staff[1]),
        )
        assert len(refusals(said)) == 1
        assert Outbox.objects.filter(message__conversation=asking.conversation).count() == 1

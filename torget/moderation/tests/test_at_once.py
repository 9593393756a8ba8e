"""Two at once: one takes a message away, one decides, one joins; on SQLite in a file, and on PostgreSQL in its own round."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.locking.conftest import meeting_place, migrated, staff, write  # noqa: F401  fixtures
from tests.locking.together import refusals, together
from torget.conversations import actions as conversations
from torget.conversations.actions import joining, organising
from torget.conversations.models import Account, Conversation, Message, Tag
from torget.moderation import actions
from torget.moderation.models import Complaint, Evidence, Notice, Removal
from torget.moderation.rules.grounds import Ground, How
from torget.moderation.rules.notices import Decision
from torget.organisations.models import User

pytestmark = pytest.mark.django_db(transaction=True)
Write = Callable[..., Conversation]
ROUNDS = 4


@pytest.fixture
def published(staff: list[User], write: Write) -> Message:  # noqa: F811
    conversation = conversations.publish(write("Idiot"), title="Gatan", by=staff[0])
    return conversation.messages.get()


def test_of_two_who_take_a_message_away_at_once_one_does(staff: list[User], published: Message) -> None:  # noqa: F811
    for _ in range(ROUNDS):
        said = together(
            *(
                partial(actions.remove, published, ground=Ground.INSULTS, how=How.HIDE, by=user, statement="Ord.")
                for user in staff
            )
        )
        assert refusals(said) == ["already_removed"]
        removal = Removal.objects.exclude(state="undone").get()
        assert Evidence.objects.count() == Removal.objects.count()
        again = together(*(partial(actions.undo, removal, by=user) for user in staff))
        assert refusals(again) == ["undone_already"]
        conversations.publish(published.conversation, title="Gatan", by=staff[0])


def test_of_two_who_decide_on_a_notice_at_once_one_does(staff: list[User], write: Write) -> None:  # noqa: F811
    actions.post_notice(actions.Noticed("1", "threat", "Hot", "Nils", "nils@exempel.se", True, "n"))
    notice = Notice.objects.get()
    said = together(
        *(partial(actions.decide_notice, notice, decision=Decision.KEPT, text="Nej", by=user) for user in staff)
    )
    assert refusals(said) == ["decided"]
    assert notice.conversation.messages.filter(direction=Message.OUT).count() == 1


def test_the_same_notice_eight_times_at_once_is_one(staff: list[User]) -> None:  # noqa: F811
    noticed = actions.Noticed("1", "threat", "Hot", "Nils", "nils@exempel.se", True, "n")
    secrets = together(*(partial(actions.post_notice, noticed) for _ in range(8)))
    assert len(set(secrets)) == 1
    assert (Notice.objects.count(), Conversation.objects.count()) == (1, 1)


def test_one_complaint_at_a_time(staff: list[User], published: Message) -> None:  # noqa: F811
    removal = actions.remove(published, ground=Ground.INSULTS, how=How.HIDE, by=staff[0])
    secret = actions.secret_of(removal)
    said = together(*(partial(actions.complain, secret, text=f"Nej {n}", nonce=str(n)) for n in range(4)))
    assert refusals(said) == ["complained_already"] * 3
    assert Complaint.objects.count() == 1


def test_two_joined_into_each_other_at_once_are_joined_one_way(staff: list[User], write: Write) -> None:  # noqa: F811
    for turn in range(ROUNDS):
        one, two = write(f"Ett {turn}"), write(f"Två {turn}")
        said = together(
            partial(joining.merge, one, into=two, by=staff[0], same_person=True),
            partial(joining.merge, two, into=one, by=staff[1], same_person=True),
        )
        assert refusals(said) == ["is_merged"]
        one.refresh_from_db()
        two.refresh_from_db()
        assert [one.merged_into_id, two.merged_into_id].count(None) == 1
        assert sorted((one.message_count, two.message_count)) == [0, 2]


def test_an_answer_and_a_joining_at_once_lose_nothing(staff: list[User], write: Write) -> None:  # noqa: F811
    for turn in range(ROUNDS):
        one, two = write(f"Ett {turn}"), write(f"Två {turn}")
        said = together(
            partial(joining.merge, one, into=two, by=staff[0], same_person=True),
            partial(conversations.reply, two, text="Svar", seen=1, by=staff[1]),
        )
        assert refusals(said) in ([], ["thread_moved"])
        two.refresh_from_db()
        assert two.message_count == two.messages.count() == (3 if refusals(said) == [] else 2)


def test_two_who_tag_at_once_make_one_tag(staff: list[User], write: Write) -> None:  # noqa: F811
    one, two = write("Ett"), write("Två")
    together(*(partial(organising.tag, c, names=["bro", "väg"], by=u) for c, u in zip((one, two), staff, strict=True)))
    assert Tag.objects.count() == 2
    assert one.tags.count() == two.tags.count() == 2


def test_two_workers_ask_a_channel_once(staff: list[User], write: Write, published: Message) -> None:  # noqa: F811
    removal = actions.remove(published, ground=Ground.INSULTS, how=How.HIDE, by=staff[0])
    Removal.objects.filter(pk=removal.pk).update(way="channel", state="asked")
    Account.objects.update(state=Account.OFF)
    handled = together(*(actions.remove_waiting for _ in range(4)))
    assert sum(handled) == 1
    removal.refresh_from_db()
    assert (removal.state, removal.attempts) == ("refused", 1)

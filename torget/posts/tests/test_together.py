"""Two at the same post at the same moment, and channels of which one is slow."""

import threading
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest

from tests.locking.together import refusals, together
from torget.channels import live
from torget.conversations.actions import delivering
from torget.conversations.actions.delivering import Outcome
from torget.conversations.models import Account
from torget.conversations.rules import Sending
from torget.organisations import actions as organisations
from torget.organisations.models import Authority, Organisation, User
from torget.posts import actions, tasks
from torget.posts.actions import Written
from torget.posts.models import Delivery, Post

ROUNDS = 5
Make = Callable[[str], Post]


@pytest.fixture
def people(transactional_db: None) -> list[User]:
    """Who writes, and two who approve."""
    organisations.ensure_authority()
    Organisation.objects.create(
        name="Låsköping", short_name="Låsköping", demo=True, needs_approval=True, undo_seconds=0
    )
    make = User.objects.create_user
    return [make(f"{name}@example.se", name=name.title(), role="communicator") for name in ("anna", "bo", "cai")]


@pytest.fixture
def make(people: list[User]) -> Make:
    """A draft of Anna's in one account."""
    account = Account.objects.create(channel="mastodon", handle="ekevik", authority=Authority.default())
    return lambda text: actions.write(Written(text=text, accounts=(account.pk,)), by=people[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_does(people: list[User], make: Make) -> None:
    for turn in range(ROUNDS):
        post = make(f"Inlägg {turn}")
        said = together(*(partial(actions.approve, post, seen=1, by=user) for user in people[1:]))
        assert refusals(said) == ["already_approved"]
        assert Delivery.objects.filter(post=post).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_approved_while_it_is_changed_never_goes_out_unread(people: list[User], make: Make) -> None:
    for turn in range(ROUNDS):
        post = make(f"Inlägg {turn}")
        new = Written(text=f"Andra ord {turn}", accounts=tuple(post.now.accounts))
        together(
            partial(actions.approve, post, seen=1, by=people[1]), partial(actions.edit, post, new, seen=1, by=people[0])
        )
        approved = Delivery.objects.filter(post=post, state=Sending.APPROVED.value)
        assert all(delivery.version.number == 1 for delivery in approved.select_related("version"))
        current = Post.objects.select_related("current").get(pk=post.pk)
        assert current.now.number == 2
        assert current.stage == "draft"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_it_once_and_who_stops_it_either_does_or_is_told(
    people: list[User], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def deliver(account: Account, outgoing: live.Outgoing) -> Outcome:
        sent.append(outgoing.key)
        return Outcome(Sending.SENT, sent=live.Sent(f"remote-{outgoing.key}"))

    monkeypatch.setattr(delivering, "deliver", deliver)
    for turn in range(ROUNDS):
        post = actions.approve(make(f"Inlägg {turn}"), seen=1, by=people[1])
        said = together(partial(actions.withdraw, post, by=people[0]), *[actions.send_waiting] * 7)
        delivery = Delivery.objects.get(post=post)
        stopped = not refusals(said)
        assert delivery.state == (Sending.WITHDRAWN if stopped else Sending.SENT)
        assert sent.count(delivery.key) == (0 if stopped else 1)


def test_a_slow_channel_delays_no_other(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    done, free = threading.Event(), threading.Event()

    def send(account: int) -> int:
        if account == 1:
            free.wait(20)
        else:
            done.set()
        return 0

    monkeypatch.setattr(tasks, "_threads", {})
    monkeypatch.setattr(tasks, "accounts_with_work", lambda: [1, 2])
    monkeypatch.setattr(tasks, "send_waiting", send)
    monkeypatch.setattr("torget.posts.tasks.connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    assert tasks.send_round() == 2
    assert done.wait(20), "the second account waited for the first"
    assert tasks.send_round() <= 1, "the first account has its thread already"
    free.set()
    for thread in tasks._threads.values():
        thread.join(20)

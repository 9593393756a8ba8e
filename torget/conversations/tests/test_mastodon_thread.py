"""Mastodon from a mention to an answer and back, through the actions that the desk takes, against a server on loopback."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support import making
from tests.support.mastodon import TOKEN, Mastodon
from tests.support.mastodonwords import Mood
from torget.conversations import actions
from torget.conversations.actions import connecting, fetching, sending
from torget.conversations.models import Account, Conversation, Message, Outbox
from torget.conversations.rules import Sending
from torget.core import clock
from torget.organisations.models import Authority, User
from torget.organisations.rules import Role

ALVA = "alva@social.exempel.se"


@pytest.fixture
def mastodon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mastodon]:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    with Mastodon() as server:
        server.account(ALVA)
        yield server


@pytest.fixture
def by(db: None) -> User:
    town = making.town(demo=False)
    town.organisation.undo_seconds = 0
    town.organisation.save()
    return town.user(Role.ADMINISTRATOR)


@pytest.fixture
def account(mastodon: Mastodon, by: User) -> Account:
    return connecting.connect(
        "mastodon", f"ekevik@{mastodon.host}", name="Ekevik", authority=Authority.default(),
        settings={"server": mastodon.url}, secrets={"token": TOKEN}, by=by,
    )  # fmt: skip


def _answer(conversation: Conversation, by: User, text: str) -> Outbox:
    conversation.refresh_from_db()
    message = actions.reply(conversation, text=text, seen=conversation.message_count, by=by)
    return Outbox.objects.get(message=message)


def test_from_a_comment_to_an_answer_and_back(mastodon: Mastodon, account: Account, by: User) -> None:
    post = mastodon.says("ekevik", "Bron stängs i maj.")
    comment = mastodon.says(ALVA, "@ekevik Hur länge?", to=post)
    fetching.fetch_once(account)
    conversation = Conversation.objects.get()
    assert conversation.context is not None and conversation.context.text == "Bron stängs i maj."
    outbox = _answer(conversation, by, "Till den 3 juni.")
    sending.send_waiting(account=account.pk)
    outbox.refresh_from_db()
    assert (outbox.state, outbox.problem) == (Sending.SENT.value, "")
    posted = mastodon.own()[-1]
    assert (posted["text"], posted["in_reply_to_id"]) == (f"@{ALVA} Till den 3 juni.", comment["id"])
    # What is said to our answer, by whomever and with or without our name, comes to the same conversation.
    mastodon.says(ALVA, "@ekevik Tack!", to=posted)
    mastodon.account("bo")
    mastodon.says("bo", "Och cyklarna?", to=posted)
    fetching.fetch_once(account)
    assert Conversation.objects.count() == 1
    assert Message.objects.filter(direction=Message.IN).count() == 3
    account.refresh_from_db()
    assert account.state == Account.GOOD and account.quota_left == mastodon.quota


def test_an_edit_is_a_version_and_a_deletion_is_noted(mastodon: Mastodon, account: Account) -> None:
    status = mastodon.says(ALVA, "@ekevik Nr öppnar badet?")
    fetching.fetch_once(account)
    mastodon.edits(status, "@ekevik När öppnar badet?")
    fetching.fetch_once(account)
    message = Message.objects.get()
    assert message.record.versions.count() == 2
    mastodon.deletes(status)
    fetching.fetch_once(account)
    message.refresh_from_db()
    assert message.deleted_at is not None and Conversation.objects.count() == 1


@pytest.mark.parametrize(
    "mood", [Mood.FAILS_AFTER, Mood.FAILS_BEFORE, Mood.CUTS_AFTER, Mood.CUTS_BEFORE, Mood.SAYS_NOTHING]
)
def test_a_server_that_lies_gets_one_answer(mastodon: Mastodon, account: Account, by: User, mood: Mood) -> None:
    mastodon.says(ALVA, "@ekevik När öppnar badet?")
    fetching.fetch_once(account)
    outbox = _answer(Conversation.objects.get(), by, "På måndag.")
    mastodon.trouble("POST", "/api/v1/statuses$", mood)
    for minutes in range(0, 40, 5):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            sending.send_waiting(account=account.pk)
            sending.look_for_unknown(account.pk)
    outbox.refresh_from_db()
    assert [one["text"] for one in mastodon.own()] == [f"@{ALVA} På måndag."]
    assert outbox.state == Sending.SENT.value and outbox.remote_id == f"mastodon-id:{mastodon.own()[0]['id']}"


def test_a_token_that_expires_while_we_answer_loses_nothing(mastodon: Mastodon, account: Account, by: User) -> None:
    mastodon.says(ALVA, "@ekevik När öppnar badet?")
    fetching.fetch_once(account)
    outbox = _answer(Conversation.objects.get(), by, "På måndag.")
    mastodon.tokens.clear()
    sending.send_waiting(account=account.pk)
    outbox.refresh_from_db()
    account.refresh_from_db()
    assert (outbox.state, account.state) == (Sending.APPROVED.value, Account.NEEDS_LOGIN)
    assert mastodon.own() == []
    mastodon.tokens.add("nytt")
    connecting.connect(
        "mastodon", account.handle, name="Ekevik", authority=account.authority, settings=account.settings,
        secrets={"token": "nytt"}, by=by,
    )  # fmt: skip
    with clock.at(clock.now() + timedelta(minutes=10)):
        sending.send_waiting(account=account.pk)
    outbox.refresh_from_db()
    assert outbox.state == Sending.SENT.value and len(mastodon.own()) == 1

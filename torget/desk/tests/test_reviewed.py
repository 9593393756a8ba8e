"""Faults that a review found, each held so that it does not come back."""

import pytest
from django.test import Client

from tests.support.making import Town, first, incoming
from torget.channels.base import Context, Sender, Visibility
from torget.channels.registry import CHANNELS
from torget.conversations import actions
from torget.conversations.models import Conversation, Message
from torget.core.errors import Refused
from torget.desk.views.reading import THREAD, public_preview
from torget.organisations import actions as organisations
from torget.organisations.rules import Role
from torget.register.rules import State, propose

NUMBER = "19121212-1212"  # officially fictitious


def _page(client: Client, conversation: Conversation) -> str:
    return client.get(f"/samtal/{conversation.number}/").content.decode()


@pytest.mark.parametrize(
    "text",
    ["\n" + "❤" * 50 + " ni är bäst av alla", "tack" * 12 + "!", "👍 " * 25 + "a b c d", "tack tack " * 5 + "x y z w"],
)
def test_a_happy_resident_stops_nobody(text: str) -> None:
    # Before, each heart doubled the time; this test did not end.
    assert propose(text, addressed=True).state in (State.REGISTERED, State.TRIVIAL)


@pytest.mark.parametrize("text", ["Tack!", "❤", "👍👍", "ok", "Bra, tack"])
def test_signs_and_thanks_are_trivial(text: str) -> None:
    assert propose(text, addressed=True).state is State.TRIVIAL


def _square(town: Town) -> Conversation:
    """A public comment in Mastodon that Signe began, and to which Bertil has written to us alone."""
    account = actions.account_for("mastodon", "@ekevik@social.example")
    return town.given("Är bron öppen?", visibility=Visibility.PUBLIC, account=account)


def _bertil(town: Town, conversation: Conversation) -> None:
    secret = incoming(
        "bertil-1",
        text="Bara till er: jag är rädd.",
        sender=Sender(address="bertil@social.example", name="Bertil Provsson"),
        visibility=Visibility.DIRECT,
        in_reply_to=first(conversation).external_id,
    )
    town.take(secret, account=conversation.account)
    assert conversation.messages.count() == 2


def test_nothing_is_published_that_came_after_the_page_was_read(town: Town) -> None:
    user, conversation = town.user(), _square(town)
    shown = public_preview(conversation).shown
    _bertil(town, conversation)
    with pytest.raises(Refused, match="changed_since"):
        actions.publish(conversation, title="Bron", by=user, seen=shown)
    assert not Message.objects.filter(published_version__isnull=False).exists()
    preview = public_preview(conversation)
    assert [row["private"] for row in preview.rows] == [False, True]
    actions.publish(conversation, title="Bron", by=user, seen=preview.shown)


def test_a_receipt_shows_its_writer_and_no_other(client: Client, town: Town) -> None:
    conversation = _square(town)
    _bertil(town, conversation)
    secret = actions.make_receipt(conversation, by=town.user())
    page = client.get(f"/kvitto/{secret}/").content.decode()
    assert "Är bron öppen?" in page
    assert "jag är rädd" not in page


def test_the_post_beside_a_published_comment_is_masked(client: Client, town: Town) -> None:
    post = Context(external_id="post-1", text=f"Ring {NUMBER} om bron")
    account = actions.account_for("mastodon", "@ekevik@social.example")
    conversation = town.given("Vilken bro?", account=account, context=post)
    actions.publish(conversation, title="Bron", by=town.user())
    page = _page(client, conversation)
    assert "om bron" in page
    assert NUMBER not in page


def test_a_new_name_of_the_organisation_stands_on_the_answers(client: Client, town: Town) -> None:
    user, conversation = town.user(), town.given()
    town.answered(conversation, user)
    actions.publish(conversation, title="Bron", by=user)
    assert "Ekeviks kommun svarar" in _page(client, conversation)
    town.organisation.name = "Nya Ekevik"
    organisations.change_organisation(town.organisation, by=town.user(Role.ADMINISTRATOR))
    assert "Nya Ekevik svarar" in _page(client, conversation)


def test_recordings_that_are_built_to_be_taken_apart_for_ever_are_put_aside() -> None:
    deep = b"interactions:\n- " + b"[" * 100_000
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    channel = CHANNELS["mastodon"]
    for body in (deep, (bomb + "interactions:\n- *i\n").encode()):
        [raw] = list(channel.split(body, "inspelning.yaml"))
        assert len(raw.body) < 200_000
        assert [type(item).__name__ for item in channel.read(raw, own="")] == ["Broken"]


def test_a_mail_of_many_beginnings_is_read_in_one_pass() -> None:
    mail = b"From: kim@exempel.se\nSubject: x\n\n" + b"begin 644 x\nMAAAA\n" * 20_000
    channel = CHANNELS["mail"]
    [raw] = list(channel.split(mail, "mejl.eml"))
    assert len(channel.read(raw, own="")) == 1


def test_of_a_long_conversation_what_would_be_open_is_read_when_it_is_asked_for(client: Client, town: Town) -> None:
    conversation = town.given("Är bron öppen?", visibility=Visibility.PUBLIC)
    client.force_login(town.user())
    address = f"/disk/{conversation.number}/"
    asks = 'href="?publicera=1#pub-h"'
    assert 'name="visat"' in (page := client.get(address).content.decode()) and asks not in page
    for number in range(THREAD):
        answer = incoming(f"more-{number}", text=f"Svar {number}.", in_reply_to=first(conversation).external_id)
        town.take(answer, account=conversation.account)
    assert conversation.messages.count() == THREAD + 1
    page = client.get(address).content.decode()
    assert 'name="visat"' not in page and asks in page
    page = client.get(f"{address}?publicera=1").content.decode()
    conversation.refresh_from_db()
    # All of it, also what is not on the screen, and open already.
    assert f'name="visat" value="{public_preview(conversation).shown}"' in page and "Är bron öppen?" in page
    assert '<details class="disclose" data-key="p" open>' in page
    # Something came since: nothing is published, and it is asked for again.
    client.post(f"{address}publicera/", {"title": "Bron", "visat": "other"})
    conversation.refresh_from_db()
    assert conversation.published_at is None and asks in client.get(address).content.decode()

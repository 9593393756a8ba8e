"""What a question shows stays secret wherever its messages go: parted off, or joined into another conversation."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import Town, first, fresh, incoming
from torget.channels.base import Sender
from torget.conversations import actions as conversations
from torget.conversations.actions.joining import merge, split
from torget.conversations.models import Conversation, Message
from torget.core.errors import Refused
from torget.experts import actions, links, mails, reading
from torget.experts.models import ExpertRequest, Letter, Word
from torget.experts.tests.conftest import Asking, mark
from torget.experts.tests.reading_pages import link, page
from torget.files import actions as files
from torget.organisations.models import User
from torget.register.actions import Chosen
from torget.register.models import Attachment

WORDS = "Min granne far illa"


def thread(town: Town) -> tuple[Conversation, Message]:
    """A conversation of two messages that came in, and the second, which is to be secret."""
    conversation = town.given("Blir det hiss?")
    town.take(incoming("andra", WORDS, in_reply_to=first(conversation).external_id))
    return fresh(conversation), Message.objects.get(external_id="andra")


def attached(message: Message) -> Attachment:
    blob = files.keep(b"karta", filename="karta.txt")
    return Attachment.objects.create(record=message.record, blob=blob, filename="karta.txt")


def mark_for_amina(message: Message, asking: Asking) -> None:
    """Mark a message as secret, read by Amina alone: Vera, who was asked, is outside the circle."""
    chosen = Chosen(users=[asking.amina.pk])
    conversations.mark_secret(message, provision="OSL 26 kap. 1 §", by=asking.amina, chosen=chosen)


def asked(asking: Asking, **more: Any) -> tuple[ExpertRequest, Message, Attachment]:
    """A question to Vera with two messages and a file of the second."""
    conversation, second = thread(asking.town)
    file = attached(second)
    return asking.ask(conversation, attachments=[file.pk], to="Vera Påhitt", **more), second, file


@pytest.fixture(params=["marked_then_split", "split_then_marked"])
def parted(request: pytest.FixtureRequest, asking: Asking) -> tuple[ExpertRequest, Message, Attachment]:
    """A question whose second message was marked as secret and parted off, in either order."""
    question, second, file = asked(asking)
    if request.param == "marked_then_split":
        mark_for_amina(second, asking)
    split(question.conversation, messages=[second], by=asking.amina)
    if request.param == "split_then_marked":
        mark_for_amina(Message.objects.get(pk=second.pk), asking)
    assert not fresh(question.conversation).sealed
    return question, second, file


Parted = tuple[ExpertRequest, Message, Attachment]


def test_what_is_parted_off_is_not_read_by_the_link(client: Client, parted: Parted) -> None:
    question, _, file = parted
    for rest in ("", f"fil/{file.pk}/"):
        response = client.get(link(question, rest))
        assert (response.status_code, response["Location"]) == (302, f"/disk/expert/{question.pk}/")
    posted = client.post(link(question, "svara/"), {"text": "Det jag skrev", "seen": "0"})
    assert (posted.status_code, WORDS in page(posted)) == (403, False)


def test_what_is_parted_off_is_not_read_outside_the_circle(client: Client, asking: Asking, parted: Parted) -> None:
    question, second, file = parted
    client.force_login(asking.vera)
    addresses = (f"/disk/expert/{question.pk}/", f"/disk/expert/{question.pk}/fil/{file.pk}/")
    for address in addresses:
        assert client.get(address).status_code == 404
    assert reading.open_for(asking.vera) == []
    conversations.set_circle(second, Chosen(users=[asking.amina.pk, asking.vera.pk]), by=asking.amina)
    assert WORDS in page(client.get(addresses[0]))
    assert b"".join(client.get(addresses[1])) == b"karta"


def test_what_is_shown_leaves_out_what_the_reader_may_not_read(asking: Asking, parted: Parted) -> None:
    question, _, _ = parted

    def seen(reader: User | None) -> tuple[list[str], int]:
        return [row.text for row in reading.along(question, reader)], reading.files_along(question, reader).count()

    assert seen(None) == (["Blir det hiss?"], 0)
    assert seen(asking.vera) == (["Blir det hiss?"], 0)
    assert seen(asking.amina) == (["Blir det hiss?", WORDS], 1)


def test_a_file_alone_that_is_secret_shuts_the_link(client: Client, asking: Asking) -> None:
    conversation, second = thread(asking.town)
    file = attached(second)
    question = asking.ask(conversation, messages=[first(conversation).pk], attachments=[file.pk])
    split(conversation, messages=[second], by=asking.amina)
    mark_for_amina(Message.objects.get(pk=second.pk), asking)
    assert client.get(link(question, f"fil/{file.pk}/")).status_code == 302


def test_what_is_joined_and_marked_there_is_not_read_by_the_link(client: Client, asking: Asking) -> None:
    """A question is answered or ended before a conversation is joined; its link is open until its time is out."""
    source, target = asking.town.given(WORDS), asking.town.given("Blir det hiss?")
    question = asking.ask(source, to="Vera Påhitt")
    actions.answer(question, text="Ring oss", seen=0)
    assert client.get(link(question)).status_code == 200
    merge(source, into=target, by=asking.amina, same_person=True)
    mark_for_amina(question.along.get().message, asking)
    assert not fresh(source).sealed
    assert client.get(link(question)).status_code == 302
    client.force_login(asking.vera)
    assert client.get(f"/disk/expert/{question.pk}/").status_code == 404


@pytest.mark.parametrize("what", ["joined", "parted"])
def test_whoever_asked_stays_unnamed_where_their_words_have_gone(client: Client, asking: Asking, what: str) -> None:
    town = asking.town
    source = town.given("Hälsar Mira Påhittad", sender=Sender(address="mira@social.example", name="Mira Påhittad"))
    town.take(incoming("andra", "Mer", in_reply_to=first(source).external_id))
    question = asking.ask(fresh(source), messages=[first(source).pk], to="Vera Påhitt")
    actions.answer(question, text="Ring oss", seen=0)
    assert "Mira" not in page(client.get(link(question)))
    if what == "joined":
        merge(fresh(source), into=town.given("Blir det hiss?"), by=asking.amina, same_person=True)
    else:
        split(fresh(source), messages=[first(source)], by=asking.amina)
    shown = page(client.get(link(question)))
    assert "Hälsar" in shown and "Mira" not in shown


def test_an_outcome_that_was_joined_and_marked_is_not_read_by_the_link(client: Client, asking: Asking) -> None:
    _, source = asking.town.written("Blir det hiss?")
    question = asking.ask(source, messages=[], to="Vera Påhitt")
    actions.answer(question, text="Två", seen=0)
    ours = asking.town.answered(source, asking.amina, WORDS)
    actions.tell()
    assert WORDS in page(client.get(link(question)))
    merge(fresh(source), into=asking.town.given("Mer"), by=asking.amina, same_person=True)
    mark_for_amina(Message.objects.get(pk=ours.pk), asking)
    assert client.get(link(question)).status_code == 302
    news = Letter.objects.get(kind="news")
    assert WORDS not in str(mails.write(news).body)


def test_letters_and_what_it_was_worth_hold_no_words_of_it(asking: Asking, parted: Parted) -> None:
    question, _, _ = parted
    letter = Letter.objects.get(request=question)
    mail = mails.write(letter)
    assert question.text not in str(mail.body) + mail.subject
    answer = actions.answer(question, text="Två", seen=0)
    for logged_in in (False, True):
        assert [row["asked"] for row in reading.worth(question.expert, logged_in=logged_in).latest] == [""]
    assert not Word.objects.filter(request=answer.request).exists()


def test_who_cannot_log_in_is_not_asked_anew_about_it(asking: Asking) -> None:
    conversation, second = thread(asking.town)
    question = asking.ask(conversation, to="park@exempel.se")
    Letter.objects.update(state="sent")
    ExpertRequest.objects.update(state="expired")
    split(conversation, messages=[second], by=asking.amina)
    mark(Message.objects.get(pk=second.pk), asking)
    with pytest.raises(Refused, match="needs_account"):
        actions.resend(question, by=asking.amina)


def test_lifting_the_mark_opens_the_link_again(client: Client, asking: Asking, parted: Parted) -> None:
    question, second, _ = parted
    conversations.lift_secret(Message.objects.get(pk=second.pk), by=asking.amina)
    assert client.get(link(question)).status_code == 200


def test_the_number_of_statements_does_not_grow_with_what_goes_along(client: Client, asking: Asking) -> None:
    counts = []
    for number in (1, 6):
        conversation = asking.town.given("Blir det hiss?")
        for place in range(number):
            asking.town.take(incoming(f"{number}-{place}", "Och bänk?", in_reply_to=first(conversation).external_id))
        question = asking.ask(fresh(conversation))
        client.get(link(question))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(link(question)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert links.find_request(links.secret_of("question", question.nonce)) == question

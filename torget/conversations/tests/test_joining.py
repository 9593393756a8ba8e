"""Joined and parted: what is read where, which number leads where, and what each receipt shows."""

from datetime import timedelta

import pytest

from tests.support.making import MONDAY, Town, first, fresh, incoming
from torget.channels.base import Deleted, Sender, Visibility
from torget.conversations import actions
from torget.conversations.actions import joining, organising
from torget.conversations.models import Conversation, Draft, Message, Note
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.journal.models import Entry
from torget.organisations.models import Authority
from torget.register.models import Record

OLLE = Sender(address="olle@social.example", name="Olle Testsson")


def _kinds(conversation: Conversation) -> list[str]:
    return list(Entry.objects.filter(object_ref=conversation.ref).order_by("pk").values_list("kind", flat=True))


def _texts(conversation: Conversation) -> list[str]:
    return [m.record.latest.text for m in conversation.messages.select_related("record").order_by("pk")]


def _refused(call: object, *given: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*given, **named)  # type: ignore[operator]
    return refused.value.code


def test_two_of_one_persons_are_read_as_one_and_every_number_stays(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Första"), town.given("Andra")
    numbers = {record.pk: record.dnr for record in Record.objects.all()}
    digests = [bytes(first(conversation).record.latest.digest)]
    actions.note(conversation, text="Ring gatuenheten", by=by)
    actions.keep_draft(conversation, text="Andra utkastet", by=by)
    actions.keep_draft(into, text="Första utkastet", by=by)
    organising.tag(conversation, names=["bro"], by=by)
    joining.merge(conversation, into=into, by=by)
    into, conversation = fresh(into), fresh(conversation)
    assert _texts(into) == ["Första", "Andra"]
    assert (into.message_count, conversation.message_count) == (2, 0)
    assert (conversation.state, conversation.closed_reason, conversation.merged_into) == ("closed", "merged", into)
    assert joining.read_at(conversation) == into
    assert {r.pk: r.dnr for r in Record.objects.filter(pk__in=numbers)} == numbers
    assert [bytes(m.record.latest.digest) for m in into.messages.order_by("pk")][1:] == digests
    assert Note.objects.get().conversation == into
    assert Draft.objects.get().record.latest.text == "Första utkastet\n\nAndra utkastet"
    assert [t.name for t in into.tags.all()] == ["bro"]


def test_an_open_question_does_not_disappear_into_an_answered_one(town: Town) -> None:
    by, into = town.user(), town.given("Första")
    town.answered(into, by)
    with clock.at(MONDAY + timedelta(days=2)):
        late = town.given("Andra")
    joining.merge(late, into=into, by=by)
    assert fresh(into).state == "assigned"
    assert fresh(into).answer_due == into.answer_due


def test_what_answers_a_joined_message_comes_where_it_is_read(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Första"), town.given("Andra")
    joining.merge(conversation, into=into, by=by)
    town.take(incoming("svar-1", "Jag menade så här", in_reply_to=first(into).external_id))
    moved = into.messages.order_by("pk")[1]
    town.take(incoming("svar-2", "Och så här", in_reply_to=moved.external_id))
    assert _texts(into) == ["Första", "Andra", "Jag menade så här", "Och så här"]
    assert fresh(conversation).state == "closed"


def test_parting_gives_back_what_came_along_and_leaves_what_was_said_since(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Första"), town.given("Andra")
    actions.note(conversation, text="Ring gatuenheten", by=by)
    joining.merge(conversation, into=into, by=by)
    town.answered(into, by, "Ett svar på båda")
    joining.unmerge(fresh(conversation), by=by)
    assert (_texts(into), _texts(conversation)) == (["Första", "Ett svar på båda"], ["Andra"])
    assert Note.objects.get().conversation == conversation
    found = fresh(conversation)
    assert (found.state, found.merged_into, found.message_count) == ("new", None, 1)
    assert (fresh(into).message_count, fresh(into).state) == (2, "answered")
    assert _kinds(conversation)[-2:] == ["conversation.merged", "conversation.unmerged"]
    assert _refused(joining.unmerge, fresh(conversation), by=by) == "not_merged"
    joining.merge(fresh(conversation), into=fresh(into), by=by)
    joining.unmerge(fresh(conversation), by=by)
    assert _texts(conversation) == ["Andra"]


def test_the_outermost_joint_is_parted_first(town: Town) -> None:
    by, one, two, three = town.user(), town.given("Ett"), town.given("Två"), town.given("Tre")
    joining.merge(one, into=two, by=by)
    joining.merge(two, into=three, by=by)
    assert joining.read_at(fresh(one)) == three
    assert _refused(joining.unmerge, fresh(one), by=by) == "merged_further"
    joining.unmerge(fresh(two), by=by)
    assert (_texts(two), _texts(three)) == (["Ett", "Två"], ["Tre"])
    joining.unmerge(fresh(one), by=by)
    assert (_texts(one), _texts(two)) == (["Ett"], ["Två"])


def test_what_may_not_be_joined(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Första"), town.given("Andra")
    assert _refused(joining.merge, into, into=into, by=by) == "same_conversation"
    stranger = town.given("Tredje", sender=OLLE)
    assert _refused(joining.merge, stranger, into=into, by=by) == "other_person"
    actions.publish(conversation, title="Bron", by=by)
    assert _refused(joining.merge, conversation, into=into, by=by) == "is_published"
    actions.unpublish(conversation, by=by)
    actions.take(conversation, by=town.user())
    assert _refused(joining.merge, conversation, into=into, by=by) == "locked_by_other"
    joining.merge(stranger, into=into, by=by, same_person=True)
    assert _refused(joining.merge, stranger, into=into, by=by) == "is_merged"
    assert _refused(joining.merge, into, into=stranger, by=by) == "is_merged"


def test_two_authorities_are_not_joined(town: Town) -> None:
    schools = Authority.objects.create(name="Skolnämnden", prefix="SN", archive_creator="Skolnämnden")
    by, conversation = town.user(), town.given()
    organising.forward(conversation, authority=schools, text="Er fråga", by=by)
    assert _refused(joining.merge, fresh(conversation), into=town.given(), by=by) == "other_authority"


def test_a_secret_message_takes_what_it_is_joined_into_down(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Första"), town.given("Andra")
    actions.publish(into, title="Bron", by=by)
    actions.mark_secret(first(conversation), provision="OSL 26 kap. 1 §", by=by)
    version = PublicVersion.current()
    joining.merge(fresh(conversation), into=fresh(into), by=by)
    assert fresh(into).published_at is None
    assert not Message.objects.exclude(published_version=None).exists()
    assert PublicVersion.current() > version


def test_a_receipt_shows_what_came_along_and_the_answers_since_and_nothing_of_others(town: Town) -> None:
    by = town.user()
    secret, asked = town.written("Min fråga", email="signe@exempel.se")
    _, into = town.written("En annans fråga")
    town.answered(into, by, "Svar till den andra")
    with clock.at(MONDAY + timedelta(hours=1)):
        assert _refused(joining.merge, asked, into=into, by=by) == "other_person", "nobody knows who the other is"
        joining.merge(asked, into=into, by=by, same_person=True)
    with clock.at(MONDAY + timedelta(hours=2)):
        town.answered(into, by, "Svar till båda")
    receipt = actions.find_receipt(secret)
    assert receipt is not None
    shown = joining.of_the_writer(receipt.conversation).order_by("pk")
    assert [m.record.latest.text for m in shown] == ["Min fråga", "Svar till båda"]
    assert "Min fråga" not in [m.record.latest.text for m in joining.of_the_writer(fresh(into))]
    # The page reads it by kept queries: the very same, of one that is joined, of its target, and of one by itself.
    alone = town.given("En tredje fråga", sender=OLLE)
    town.take(incoming("later", "Jag med", in_reply_to=first(alone).external_id))
    town.answered(fresh(alone), by, "Svar till den tredje")
    for one in (fresh(asked), fresh(into), fresh(alone)):
        told = [(m.record_id, m.record.latest.text) for m in joining.of_the_writer(one).order_by("pk")]
        assert [(said.record, said.text) for said in actions.thread_of_the_writer(one).said] == told != []
    assert len(actions.thread_of_the_writer(fresh(alone)).said) == 2


def test_part_of_a_thread_becomes_a_conversation_with_a_number(town: Town) -> None:
    by, conversation = town.user(), town.given("Bron", visibility=Visibility.PUBLIC)
    began = first(conversation)
    town.take(incoming("b", "Och badet?", in_reply_to=began.external_id, sender=OLLE))
    town.take(incoming("c", "Ja, badet!", in_reply_to="b", sender=OLLE))
    actions.publish(conversation, title="Bron och badet", by=by)
    parted = list(conversation.messages.order_by("pk")[1:])
    dnrs = [m.record.dnr for m in parted]
    new = organising_split(conversation, parted, by)
    assert (_texts(conversation), _texts(new)) == (["Bron"], ["Och badet?", "Ja, badet!"])
    assert new.number == Conversation.objects.count()
    assert (new.subject, new.state, new.message_count) == ("Och badet?", "new", 2)
    assert new.contact is not None and new.contact.address == OLLE.address
    assert new.answer_due == conversation.answer_due
    assert [m.record.dnr for m in new.messages.order_by("pk")] == dnrs
    assert not new.messages.exclude(published_version=None).exists()
    assert fresh(conversation).message_count == 1
    assert fresh(conversation).published_at is not None
    town.take(incoming("d", "När?", in_reply_to="c", sender=OLLE))
    assert _texts(new)[-1] == "När?"


def organising_split(conversation: Conversation, messages: list[Message], by: object) -> Conversation:
    return fresh(joining.split(conversation, messages=messages, by=by))  # type: ignore[arg-type]


def _on(secret: str) -> list[str]:
    """The words that a receipt shows."""
    receipt = actions.find_receipt(secret)
    assert receipt is not None
    return [said.text for said in actions.thread_of_the_writer(receipt.conversation).said]


def test_no_receipt_loses_its_writers_words_when_what_was_joined_is_split(town: Town) -> None:
    by = town.user()
    mine, asked = town.written("Min fråga", email="signe@exempel.se")
    yours, into = town.written("En annans fråga")
    early, earliest = town.written("En tidig fråga")
    joining.merge(earliest, into=fresh(asked), by=by, same_person=True)
    joining.merge(fresh(asked), into=into, by=by, same_person=True)
    said = {message.record.latest.text: message for message in into.messages.all()}
    for words in said:
        others = [message for text, message in said.items() if text != words]
        for parted in ([said[words]], others):
            assert _refused(joining.split, fresh(into), messages=parted, by=by) == "splits_joined", words
    assert [_on(secret)[0] for secret in (mine, yours, early)] == ["Min fråga", "En annans fråga", "En tidig fråga"]
    # What was joined is parted again as it was joined.
    joining.unmerge(fresh(asked), by=by)
    joining.unmerge(fresh(earliest), by=by)
    assert (_on(mine), _on(yours), _on(early)) == (["Min fråga"], ["En annans fråga"], ["En tidig fråga"])


def test_what_is_said_further_in_what_is_joined_is_split_off(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Bron"), town.given("Badet")
    joining.merge(conversation, into=into, by=by)
    town.take(incoming("b", "Och parken?", in_reply_to=first(into).external_id))
    further = [message for message in into.messages.all() if message.external_id == "b"]
    assert _texts(organising_split(fresh(into), further, by)) == ["Och parken?"]
    assert _texts(into) == ["Bron", "Badet"]


def test_each_part_needs_something_that_came_in(town: Town) -> None:
    by, conversation = town.user(), town.given()
    answer = town.answered(conversation, by)
    assert _refused(joining.split, conversation, messages=[answer], by=by) == "nothing_to_split"
    assert _refused(joining.split, conversation, messages=[first(conversation)], by=by) == "splits_all"
    other = town.given("En annan")
    assert _refused(joining.split, conversation, messages=[first(other)], by=by) == "nothing_to_split"


def test_a_deleted_message_that_is_joined_stays_deleted(town: Town) -> None:
    by, into, conversation = town.user(), town.given("Första"), town.given("Andra")
    joining.merge(conversation, into=into, by=by)
    moved = into.messages.order_by("pk")[1]
    town.take(Deleted(external_id=moved.external_id))
    assert into.messages.order_by("pk")[1].deleted_at is not None

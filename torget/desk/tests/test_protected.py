"""Protected identity by one switch: sealed now and later, published only when reviewed, off by two clicks."""

import pytest
from django.test import Client

from tests.support.making import Town, incoming
from torget.conversations import actions
from torget.conversations.models import Conversation, Message
from torget.conversations.rules import storable
from torget.core.errors import Refused
from torget.journal.models import Entry
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.actions import Chosen
from torget.register.models import Record


def test_one_switch_seals_all_from_the_same_person_now_and_later(client: Client, town: Town) -> None:
    first = town.given("Zebra skriver först")
    registrar = town.user(Role.REGISTRAR)
    actions.protect(first.messages.get(), by=registrar, chosen=Chosen())
    town.take(incoming("later", "Zebra skriver igen"))
    later = Message.objects.get(external_id="later")
    assert later.sender_id == first.messages.get().sender_id
    record = later.record
    assert (record.protected_identity, record.proposed_state, record.proposed_reason) == (
        True,
        "registered",
        "protected",
    )
    client.force_login(town.user(Role.COMMUNICATOR))
    assert "zebra" not in client.get("/disk/?ko=all").content.decode().casefold()
    for conversation in (first, later.conversation):
        assert client.get(f"/disk/{conversation.number}/").status_code == 403
    actions.unprotect(later, by=registrar)
    assert not Conversation.objects.filter(sealed=True).exists()
    assert client.get(f"/disk/{first.number}/").status_code == 200


def test_the_words_of_a_protected_person_are_published_only_when_reviewed(town: Town) -> None:
    conversation = town.given("En fråga om bron")
    registrar, by = town.user(Role.REGISTRAR), town.user(Role.COMMUNICATOR)
    actions.publish(conversation, title="Bron", by=by)
    actions.protect(conversation.messages.get(), by=registrar)
    assert not Conversation.objects.get(pk=conversation.pk).is_public
    with pytest.raises(Refused, match="protected"):
        actions.publish(conversation, title="Bron", by=registrar)
    actions.publish(conversation, title="Bron", by=registrar, reviewed=True)
    assert Conversation.objects.get(pk=conversation.pk).is_public


def test_the_switch_is_one_click_on_and_two_off(client: Client, town: Town) -> None:
    record = town.given("En fråga").messages.get().record
    client.force_login(town.user(Role.REGISTRAR))
    url = f"/disk/registrator/handling/{record.pk}/"

    def switched() -> list[bool]:
        return list(Record.objects.filter(pk=record.pk).values_list("protected_identity", flat=True))

    client.post(f"{url}skydd/")
    assert switched() == [True]
    asked = client.post(f"{url}skydd/").content.decode()
    assert "Är du säker?" in asked
    assert switched() == [True]
    client.post(f"{url}skydd/", {"sakert": "1"})
    assert switched() == [False]
    entries = Entry.objects.filter(object_ref=record.ref).exclude(kind="record.read").order_by("pk")
    kinds = list(entries.values_list("kind", flat=True))
    assert kinds[-2:] == ["record.identity_protected", "record.identity_unprotected"]


def test_an_answer_of_ours_protects_nobody(town: Town) -> None:
    answer = town.answered(town.given("En fråga"), town.user())
    with pytest.raises(Refused, match="not_theirs"):
        actions.protect(answer, by=town.user(Role.REGISTRAR))


def test_a_record_without_a_message_is_guarded_too(town: Town) -> None:
    by = town.user(Role.REGISTRAR)
    arrival = register.Arrival(
        text=storable("En tjänsteskrivelse"),
        channel="web",
        correspondent="Kulturnämnden",
        subject="",
        title="Skrivelse",
        occurred_at=town.given("x").last_message_at,
        addressed=True,
    )
    [record] = register.receive([arrival], authority=town.authority)
    register.mark_secret(record, provision="OSL 19 kap. 3 §", by=by, chosen=Chosen())
    assert not Record.objects.visible_to(town.user(Role.COMMUNICATOR)).filter(pk=record.pk).exists()
    assert Record.objects.visible_to(town.user(Role.ADMINISTRATOR)).filter(pk=record.pk).exists()

"""Role × place: what only a circle may read is in no page, stream, mail or file of anyone else, and with those it is.

Words are planted in text, subject, sender, address and file of a secret record; each place is asked as each role.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tests.support.making import Town, incoming
from torget.conversations import actions
from torget.conversations.models import Conversation, Message
from torget.desk.views.stream import News
from torget.files.actions import keep
from torget.journal.models import Entry
from torget.organisations.models import Authority, Unit, User
from torget.organisations.rules import Role
from torget.register.actions import Chosen
from torget.register.models import Attachment, Record
from torget.register.permissions import can_read
from torget.search.actions.indexing import sweep
from torget.team import actions as team
from torget.team import rules as team_rules

TEXT, SUBJECT, SENDER, ADDRESS, FILE = "Zebraord", "Zebrarubrik", "Zebra Planterad", "zebra@exempel.se", "zebrafil.txt"


@dataclass
class Planted:
    """A conversation with a secret record, and everyone who may or may not read it."""

    conversation: Conversation
    record: Record
    attachment: Attachment
    people: dict[str, User]
    message: Message

    @property
    def places(self) -> dict[str, str]:
        """Addresses that show something of it to those who may."""
        n, pk, case = self.conversation.number, self.record.pk, self.record.case_id
        return {
            "queue": "/disk/",
            "all": "/disk/?ko=all",
            "new": "/disk/?ko=new",
            "others": "/disk/?ko=others",
            "answered": "/disk/?ko=answered",
            "tag": "/disk/?ko=all&tagg=zebratagg",
            "choosing": "/disk/?ko=all&valj=1",
            "conversation": f"/disk/{n}/",
            "in English": f"/en/disk/{n}/",
            "file": f"/disk/{n}/fil/{self.attachment.pk}/",
            "search": "/disk/sok/?q=zebraord",
            "search by sender": "/disk/sok/?q=från:zebra",
            "search by relevance": "/disk/sok/?q=zebraord&ordning=bast",
            "jump": f"/disk/hoppa/?till={n}",
            "notices": "/disk/notiser/",
            "log": "/disk/logg/",
            "log as CSV": "/disk/logg/logg.csv",
            "results": "/resultat/",
            "results as CSV": "/resultat/siffror.csv",
            "quarantine": "/disk/karantan/",
            "experts": "/disk/expert/min-sida/",
            "ask an expert": f"/disk/expert/fraga/{n}/",
            "moderation": "/disk/moderering/",
            "moderate": f"/disk/{n}/moderera/{self.message.pk}/",
            "notices of content": "/disk/moderering/anmalningar/",
            "posts": "/disk/inlagg/",
            "registrar's queue": "/disk/registrator/",
            "in hand": f"/disk/registrator/?handling={pk}",
            "cases": "/disk/registrator/arenden/",
            "cases by word": "/disk/registrator/arenden/?q=zebra",
            "case": f"/disk/registrator/arenden/{case}/",
            "record": f"/disk/registrator/handling/{pk}/",
            "public register": "/diarium/",
            "public conversation": f"/samtal/{n}/",
            "accounts": "/kanaler/",
        }


WORDS_IN = ("conversation", "in English", "file", "search", "record", "case", "queue", "all", "notices", "tag")
"""Places where who may read it does find the words: that nothing is found elsewhere would else say nothing."""


@pytest.fixture
def planted(town: Town) -> Planted:
    """Marked with a circle of one person and one unit, and with a note, a tag, a notice and a second message in it."""
    other = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    inside = Unit.objects.create(name="Socialjouren", authority=town.authority)
    outside = Unit.objects.create(name="Kulturen", authority=other)
    people = {role.value: town.user(role) for role in Role}
    people |= {
        "chosen": town.user(Role.COMMUNICATOR, "Vald Person"),
        "of the unit": town.user(Role.COMMUNICATOR, "Enhetens Person"),
        "registrar of another": town.user(Role.REGISTRAR, "Annans Registrator"),
        "registrar of the authority": town.user(Role.REGISTRAR, "Egen Registrator"),
        "manager": town.user(Role.MANAGER),
    }
    for name, unit in (
        ("of the unit", inside),
        ("registrar of another", outside),
        ("registrar of the authority", inside),
    ):
        people[name].unit = unit
        people[name].save()
    given = {"subject": SUBJECT, "sender_name": SENDER, "sender_address": ADDRESS}
    conversation = _take(town, f"{TEXT} om något hemligt", given)
    message = conversation.messages.get()
    from torget.conversations.actions import organising

    organising.tag(conversation, names=["Zebratagg"], by=people["chosen"])
    actions.note(conversation, text=f"{TEXT} i en anteckning", by=people["chosen"])
    actions.keep_draft(conversation, text=f"{TEXT} i ett utkast", by=people["chosen"])
    for person in people.values():
        team.tell([person.pk], team_rules.Kind.ASSIGNED, conversation=conversation, about=f"x{person.pk}")
    chosen = Chosen(users=[people["chosen"].pk], units=[inside.pk])
    actions.mark_secret(message, provision="OSL 26 kap. 1 §", by=people["chosen"], chosen=chosen)
    sweep()
    record = Record.objects.get(pk=message.record_id)
    return Planted(Conversation.objects.get(), record, Attachment.objects.get(), people, message)


def _take(town: Town, text: str, given: dict[str, Any]) -> Conversation:
    from django.db import transaction

    from torget.channels.base import Sender
    from torget.conversations.actions.taking import Taking

    item = incoming("planted-1", text, subject=given["subject"], sender=Sender(ADDRESS, SENDER))
    blob = keep(b"zebra i en fil", filename=FILE)
    with transaction.atomic():
        Taking(town.account()).take([(item, [(blob, FILE)])])
    return Message.objects.get(external_id="planted-1").conversation


INSIDE = ("chosen", "of the unit", "registrar of the authority", "registrar")
OUTSIDE = ("communicator", "expert", "approver", "manager", "administrator", "registrar of another")


def _said(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    heads = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    return (heads + body.decode(errors="replace")).casefold()


@pytest.mark.any_html
@pytest.mark.parametrize("who", OUTSIDE)
def test_who_is_outside_finds_the_words_nowhere(client: Client, planted: Planted, who: str) -> None:
    client.force_login(planted.people[who])
    for place, url in planted.places.items():
        said = _said(client, url)
        # Tags are one list for all, and what one typed oneself stands in the search box and its addresses.
        for own in ("zebratagg", 'value="zebraord"', 'value="från:zebra"', 'value="zebra"', "q=zebraord", "q=zebra",
                    "<title>zebraord:", "<title>från:zebra:"):  # fmt: skip
            said = said.replace(own, "")
        assert "zebra" not in said, f"{who} reads it at {place}"


def test_a_tag_lists_only_what_one_may_open(client: Client, planted: Planted) -> None:
    for who, there in (("communicator", False), ("chosen", True)):
        client.force_login(planted.people[who])
        html = client.get(planted.places["tag"]).content.decode()
        assert (f"/disk/{planted.conversation.number}/" in html) is there


@pytest.mark.any_html
@pytest.mark.parametrize("who", INSIDE)
def test_who_is_inside_reads_it(client: Client, planted: Planted, who: str) -> None:
    client.force_login(planted.people[who])
    for place in WORDS_IN:
        if place == "notices" and who == "chosen":
            continue
        assert "zebra" in _said(client, planted.places[place]), f"{who} cannot read it at {place}"


def test_everyone_sees_that_it_is_there(client: Client, planted: Planted) -> None:
    client.force_login(planted.people["communicator"])
    assert "Sekretess" in client.get("/disk/?ko=all").content.decode()
    opened = client.get(planted.places["conversation"])
    assert opened.status_code == 403
    assert planted.record.dnr in opened.content.decode()
    for place in ("case", "record"):
        html = client.get(planted.places[place]).content.decode()
        assert planted.record.dnr in html
        assert "Sekretess" in html


POSTS = ("ta/", "lamna/", "utkast/", "svara/", "anteckna/", "vanta/", "avsluta/", "oppna/", "publicera/", "kvitto/",
         "tilldela/", "taggar/", "snooza/", "sla-ihop/", "dela-isar/", "dela/", "lamna-over/", "skrap/", "mall/")  # fmt: skip


@pytest.mark.any_html
def test_who_is_outside_can_do_nothing_with_it(client: Client, planted: Planted) -> None:
    client.force_login(planted.people["administrator"])
    for deed in POSTS:
        said = client.post(f"/disk/{planted.conversation.number}/{deed}")
        assert said.status_code == 404, deed
    for deed in ("ratta/", "sekretess/", "krets/", "skydd/"):
        assert client.post(f"/disk/registrator/handling/{planted.record.pk}/{deed}").status_code == 404
    assert client.post(f"/disk/registrator/bekrafta/{planted.record.pk}/").status_code == 404


@pytest.mark.any_html
def test_many_at_once_leaves_it_out(client: Client, planted: Planted, town: Town) -> None:
    other = town.given("Hur går det med bron?")
    client.force_login(planted.people["communicator"])
    given = {"vad": "tag", "val": [str(planted.conversation.number), str(other.number)]}
    html = client.post("/disk/flera/", given).content.decode().casefold()
    assert "bron" in html
    assert "zebra" not in html.replace("zebratagg", "")
    html = client.post("/disk/registrator/flera/", {"val": [str(planted.record.pk)]}, follow=True).content.decode()
    assert "zebra" not in html.casefold()


def test_the_stream_has_no_words_for_anyone(planted: Planted) -> None:
    said = b"".join(News()._read({"sv", "en"}).values()).decode().casefold()
    assert str(planted.conversation.number) in said
    assert "sekretess" in said
    assert "zebra" not in said


def test_mails_to_colleagues_hold_numbers_only(planted: Planted, town: Town) -> None:
    from datetime import timedelta

    from tests.support.making import MONDAY
    from torget.core import clock

    with clock.at(MONDAY + timedelta(hours=3)):
        team.mail_digests()
    assert all("zebra" not in f"{one.subject}{one.body}".casefold() for one in mail.outbox)


def test_a_conversation_beside_it_does_not_name_it(client: Client, planted: Planted, town: Town) -> None:
    from torget.search.actions.same import count_same

    twin = town.given(f"{TEXT} om något hemligt", subject="Något annat")
    count_same()
    client.force_login(planted.people["communicator"])
    html = client.get(f"/disk/{twin.number}/").content.decode().casefold()
    assert "zebrarubrik" not in html
    assert "zebra planterad" not in html


def test_each_opening_is_entered_in_the_journal_once_in_ten_minutes(client: Client, planted: Planted) -> None:
    reader = planted.people["chosen"]
    client.force_login(reader)
    for place in ("conversation", "record", "conversation", "file"):
        client.get(planted.places[place])
    entries = Entry.objects.filter(kind="record.read", object_ref=planted.record.ref)
    assert [entry.actor_ref for entry in entries] == [reader.ref]
    client.force_login(planted.people["communicator"])
    client.get(planted.places["conversation"])
    assert entries.count() == 1


def test_a_wider_circle_and_a_lifted_mark_let_others_in(client: Client, planted: Planted) -> None:
    colleague = planted.people["communicator"]
    client.force_login(colleague)
    url = planted.places["conversation"]
    chosen = Chosen(users=[planted.people["chosen"].pk, colleague.pk])
    actions.set_circle(planted.message, chosen, by=planted.people["chosen"])
    assert client.get(url).status_code == 200
    actions.set_circle(planted.message, Chosen(), by=planted.people["registrar"])
    assert client.get(url).status_code == 403
    actions.lift_secret(planted.message, by=planted.people["registrar"])
    assert client.get(url).status_code == 200


def test_an_empty_circle_is_the_registrars_and_administrators_of_the_house(planted: Planted) -> None:
    actions.set_circle(planted.message, Chosen(), by=planted.people["registrar"])
    readers = {
        name
        for name, person in planted.people.items()
        if Conversation.objects.visible_to(person).filter(pk=planted.conversation.pk).exists()
    }
    assert readers == {"administrator", "registrar", "registrar of another", "registrar of the authority"}


def test_the_rule_is_the_same_in_the_database_and_in_python(planted: Planted) -> None:
    def check() -> None:
        record = Record.objects.get(pk=planted.record.pk)
        for name, person in planted.people.items():
            listed = Record.objects.visible_to(person).filter(pk=record.pk).exists()
            opened = Conversation.objects.visible_to(person).filter(pk=planted.conversation.pk).exists()
            assert can_read(person, record) == listed == opened, name

    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: actions.set_circle(planted.message, Chosen(), by=planted.people["registrar"]),
        lambda: actions.lift_secret(planted.message, by=planted.people["registrar"]),
        lambda: actions.protect(planted.message, by=planted.people["registrar"], chosen=Chosen()),
        lambda: actions.mark_secret(planted.message, provision="OSL 25:1", by=planted.people["expert"]),
        lambda: actions.unprotect(planted.message, by=planted.people["registrar"]),
    ]
    for step in steps:
        step()
        check()


def test_our_answer_has_the_circle_of_the_question(town: Town, planted: Planted) -> None:
    answer = town.answered(planted.conversation, planted.people["chosen"], "Zebrasvar")
    record = answer.record
    record.refresh_from_db()
    assert record.secret
    assert record.circle_id == Record.objects.get(pk=planted.record.pk).circle_id


def test_it_goes_along_when_conversations_are_joined_and_parted(client: Client, town: Town, planted: Planted) -> None:
    from torget.conversations.actions import joining

    other = town.given("En fråga till")
    into = joining.merge(planted.conversation, into=other, by=planted.people["chosen"], same_person=True)
    assert Conversation.objects.get(pk=into.pk).sealed
    client.force_login(planted.people["communicator"])
    assert client.get(f"/disk/{into.number}/").status_code == 403
    parted = joining.unmerge(Conversation.objects.get(pk=planted.conversation.pk), by=planted.people["chosen"])
    assert Conversation.objects.get(pk=parted.pk).sealed
    assert not Conversation.objects.get(pk=into.pk).sealed


def test_nobody_outside_is_given_it_or_asked_about_it(planted: Planted) -> None:
    from torget.conversations.actions import organising
    from torget.core.errors import Refused

    conversation, by = planted.conversation, planted.people["chosen"]
    with pytest.raises(Refused, match="not_in_circle"):
        organising.assign(conversation, user=planted.people["communicator"], by=by)
    organising.assign(conversation, user=planted.people["of the unit"], by=by)
    with pytest.raises(Refused, match="not_in_circle"):
        team.ask(conversation, text="Svar", seen=conversation.message_count, by=by, of=planted.people["approver"])

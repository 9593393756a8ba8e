"""What belongs to others: secret conversations and records, others' drafts and notices; and fields that no form has."""

import logging
from typing import Any

import pytest
from django.test import Client

from tests.masking.rows import row_of
from tests.security import doors
from tests.security.test_doors import outcome
from tests.support import making
from tests.support.making import Town, first, fresh
from torget.conversations import actions
from torget.conversations.models import Conversation, Draft
from torget.organisations.models import Authority, Organisation, Unit, User
from torget.organisations.rules import Role
from torget.register.models import Circle, Record
from torget.team.models import Notice, SavedReply, SavedView

pytestmark = [pytest.mark.django_db, pytest.mark.any_html, pytest.mark.once]


@pytest.fixture
def town(db: None) -> Town:
    return making.town()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def secret_in(town: Town, by: User) -> Conversation:
    """A conversation whose message is secret, with a circle of one."""
    conversation = town.given("Hemligt om en person")
    actions.classify(first(conversation), state=making_state(), subject="En sak", by=by)
    actions.mark_secret(first(conversation), provision="OSL 26:1", by=by)
    return fresh(conversation)


def making_state() -> Any:
    from torget.register.rules import State

    return State.REGISTERED


def test_what_belongs_to_others_is_not_found(town: Town) -> None:
    registrar, reader = town.user(Role.REGISTRAR), town.user(name="Rut Inblandad")
    conversation = secret_in(town, registrar)
    circle = Circle.objects.create()
    circle.users.add(reader)
    record = Record.objects.get(pk=first(conversation).record_id)
    Record.objects.filter(pk=record.pk).update(circle=circle)
    other = Authority.objects.create(name="Socialnämnden", prefix="SN", archive_creator="SN")
    stranger = town.user(Role.REGISTRAR, "Sven Annanstans")
    User.objects.filter(pk=stranger.pk).update(unit=Unit.objects.create(name="Soc", authority=other))
    readers = {"in the circle": reader, "registrar of all": registrar}
    others: dict[str, User] = {"registrar of another authority": stranger}
    others |= {role.value: town.user(role) for role in doors.ROLES if role is not Role.REGISTRAR}
    about = (f"/disk/{conversation.number}/", f"/disk/registrator/handling/{record.pk}/")
    deeds = (
        "ta",
        "svara",
        "anteckna",
        "avsluta",
        "publicera",
        "taggar",
        "skrap",
        "utkast",
        f"sekretess/{first(conversation).pk}",
    )
    for name, user in readers.items():
        assert client_of(user).get(about[0]).status_code == 200, name
    for name, user in others.items():
        client = client_of(user)
        got = client.get(about[0])
        assert outcome(got) in ("nothing", "refused"), f"{name} reads {about[0]}"
        page = client.get(about[1])
        assert b"Hemligt om en person" not in page.content, f"{name} reads {about[1]}"
        for deed in deeds:
            answer = client.post(f"/disk/{conversation.number}/{deed}/", {"text": "x", "title": "x"})
            assert outcome(answer) in ("nothing", "refused"), f"{name} does {deed}"
        for place in ("/disk/", "/disk/?ko=all", "/disk/sok/?q=hemligt+person"):
            assert b"Hemligt om en person" not in client.get(place).content, f"{name} at {place}"
    assert fresh(conversation).state == conversation.state


def test_each_has_ones_own_drafts_notices_replies_and_views(town: Town) -> None:
    anna, bo = town.user(name="Anna"), town.user(name="Bo")
    conversation = town.given()
    actions.keep_draft(conversation, text="Annas halva mening", by=anna)
    notice = row_of(Notice)
    Notice.objects.filter(pk=notice.pk).update(user=anna)
    reply = SavedReply.objects.create(
        title="Annas egen", text="Hej", owner=anna, made_by=anna, changed_at=making.MONDAY
    )
    view = row_of(SavedView)
    SavedView.objects.filter(pk=view.pk).update(owner=anna)
    client = client_of(bo)
    assert Draft.objects.get().author_id == anna.pk
    for address in (
        f"/disk/svarsmallar/{reply.pk}/",
        f"/disk/vyer/{view.pk}/bort/",
        f"/disk/svarsmallar/{reply.pk}/bort/",
    ):
        assert client.post(address).status_code == 404, address
    client.post("/disk/notiser/lasta/")
    assert Notice.objects.get(pk=notice.pk).read_at is None
    assert b"Annas egen" not in client.get("/disk/svarsmallar/").content
    assert SavedReply.objects.filter(pk=reply.pk).exists()


def test_fields_that_no_form_has_change_nothing(town: Town) -> None:
    names = "is_superuser is_active is_staff secret author owner demo id"
    more = dict.fromkeys(names.split(), "1") | {"role": "administrator", "state": "answered", "number": "999"}
    more |= {"confirmed_at": "2026-11-16", "published_at": "2026-11-16"}
    user = town.user(Role.EXPERT)
    user.set_password("Bryggan vid Ekevik 17")
    user.save()
    Client().post("/skriv/", {"text": "Hej", "nonce": "a" * 22, **more})
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.number, conversation.published_at) == ("new", 1, None)
    record = first(conversation).record
    assert (record.secret, record.confirmed_at) == (False, None)
    client = client_of(user)
    client.post(f"/disk/{conversation.number}/anteckna/", {"note": "En anteckning", **more})
    client.post("/disk/notiser/installningar/", {"digest": "daily", **more})
    changed = User.objects.get(pk=user.pk)
    assert (changed.role, changed.is_superuser) == ("expert", False)
    assert conversation.notes.get().author_id == user.pk
    administrator = town.user(Role.ADMINISTRATOR)
    facts = {"name": "Ekevik", "short_name": "E", "phone": "1", "demo": "", "register_public": "on"}
    client_of(administrator).post("/installningar/", facts)
    assert Organisation.objects.get().demo, "what no field says is as it was"


def test_a_parameter_that_stands_twice_is_the_last_one(town: Town) -> None:
    Client().post(
        "/skriv/", "text=Den+f%C3%B6rsta&text=Den+andra&nonce=abc", content_type="application/x-www-form-urlencoded"
    )
    assert first(Conversation.objects.get()).record.latest.text == "Den andra"
    assert Client().get("/skriv/?text=Ur+adressen").status_code == 200
    assert b"Ur adressen" not in Client().get("/skriv/?text=Ur+adressen").content, (
        "a form takes nothing from the address"
    )


def test_what_is_refused_is_in_the_log(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(town.user(Role.EXPERT))
    with caplog.at_level(logging.INFO, logger="torget.request"):
        client.get("/installningar/")
        Client().post("/skriv/", {"text": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
        client.get("/disk/")
    told = [record.getMessage() for record in caplog.records if record.name == "torget.request"]
    assert [line.split(" ms=")[0] for line in told] == [
        "request.done method=GET status=403",
        "request.done method=POST status=403",
    ]

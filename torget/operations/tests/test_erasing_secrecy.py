"""The erasure page and what only a circle may read: the row is there for everyone, the words for those who may read them."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.support import making
from tests.support.making import Town
from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Message
from torget.journal.models import Entry
from torget.organisations.models import Authority, Organisation, Unit, User
from torget.organisations.rules import Role
from torget.register.actions import Chosen
from torget.register.models import Hold, Record

pytestmark = pytest.mark.django_db
SUBJECT = "Zebraorden om Kalle"
HIDDEN = "Uppgiften visas inte"


@pytest.fixture
def town() -> Town:
    return making.town()


@pytest.fixture
def inside(town: Town) -> User:
    """A registrar of the house, who is in the circle too."""
    return town.user(Role.REGISTRAR)


@pytest.fixture(params=["an administrator", "another authority's registrar"])
def outside(request: pytest.FixtureRequest, town: Town) -> User:
    if request.param == "an administrator":
        return town.user(Role.ADMINISTRATOR)
    board = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    user = town.user(Role.REGISTRAR)
    user.unit = Unit.objects.create(name="Kulturen", authority=board)
    user.save()
    return user


def _secret(town: Town, by: User) -> Record:
    _, conversation = town.written("Hej", subject=SUBJECT)
    message = conversation.messages.get()
    conversations.mark_secret(message, provision="OSL 26:1", by=by, chosen=Chosen(users=[by.pk]))
    return making.first(conversation).record


def _page(user: User, query: str = "") -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("operations:erasures"), {"q": query} if query else {}).content.decode()


def _address(record: Record, name: str = "erase") -> str:
    return reverse(f"operations:{name}", kwargs={"pk": record.pk})


def _queries(record: Record) -> list[str]:
    assert record.case is not None
    return [record.dnr, record.case.dnr, str(Message.objects.get(record=record).conversation.number)]


def test_outside_the_circle_a_number_finds_the_row_without_its_subject(town: Town, inside: User, outside: User) -> None:
    record = _secret(town, inside)
    for query in _queries(record):
        page = _page(outside, query)
        assert record.dnr in page and HIDDEN in page, query
        assert SUBJECT not in page and _address(record) not in page, query


def test_in_the_circle_it_is_found_with_its_subject(town: Town, inside: User) -> None:
    record = _secret(town, inside)
    for query in _queries(record):
        page = _page(inside, query)
        assert SUBJECT in page and _address(record) in page and HIDDEN not in page, query


def test_what_may_go_is_listed_without_its_subject_outside_the_circle(town: Town, inside: User, outside: User) -> None:
    conversation = town.said("Kräftor")
    record = making.first(conversation).record
    Record.objects.filter(pk=record.pk).update(subject=SUBJECT, case=None, number=None)
    conversations.protect(making.first(conversation), by=inside, chosen=Chosen(users=[inside.pk]))
    Conversation.objects.update(closed_reason="spam")
    Organisation.objects.update(spam_days=0, retention_mandate="KS 2026/0001 § 4")
    page = _page(outside)
    assert "Får gallras enligt ert beslut" in page and HIDDEN in page
    assert SUBJECT not in page and _address(record) not in page
    page = _page(inside)
    assert SUBJECT in page and _address(record) in page


def test_the_rest_of_a_closed_thread_is_closed_too(town: Town, inside: User, outside: User) -> None:
    first = town.given("Hej", subject=SUBJECT)
    guarded = making.first(first)
    town.take(making.incoming("svar", "Mer om samma", subject=SUBJECT, in_reply_to=guarded.external_id))
    rest = Message.objects.select_related("record").get(external_id="svar")
    assert rest.conversation_id == guarded.conversation_id
    conversations.mark_secret(guarded, provision="OSL 26:1", by=inside, chosen=Chosen(users=[inside.pk]))
    page = _page(outside, str(first.number))
    assert page.count(HIDDEN) == 2 and SUBJECT not in page
    client = Client()
    client.force_login(outside)
    assert client.get(_address(rest.record)).status_code == 404
    assert client.post(_address(rest.record), {"mandate": "B", "reason": "S", "sure": "on"}).status_code == 404
    assert client.post(_address(rest.record, "hold"), {"why": "Begärd"}).status_code == 404
    assert not Hold.objects.exists()
    client.force_login(inside)
    assert client.get(_address(rest.record)).status_code == 200


def test_who_opens_a_guarded_record_to_erase_it_has_read_it(town: Town, inside: User, outside: User) -> None:
    record = _secret(town, inside)
    client = Client()
    client.force_login(outside)
    assert client.get(_address(record)).status_code == 404
    reads = Entry.objects.filter(kind="record.read", object_ref=record.ref)
    assert not reads.exists()
    client.force_login(inside)
    assert SUBJECT in client.get(_address(record)).content.decode()
    assert [entry.actor_ref for entry in reads] == [inside.ref]


def test_what_is_open_to_all_is_shown_and_nothing_is_noted(town: Town, outside: User) -> None:
    _, conversation = town.written("Hej", subject=SUBJECT)
    record = making.first(conversation).record
    assert SUBJECT in _page(outside, str(conversation.number))
    client = Client()
    client.force_login(outside)
    assert client.get(_address(record)).status_code == 200
    assert not Entry.objects.filter(kind="record.read").exists()

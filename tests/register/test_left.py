"""A case keeps the words of the record that opened it when that has left: who may not read the record reads them nowhere."""

import html
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.support.making import MONDAY, Town
from torget.conversations import actions as conversations
from torget.conversations.models import Message
from torget.organisations.models import Authority, Unit, User
from torget.organisations.rules import Right, Role, may
from torget.register import actions as register
from torget.register.actions import Chosen
from torget.register.models import Case, Record
from torget.register.rules import Field

SUBJECT = "Zebraorden om Kalle"
CASES, ARCHIVE = "/disk/registrator/arenden/", "/disk/arkiv/"


def opened(town: Town, subject: str = SUBJECT, *, secret: User | None = None) -> tuple[Case, Message]:
    """A case that a message opened, which is secret for the circle of `secret` alone."""
    _, conversation = town.written("Hej", subject=subject)
    message = conversation.messages.get()
    if secret is not None:
        conversations.mark_secret(message, provision="OSL 26:1", by=secret, chosen=Chosen(users=[secret.pk]))
    record = Record.objects.select_related("case__authority").get(pk=message.record_id)
    assert record.case is not None and record.number == 1
    return record.case, message


def merged(left: Case, town: Town, by: User) -> None:
    conversations.merge_cases(left, into=register.open_case(town.authority, subject="Annat", by=by), by=by)


def moved(left: Case, town: Town, by: User) -> None:
    conversations.move_records(list(left.records.all()), to=None, subject="Annat", by=by)


def corrected(left: Case, town: Town, by: User) -> None:
    board = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    register.correct(left.records.get(), field=Field.AUTHORITY, value=board, why="Hör dit", by=by)


WAYS = pytest.mark.parametrize("leave", [merged, moved, corrected])


def said(client: Client, user: User, url: str) -> str:
    client.force_login(user)
    return html.unescape(client.get(url, follow=True).content.decode())


@WAYS
@pytest.mark.parametrize("role", list(Role))
def test_who_is_outside_the_circle_reads_the_subject_nowhere(
    client: Client, town: Town, role: Role, leave: Callable[[Case, Town, User], None]
) -> None:
    by, user = town.user(Role.REGISTRAR), town.user(role)
    # One of no authority in particular is the registrar of all.
    user.unit = Unit.objects.create(
        name="Teknik",
        authority=Authority.objects.create(name="Tekniska", prefix="TN", archive_creator="Tekniska"),
    )
    user.save()
    left, _ = opened(town, secret=by)
    linked, _ = opened(town, "En fråga om bron")
    register.link_cases(left, linked, by=by)
    leave(left, town, by)
    places = [CASES, f"{CASES}?q=zebraorden", f"{CASES}{left.pk}/", f"{CASES}{linked.pk}/"]
    if may(role, Right.CLASSIFY):
        places += [f"{ARCHIVE}?visa=alla", f"{ARCHIVE}?visa=alla&q=Zebraorden", f"{ARCHIVE}arende/{left.pk}/"]
    for place in places:
        page = said(client, user, place)
        assert SUBJECT not in page, place
        assert "q=" not in place or left.dnr not in page, "that it is found says that the words are in it"


@WAYS
def test_who_is_in_the_circle_finds_and_reads_it_as_before(
    client: Client, town: Town, leave: Callable[[Case, Town, User], None]
) -> None:
    by = town.user(Role.REGISTRAR)
    left, _ = opened(town, secret=by)
    leave(left, town, by)
    for place in (CASES, f"{CASES}?q=Zebraorden", f"{ARCHIVE}?visa=alla", f"{ARCHIVE}?visa=alla&q=Zebraorden"):
        assert SUBJECT in said(client, by, place), place


def test_what_is_not_guarded_hides_nothing_when_it_leaves(client: Client, town: Town) -> None:
    user = town.user()
    left, _ = opened(town)
    moved(left, town, town.user(Role.REGISTRAR))
    for place in (f"{CASES}?q=Zebraorden", f"{CASES}{left.pk}/", f"{ARCHIVE}?visa=alla&q=Zebraorden"):
        assert SUBJECT in said(client, user, place), place


def test_what_lies_in_a_case_is_not_found_by_its_words_in_the_archive(client: Client, town: Town) -> None:
    by, user = town.user(Role.REGISTRAR), town.user()
    held, _ = opened(town, secret=by)
    open_to_all, _ = opened(town, "Zebrastallet i parken")
    page = said(client, user, f"{ARCHIVE}?visa=alla&q=zebra")
    assert open_to_all.dnr in page and held.dnr not in page
    assert held.dnr in said(client, user, f"{ARCHIVE}?visa=alla&q={held.dnr}"), "that it is there is no secret"
    assert held.dnr in said(client, by, f"{ARCHIVE}?visa=alla&q=zebra")


def test_many_such_cases_take_as_many_statements_as_few(
    client: Client, town: Town, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    by, user = town.user(Role.REGISTRAR), town.user()
    client.force_login(user)
    for url in (CASES, f"{CASES}?q=om", f"{ARCHIVE}?visa=alla", f"{ARCHIVE}?visa=alla&q=om"):
        moved(opened(town, secret=by)[0], town, by)
        client.get(url)
        with django_assert_max_num_queries(100) as few:
            client.get(url)
        for _ in range(4):
            moved(opened(town, secret=by)[0], town, by)
        with django_assert_max_num_queries(len(few)):
            client.get(url)
    assert Case.objects.filter(opened_at=MONDAY).count() > 30

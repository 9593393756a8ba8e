"""Many at once: chosen, shown, done, undone."""

import html
from typing import Any

import pytest
from django.test import Client

from tests.support.making import FORM_SENDER, Town, fresh
from torget.conversations import actions
from torget.conversations.actions import organising
from torget.conversations.models import Conversation, Outbox
from torget.core import worker
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Role
from torget.team.models import Notice

DO = {"gor": "1"}


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


@pytest.fixture
def three(town: Town) -> list[Conversation]:
    """Two by the form and one from a file."""
    return [town.written(email=FORM_SENDER)[1], town.written()[1], town.given()]


def _body(response: Any) -> str:
    return html.unescape(response.content.decode())


def _numbers(chosen: list[Conversation]) -> list[str]:
    return [str(one.number) for one in chosen]


def test_rows_are_chosen_without_a_script(client: Client, user: User, three: list[Conversation]) -> None:
    assert 'name="val"' not in _body(client.get("/disk/"))
    body = _body(client.get("/disk/?valj=1"))
    assert body.count('name="val"') == 3 and 'id="flera"' in body
    assert "Det är inte skräp" in _body(client.get("/disk/?ko=spam&valj=1"))


@pytest.mark.parametrize("role", [Role.EXPERT, Role.REGISTRAR])
def test_who_does_not_answer_does_nothing_to_many(client: Client, town: Town, role: Role) -> None:
    client.force_login(town.user(role))
    for address in ("/disk/flera/", "/disk/flera/angra/"):
        assert client.post(address, {"vad": "spam"}).status_code == 403


def test_nothing_is_done_before_it_is_confirmed(client: Client, user: User, three: list[Conversation]) -> None:
    for verb in ("assign", "tag", "snooze", "close", "spam", "answer"):
        response = client.post("/disk/flera/", {"vad": verb, "val": _numbers(three)})
        assert response.status_code == 200 and "3 samtal" in _body(response)
    assert {one.state for one in Conversation.objects.all()} == {"new"} and not Outbox.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"vad": "burn", "val": ["1"]}, "Välj vad du vill göra"),
        ({"vad": "spam"}, "Välj minst ett samtal"),
        ({"vad": "spam", "val": ["x", "99"]}, "Välj minst ett samtal"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    client: Client, user: User, three: list[Conversation], given: dict[str, Any], words: str
) -> None:
    assert words in _body(client.post("/disk/flera/", given | DO, follow=True))
    assert {one.state for one in Conversation.objects.all()} == {"new"}


def test_assigned_and_undone(client: Client, town: Town, user: User, three: list[Conversation]) -> None:
    colleague = town.user()
    actions.take(three[0], by=user)
    given = {"vad": "assign", "val": _numbers(three), "person": str(colleague.pk)} | DO
    assert "Gjort för 3 samtal." in _body(client.post("/disk/flera/", given, follow=True))
    assert {fresh(one).assigned_to for one in three} == {colleague} and Notice.objects.filter(
        user=colleague
    ).count() == 3
    assert "Ångrat för 3 samtal." in _body(client.post("/disk/flera/angra/", follow=True))
    assert [fresh(one).assigned_to for one in three] == [user, None, None]
    assert "Det finns inget att ångra" in _body(client.post("/disk/flera/angra/", follow=True))


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"vad": "close", "reason": "no_question"}, "closed"),
        ({"vad": "spam"}, "closed"),
        ({"vad": "tag", "taggar": "vinter"}, "new"),
        ({"vad": "snooze", "snabbt": "2026-11-17 08:00"}, "new"),
    ],
)
def test_done_to_all_and_undone(
    client: Client, user: User, three: list[Conversation], given: dict[str, str], state: str
) -> None:
    client.post("/disk/flera/", {"val": _numbers(three)} | given | DO)
    assert {fresh(one).state for one in three} == {state}
    done = [fresh(one).snoozed_until or list(one.tags.all()) or fresh(one).closed_reason for one in three]
    assert all(done)
    assert "Ångrat för 3" in _body(client.post("/disk/flera/angra/", follow=True))
    assert {(fresh(one).state, fresh(one).snoozed_until, one.tags.count()) for one in three} == {("new", None, 0)}


def test_what_a_colleague_answers_is_left_alone(
    client: Client, town: Town, user: User, three: list[Conversation]
) -> None:
    actions.take(three[0], by=town.user(name="Bo Kollega"))
    shown = _body(client.post("/disk/flera/", {"vad": "spam", "val": _numbers(three)}))
    assert f"Bo svarar på nummer {three[0].number} just nu" in shown
    body = _body(client.post("/disk/flera/", {"vad": "spam", "val": _numbers(three)} | DO, follow=True))
    assert "Gjort för 2 samtal." in body and f"Nummer {three[0].number} är som det var" in body
    assert fresh(three[0]).state == "assigned"


def test_one_text_to_many_each_in_its_own_way(client: Client, user: User, three: list[Conversation]) -> None:
    given = {"vad": "answer", "val": _numbers(three), "text": "Det är lagat nu."}
    shown = _body(client.post("/disk/flera/", given | {"visa": "1"}))
    assert (
        "1 W Webben: med e-post" in " ".join(html.unescape(shown).replace("<", " <").split()) or "med e-post" in shown
    )
    assert "Skicka 3 svar" in shown and "ingen väg ut än" in shown and not Outbox.objects.exists()
    assert "Ändra texten" in shown and "Det är lagat nu." in shown
    assert "Gjort för 3 samtal." in _body(client.post("/disk/flera/", given | DO, follow=True))
    assert sorted(Outbox.objects.values_list("way", flat=True)) == ["email", "none", "receipt"]
    worker.sweep()
    # They rest for half a minute.
    assert "Ångrat för 2 samtal." in _body(client.post("/disk/flera/angra/", follow=True))
    assert sorted(Outbox.objects.values_list("state", flat=True)) == ["no_way_out", "withdrawn", "withdrawn"]


def test_an_empty_text_answers_nobody(client: Client, user: User, three: list[Conversation]) -> None:
    for text in (" ", "Hej {förnamn}"):
        given = {"vad": "answer", "val": _numbers(three), "text": text} | DO
        assert client.post("/disk/flera/", given).status_code == 409
    assert not Outbox.objects.exists()


def test_where_approval_is_needed_many_are_not_answered_at_once(
    client: Client, user: User, three: list[Conversation]
) -> None:
    Organisation.objects.update(needs_approval=True)
    assert "godkännas av en kollega" in _body(client.post("/disk/flera/", {"vad": "answer", "val": _numbers(three)}))
    client.post("/disk/flera/", {"vad": "answer", "val": _numbers(three), "text": "Hej"} | DO)
    assert not Outbox.objects.exists()


def test_more_than_a_hundred_are_not_taken(client: Client, town: Town, user: User) -> None:
    for number in range(101):
        town.given(f"Fråga {number}")
    every = _numbers(list(Conversation.objects.all()))
    assert "högst 100" in _body(client.post("/disk/flera/", {"vad": "spam", "val": every} | DO, follow=True))
    assert not Conversation.objects.filter(state="closed").exists()


def test_undoing_tags_leaves_those_that_were_there(client: Client, user: User, three: list[Conversation]) -> None:
    organising.tag(three[0], names=["gata"], by=user)
    client.post("/disk/flera/", DO | {"vad": "tag", "taggar": "Gata, vinter", "val": _numbers(three)})
    client.post("/disk/flera/angra/")
    names = [sorted(one.tags.values_list("name", flat=True)) for one in three]
    assert names == [["gata"], [], []]


def test_undoing_a_close_leaves_what_waited_waiting(client: Client, user: User, three: list[Conversation]) -> None:
    actions.wait(three[0], by=user)
    client.post("/disk/flera/", DO | {"vad": "close", "reason": "no_question", "val": _numbers(three)})
    assert {fresh(one).state for one in three} == {"closed"}
    client.post("/disk/flera/angra/")
    assert [fresh(one).state for one in three] == ["waiting", "new", "new"]

"""Asking at the desk, answering under log-in, secrecy, and one's own worth, through their addresses."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tests.support.making import MONDAY, first, fresh
from torget.conversations import actions as conversations
from torget.core import clock
from torget.core.testing import squeezed
from torget.experts import actions, links, panels
from torget.experts.models import Answer, Expert, ExpertRequest
from torget.experts.tests.conftest import ADDRESS, Asking, mark
from torget.experts.tests.reading_pages import is_kept_secret, link, page
from torget.organisations.rules import Role

# ---- secrecy --------------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(asking: Asking) -> ExpertRequest:
    """A question to Vera, who has an account, in a conversation that was marked as secret afterwards."""
    request = asking.ask(asking.town.given("Min granne far illa"), "Vad gör vi?", to="Vera Påhitt")
    message = first(request.conversation)
    mark(message, asking)
    return request


def test_under_secrecy_the_link_leads_to_the_log_in(client: Client, asking: Asking, secret: ExpertRequest) -> None:
    response = client.get(link(secret))
    address = f"/disk/expert/{secret.pk}/"
    assert (response.status_code, response["Location"], is_kept_secret(response)) == (302, address, True)
    assert "/konto/login/" in client.get(address)["Location"]
    posted = client.post(link(secret, "svara/"), {"text": "Det jag skrev", "seen": "0"})
    assert (posted.status_code, "Det jag skrev" in page(posted), "granne" in page(posted)) == (403, True, False)
    assert not Answer.objects.exists()
    client.force_login(asking.vera)
    assert "Min granne far illa" in page(client.get(address))
    assert client.post(f"{address}svara/", {"text": "Ring oss", "seen": "0"}).status_code == 302
    assert Answer.objects.get().by == asking.vera


def test_a_question_under_log_in_is_for_who_was_asked_alone(client: Client, asking: Asking) -> None:
    request = asking.ask(to="Vera Påhitt")
    for user, status in (
        (asking.vera, 200), (asking.amina, 403), (asking.town.user(Role.EXPERT), 403),
        (asking.town.user(Role.ADMINISTRATOR), 403),
    ):  # fmt: skip
        client.force_login(user)
        assert client.get(f"/disk/expert/{request.pk}/").status_code == status
    client.force_login(asking.vera)
    assert client.post(f"/disk/expert/{request.pk}/fel-person/", {"proposal": "Olle"}).status_code == 302
    assert client.get("/disk/expert/999/").status_code == 404


def test_a_units_question_is_for_its_members(client: Client, asking: Asking) -> None:
    request = asking.ask(to="park@exempel.se")
    member = asking.town.user(Role.EXPERT)
    client.force_login(member)
    assert client.get(f"/disk/expert/{request.pk}/").status_code == 403
    member.unit = request.expert.unit
    member.save()
    assert client.get(f"/disk/expert/{request.pk}/").status_code == 200
    assert request.text in page(client.get("/disk/expert/min-sida/"))


# ---- at the desk ----------------------------------------------------------------------------------------------------

DEEDS = ("anvand/", "igen/", "aterkalla/")
ANSWERERS = {Role.COMMUNICATOR, Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_answer_may_ask_and_handle(client: Client, asking: Asking, role: Role) -> None:
    request = asking.ask()
    client.force_login(asking.town.user(role))
    allowed = role in ANSWERERS
    assert client.get(f"/disk/expert/fraga/{request.conversation.number}/").status_code == (200 if allowed else 403)
    for deed in DEEDS:
        assert client.post(f"/disk/expert/{request.pk}/{deed}").status_code == (302 if allowed else 403)
        assert client.get(f"/disk/expert/{request.pk}/{deed}").status_code == 405
    assert client.get("/disk/expert/min-sida/").status_code == 200


def test_asking_from_the_desk(client: Client, asking: Asking) -> None:
    client.force_login(asking.amina)
    conversation = asking.town.given("Blir det hiss?")
    address = f"/disk/expert/fraga/{conversation.number}/"
    assert "Den som frågar: Blir det hiss?" in page(client.get(address))
    given = {"to": "Vera Påhitt", "text": "Hur många?", "wanted": "next", "messages": [first(conversation).pk]}
    response = client.post(address, given, follow=True)
    assert "Frågan går till Vera med e-post." in page(response)
    request = ExpertRequest.objects.get()
    assert (request.expert.user, request.along.count(), fresh(conversation).state) == (asking.vera, 1, "waiting")
    again = client.post(address, given)
    assert (again.status_code, "Den personen har redan frågan" in page(again)) == (409, True)
    assert "Hur många?</textarea>" in page(again)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"to": ""}, 400, "Välj eller skriv vem du vill fråga."),
        ({"to": "", "expert": "999"}, 409, "Vi hittar ingen"),
        ({"to": "x@annan.example"}, 409, "hör inte till er organisation"),
        ({"to": "testsson"}, 409, "Amina Testsson, Bo Testsson"),
        ({"text": " "}, 400, "Skriv något"),
        ({"wanted": "nyss"}, 400, "nyss"),
        ({"messages": ["999"]}, 400, "999"),
        ({"expert": "x" * 40}, 400, "heltal"),
    ],
)
def test_what_is_wrong_with_a_question_is_said_beside_it(
    client: Client, asking: Asking, change: dict[str, Any], status: int, words: str
) -> None:
    asking.town.user(name="Bo Testsson")
    client.force_login(asking.amina)
    conversation = asking.town.given()
    given = {"to": ADDRESS, "text": "Hur många?", "wanted": "next"} | change
    response = client.post(f"/disk/expert/fraga/{conversation.number}/", given)
    assert response.status_code == status
    assert words in page(response)
    assert not ExpertRequest.objects.exists()


def test_the_proposed_colleague_is_filled_in_and_asked_by_a_person(client: Client, asking: Asking) -> None:
    client.force_login(asking.amina)
    request = asking.ask(text="Hur många?")
    actions.decline(request, proposal="Vera Påhitt & co")
    number = request.conversation.number
    shown = page(client.get(f"/disk/expert/fraga/{number}/?till=Vera+P%C3%A5hitt&efter={request.pk}"))
    assert 'value="Vera Påhitt"' in shown
    assert "Hur många?</textarea>" in shown
    assert client.get(f"/disk/expert/fraga/{number}/?till={'x' * 999}&efter=\u0663").status_code == 200


def test_using_sending_again_and_taking_back(client: Client, asking: Asking) -> None:
    client.force_login(asking.amina)
    answer = asking.answered("Två hissar.")
    response = client.post(f"/disk/expert/{answer.request_id}/anvand/", follow=True)
    assert "Läs igenom det innan du skickar" in page(response)
    assert "Två hissar." in page(response)
    request = asking.ask()
    actions.send_letters()
    assert "Mejlet går ut igen" in page(client.post(f"/disk/expert/{request.pk}/igen/", follow=True))
    assert "Mejlet är redan på väg" in page(client.post(f"/disk/expert/{request.pk}/igen/", follow=True))
    assert "gäller inte längre" in page(client.post(f"/disk/expert/{request.pk}/aterkalla/", follow=True))
    assert "inget svar än" in page(client.post(f"/disk/expert/{request.pk}/anvand/", follow=True))


def panel(conversation: Any, user: Any) -> str:
    """The desk's section as HTML."""
    context = panels.panel(conversation, user)
    assert context is not None
    page = render_to_string("experts/_panel.html", context, request=RequestFactory().get("/disk/1/"))
    return " ".join(html.unescape(squeezed(page)).split())


def test_the_panel_tells_who_was_asked_and_what_can_be_done(asking: Asking) -> None:
    conversation = asking.town.given("Blir det hiss till perrongen?")
    assert "Fråga en expert" in panel(conversation, asking.amina)
    reader = asking.town.user(Role.REGISTRAR)
    assert panels.panel(conversation, reader) is None
    request = asking.ask(conversation)
    said = panel(conversation, asking.amina)
    for words in ("Väntar på svar · behövs i dag 16.00", "Mejlet är på väg", "Återkalla", "Skicka igen"):
        assert words in said
    assert "Återkalla" not in panel(conversation, reader)
    request.letters.update(state="unknown")
    assert "Vi vet inte om mejlet gick ut" in panel(conversation, asking.amina)
    actions.decline(request, proposal="Olle & Ulla")
    assert "till=Olle%20%26%20Ulla" in panel(conversation, asking.amina)
    actions.answer(asking.ask(conversation, to="Vera Påhitt"), text="Två", seen=0)
    assert "Använd i svaret" in panel(conversation, asking.amina)
    with clock.at(MONDAY + timedelta(days=20)):
        assert "Stäng länken" not in panel(conversation, asking.amina)


def test_the_panel_asks_the_database_the_same_whatever_there_is(asking: Asking) -> None:
    conversation = asking.town.given("Blir det hiss till perrongen?")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            panel(conversation, asking.amina)
        return len(seen)

    for number in range(3):
        actions.answer(asking.ask(conversation, to=f"kollega.nummer{number}@exempel.se"), text="Två", seen=0)
    few = queries()
    for number in range(3, 9):
        actions.answer(asking.ask(conversation, to=f"kollega.nummer{number}@exempel.se"), text="Två", seen=0)
    assert queries() == few


# ---- one's own worth ------------------------------------------------------------------------------------------------


def test_the_own_page_by_link_and_under_log_in(client: Client, asking: Asking) -> None:
    secret, conversation = asking.town.written("Blir det hiss?")
    request = asking.ask(conversation, to="Vera Påhitt")
    actions.answer(request, text="Två", seen=0)
    asking.town.answered(conversation, asking.amina)
    receipt = conversations.find_receipt(secret)
    assert receipt is not None
    conversations.say_helped(receipt, "yes")
    conversations.say_thanks(receipt, "<b>Äntligen</b> ett rakt svar.")
    for _ in range(2):
        actions.tell()
    own = links.page_link(request.expert).removeprefix("http://127.0.0.1:8000")
    response = client.get(own)
    for said in (page(response), page(_logged_in(client, asking).get("/disk/expert/min-sida/"))):
        assert "1 människa" in said
        assert "”<b>Äntligen</b> ett rakt svar.”" in said
    assert is_kept_secret(response)
    assert b"<b>\xc3\x84ntligen" not in response.content
    assert client.post(own).status_code == 405


def _logged_in(client: Client, asking: Asking) -> Client:
    client.force_login(asking.vera)
    return client


def test_who_was_never_asked_has_an_empty_page(client: Client, asking: Asking) -> None:
    client.force_login(asking.vera)
    assert "Ingen väntar på dig" in page(client.get("/disk/expert/min-sida/"))
    assert client.post("/disk/expert/min-sida/val/", {"val": "stop"}).status_code == 404


def test_stopping_is_a_post_and_can_be_undone(client: Client, asking: Asking) -> None:
    request = asking.ask()
    address = links.stop_link(request.expert).removeprefix("http://127.0.0.1:8000")
    for choice, stopped, quiet in (
        ("stop", True, False), ("stop", True, False), ("quiet", True, True), ("ask_again", False, True),
        ("tell_again", False, False),
    ):  # fmt: skip
        response = client.post(address, {"val": choice})
        assert (response.status_code, response["Location"]) == (303, address)
        expert = Expert.objects.get()
        assert (expert.stopped_at is not None, expert.quiet_at is not None) == (stopped, quiet)
    assert client.post(address, {"val": "annat"}).status_code == 400
    assert is_kept_secret(client.get(address))
    # A mail program's one click comes from no page of ours.
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 303
    assert Expert.objects.get().quiet_at is not None


def test_what_is_chosen_under_log_in(client: Client, asking: Asking) -> None:
    asking.ask(to="Vera Påhitt")
    client.force_login(asking.vera)
    assert client.post("/disk/expert/min-sida/val/", {"val": "stop"}).status_code == 302
    assert Expert.objects.get().stopped_at is not None
    assert "Välj något" in page(client.post("/disk/expert/min-sida/val/", {"val": "x"}, follow=True))


def test_english_pages_have_the_same_secrets(client: Client, asking: Asking) -> None:
    response = client.get(f"/en{link(asking.ask())}")
    assert response.status_code == 200
    assert is_kept_secret(response)

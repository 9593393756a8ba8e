"""The worst that an address or a form of the staff can hold: an answer in words, no fault, and no right passed by."""

import pytest
from django.test import Client

from tests.support.making import Town, first, fresh
from torget.conversations import actions
from torget.conversations.actions import organising
from torget.core.errors import Refused
from torget.organisations.rules import Role
from torget.register.rules import State

LONG = "9" * 5000
ADDRESSES = [
    '/disk/sok/?q=bro&avsandare="', '/disk/sok/?q=bro&avsandare=x" OR "%23d:in', "/disk/sok/?q=bro&till=9999-12-31",
    "/disk/sok/?q=till:9999-12-31", "/disk/sok/?q=bro&efter=9999999999999999999", "/disk/sok/?q=bro&fran=0001-01-01",
    f"/disk/sok/?q=bro&efter={LONG}", "/disk/sok/?q=%00", "/disk/logg/?dag=9999-12-31", "/disk/logg/?dag=0001-01-01",
    "/disk/logg/logg.csv?dag=9999-12-31", "/disk/logg/?handelse=%00", f"/disk/?efter={LONG}-{LONG}", "/disk/?kanal=%00",
    f"/disk/?vy={LONG}", "/disk/?tagg=%00",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_answered_whatever_it_holds(client: Client, town: Town, address: str) -> None:
    client.force_login(town.user(Role.ADMINISTRATOR))
    assert client.get(address).status_code in (200, 404)


@pytest.mark.parametrize("given", [
    {"be_om_godkannande": "1", "av": LONG}, {"ta_bort_fil": "9223372036854775808"}, {"ta_bort_fil": LONG},
])  # fmt: skip
def test_a_number_that_is_none_loses_no_text(client: Client, town: Town, given: dict[str, str]) -> None:
    user, conversation = town.user(), town.given()
    client.force_login(user)
    answer = client.post(f"/disk/{conversation.number}/svara/", {"text": "Ett svar.", "seen": "1", **given})
    assert answer.status_code in (200, 302, 400, 409)
    kept = conversation.drafts.filter(author=user).exists() or conversation.messages.filter(direction="out").exists()
    assert kept or "Ett svar." in answer.content.decode()


def test_a_name_of_a_view_and_its_query_hold_no_nul(client: Client, town: Town) -> None:
    client.force_login(town.user())
    assert client.post("/disk/vyer/", {"namn": "x", "fraga": "ko=all&tagg=\0"}).status_code == 302


@pytest.mark.parametrize("address", ["/disk/expert/min-sida/", "/disk/expert/fraga/{}/"])
def test_forms_of_staff_pages_keep_their_referrer(client: Client, town: Town, address: str) -> None:
    """Without one a browser says Origin: null with the form, and Django refuses it."""
    client.force_login(town.user())
    answer = client.get(address.format(town.given().number))
    assert answer.status_code == 200
    assert answer["Referrer-Policy"] != "no-referrer"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.APPROVER])
def test_spam_undoes_no_record_that_somebody_else_has_confirmed(town: Town, role: Role) -> None:
    conversation = town.given()
    message = first(conversation)
    actions.classify(message, state=State.REGISTERED, subject="Bron", by=town.user(Role.REGISTRAR))
    with pytest.raises(Refused, match="already_classified"):
        organising.to_spam(conversation, by=town.user(role))
    assert first(conversation).record.state == "registered"
    organising.to_spam(conversation, by=town.user())
    with pytest.raises(Refused, match="already_classified"):
        organising.not_spam(fresh(conversation), by=town.user(role))


def test_spam_takes_nothing_down_for_one_who_may_not(town: Town) -> None:
    conversation = town.given()
    actions.publish(conversation, title="Bron", by=town.user())
    with pytest.raises(Refused, match="cannot_unpublish"):
        organising.to_spam(conversation, by=town.user(Role.MANAGER))
    assert fresh(conversation).is_public


@pytest.mark.parametrize(("address", "words"), [
    ("/disk/flera/", "Sidan öppnas med en knapp"), ("/en/disk/flera/", "This page opens with a button"),
])  # fmt: skip
def test_the_address_of_a_button_says_so_when_it_is_opened(
    client: Client, town: Town, address: str, words: str
) -> None:
    client.force_login(town.user())
    answer = client.get(address)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert words in answer.content.decode()

"""The pages of moderation, through their addresses."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import MONDAY, Town, first, incoming
from torget.channels.base import Visibility
from torget.conversations import actions as conversations
from torget.conversations.models import Account, Message
from torget.core import clock
from torget.moderation import actions, panels
from torget.moderation.models import Complaint, Notice, Removal
from torget.moderation.rules.grounds import Ground, How
from torget.organisations.models import User
from torget.organisations.rules import Right, Role, may

GIVEN = {
    "target": "1",
    "ground": "threat",
    "why": "Där står ett hot.",
    "name": "Nils Testsson",
    "email": "nils@exempel.se",
    "good_faith": "on",
    "nonce": "n1",
}


def _body(response: Any) -> str:
    return html.unescape(b"".join(response).decode())


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


@pytest.fixture
def things(town: Town, comment: Message) -> dict[str, int]:
    """One of each, and their keys as addresses have them."""
    actions.post_notice(actions.Noticed("1", "threat", "Hot", "Nils", "nils@exempel.se", True, "n"))
    other = first(town.given("Idiot", account=comment.account, visibility=Visibility.PUBLIC))
    removal = actions.remove(other, ground=Ground.INSULTS, how=How.HIDE, by=town.user(), statement="Ord.")
    actions.complain(actions.secret_of(removal), text="Nej", nonce="n")
    return {
        "number": comment.conversation.number, "message": comment.pk, "notice": Notice.objects.get().pk,
        "removal": removal.pk, "complaint": Complaint.objects.get().pk, "account": comment.account_id,
    }  # fmt: skip


GETS = {
    "/disk/moderering/anmalningar/": Right.SEE_DESK,
    "/disk/moderering/anmalningar/?avgjorda=1": Right.SEE_DESK,
    "/disk/moderering/anmalningar/{notice}/": Right.SEE_DESK,
    "/disk/moderering/invandningar/{complaint}/": Right.SEE_DESK,
    "/disk/{number}/moderera/{message}/": Right.PUBLISH,
    "/disk/moderering/": Right.SEE_DESK,
    "/disk/moderering/{removal}/kopia/": Right.PUBLISH,
    "/disk/moderering/bevakning/": Right.SEE_DESK,
    "/installningar/bevakning/": Right.SETTINGS,
}
POSTS = {
    "/disk/moderering/anmalningar/{notice}/beslut/": Right.PUBLISH,
    "/disk/moderering/invandningar/{complaint}/beslut/": Right.PUBLISH,
    "/disk/{number}/moderera/{message}/": Right.PUBLISH,
    "/disk/moderering/{removal}/utfall/": Right.PUBLISH,
    "/disk/moderering/{removal}/visa/": Right.PUBLISH,
    "/disk/moderering/bevakning/{account}/tittat/": Right.ANSWER,
    "/installningar/bevakning/{account}/": Right.SETTINGS,
}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_who_may_what(client: Client, town: Town, things: dict[str, int], role: Role) -> None:
    client.force_login(town.user(role))
    for address, right in GETS.items():
        status = client.get(address.format(**things)).status_code
        assert status == (200 if may(role, right) else 403), address
    for address, right in POSTS.items():
        assert (client.post(address.format(**things)).status_code == 403) != may(role, right), address


def test_strangers_are_sent_to_log_in(client: Client, things: dict[str, int]) -> None:
    answers = {address: client.get(address.format(**things)) for address in GETS}
    answers |= {f"POST {address}": client.post(address.format(**things)) for address in POSTS}
    for address, response in answers.items():
        assert "/konto/login/" in response.headers.get("Location", ""), address


# ---- for everyone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["sv", "en"])
def test_public_pages_are_there_and_leave_no_cookie(client: Client, things: dict[str, int], prefix: str) -> None:
    secret = actions.secret_of(Removal.objects.get())
    for address in ("/anmal/", "/moderering/", f"/moderering/beslut/{secret}/"):
        response = client.get(prefix + address)
        assert response.status_code == 200
        assert f'lang="{prefix.strip("/") or "sv"}"' in response.content.decode()
    assert not client.cookies


def test_a_notice_leads_to_its_receipt_and_what_was_wrong_stays_in_the_form(client: Client, town: Town) -> None:
    wrong = client.post("/anmal/", GIVEN | {"email": "", "good_faith": ""})
    assert wrong.status_code == 400
    body = _body(wrong)
    assert "Där står ett hot." in body and "Lagen kräver det" in body and "Kryssa i" in body
    assert not Notice.objects.exists()
    done = client.post("/anmal/", GIVEN)
    assert done.status_code == 303
    receipt = _body(client.get(done.headers["Location"]))
    assert "Där står ett hot." in receipt


def test_the_form_is_filled_in_by_a_link_and_by_no_machine(client: Client, town: Town) -> None:
    assert "/samtal/7/" in _body(client.get("/anmal/?om=/samtal/7/"))
    assert client.post("/anmal/", GIVEN | {"website": "x"}).status_code == 400
    assert client.post("/anmal/", GIVEN, headers={"origin": "https://annan.example"}).status_code == 403
    assert not Notice.objects.exists()


def test_a_decisions_page_tells_why_and_never_what(client: Client, town: Town, comment: Message) -> None:
    removal = actions.remove(comment, ground=Ground.THREAT, how=How.REMOVE, by=town.user(), statement="Det var hot.")
    address = f"/moderering/beslut/{actions.secret_of(removal)}/"
    response = client.get(address)
    body = _body(response)
    assert "Det var hot." in body and "Olaga hot" in body
    assert "döda dig" not in body and "Signe" not in body
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert client.post(address, {"text": " "}).status_code == 400
    done = client.post(address, {"text": "Det var ett citat", "nonce": "a"})
    assert done.status_code == 303
    assert "prövar den" in _body(client.get(address))
    assert client.get("/moderering/beslut/" + "A" * 22 + "/").status_code == 404


def test_the_figures_follow_what_is_done(client: Client, town: Town, comment: Message) -> None:
    before = _body(client.get("/moderering/"))
    actions.remove(comment, ground=Ground.THREAT, how=How.REMOVE, by=town.user())
    after = _body(client.get("/moderering/"))
    assert before != after
    assert "Olaga hot" in after and "1998:112" in after


# ---- at the desk ----------------------------------------------------------------------------------------------------


def test_first_the_ground_then_the_words_then_gone(client: Client, user: User, comment: Message) -> None:
    address = f"/disk/{comment.conversation.number}/moderera/{comment.pk}/"
    assert "Orden kan vara ett hot." in _body(client.get(address))
    assert client.get(address + "?ground=dislike").status_code == 200
    second = _body(client.get(address + "?ground=threat"))
    assert "4 kap. 5 § brottsbalken" in second and "[länk till beslutet]" in second
    assert client.post(address, {"ground": "threat", "how": "remove"}).status_code == 400
    assert client.post(address, {"ground": "dislike", "how": "remove", "statement": "x"}).status_code == 400
    given = {"ground": "threat", "how": "remove", "statement": "Hot. [länk till beslutet]", "tell": "on"}
    assert client.post(address, given).status_code == 302
    removal = Removal.objects.get()
    assert (removal.decided_by, removal.message) == (user, comment)
    assert removal.told is not None and "/moderering/beslut/" in removal.told.record.latest.text
    again = client.post(address, given)
    assert again.status_code == 409
    assert "Det är redan borta" in _body(again)


def test_a_message_of_another_conversation_is_not_found(client: Client, user: User, town: Town) -> None:
    one, other = town.said("Ett"), town.said("Två")
    assert client.get(f"/disk/{one.number}/moderera/{first(other).pk}/").status_code == 404


def test_of_what_may_not_be_copied_the_page_says_to_call_the_police(
    client: Client, user: User, comment: Message
) -> None:
    address = f"/disk/{comment.conversation.number}/moderera/{comment.pk}/"
    assert "114 14" in _body(client.get(address + "?ground=child_abuse"))
    client.post(address, {"ground": "child_abuse", "how": "remove", "statement": "Polisanmält."})
    removal = Removal.objects.get()
    assert client.get(f"/disk/moderering/{removal.pk}/kopia/").status_code == 404
    assert "Ingen kopia får göras." in _body(client.get("/disk/moderering/"))


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("page", ["", "anmalningar/", "bevakning/"])
def test_its_three_pages_light_up_moderation_in_the_bar(client: Client, user: User, page: str, language: str) -> None:
    shown = _body(client.get(f"{language}/disk/moderering/{page}"))
    assert re.findall(r'<a href="([^"]*)" aria-current="page">', shown)[0] == f"{language}/disk/moderering/"


def test_from_a_notice_to_its_decision(client: Client, user: User, town: Town, comment: Message) -> None:
    client.post("/anmal/", GIVEN | {"target": str(comment.conversation.number)})
    notice = Notice.objects.get()
    assert f"/disk/moderering/anmalningar/{notice.pk}/" in _body(client.get("/disk/moderering/anmalningar/"))
    page = _body(client.get(f"/disk/moderering/anmalningar/{notice.pk}/"))
    assert "döda dig" in page and f"moderera/{comment.pk}/?anmalan={notice.pk}" in page
    address = f"/disk/{comment.conversation.number}/moderera/{comment.pk}/"
    assert "Någon anmälde" in _body(client.get(f"{address}?ground=threat&anmalan={notice.pk}"))
    again = client.post(address, {"ground": "threat", "how": "remove", "statement": " ", "notice": notice.pk})
    assert again.status_code == 400 and f'{address}?anmalan={notice.pk}"' in _body(again)
    done = client.post(address, {"ground": "threat", "how": "remove", "statement": "Hot.", "notice": notice.pk})
    assert done.headers["Location"] == f"/disk/moderering/anmalningar/{notice.pk}/?beslut=removed#beslut"
    assert "Tack. Vi har tagit bort" in _body(client.get(done.headers["Location"].partition("#")[0]))
    told = client.post(
        f"/disk/moderering/anmalningar/{notice.pk}/beslut/", {"decision": "removed", "text": "Tack. Borta."}
    )
    assert told.status_code == 302
    assert "Borttaget eller dolt" in _body(client.get("/disk/moderering/anmalningar/?avgjorda=1"))
    assert (
        client.post(f"/disk/moderering/anmalningar/{notice.pk}/beslut/", {"decision": "kept", "text": "x"}).status_code
        == 409
    )


def test_the_one_who_decided_sees_why_they_may_not_judge(client: Client, user: User, comment: Message) -> None:
    removal = actions.remove(comment, ground=Ground.THREAT, how=How.REMOVE, by=user)
    actions.complain(actions.secret_of(removal), text="Nej", nonce="n")
    complaint = Complaint.objects.get()
    address = f"/disk/moderering/invandningar/{complaint.pk}/"
    assert "En annan person prövar" in _body(client.get(address))
    assert client.post(address + "beslut/", {"upheld": "yes", "text": "Ja"}).status_code == 409


def test_another_person_lets_it_be_shown_again(client: Client, town: Town, comment: Message) -> None:
    removal = actions.remove(comment, ground=Ground.THREAT, how=How.REMOVE, by=town.user())
    actions.complain(actions.secret_of(removal), text="Nej", nonce="n")
    client.force_login(town.user(name="Bo Testsson"))
    address = f"/disk/moderering/invandningar/{Complaint.objects.get().pk}/"
    page = _body(client.get(address))
    assert "döda dig" in page and "?beslut=yes#beslut" in page and "<textarea" not in page
    # The words that are proposed go with the choice.
    assert "Du hade rätt." in _body(client.get(f"{address}?beslut=yes"))
    assert "Nej. En annan person" in _body(client.get(f"{address}?beslut=no"))
    assert "<textarea" not in _body(client.get(f"{address}?beslut=kanske"))
    again = client.post(address + "beslut/", {"upheld": "yes", "text": " "})
    assert again.status_code == 400 and "<b>Visa texten igen</b>" in _body(again)
    assert client.post(address + "beslut/", {"upheld": "yes", "text": "Du hade rätt."}).status_code == 302
    assert not Removal.objects.get().in_force
    assert client.get(address).status_code == 200


def test_what_a_person_must_do_comes_first_and_is_done_here(client: Client, user: User, comment: Message) -> None:
    removal = actions.remove(comment, ground=Ground.THREAT, how=How.REMOVE, by=user)
    assert "Gör det i kanalen" in _body(client.get("/disk/moderering/"))
    client.post(f"/disk/moderering/{removal.pk}/utfall/", {"borta": "kanske"})
    client.post(f"/disk/moderering/{removal.pk}/utfall/", {"borta": "ja"})
    assert "Gör det i kanalen" not in _body(client.get("/disk/moderering/"))
    copy = client.get(f"/disk/moderering/{removal.pk}/kopia/")
    assert copy.headers["Content-Disposition"].startswith("attachment")
    client.post(f"/disk/moderering/{removal.pk}/visa/")
    assert "Visas igen" in _body(client.get("/disk/moderering/"))


# ---- the panel ------------------------------------------------------------------------------------------------------


def test_a_hint_is_worked_out_when_it_is_read_and_shown_to_staff_only(
    client: Client, user: User, town: Town, comment: Message
) -> None:
    given = panels.panel(comment.conversation, user)
    assert given is not None
    assert [line.said[0][0] for line in given["hinted"]] == ["Orden kan vara ett hot."]
    assert given["hinted"][0].can_go
    mail = panels.panel(town.given("Idiot"), user)
    assert mail is not None and not mail["hinted"][0].can_go, "what was said to us alone is seen by nobody"
    plain = town.said("Hur går det med bron?")
    conversations.publish(plain, title="Bron", by=user)
    found = panels.panel(plain, user)
    assert found is not None and (found["hinted"], len(found["others"])) == ([], 1)
    assert panels.panel(plain, town.user(Role.EXPERT)) is None
    assert panels.panel(town.given("Hur går det?"), user) is None
    conversations.publish(comment.conversation, title="Bron", by=user)
    assert "Orden kan vara" not in _body(client.get(f"/samtal/{comment.conversation.number}/"))


def test_the_panel_costs_the_same_for_one_message_as_for_twenty(town: Town, user: User, comment: Message) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            panels.panel(comment.conversation, user)
        return len(counted)

    few = queries()
    for number in range(20):
        town.take(incoming(f"s{number}", "Idiot", in_reply_to=comment.external_id), account=comment.account)
    assert queries() == few <= 7


# ---- accounts to be looked at ---------------------------------------------------------------------------------------


def test_an_account_is_looked_at_by_somebody_in_time(client: Client, user: User, town: Town) -> None:
    account = town.account("mastodon", "ekevik")
    town.account("mail", "kommun@exempel.se")
    assert (
        "E-post" not in _body(client.get("/disk/moderering/bevakning/")).partition("<main")[2].partition("Här står")[0]
    )
    actions.set_watch(account, minutes=120, by=town.user(Role.ADMINISTRATOR))
    assert "Titta nu" in _body(client.get("/disk/moderering/bevakning/"))
    assert len(panels.overdue()) == 1
    client.post(f"/disk/moderering/bevakning/{account.pk}/tittat/")
    body = _body(client.get("/disk/moderering/bevakning/"))
    assert "I tid" in body and "Anna Testsson" in body
    assert panels.overdue() == []
    with clock.at(MONDAY + timedelta(minutes=121)):
        assert "1 minut för sent." in _body(client.get("/disk/moderering/bevakning/"))
    mail = Account.objects.get(channel="mail")
    assert "finns inget att bevaka" in _body(client.post(f"/disk/moderering/bevakning/{mail.pk}/tittat/", follow=True))
    assert client.post("/disk/moderering/bevakning/99/tittat/").status_code == 404


def test_the_administrator_says_how_often(client: Client, town: Town) -> None:
    account = town.account("mastodon", "ekevik")
    client.force_login(town.user(Role.ADMINISTRATOR))
    address = f"/installningar/bevakning/{account.pk}/"
    assert client.post(address, {"minutes": "3"}).status_code == 400
    assert client.post(address, {"minutes": "120"}).status_code == 302
    account.refresh_from_db()
    assert account.watch_minutes == 120
    client.post(address, {"minutes": ""})
    account.refresh_from_db()
    assert account.watch_minutes is None


def test_lists_cost_the_same_for_one_row_as_for_many(client: Client, user: User, town: Town) -> None:
    account = town.account("mastodon", "ekevik")

    def more(number: int) -> None:
        message = first(town.given("Idiot", account=account, visibility=Visibility.PUBLIC))
        actions.remove(message, ground=Ground.INSULTS, how=How.HIDE, by=user)
        actions.post_notice(actions.Noticed(str(number), "threat", "Hot", "Nils", "n@exempel.se", True, f"n{number}"))

    def queries() -> list[int]:
        counts = []
        for address in ("/disk/moderering/", "/disk/moderering/anmalningar/", "/disk/moderering/bevakning/"):
            with CaptureQueriesContext(connection) as counted:
                client.get(address)
            counts.append(len(counted))
        return counts

    more(0)
    few = queries()
    for number in range(1, 6):
        more(number)
    assert queries() == few

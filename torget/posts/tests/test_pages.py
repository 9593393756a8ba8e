"""The pages of posts, through their addresses."""

import csv
import html
import io
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import MONDAY, Town, incoming
from torget.channels.base import Context as SaidAbout
from torget.conversations.models import Account
from torget.core import clock
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Right, Role, may
from torget.posts import actions
from torget.posts.actions import Written
from torget.posts.models import Delivery, Post
from torget.posts.rules.planning import Stage
from torget.posts.tests.test_actions import PNG


@pytest.fixture
def account(town: Town) -> Account:
    """A demo town's account: what leaves is a file."""
    Organisation.objects.update(needs_approval=True)
    return Account.objects.create(channel="mastodon", handle="ekevik", name="Ekeviks kommun", authority=town.authority)


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


def _body(response: Any) -> str:
    return html.unescape(b"".join(response).decode())


def _form(account: Account, **more: object) -> dict[str, object]:
    return {"text": "Isbanan öppnar på lördag.", "accounts": [str(account.pk)], "when": "now", "seen": "0"} | more


def _post(account: Account, by: User, **more: object) -> Post:
    given = {"text": "Isbanan öppnar på lördag.", "accounts": (account.pk,)} | more
    return actions.write(Written(**given), by=by)  # type: ignore[arg-type]


GETS = (
    "", "?vy=manad", "?vy=lista&dag=2026-11-16", "?dag=9999-99-99", "lista/?visa=waiting", "lista/?visa=out", "{pk}/",
    "plan.csv", "plan.ics", "min-kalender/",
)  # fmt: skip
POSTS = {
    "begar/": Right.ANSWER, "stoppa/": Right.ANSWER, "tid/": Right.ANSWER, "kopiera/": Right.ANSWER,
    "ta-bort/": Right.ANSWER, "hamta/": Right.ANSWER, "andra/": Right.ANSWER, "utfall/{delivery}/": Right.ANSWER,
    "titta/{delivery}/": Right.ANSWER, "godkann/": Right.PUBLISH, "tillbaka/": Right.PUBLISH,
}  # fmt: skip


def test_what_was_not_said_when_sending_back_stands_first(client: Client, town: Town, account: Account) -> None:
    post = _post(account, town.user())
    actions.submit(post, seen=1, by=post.author)
    client.force_login(town.user(Role.APPROVER))
    again = client.post(f"/disk/inlagg/{post.pk}/tillbaka/", {"wanted": ""})
    page = _body(again)
    # On a telephone the form itself lies far down.
    assert again.status_code == 400 and page.index('href="#id_wanted"') < page.index("Så ser det ut")
    assert "<title>Fel:" in page


def test_who_has_no_account_to_post_by_is_told(client: Client, user: User) -> None:
    page = _body(client.get("/disk/inlagg/nytt/"))
    assert "Inget konto är anslutet än." in page and "<legend>Konton" not in page


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reads_the_plan_and_does_its_deeds_and_no_others(
    client: Client, town: Town, account: Account, role: Role
) -> None:
    post = _post(account, town.user(), planned_at=MONDAY + timedelta(hours=3))
    actions.approve(post, seen=1, by=town.user(Role.APPROVER))
    delivery = Delivery.objects.get().pk
    client.force_login(town.user(role))
    for address in GETS:
        assert client.get(f"/disk/inlagg/{address.format(pk=post.pk)}").status_code == 200, address
    for address in ("nytt/", f"{post.pk}/andra/"):
        assert client.get(f"/disk/inlagg/{address}").status_code == (200 if may(role, Right.ANSWER) else 403)
    for address, right in POSTS.items():
        said = client.post(f"/disk/inlagg/{post.pk}/{address.format(delivery=delivery)}").status_code
        assert (said == 403) is not may(role, right), address


def test_a_stranger_sees_nothing_of_the_plan(client: Client, town: Town, account: Account) -> None:
    post = _post(account, town.user())
    for address in ("", "lista/", f"{post.pk}/", "plan.ics", "plan.csv", f"{post.pk}/bild/1/"):
        assert client.get(f"/disk/inlagg/{address}").status_code == 302
    assert client.get("/inlagg/kalender/inget.ics").status_code == 404


def test_written_asked_for_approved_on_a_phone_and_out(
    client: Client, town: Town, account: Account, user: User
) -> None:
    answer = client.post("/disk/inlagg/nytt/", _form(account, link="https://ekevik.example/is", link_title="Isbanan"))
    post = Post.objects.get()
    assert answer["Location"] == f"/disk/inlagg/{post.pk}/"
    page = _body(client.get(answer["Location"]))
    assert "Be om godkännande" in page
    assert "Godkänn och lägg ut" not in page
    assert "50 av 500 tecken" in page  # 25 for the words, 2 for the line ends, 23 for the address
    client.post(f"/disk/inlagg/{post.pk}/begar/", {"seen": "1"})
    client.force_login(town.user(Role.APPROVER, name="Boel Testberg"))
    assert "Väntar på godkännande 1" in " ".join(_text(client.get("/disk/inlagg/")).split())
    client.post(f"/disk/inlagg/{post.pk}/godkann/", {"seen": "1"})
    page = _body(client.get(f"/disk/inlagg/{post.pk}/"))
    assert "Till dess kan du ångra." in page
    with clock.at(MONDAY + timedelta(minutes=1)):
        actions.send_waiting()
        page = _body(client.get(f"/disk/inlagg/{post.pk}/"))
    assert "Finns i diariet." in page
    assert Post.objects.get().stage == Stage.OUT


def _text(response: Any) -> str:
    import re

    return re.sub(r"<[^>]+>", " ", _body(response))


def test_the_words_stay_when_the_form_is_wrong(client: Client, account: Account, user: User) -> None:
    answer = client.post(
        "/disk/inlagg/nytt/", _form(account, when="later", day="2026-11-24", clock="", text="Mina ord")
    )
    assert answer.status_code == 400
    page = _body(answer)
    assert "Välj ett klockslag." in page
    assert "Mina ord" in page
    assert not Post.objects.exists()
    answer = client.post("/disk/inlagg/nytt/", _form(account, when="later", day="2026-03-29", clock="02:30"))
    assert "Den timmen finns inte" in _body(answer)


def test_a_picture_gets_its_words_before_it_can_be_approved(client: Client, account: Account, user: User) -> None:
    upload = SimpleUploadedFile("isbana.png", PNG, content_type="image/png")
    answer = client.post("/disk/inlagg/nytt/", _form(account, upload=upload))
    post = Post.objects.get()
    assert answer["Location"] == f"/disk/inlagg/{post.pk}/andra/#bilder"
    page = _body(client.get(f"/disk/inlagg/{post.pk}/andra/"))
    assert "Vad visar bild 1?" in page
    assert "En bild saknar alternativ text" in page
    client.post(f"/disk/inlagg/{post.pk}/begar/", {"seen": "1"})
    assert Post.objects.get().stage == Stage.DRAFT
    name = f"alt_{post.now.pictures_in_order()[0].blob_id[:16]}"
    client.post(f"/disk/inlagg/{post.pk}/andra/", _form(account, seen="1", **{name: "En isbana i sol."}))
    assert Post.objects.get().now.pictures_in_order()[0].alt == "En isbana i sol."
    client.post(f"/disk/inlagg/{post.pk}/begar/", {"seen": "2"})
    assert Post.objects.get().stage == Stage.WAITING


def test_a_file_that_is_no_picture_is_refused_in_words(client: Client, account: Account, user: User) -> None:
    upload = SimpleUploadedFile("isbana.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")
    answer = client.post("/disk/inlagg/nytt/", _form(account, upload=upload))
    assert answer.status_code == 400
    assert "Filen är ingen bild" in _body(answer)
    assert not Post.objects.exists()


def test_a_save_beside_anothers_keeps_the_words_and_says_whose(
    client: Client, town: Town, account: Account, user: User
) -> None:
    post = _post(account, user)
    other = town.user(name="Cai Testlund")
    actions.edit(post, Written("Cais ord.", accounts=(account.pk,)), seen=1, by=other)
    answer = client.post(f"/disk/inlagg/{post.pk}/andra/", _form(account, text="Annas ord.", seen="1"))
    assert answer.status_code == 409
    page = _body(answer)
    assert "Cai Testlund har ändrat inlägget" in page
    assert "Annas ord." in page
    assert 'name="seen" value="2"' in page
    assert Post.objects.get().now.text == "Cais ord."


def test_what_each_channel_makes_of_it_follows_while_one_writes(client: Client, account: Account, user: User) -> None:
    answer = client.post("/disk/inlagg/visa/", _form(account, text="å" * 501 + " #is"))
    page = _body(answer)
    assert "505 av 500 tecken" in page
    assert "5 tecken för mycket" in page
    assert not Post.objects.exists()
    assert "<html" not in page


def test_what_else_goes_out_that_hour_is_told(client: Client, town: Town, account: Account, user: User) -> None:
    planned = _post(account, user, text="Biblioteket har öppet.", planned_at=MONDAY + timedelta(hours=3))
    actions.approve(planned, seen=1, by=town.user(Role.APPROVER))
    post = _post(account, user, planned_at=MONDAY + timedelta(hours=3, minutes=20))
    page = _body(client.get(f"/disk/inlagg/{post.pk}/"))
    assert "I samma kanal går det också ut något 13.00:" in page
    assert "Biblioteket har öppet." in page


def test_an_unknown_outcome_is_decided_on_the_page(client: Client, town: Town, account: Account, user: User) -> None:
    post = _post(account, user)
    actions.approve(post, seen=1, by=town.user(Role.APPROVER))
    delivery = Delivery.objects.get()
    Delivery.objects.update(state="unknown", found="not_there", looked_at=MONDAY, problem="worker_stopped")
    Post.objects.update(stage=Stage.TROUBLE.value)
    page = _body(client.get(f"/disk/inlagg/{post.pk}/"))
    assert "Vi vet inte om det gick ut." in page
    assert "Vi har letat i kanalen och inte hittat det." in page
    address = f"/disk/inlagg/{post.pk}/utfall/{delivery.pk}/"
    client.post(address, {"utfall": "javascript"})
    client.post(address, {"utfall": "out", "adress": "javascript:alert(1)"})
    delivery.refresh_from_db()
    assert (delivery.state, delivery.remote_url) == ("sent", "")
    assert client.post(f"/disk/inlagg/{post.pk}/utfall/{delivery.pk + 1}/", {"utfall": "out"}).status_code == 404


def test_what_is_said_about_it_stands_beside_it(client: Client, town: Town, account: Account, user: User) -> None:
    post = _post(account, user)
    actions.approve(post, seen=1, by=town.user(Role.APPROVER))
    with clock.at(MONDAY + timedelta(minutes=1)):
        actions.send_waiting()
    remote = Delivery.objects.get().remote_id
    assert remote
    said = incoming("c1", "Är det gratis?", context=SaidAbout(external_id=remote, text=""))
    town.take(said, account=account)
    page = _body(client.get(f"/disk/inlagg/{post.pk}/"))
    assert "Är det gratis?" in page


def test_a_draft_is_thrown_away_and_taken_back(client: Client, account: Account, user: User) -> None:
    post = _post(account, user)
    answer = client.post(f"/disk/inlagg/{post.pk}/ta-bort/")
    page = _body(client.get(answer["Location"]))
    assert "är borttaget" in page
    assert "Inga utkast." in page
    client.post(f"/disk/inlagg/{post.pk}/hamta/")
    assert Post.objects.kept().count() == 1


def test_pages_ask_the_same_number_of_questions_whatever_is_on_them(
    client: Client, town: Town, account: Account, user: User
) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    addresses = (
        "/disk/inlagg/",
        "/disk/inlagg/?vy=manad",
        "/disk/inlagg/lista/?visa=draft",
        "/disk/inlagg/plan.csv",
        "/disk/inlagg/plan.ics",
    )
    _post(account, user, planned_at=MONDAY)
    before = {address: asked(address) for address in addresses}
    for number in range(40):
        _post(account, user, text=f"Inlägg {number}", planned_at=MONDAY + timedelta(minutes=number))
    assert {address: asked(address) for address in addresses} == before
    first = _body(client.get("/disk/inlagg/lista/?visa=draft"))
    older = html.unescape(first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0])
    second = _body(client.get(older))
    assert first.count('class="r2"') == 30
    assert second.count('class="r2"') == 11


def test_the_calendar_in_a_calendar_of_ones_own(client: Client, town: Town, account: Account, user: User) -> None:
    _post(account, user, text="Isbanan; öppnar, på lördag " + "å" * 60, planned_at=MONDAY + timedelta(days=1))
    page = _body(client.post("/disk/inlagg/min-kalender/andra/"))
    address = page.split("/inlagg/kalender/")[1].split('"')[0]
    stranger = Client()
    answer = stranger.get(f"/inlagg/kalender/{address}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not answer.cookies
    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]).startswith("Isbanan; öppnar, på lördag")
    assert event.decoded("DTSTART") == MONDAY + timedelta(days=1)
    assert event["STATUS"] == "TENTATIVE"
    assert stranger.post(f"/inlagg/kalender/{address}").status_code == 405
    assert address.removesuffix(".ics") not in _body(client.get("/disk/inlagg/min-kalender/"))
    client.post("/disk/inlagg/min-kalender/andra/", {"ta_bort": "1"})
    assert stranger.get(f"/inlagg/kalender/{address}").status_code == 404


def test_the_table_has_every_post_and_no_formula(client: Client, account: Account, user: User) -> None:
    _post(account, user, text="=1+1", title="@SUM(A1)", planned_at=MONDAY)
    body = client.get("/disk/inlagg/plan.csv").content.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(body), delimiter=";")
    given = dict(zip(head, row, strict=True))
    assert (given["Dag"], given["Tid"], given["Text"], given["Rubrik"]) == ("2026-11-16", "10:00", "'=1+1", "'@SUM(A1)")


def test_the_pages_in_english(client: Client, account: Account, user: User) -> None:
    post = _post(account, user, planned_at=MONDAY)
    for address in ("", "?vy=manad", "lista/", f"{post.pk}/", f"{post.pk}/andra/", "min-kalender/"):
        assert client.get(f"/en/disk/inlagg/{address}").status_code == 200

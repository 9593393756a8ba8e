"""Invitations and the staff's page: what opens, what does not, and who may do what."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from tests.support import making
from tests.support.making import Town
from tests.support.smtp import Mood, SMTPServer
from torget.accounts.models import Event, Letter, Policy
from torget.core import clock
from torget.core.errors import Refused
from torget.journal.models import Entry
from torget.organisations import actions
from torget.organisations.models import Invitation, Unit, User
from torget.organisations.rules import Role

STAFF = "/installningar/medarbetare/"
PASSWORD = "Bryggan vid Ekevik 17"
BO = {"name": "Bo Testsson", "email": "Bo@Exempel.se", "role": "registrar", "title": "Registrator"}
GIVEN = {"name": "Bo Testsson", "password": PASSWORD}


def body(response: Any) -> str:
    """The page as text."""
    return html.unescape(response.content.decode())


def invited(boss: User, **more: Any) -> tuple[Invitation, str]:
    """An invitation and the path of its link."""
    given = {"email": "bo@exempel.se", "name": "Bo Testsson", "role": Role.REGISTRAR} | more
    made = actions.invite(**given, by=boss)
    return made, actions.link_of(made).partition("://")[2].partition("/")[2].join(("/", ""))


def test_an_invited_colleague_chooses_a_password_and_is_in(admin: Client, town: Town) -> None:
    town.organisation.demo = False
    town.organisation.save()
    admin_user = User.objects.get()
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=admin_user, type="totp", data={"secret": "x"})
    unit = Unit.objects.create(name="Kansliet")
    shown = admin.post(STAFF, BO | {"unit": unit.pk}, follow=True)
    link = re.search(r"http://127.0.0.1:8000(/inbjudan/[\w-]{22}/)", body(shown))
    assert link, body(shown)
    bo = Client()
    page = bo.get(link[1])
    assert "Registrator" in body(page) and "bo@exempel.se" in body(page)
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    accepted = bo.post(link[1], GIVEN)
    assert accepted.headers["Location"] == "/disk/"
    user = User.objects.get(email="bo@exempel.se")
    assert (user.role, user.unit, user.title, user.check_password(PASSWORD)) == ("registrar", unit, "Registrator", True)
    # Inside, but not before the second factor.
    assert "totp" in bo.get("/disk/").headers["Location"]
    kinds = list(Entry.objects.values_list("kind", flat=True))
    assert kinds == ["staff.invited", "staff.joined", "staff.logged_in"]


def test_the_first_browser_of_an_invited_colleague_is_known_and_the_next_is_told_of(boss: User) -> None:
    _, link = invited(boss)
    # A colleague who shows how it is done was logged in here before, and is no more.
    here = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    here.force_login(boss)
    assert here.post(link, GIVEN).headers["Location"] == "/disk/"
    bo = User.objects.get(email="bo@exempel.se")
    assert here.session["_auth_user_id"] == str(bo.pk)
    assert not boss.log_ins.exists()
    assert bo.log_ins.get().method == "password"
    event = Event.objects.get(kind="staff.logged_in", user=bo)
    assert event.detail == "Firefox, Linux · password"
    entered = {"login": bo.email, "password": PASSWORD}
    here.post("/konto/logout/")
    assert here.post("/konto/login/", entered).status_code == 302
    assert not Letter.objects.exists()
    assert Client().post("/konto/login/", entered).status_code == 302
    assert Letter.objects.get().user == bo


def test_a_link_is_used_once(boss: User) -> None:
    _, link = invited(boss)
    assert Client().post(link, GIVEN).status_code == 302
    for response in (Client().get(link), Client().post(link, GIVEN | {"password": "En helt annan mening 9"})):
        assert response.status_code == 410 and "redan använd" in body(response)
    assert User.objects.filter(email="bo@exempel.se").count() == 1
    assert User.objects.get(email="bo@exempel.se").check_password(PASSWORD)


@pytest.mark.parametrize("days", [13.99, 14.0, 400.0])
def test_a_link_holds_for_a_fortnight(boss: User, days: float) -> None:
    _, link = invited(boss)
    with clock.at(making.MONDAY + timedelta(days=days)):
        assert Client().get(link).status_code == (200 if days < 14 else 410)
        assert Client().post(link, GIVEN).status_code == (302 if days < 14 else 410)


def test_what_is_taken_back_opens_nothing(admin: Client, boss: User) -> None:
    made, link = invited(boss)
    admin.post(f"{STAFF}inbjudan/{made.pk}/", {"ater": "1"})
    assert Client().post(link, GIVEN).status_code == 410 and User.objects.count() == 1
    assert "återtagen" in body(admin.post(f"{STAFF}inbjudan/{made.pk}/", {"igen": "1"}, follow=True))
    assert Client().get(link).status_code == 410
    # The address may be asked again.
    invited(boss)


def test_a_new_link_ends_the_old(admin: Client, boss: User) -> None:
    made, link = invited(boss)
    with clock.at(making.MONDAY + timedelta(days=20)):
        admin.post(f"{STAFF}inbjudan/{made.pk}/", {"igen": "1"})
        fresh = actions.link_of(Invitation.objects.get())
        assert Client().get(link).status_code == 404
        assert Client().get(fresh.replace("http://127.0.0.1:8000", "")).status_code == 200


@pytest.mark.parametrize("extra", [{"role": "administrator"}, {"email": "chef@exempel.se"}, {"is_staff": "1"}])
def test_the_role_and_the_address_are_the_invitations(boss: User, extra: dict[str, str]) -> None:
    _, link = invited(boss)
    assert Client().post(link, GIVEN | extra).status_code == 302
    assert User.objects.get(email="bo@exempel.se").role == Role.REGISTRAR


def test_the_link_is_under_our_own_address_whatever_the_host_says(admin: Client, boss: User) -> None:
    made, link = invited(boss)
    page = admin.get(STAFF, headers={"Host": "localhost", "X-Forwarded-Host": "evil.example"})
    assert actions.link_of(made) in body(page) and "evil.example" not in body(page)
    assert Client().get(link, headers={"Host": "evil.example"}).status_code == 400
    assert Client().post(link, GIVEN, headers={"Origin": "https://evil.example"}).status_code == 403
    assert not User.objects.filter(email="bo@exempel.se").exists()


@pytest.mark.parametrize("secret", ["x", "A" * 22, "å" * 22, "%00", "A" * 3000])
def test_a_made_up_link_is_nothing(boss: User, secret: str) -> None:
    invited(boss)
    assert Client().get(f"/inbjudan/{secret}/").status_code == 404
    assert Client().post(f"/inbjudan/{secret}/", GIVEN).status_code == 404


@pytest.mark.parametrize("password", ["kort", "password1234", "bo@exempel.se", ""])
def test_a_weak_password_is_told_and_the_link_is_not_spent(boss: User, password: str) -> None:
    _, link = invited(boss)
    assert Client().post(link, GIVEN | {"password": password}).status_code == 400
    assert Client().post(link, GIVEN).status_code == 302


def test_the_secret_is_not_stored(boss: User) -> None:
    made, link = invited(boss)
    secret = link.split("/")[2]
    stored = " ".join(str(value) for value in Invitation.objects.filter(pk=made.pk).values_list()[0])
    assert secret not in stored


def test_whoever_is_here_is_not_asked_again(boss: User, admin: Client) -> None:
    invited(boss)
    with pytest.raises(Refused, match="already_invited"):
        invited(boss, email="BO@exempel.se")
    with pytest.raises(Refused, match="already_staff"):
        invited(boss, email=boss.email.upper())
    assert "redan ett konto" in body(admin.post(STAFF, BO | {"email": boss.email}))
    with pytest.raises(IntegrityError), transaction.atomic():
        copy = Invitation.objects.get()
        copy.pk, copy.secret_hash = None, "0" * 64
        copy.save()


def test_whoever_became_staff_another_way_is_told_to_log_in(boss: User) -> None:
    _, link = invited(boss)
    User.objects.create_user("bo@exempel.se", PASSWORD, name="Bo", role="expert")
    assert Client().post(link, GIVEN).status_code == 410
    assert User.objects.filter(email="bo@exempel.se").count() == 1


def test_where_passwords_are_off_a_link_makes_the_account_and_opens_nothing(boss: User) -> None:
    Policy.objects.create(pk=1, passwords=False)
    _, link = invited(boss)
    bo = Client()
    assert "lösenord" not in body(bo.get(link)).casefold()
    # A password that is sent all the same is not taken.
    answer = bo.post(link, GIVEN, follow=True)
    assert answer.redirect_chain == [("/konto/login/", 302)] and "Ditt konto finns" in body(answer)
    user = User.objects.get(email="bo@exempel.se")
    assert not user.has_usable_password() and user.role == "registrar"
    assert "login" in bo.get("/disk/").headers["Location"]
    assert Client().get(link).status_code == 410


def test_the_action_itself_holds_to_the_password_rules(boss: User) -> None:
    _, link = invited(boss)
    with pytest.raises(ValidationError):
        actions.accept(link.split("/")[2], name="Bo", password="kort")
    assert Invitation.objects.get().used_at is None


# ---- the mail --------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(town: Town, boss: User, settings: Any, smtp: SMTPServer) -> SMTPServer:
    """A mail server that is set, in a town that is no demo."""
    town.organisation.demo = False
    town.organisation.save()
    settings.TORGET_MAIL_HOST = smtp.host
    return smtp


def test_the_mail_holds_the_link_once(served: SMTPServer, boss: User) -> None:
    made, _ = invited(boss)
    assert (actions.mail_waiting(), actions.mail_waiting()) == (1, 0)
    (mail,) = served.mails
    content = mail.message.get_body(("plain",))
    assert content is not None and mail.recipients == ("bo@exempel.se",)
    assert actions.link_of(made) in content.get_content().replace("=\n", "")
    assert Invitation.objects.get().mail == Invitation.SENT


@pytest.mark.parametrize(("mood", "state"), [(Mood.BUSY, "waiting"), (Mood.REFUSES_RECIPIENT, "refused")])
def test_a_server_that_says_no_is_told(served: SMTPServer, boss: User, mood: Mood, state: str) -> None:
    invited(boss)
    served.mood = mood
    actions.mail_waiting()
    assert Invitation.objects.get().mail == state
    served.mood = Mood.WELL
    with clock.at(making.MONDAY + timedelta(hours=2)):
        actions.mail_waiting()
    assert len(served.mails) == (1 if state == "waiting" else 0)


def test_a_name_cannot_write_the_mails_head(served: SMTPServer, boss: User) -> None:
    invited(boss, name="Bo\r\nBcc: alla@exempel.se")
    actions.mail_waiting()
    (mail,) = served.mails
    assert mail.recipients == ("bo@exempel.se",) and mail.message["Bcc"] is None


# ---- roles -----------------------------------------------------------------------------------------------------------


def test_a_role_is_changed_and_holds_at_once(admin: Client, town: Town) -> None:
    user = town.user(Role.REGISTRAR)
    client = Client()
    client.force_login(user)
    assert client.get("/disk/registrator/").status_code == 200
    given = {"name": "Nytt Namn", "title": "", "role": "expert", "unit": ""}
    assert admin.post(f"{STAFF}{user.pk}/", given).status_code == 302
    # The log-in that was begun in the other role has ended with it.
    assert client.get("/disk/registrator/").status_code == 302
    client.force_login(User.objects.get(pk=user.pk))
    assert client.get("/disk/registrator/").status_code == 403
    assert User.objects.get(pk=user.pk).name == "Nytt Namn"
    assert admin.post(f"{STAFF}{user.pk}/", given | {"role": "king"}).status_code == 400
    assert admin.post(f"{STAFF}999999/", given).status_code == 404


def test_the_last_administrator_stays(admin: Client, boss: User, town: Town) -> None:
    given = {"name": "x", "title": "", "role": "expert", "unit": ""}
    response = admin.post(f"{STAFF}{boss.pk}/", given)
    assert response.status_code == 400 and "minst en administratör" in body(response)
    assert "stänga av dig själv" in body(admin.post(f"{STAFF}{boss.pk}/stang-av/", follow=True))
    other = town.user(Role.ADMINISTRATOR)
    actions.deactivate(other, by=boss)
    with pytest.raises(Refused, match="last_administrator"):
        actions.deactivate(boss, by=other)
    assert User.objects.get(pk=boss.pk).is_active


def test_who_is_shut_out_is_out_at_once_and_can_come_back(admin: Client, town: Town) -> None:
    user = town.user()
    client = Client()
    client.force_login(user)
    assert client.get("/disk/").status_code == 200
    admin.post(f"{STAFF}{user.pk}/stang-av/")
    assert client.get("/disk/").status_code == 302
    assert "Avstängd" in body(admin.get(STAFF))
    admin.post(f"{STAFF}{user.pk}/stang-av/", {"igen": "1"})
    client.force_login(User.objects.get(pk=user.pk))
    assert client.get("/disk/").status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_touches_the_staff(client: Client, town: Town, boss: User, role: Role) -> None:
    made, _ = invited(boss)
    client.force_login(town.user(role))
    posts = ("", f"{boss.pk}/", f"{boss.pk}/stang-av/", f"inbjudan/{made.pk}/", "lista/")
    assert {client.post(STAFF + post, BO).status_code for post in posts} == {403}


def test_a_long_list_of_staff_has_pages_of_fifty(admin: Client, town: Town) -> None:
    for _ in range(55):
        town.user(Role.EXPERT)
    first = body(admin.get(STAFF))
    following = re.search(r'href="(\?efter=\d+)"', first)
    assert following and first.count("Kan logga in") == 50
    assert body(admin.get(STAFF + following[1])).count("Kan logga in") == 6

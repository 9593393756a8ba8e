"""Sessions, notices, the log and residents' links, through their addresses."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.support import making
from torget.accounts import actions, rules
from torget.accounts.models import Device, Event, IdentityRequest, Letter, Policy, Provider, Session
from torget.core import clock
from torget.core.models import PublicVersion
from torget.core.testing import squeezed
from torget.journal.models import Entry
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Role

PASSWORD = "en mening som är lång"
CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def kim(town: making.Town) -> User:
    return User.objects.create_user("kim@exempel.se", PASSWORD, name="Kim Testsson", role="communicator")


@pytest.fixture
def admin(town: making.Town) -> Client:
    client = Client()
    client.force_login(town.user(Role.ADMINISTRATOR, "Ada Testsson"))
    return client


def log_in(agent: str = CHROME, client: Client | None = None) -> Client:
    client = client or Client(headers={"user-agent": agent})
    answer = client.post("/konto/login/", {"login": "kim@exempel.se", "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def is_in(client: Client) -> bool:
    return client.get("/disk/").status_code == 200


def later(client: Client, **ago: float) -> None:
    """Let the session think that time has gone."""
    session = client.session
    held = session["log_in"]
    session["log_in"] = held | {name: held[name] - seconds for name, seconds in ago.items()}
    session.save()


def test_where_one_is_logged_in_and_how_to_end_it(kim: User) -> None:
    first, second = log_in(CHROME), log_in(FIREFOX)
    page = first.get("/konto/inloggningar/").content.decode()
    assert "Chrome på Windows" in page
    assert "Firefox på Linux" in page
    assert "(den här)" in page
    other = Session.objects.get(browser="Firefox")
    first.post(f"/konto/inloggningar/{other.pk}/avsluta/")
    assert not is_in(second)
    assert is_in(first)
    third = log_in(FIREFOX)
    first.post("/konto/inloggningar/andra/")
    assert (is_in(first), is_in(third)) == (True, False)


def test_nobody_ends_a_colleagues_log_in_as_their_own(kim: User, town: making.Town) -> None:
    mine = log_in()
    stranger = Client()
    stranger.force_login(town.user())
    assert stranger.post(f"/konto/inloggningar/{Session.objects.get(user=kim).pk}/avsluta/").status_code == 404
    assert is_in(mine)
    for path in (
        "/installningar/konton/",
        "/installningar/konton/logg/",
        f"/installningar/konton/medarbetare/{kim.pk}/",
    ):
        assert stranger.get(path).status_code == 403


def test_an_administrator_ends_a_colleagues_log_ins(kim: User, admin: Client) -> None:
    client = log_in()
    assert "Chrome på Windows" in admin.get(f"/installningar/konton/medarbetare/{kim.pk}/").content.decode()
    admin.post(f"/installningar/konton/medarbetare/{kim.pk}/avsluta/")
    assert not is_in(client)
    event = Event.objects.get(kind="staff.sessions_ended")
    assert (event.user, event.by and event.by.name) == (kim, "Ada Testsson")


@pytest.mark.parametrize(
    ("ago", "said"), [({"seen": 7200.0}, "borta en stund"), ({"began": 43200.0}, "inloggad länge")]
)
def test_a_log_in_ends_by_time(kim: User, ago: dict[str, float], said: str) -> None:
    client = log_in()
    later(client, **ago)
    answer = client.get("/disk/?ko=new")
    assert answer.status_code == 302
    assert "next=%2Fdisk%2F%3Fko%3Dnew" in answer["Location"]
    assert said in client.get(answer["Location"]).content.decode()
    assert not Session.objects.exists()


def test_what_was_being_written_when_a_log_in_ended_is_given_back(kim: User) -> None:
    client = log_in()
    later(client, seen=7200.0)
    answer = client.post("/disk/svarsmallar/ny/", {"title": "Tack", "text": "Vi lagar den i morgon."})
    assert answer.status_code == 403
    assert "Vi lagar den i morgon." in answer.content.decode()
    assert not Session.objects.exists()


def test_a_log_in_that_nobody_looks_at_ends_by_the_worker(kim: User) -> None:
    client = log_in()
    assert actions.sweep_sessions() == 0
    Session.objects.update(seen_at=timezone.now() - timedelta(hours=3))
    assert actions.sweep_sessions() == 1
    assert not is_in(client)


def test_being_here_is_noted_once_a_minute(kim: User, django_assert_num_queries: Any) -> None:
    client = log_in()
    client.get("/disk/")
    before = Session.objects.get().seen_at
    client.get("/disk/")
    assert Session.objects.get().seen_at == before
    later(client, seen=61.0)
    client.get("/disk/")
    assert Session.objects.get().seen_at > before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"role": "expert"}, id="another role"),
        pytest.param({"is_active": False}, id="the account is shut"),
        pytest.param({"password": "annat"}, id="another password"),
    ],
)
def test_a_change_of_the_account_ends_its_log_ins(kim: User, change: dict[str, Any]) -> None:
    client = log_in()
    User.objects.filter(pk=kim.pk).update(**change)
    assert not is_in(client)
    assert actions.sweep_sessions() == 1


def test_a_new_password_ends_all_but_the_one_that_chose_it(kim: User) -> None:
    first, second = log_in(CHROME), log_in(FIREFOX)
    new = "en annan lång mening"
    answer = first.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert (is_in(first), is_in(second)) == (True, False)
    assert Session.objects.count() == 1


def test_a_log_in_on_a_new_device_is_told_by_mail_and_can_be_undone(kim: User) -> None:
    first = log_in(CHROME)
    assert not Letter.objects.exists()
    again = Client(headers={"user-agent": CHROME})
    again.cookies["torget-enhet"] = first.cookies["torget-enhet"].value
    log_in(client=again)
    assert not Letter.objects.exists()
    thief = log_in(FIREFOX)
    assert actions.send_letters() == 1
    text = _sent()
    assert "Firefox, Linux" in text
    link = re.search(r"http://127\.0\.0\.1:8000(/konto/inte-jag/\S+/)", text)
    assert link
    scanner = Client()
    assert "Var det inte du?" in scanner.get(link[1]).content.decode()
    assert is_in(thief)
    assert "utloggat överallt" in scanner.post(link[1]).content.decode()
    assert not any(map(is_in, (first, again, thief)))
    assert not Device.objects.filter(user=kim).exists()
    assert scanner.post(link[1]).status_code == 410
    assert Event.objects.filter(kind="staff.not_me", user=kim).exists()


def _sent() -> str:
    """The last mail, from the folder of the demo town or from the test's own box."""
    if mail.outbox:
        return str(mail.outbox[-1].body)
    from email import policy
    from email.parser import BytesParser

    newest = max(settings.MAIL_FOLDER.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return str(BytesParser(policy=policy.default).parsebytes(newest.read_bytes()).get_content())


def test_the_log_shows_who_logged_in_and_who_could_not(kim: User, admin: Client) -> None:
    log_in()
    wrong = Client(headers={"user-agent": FIREFOX})
    wrong.post("/konto/login/", {"login": "kim@exempel.se", "password": "fel"})
    wrong.post("/konto/login/", {"login": "mitt-hemliga@exempel.se", "password": "fel"})
    page = squeezed(admin.get("/installningar/konton/logg/").content.decode())
    assert "Loggade in" in page
    # The same entry in the language of who reads it, whatever language the page was in where it was made.
    assert "Windows · lösenord" in page
    assert "Windows · password" in admin.get("/en/installningar/konton/logg/").content.decode()
    assert page.count("Inloggning misslyckades</td>") == 2
    assert "mitt-hemliga" not in page
    assert "127.0.0.1" in page
    only = admin.get(
        f"/installningar/konton/logg/?person={kim.pk}&handelse=staff.logged_in&fran=2026-11-16&till=2026-11-16"
    )
    assert squeezed(only.content.decode()).count("<tr><td>") == 1
    assert admin.get("/installningar/konton/logg/?fran=9999-12-31&person=x&fore=a").status_code == 200
    table = b"".join(admin.get("/installningar/konton/logg/logg.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "staff.log_in_failed" in table
    assert Event.objects.filter(kind="login.log_exported").exists()
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"staff.logged_in", "staff.log_in_failed", "login.log_exported"} <= kinds


def test_addresses_are_forgotten_in_time(kim: User) -> None:
    log_in()
    assert actions.forget_addresses() == 0
    with clock.at(making.MONDAY + timedelta(days=settings.TORGET_LOGIN_ADDRESS_DAYS, minutes=1)):
        assert actions.forget_addresses() == 1
    assert Event.objects.get(kind="staff.logged_in").address is None


def test_the_log_follows_what_other_modules_enter(kim: User, admin: Client) -> None:
    from torget.journal import actions as journal

    journal.enter("staff.changed", actor_ref="user:1", object_ref=kim.ref, digest=bytes(32))
    journal.enter("record.received", actor_ref="system", object_ref="record:1", digest=bytes(32))
    journal.sequence()
    assert actions.follow() >= 2
    assert actions.follow() == 0
    assert Event.objects.get(kind="staff.changed").user == kim
    assert not Event.objects.filter(kind="record.received").exists()


def test_tries_are_limited(kim: User, settings: Any) -> None:
    client = Client()
    answers = [
        client.post("/konto/login/", {"login": "kim@exempel.se", "password": f"fel {n}"}).content.decode()
        for n in range(8)
    ]
    assert "För många" in answers[-1] or "Too many" in answers[-1]
    assert client.post("/konto/login/", {"login": "kim@exempel.se", "password": PASSWORD}).status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize(
    ("policy", "role", "asked"), [("everyone", "expert", True), ("administrators", "expert", False)]
)
def test_a_second_factor_is_asked_of_those_that_the_policy_names(
    town: making.Town, policy: str, role: str, asked: bool
) -> None:
    town.organisation.demo = False
    town.organisation.save()
    Policy.objects.create(pk=1, second_factor=policy)
    client = Client()
    client.force_login(town.user(Role(role)))
    answer = client.get("/disk/")
    assert (answer.status_code == 302 and "2fa/totp" in answer["Location"]) is asked
    boss = Client()
    boss.force_login(town.user(Role.ADMINISTRATOR))
    assert "2fa/totp" in boss.get("/disk/")["Location"]


def test_my_cases_answers_the_same_to_all_and_leads_to_the_receipts_once(town: making.Town) -> None:
    secret, conversation = town.written("När öppnar badet?", email="Signe@Exempel.se")
    town.written("Någon annans fråga", email="annan@exempel.se")
    client = Client()
    known = client.post("/mina-arenden/", {"email": "signe@exempel.se"}).content
    unknown = client.post("/mina-arenden/", {"email": "ingen@exempel.se"}).content
    assert known == unknown
    assert not client.cookies
    assert actions.send_letters() == 2
    assert list(Letter.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "refused"]
    link = re.search(r"http://127\.0\.0\.1:8000(/mina-arenden/\S+/)", _sent())
    assert link
    assert "Visa mina ärenden" in client.get(link[1]).content.decode()
    page = client.post(link[1])
    assert f"/kvitto/{secret}/" in page.content.decode()
    assert "Någon annans" not in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    assert client.post(link[1]).status_code == 410
    assert conversation.subject in page.content.decode()


def test_the_link_lasts_for_half_an_hour_and_is_sent_three_times_an_hour(town: making.Town) -> None:
    town.written("När öppnar badet?", email="signe@exempel.se")
    for _ in range(4):
        actions.ask_for_cases("signe@exempel.se")
    assert Letter.objects.count() == 3
    actions.send_letters()
    link = re.search(r"http://127\.0\.0\.1:8000(/mina-arenden/\S+/)", _sent())
    assert link
    with clock.at(making.MONDAY + timedelta(minutes=30)):
        assert Client().get(link[1]).status_code == 410


def test_asking_is_limited_and_a_broken_address_is_told(town: making.Town) -> None:
    client = Client(REMOTE_ADDR="192.0.2.77")
    assert "namn@exempel.se" in client.post("/mina-arenden/", {"email": "signe"}).content.decode()
    codes = [client.post("/mina-arenden/", {"email": f"a{n}@exempel.se"}).status_code for n in range(7)]
    assert codes[-1] == 429


def test_cases_of_a_protected_identity_are_not_led_to(town: making.Town) -> None:
    _, conversation = town.written("Hemligt", email="signe@exempel.se")
    assert conversation.contact is not None
    conversation.contact.protected_identity = True
    conversation.contact.save()
    actions.ask_for_cases("signe@exempel.se")
    actions.send_letters()
    assert Letter.objects.get().problem == "nothing_to_show"


def test_an_identity_goes_with_what_was_written(town: making.Town) -> None:
    from torget.accounts.actions.identifying import erase_identity

    _, conversation = town.written("Får jag se min akt?")
    provider = Provider.objects.create(
        purpose="residents", name="L", issuer="https://l.exempel.se", client_id="t", number_claim="nr", on=True
    )
    asked = actions.ask_identity(conversation, by=town.user())
    actions.give_identity(asked, {"sub": "1", "name": "Signe", "nr": "191212121212"}, provider=provider)
    assert IdentityRequest.objects.get().state == rules.Asking.GIVEN
    erase_identity(making.first(conversation).record)
    assert not IdentityRequest.objects.exists()


def test_the_settings_pages_work(admin: Client, town: making.Town) -> None:
    assert admin.get("/installningar/konton/").status_code == 200
    bad = {"name": "K", "issuer": "http://intern", "client_id": "t", "scopes": "email", "name_claim": "name",
           "email_claim": "email", "secret": "hemligt"}  # fmt: skip
    assert "https://" in admin.post("/installningar/konton/leverantor/staff/", bad).content.decode()
    good = bad | {"issuer": "https://inloggning.exempel.se"}
    assert admin.post("/installningar/konton/leverantor/staff/", good).status_code == 302
    made = Provider.objects.get()
    assert made.scopes == "openid email"
    assert "hemligt" not in making.everything()
    page = admin.get("/installningar/konton/leverantor/staff/").content.decode()
    assert "hemligt" not in page
    assert "Det finns en hemlighet" in page
    rows = {"rad-TOTAL_FORMS": "2", "rad-INITIAL_FORMS": "0", "rad-0-claim": "groups", "rad-0-value": "kom",
            "rad-0-role": "communicator", "rad-1-claim": "", "rad-1-value": "", "rad-1-role": ""}  # fmt: skip
    assert admin.post("/installningar/konton/roller/", rows).status_code == 302
    assert "groups" in admin.get("/installningar/konton/").content.decode()
    assert admin.post("/installningar/konton/roller/", rows | {"rad-1-claim": "groups"}).status_code == 400
    assert admin.get("/installningar/konton/leverantor/annan/").status_code == 404


@pytest.mark.parametrize("prefix", ["", "/en", "/stor"])
def test_the_way_to_ones_own_cases_is_one_page_for_all_until_it_is_sent(
    client: Client, town: making.Town, prefix: str
) -> None:
    address = f"{prefix}/mina-arenden/"
    asked = [client.get(address) for _ in range(2)]
    assert [page.headers["X-Torget-Stored"] for page in asked] == ["1", "1"]
    assert asked[0].content == asked[1].content and not client.cookies
    for email, status in (("inte en adress", 400), ("signe@exempel.se", 200)):
        sent = client.post(address, {"email": email})
        assert (sent.status_code, "X-Torget-Stored" in sent.headers) == (status, False)
        assert "public" not in sent.headers.get("Cache-Control", "")
    assert client.get(address).content == asked[0].content
    # What stands around it is as new as the public version.
    Organisation.objects.update(phone="0999-99")
    PublicVersion.bump()
    assert "0999-99" in client.get(address).content.decode()

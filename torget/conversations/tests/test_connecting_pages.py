"""Connecting a channel, through its pages: who may, what is tried, what is kept where, the way by OAuth."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.support import making
from tests.support.making import Town, everything
from torget.channels.base import Raw
from torget.channels.live import Connection, Fetched, NeedsLogin, Outgoing, Problem, Retry, Sent
from torget.conversations import keyring, trying
from torget.conversations.actions import connecting
from torget.conversations.models import Account, Gap, Message, RawEvent
from torget.core import clock
from torget.organisations.rules import Role

LIST = "/installningar/kanaler/"
MAIL = {
    "address": "Fraga@exempel.se", "name": "Kommunens brevlåda", "password": "hemligt-ord", "host": "imap.exempel.se",
    "tls": "tls", "port": "993", "smtp_host": "smtp.exempel.se", "smtp_tls": "starttls", "smtp_port": "587",
    "user": "", "folder": "INBOX", "junk_folder": "Skräp", "sent_folder": "", "smtp_login": "same", "smtp_user": "",
    "smtp_password": "", "backfill_days": "30", "authserv": "", "ca": "",
}  # fmt: skip
LETTER = b"From: Alva <alva@exempel.se>\r\nMessage-ID: <1@exempel.se>\r\nSubject: Badet\r\n\r\nNer?\r\n"


@dataclass
class Told:
    """Stands for a connected channel: it answers as the test said."""

    problem: Problem | None = None
    asked: list[Connection] = field(default_factory=list)
    name: str = "mail"
    repeats_safely: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)

    def check(self, connection: Connection) -> str:
        """Remembers how it was asked."""
        self.asked.append(connection)
        if self.problem:
            raise self.problem
        return connection.handle

    def fetch(self, connection: Connection, cursor: Mapping[str, Any]) -> Fetched:
        """One letter, and a token that was renewed on the way."""
        return Fetched((Raw(LETTER, "INBOX", key="1"),), {"high": 1}, more=not cursor, renewed={"token": "nytt"})

    def listen(self, c: Connection, cursor: Mapping[str, Any], give: Callable[[Raw | None], None], stop: Event) -> None:
        """Nothing to listen to."""

    def send(self, connection: Connection, outgoing: Outgoing) -> Sent:
        """Sent."""
        return Sent("1")

    def look(self, connection: Connection, outgoing: Outgoing) -> Sent | None:
        """Not there."""

    def remove(self, connection: Connection, external_id: str) -> None:
        """Gone."""


@pytest.fixture(autouse=True)
def _loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    channel = Told()
    monkeypatch.setattr(trying, "live_channel", lambda name: channel)
    monkeypatch.setattr(connecting, "live_channel", lambda name: channel)
    return channel


@pytest.fixture
def admin(town: Town) -> Client:
    client = Client()
    client.force_login(town.user(Role.ADMINISTRATOR))
    return client


def _body(response: Any) -> str:
    return html.unescape(response.content.decode())


def _mail(town: Town, **changed: str) -> dict[str, str]:
    return MAIL | {"authority": str(town.authority.pk)} | changed


def _account(town: Town, **more: Any) -> Account:
    account = Account.objects.create(
        channel="mail", handle="fraga@exempel.se", name="Brevlådan", authority=town.authority,
        **({"state": Account.GOOD, "fetched_at": clock.now()} | more),
    )  # fmt: skip
    keyring.keep(account, {"password": "hemligt-ord"})
    return account


# ---- who may ---------------------------------------------------------------------------------------------------------


def test_only_administrators(town: Town) -> None:
    account = _account(town)
    gap = account.gaps.create(since=clock.now(), noticed_at=clock.now())
    gets = [LIST, f"{LIST}{account.pk}/", f"{LIST}{account.pk}/koppla-fran/", f"{LIST}ny/mail/", f"{LIST}provat/"]
    gets += [f"{LIST}mastodon/", f"{LIST}mastodon/tillbaka/?code=x&state=y"]
    posts = [f"{LIST}{account.pk}/prova/", f"{LIST}{account.pk}/koppla-fran/", f"{LIST}lucka/{gap.pk}/"]
    posts += [f"{LIST}ny/mail/", f"{LIST}anslut/", f"{LIST}mastodon/kod/"]
    for role in Role:
        client = Client()
        client.force_login(town.user(role))
        if role is not Role.ADMINISTRATOR:
            assert {client.get(path).status_code for path in gets} == {403}, role
            assert {client.post(path).status_code for path in posts} == {403}, role
    assert {Client().get(path).status_code for path in gets} == {302}
    account.refresh_from_db()
    gap.refresh_from_db()
    assert account.state == Account.GOOD and gap.filled_at is None


def test_what_is_not_there_is_not_found(admin: Client) -> None:
    for path in (f"{LIST}999/", f"{LIST}999/koppla-fran/", f"{LIST}ny/duvpost/", f"{LIST}ny/web/"):
        assert admin.get(path).status_code == 404
    assert admin.post(f"{LIST}lucka/999/").status_code == 404
    assert admin.get(f"{LIST}anslut/").status_code == 405


# ---- how they are ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "Senast hämtat"),
        ({"fetched_at": None}, "Första hämtningen börjar inom en minut"),
        ({"state": Account.OFF}, "Inget hämtas och inget skickas"),
        (
            {"state": Account.FAILING, "problem": "imap_timeout", "problem_since": making.MONDAY},
            "Sedan 10.00. Inget är borta, vi hämtar när det går. Vi når inte servern för inkommande post.",
        ),
        ({"state": Account.NEEDS_LOGIN, "problem": "http_401"}, "Servern tar inte emot inloggningen."),
        (
            {"state": Account.FAILING, "problem": "new_code_9"},
            "Det gick inte just nu. Försök igen om en stund. (new_code_9)",
        ),
    ],
)
def test_each_state_is_said_in_words(town: Town, admin: Client, more: dict[str, Any], says: str) -> None:
    account = _account(town, **more)
    for path in (LIST, f"{LIST}{account.pk}/"):
        assert says in _body(admin.get(path))


def test_quota_token_money_and_watch_are_said(town: Town, admin: Client) -> None:
    now = clock.now()
    account = _account(
        town, quota_left=240, quota_limit=300, quota_resets_at=now + timedelta(minutes=5), spent_ore=1250,
        spend_limit_ore=10000, token_expires_at=now + timedelta(days=3), watch_minutes=30, watched_at=now,
    )  # fmt: skip
    page = _body(admin.get(f"{LIST}{account.pk}/"))
    for words in ("240 av 300 anrop kvar, nya 10.05", "12,50 kr av 100 kr", "19 november 2026", "var 30:e minut"):
        assert words in page


def test_a_list_costs_the_same_for_one_and_for_forty(
    town: Town, admin: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        Account.objects.create(
            channel="feed", handle=f"https://exempel.se/{number}", authority=town.authority, state="good"
        )
    with django_assert_max_num_queries(12):
        page = admin.get(LIST)
    body = _body(page)
    assert "https://exempel.se/49" in body and "https://exempel.se/50" not in body
    following = re.search(r"\?efter=(\d+)", body)
    assert following and "https://exempel.se/50" in _body(admin.get(LIST + following[0]))
    assert admin.get(LIST + "?efter=" + "9" * 50).status_code == 200


def test_a_gap_that_somebody_has_looked_at_is_shown_no_more(town: Town, admin: Client) -> None:
    account = _account(town)
    gap = account.gaps.create(
        since=clock.now(), until=clock.now(), reason="uidvalidity_changed", noticed_at=clock.now()
    )
    page = _body(admin.get(f"{LIST}{account.pk}/"))
    assert "Servern har numrerat om brevlådan" in page and "1 lucka att titta på" in _body(admin.get(LIST))
    admin.post(f"{LIST}lucka/{gap.pk}/")
    assert Gap.objects.get().filled_at
    assert "1 lucka har varit och är fylld" in _body(admin.get(f"{LIST}{account.pk}/"))


def test_an_account_is_tried_and_looked_at_without_keeping_anything(town: Town, admin: Client, told: Told) -> None:
    account = _account(town)
    page = _body(admin.post(f"{LIST}{account.pk}/prova/"))
    assert "Det fungerar: fraga@exempel.se svarar" in page and "Badet" not in page
    page = _body(admin.post(f"{LIST}{account.pk}/prova/", {"titta": "1"}))
    assert "Badet" in page and "1 meddelande" in page
    told.problem = NeedsLogin("imap_login_refused")
    assert "tar inte emot namnet och lösenordet" in _body(admin.post(f"{LIST}{account.pk}/prova/"))
    assert not RawEvent.objects.exists() and not Message.objects.exists()


def test_disconnecting_is_asked_about_and_takes_the_password_away(
    town: Town, admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    account = _account(town)
    page = _body(admin.get(f"{LIST}{account.pk}/koppla-fran/"))
    assert "Koppla från Brevlådan?" in page
    assert Account.objects.get().state == Account.GOOD
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(f"{LIST}{account.pk}/koppla-fran/").status_code == 302
    assert Account.objects.get().state == Account.OFF and keyring.secrets_of(account) == {}


# ---- mail and the others -------------------------------------------------------------------------------------------------


def test_a_mailbox_is_tried_shown_and_then_connected(town: Town, admin: Client, told: Told) -> None:
    page = admin.post(f"{LIST}ny/mail/", _mail(town), follow=True)
    assert page.request["PATH_INFO"] == f"{LIST}provat/"
    assert "Det fungerar: fraga@exempel.se svarar" in _body(page) and "Badet" in _body(page)
    assert not Account.objects.exists(), "nothing is connected before somebody says yes"
    (asked,) = told.asked
    assert asked.settings["junk_folder"] == "Skräp" and asked.settings["port"] == 993
    assert "smtp_user" not in asked.settings and "user" not in asked.settings
    admin.post(f"{LIST}anslut/")
    account = Account.objects.get()
    assert (account.channel, account.handle, account.state) == ("mail", "fraga@exempel.se", Account.GOOD)
    assert account.name == "Kommunens brevlåda" and account.authority == town.authority
    assert keyring.secrets_of(account) == {"password": "hemligt-ord", "token": "nytt"}
    # Said yes to once.
    admin.post(f"{LIST}anslut/")
    assert Account.objects.count() == 1


def test_no_secret_lies_in_the_database_or_on_a_page(town: Town, admin: Client, told: Told) -> None:
    admin.post(f"{LIST}ny/mail/", _mail(town))
    sessions = "".join(str(one.get_decoded()) for one in Session.objects.all())
    assert "connecting" in sessions and "hemligt-ord" not in sessions
    page = _body(admin.get(f"{LIST}ny/mail/"))
    assert "imap.exempel.se" in page and "hemligt-ord" not in page, "what was filled in is kept, but for the password"
    admin.post(f"{LIST}anslut/")
    assert "hemligt-ord" not in everything()
    for path in (LIST, f"{LIST}{Account.objects.get().pk}/", f"{LIST}ny/mail/?konto={Account.objects.get().pk}"):
        assert "hemligt-ord" not in _body(admin.get(path))


def test_what_was_tried_half_an_hour_ago_is_tried_again(town: Town, admin: Client, told: Told) -> None:
    admin.post(f"{LIST}ny/mail/", _mail(town))
    with clock.at(making.MONDAY + timedelta(minutes=31)):
        page = admin.post(f"{LIST}anslut/", follow=True)
    assert "Börja om" in _body(page) and not Account.objects.exists()


def test_a_mailbox_that_does_not_answer_is_not_connected(town: Town, admin: Client, told: Told) -> None:
    told.problem = Retry("imap_gaierror")
    page = admin.post(f"{LIST}ny/mail/", _mail(town))
    assert page.status_code == 400 and "Vi når inte servern för inkommande post" in _body(page)
    assert "hemligt-ord" not in _body(page)
    assert "Börja om" in _body(admin.post(f"{LIST}anslut/", follow=True)) and not Account.objects.exists()


def test_a_try_that_went_wrong_does_not_ask_for_the_password_again(town: Town, admin: Client, told: Told) -> None:
    told.problem = Retry("imap_gaierror")
    own = {"smtp_login": "own", "smtp_user": "ut", "smtp_password": "hemligt-ut"}
    pages = [admin.post(f"{LIST}ny/mail/", _mail(town, **own))]
    # The form is loaded anew, and a slip stops the next try: it is still kept.
    pages += [admin.get(f"{LIST}ny/mail/"), admin.post(f"{LIST}ny/mail/", _mail(town, password="", port="0"))]
    told.problem = None
    empty = own | {"password": "", "smtp_password": "", "host": "rätt.exempel.se"}
    pages.append(admin.post(f"{LIST}ny/mail/", _mail(town, **empty), follow=True))
    assert [page.status_code for page in pages] == [400, 200, 400, 200]
    assert all("Lämna tomt för att behålla" in _body(page) for page in pages[:3])
    assert (
        dict(told.asked[-1].secrets)["password"] == "hemligt-ord" and told.asked[-1].settings["host"] == empty["host"]
    )
    assert not any("hemligt" in _body(page) for page in pages) and "hemligt" not in everything()
    assert not any("hemligt" in str(row.get_decoded()) for row in Session.objects.all())


def test_a_password_is_kept_for_its_own_channel_and_account_and_for_half_an_hour(
    town: Town, admin: Client, told: Told
) -> None:
    told.problem = Retry("imap_gaierror")
    account = _account(town)
    admin.post(f"{LIST}ny/mail/", _mail(town, password="nyss-skrivet"))
    for path in ("ny/bluesky/", "ny/feed/"):
        assert "Lämna tomt för att behålla" not in _body(admin.get(LIST + path))
    admin.post(f"{LIST}ny/mail/", _mail(town, password="", konto=str(account.pk)))
    assert told.asked[-1].secrets == {"password": "hemligt-ord"}
    admin.post(f"{LIST}ny/mail/", _mail(town, password="nyss-skrivet"))
    with clock.at(making.MONDAY + timedelta(minutes=31)):
        page = admin.post(f"{LIST}ny/mail/", _mail(town, password=""))
    assert page.status_code == 400 and "Fyll i ”Lösenord till brevlådan”." in _body(page)


def test_connecting_again_keeps_the_password_and_all_that_has_come(town: Town, admin: Client, told: Told) -> None:
    account = _account(town, state=Account.NEEDS_LOGIN, cursor={"high": 7}, settings={"host": "gammal.exempel.se"})
    page = _body(admin.get(f"{LIST}ny/mail/?konto={account.pk}"))
    assert "gammal.exempel.se" in page and "Lämna tomt för att behålla" in page
    page = _body(admin.post(f"{LIST}ny/mail/", _mail(town, password="", konto=str(account.pk)), follow=True))
    assert "Kontot är känt sedan tidigare" in page
    admin.post(f"{LIST}anslut/")
    account.refresh_from_db()
    assert (account.state, account.cursor) == (Account.GOOD, {"high": 7})
    assert account.settings["host"] == "imap.exempel.se"
    assert keyring.secrets_of(account)["password"] == "hemligt-ord"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"address": "fraga"}, "Adressen går inte att skicka till"),
        ({"password": ""}, "Fyll i ”Lösenord till brevlådan”."),
        ({"port": "99999"}, "65535"),
        ({"tls": "none"}, "Utan kryptering kan andra läsa lösenordet"),
        ({"smtp_login": "own"}, "Skriv användarnamnet"),
        ({"authority": ""}, "Välj en myndighet"),
    ],
)
def test_what_is_wrong_in_the_form_is_said(
    town: Town, admin: Client, told: Told, changed: dict[str, str], error: str
) -> None:
    page = admin.post(f"{LIST}ny/mail/", _mail(town, **changed))
    assert page.status_code == 400 and error in _body(page) and not told.asked


@pytest.mark.parametrize(("login", "kept"), [("same", None), ("own", "ut"), ("none", "")])
def test_three_ways_to_log_in_for_outgoing_mail(
    town: Town, admin: Client, told: Told, login: str, kept: str | None
) -> None:
    admin.post(f"{LIST}ny/mail/", _mail(town, smtp_login=login, smtp_user="ut", smtp_password="annat-ord"))
    (asked,) = told.asked
    assert asked.settings.get("smtp_user") == kept
    assert asked.secrets.get("smtp_password") == ("annat-ord" if login == "own" else None)


@pytest.mark.parametrize(
    ("channel", "field", "url", "error"),
    [
        ("feed", "url", "http://10.0.0.7/nyheter.rss", "leder in i vårt eget nät"),
        ("feed", "url", "http://169.254.169.254/latest/meta-data", "leder in i vårt eget nät"),
        ("feed", "url", "http://localhost:5432/", "leder in i vårt eget nät"),
        ("feed", "url", "file:///etc/passwd", "ska börja med https://"),
        ("feed", "url", "https://anna:ord@93.184.215.14/", "innehåller ett lösenord"),
        ("mastodon", "server", "http://192.168.1.1", "leder in i vårt eget nät"),
        ("mastodon", "server", "inte en adress", "ska börja med https://"),
        ("bluesky", "service", "http://[::1]:2583", "leder in i vårt eget nät"),
    ],
)
def test_addresses_of_our_own_network_are_refused(
    town: Town,
    admin: Client,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    channel: str,
    field: str,
    url: str,
    error: str,
) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
    words = {"handle_name": "ekevik.exempel.se", "password": "x", "authority": str(town.authority.pk), field: url}
    page = admin.post(f"{LIST}ny/{channel}/", words)
    assert page.status_code == 400 and error in _body(page) and not told.asked


def test_a_demo_town_reaches_nobody(town: Town, admin: Client, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_ALLOW_PRIVATE")
    page = admin.post(f"{LIST}ny/mail/", _mail(town))
    assert "Det här är en demostad" in _body(page) and not told.asked
    town.organisation.demo = False
    town.organisation.save()
    assert trying.may_go_out()


def test_bluesky_and_a_feed(town: Town, admin: Client, told: Told) -> None:
    authority = {"authority": str(town.authority.pk), "name": ""}
    words = {"handle_name": "@Ekevik.bsky.social", "password": "abcd-efgh", "service": "http://127.0.0.1:2583/"}
    admin.post(f"{LIST}ny/bluesky/", words | authority)
    admin.post(f"{LIST}ny/feed/", {"url": "http://127.0.0.1:9/nyheter.rss"} | authority)
    bluesky, feed = told.asked
    assert (bluesky.handle, bluesky.settings["service"]) == ("ekevik.bsky.social", "http://127.0.0.1:2583")
    assert bluesky.secrets == {"password": "abcd-efgh"}
    assert (feed.handle, feed.settings["url"]) == ("http://127.0.0.1:9/nyheter.rss", "http://127.0.0.1:9/nyheter.rss")

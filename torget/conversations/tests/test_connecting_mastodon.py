"""Connecting Mastodon through its pages: the way by OAuth and back, by a code, and what leads nowhere."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.support.making import Town, everything
from tests.support.mastodon import Mastodon
from tests.support.mastodonwords import Mood
from torget.channels import outside
from torget.conversations import keyring
from torget.conversations.actions import connecting
from torget.conversations.models import Account
from torget.organisations.rules import Role

LIST = "/installningar/kanaler/"


@pytest.fixture(autouse=True)
def _loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")


@pytest.fixture
def admin(town: Town) -> Client:
    client = Client()
    client.force_login(town.user(Role.ADMINISTRATOR))
    return client


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    with Mastodon() as server:
        server.account("alva@social.exempel.se")
        yield server


def _body(response: Any) -> str:
    return html.unescape(response.content.decode())


def _to_the_server(town: Town, admin: Client, mastodon: Mastodon) -> tuple[str, str]:
    """The two addresses of the server's page: the one that leads back, and the one that shows a code."""
    words = {"server": mastodon.url, "name": "", "authority": str(town.authority.pk)}
    page = admin.post(f"{LIST}ny/mastodon/", words, follow=True)
    body = _body(page)
    links = re.findall(r'href="(http://127[^"]+/oauth/authorize[^"]+)"', body)
    assert page.status_code == 200 and len(links) == 2, body
    return links[0], links[1]


def _agree(link: str) -> str:
    """What the person does at the server; where the server then leads."""
    with outside.client() as browser:
        said = browser.get(link)
    return said.headers.get("location", "") or said.text


def test_the_way_by_oauth(town: Town, admin: Client, mastodon: Mastodon, settings: Any) -> None:
    mastodon.says("alva@social.exempel.se", "@ekevik När öppnar badet?")
    way, _ = _to_the_server(town, admin, mastodon)
    back = _agree(way)
    assert back.startswith(settings.TORGET_URL + reverse("conversations:mastodon_back"))
    page = admin.get(back.removeprefix(settings.TORGET_URL), follow=True)
    assert page.request["PATH_INFO"] == f"{LIST}provat/" and not page.request["QUERY_STRING"]
    assert f"@ekevik@{mastodon.host} svarar" in _body(page) and "När öppnar badet?" in _body(page)
    assert not Account.objects.exists()
    admin.post(f"{LIST}anslut/")
    account = Account.objects.get()
    assert (account.channel, account.handle) == ("mastodon", f"ekevik@{mastodon.host}")
    limits = {"text": 500, "pictures": 4, "alt": 1500}
    assert account.settings == {"server": mastodon.url, "account_id": mastodon.me["id"], "limits": limits}
    secrets = keyring.secrets_of(account)
    assert secrets["token"] in mastodon.tokens and secrets["token"] not in everything()
    assert connecting.check(account) == f"@ekevik@{mastodon.host}"
    # Disconnected, the token is taken back at the server too.
    admin.post(f"{LIST}{account.pk}/koppla-fran/")
    assert secrets["token"] not in mastodon.tokens


def test_the_way_by_a_code(town: Town, admin: Client, mastodon: Mastodon) -> None:
    _, way = _to_the_server(town, admin, mastodon)
    code = re.search(r"<code>(\w+)<", _agree(way))
    assert code
    assert "Fyll i ”Koden från servern”." in _body(admin.post(f"{LIST}mastodon/kod/", {"code": ""}))
    assert "Koden gick inte att använda" in _body(admin.post(f"{LIST}mastodon/kod/", {"code": "fel"}))
    admin.post(f"{LIST}mastodon/kod/", {"code": f" {code[1]} "})
    admin.post(f"{LIST}anslut/")
    assert Account.objects.get().handle == f"ekevik@{mastodon.host}"


def test_an_answer_that_we_did_not_ask_for_connects_nothing(town: Town, admin: Client, mastodon: Mastodon) -> None:
    way, _ = _to_the_server(town, admin, mastodon)
    back = f"{LIST}mastodon/tillbaka/?code={_agree(way).partition('code=')[2][:24]}&state="
    assert "hör inte ihop" in _body(admin.get(back + "annat"))
    assert "Du godkände inte" in _body(
        admin.get(f"{LIST}mastodon/tillbaka/?error=access_denied&state={re.search('state=([^&]+)', way)[1]}")  # type: ignore[index]
    )
    other = Client()
    other.force_login(town.user(Role.ADMINISTRATOR))
    assert "Börja om" in _body(other.get(back + "annat", follow=True))
    assert not Account.objects.exists()


@pytest.mark.parametrize("mood", [Mood.A_PAGE, Mood.NOT_THERE, Mood.FAILS_BEFORE, Mood.CUTS_BEFORE])
def test_a_server_that_is_none_is_said_to_be_none(town: Town, admin: Client, mastodon: Mastodon, mood: Mood) -> None:
    mastodon.trouble("POST", "/api/v1/apps", mood)
    words = {"server": mastodon.url, "authority": str(town.authority.pk)}
    page = admin.post(f"{LIST}ny/mastodon/", words)
    assert page.status_code == 400 and "Det gick inte att ansluta" in _body(page)


def test_english_pages_lead_back_to_english(town: Town, admin: Client, mastodon: Mastodon) -> None:
    words = {"server": mastodon.url, "authority": str(town.authority.pk)}
    page = admin.post("/en/installningar/kanaler/ny/mastodon/", words, follow=True)
    assert "%2Fen%2Finstallningar%2Fkanaler%2Fmastodon%2Ftillbaka%2F" in page.content.decode()

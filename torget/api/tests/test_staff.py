"""The pages where programs are connected, through their addresses."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.support.making import MONDAY, Town
from torget.api import actions
from torget.api.models import Delivery, Program, Token
from torget.api.tests.conftest import Connected
from torget.api.words import why_undelivered
from torget.core import clock
from torget.journal.models import Entry
from torget.organisations.rules import Role

ADDRESS = "/installningar/api/"


@pytest.fixture
def admin(client: Client, town: Town) -> Client:
    client.force_login(town.user(Role.ADMINISTRATOR))
    return client


def kinds() -> list[str]:
    """What has been entered in the journal."""
    return list(Entry.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_connect_programs(client: Client, town: Town, connected: Connected, role: Role) -> None:
    client.force_login(town.user(role))
    assert client.get(ADDRESS).status_code == 403
    assert client.get(f"{ADDRESS}{connected.program.pk}/").status_code in (403, 404)


def test_a_program_is_connected_gets_a_key_once_and_loses_it(admin: Client, town: Town, connected: Connected) -> None:
    given = {"name": "E-tjänsten", "authority": town.authority.pk, "endpoint": "", "events": ["answer.sent"]}
    assert admin.post(ADDRESS, given).status_code == 302
    program = Program.objects.exclude(pk=connected.program.pk).get()
    page = f"{ADDRESS}{program.pk}/"
    asked = {"nyckel-name": "drift", "nyckel-scopes": ["messages:write"], "nyckel-days": "365"}
    shown = admin.post(f"{page}nyckel/", asked).content.decode()
    found = re.search(r"torget_[\w-]{43}", shown)
    assert found is not None and found[0] not in admin.get(page).content.decode()
    token = Token.objects.get(program=program)
    assert token == Token.of(found[0]) and found[0] not in token.secret_hash
    # Taken back only when it is said twice.
    assert "Behåll nyckeln" in admin.post(f"{ADDRESS}nyckel/{token.pk}/aterkalla/").content.decode()
    assert Token.objects.filter(pk=token.pk, revoked_at=None).exists()
    admin.post(f"{ADDRESS}nyckel/{token.pk}/aterkalla/", {"ja": "1"})
    assert not Token.objects.filter(revoked_at=None, program=program).exists()
    assert {"account.connected", "token.made", "token.revoked"} <= set(kinds())
    assert admin.post(f"{page}nyckel/", {"nyckel-name": "x", "nyckel-days": "0"}).status_code == 400


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        pytest.param("http://127.0.0.1/in", "eget nät", id="our own network"),
        pytest.param("https://a:b@example.org/", "lösenord", id="a password in it"),
        pytest.param("ftp://example.org/", "https://", id="no web address"),
    ],
)
def test_an_address_that_is_none_of_theirs_is_refused(admin: Client, town: Town, endpoint: str, says: str) -> None:
    answer = admin.post(ADDRESS, {"name": "Ett", "authority": town.authority.pk, "endpoint": endpoint})
    assert answer.status_code == 400 and says in answer.content.decode()
    assert not Program.objects.exists()


def test_secrets_change_and_the_program_goes(admin: Client, town: Town, connected: Connected) -> None:
    page = f"{ADDRESS}{connected.program.pk}/"
    assert "whsec_" not in admin.get(page).content.decode()
    assert "whsec_" in admin.post(f"{page}hemlighet/", {"vag": "out", "sak": "byt"}).content.decode()
    assert "Släpp den förra" in admin.get(page).content.decode()
    admin.post(f"{page}hemlighet/", {"vag": "out", "sak": "slapp"})
    assert "Släpp den förra" not in admin.get(page).content.decode()
    changed = {"om-endpoint": "", "om-events": ["message.received"], "om-tells_all": "on", "om-must_sign": "on"}
    assert admin.post(f"{page}andra/", changed).status_code == 302
    connected.program.refresh_from_db()
    assert (connected.program.tells_all, connected.program.must_sign) == (True, True)
    assert "Behåll systemet" in admin.post(f"{page}koppla-fran/").content.decode()
    admin.post(f"{page}koppla-fran/", {"ja": "1"})
    assert not Program.objects.get().account.is_live and "frånkopplat" in admin.get(page).content.decode()


SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def test_a_new_secret_asked_for_twice_is_one_and_cuts_nobody_off(
    admin: Client, town: Town, connected: Connected
) -> None:
    address = f"{ADDRESS}{connected.program.pk}/hemlighet/"
    [first] = actions.secrets_for(connected.program, "out")

    def pressed(minutes: int, way: str = "out") -> str:
        with clock.at(MONDAY + timedelta(minutes=minutes)):
            found = SECRET.search(admin.post(address, {"vag": way, "sak": "byt"}).content.decode())
        assert found is not None
        return found[0]

    second = pressed(0)
    assert (pressed(0), pressed(9)) == (second, second), "a double click, and another administrator"
    assert actions.secrets_for(connected.program, "out") == [second, first]
    assert kinds().count("program.secret_changed") == 1
    # The other way has its own.
    assert pressed(9, "in") not in (first, second) and len(actions.secrets_for(connected.program, "in")) == 2
    third = pressed(10)
    assert actions.secrets_for(connected.program, "out") == [third, second, first]
    # Once the old ones are let go, whoever asks for a new one gets a new one at once.
    admin.post(address, {"vag": "out", "sak": "slapp"})
    assert actions.secrets_for(connected.program, "out") == [third]
    fourth = pressed(10)
    assert actions.secrets_for(connected.program, "out") == [fourth, third]


def test_secrets_that_nobody_lets_go_do_not_gather_for_ever(town: Town, connected: Connected) -> None:
    by = town.user(Role.ADMINISTRATOR)
    made = []
    for hours in range(12):
        with clock.at(MONDAY + timedelta(hours=hours)):
            made.append(actions.rotate_secret(connected.program, "out", by=by))
    assert actions.secrets_for(connected.program, "out") == made[:1:-1]


def test_what_was_delivered_is_shown_and_sent_again(admin: Client, town: Town, connected: Connected) -> None:
    now = connected.program.made_at
    delivery = Delivery.objects.create(
        program=connected.program, key="evt_1", sequence=1, event="conversation.closed", conversation=7, occurred_at=now,
        next_at=now, state="failed", problem="http_500", attempts=12,
    )  # fmt: skip
    page = admin.get(f"{ADDRESS}{connected.program.pk}/").content.decode()
    assert "Ett samtal har avslutats" in page and "Systemet svarade med 500." in page
    admin.post(f"{ADDRESS}webhook/{delivery.pk}/igen/")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0) and "webhook.sent_again" in kinds()


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("", ""),
        ("too_slow", "Systemet svarade inte i tid."),
        ("http_410", "Systemet svarar att adressen är borta (410)."),
        ("http_503", "Systemet svarade med 503."),
        ("ConnectError", "Systemet gick inte att nå (ConnectError)."),
    ],
)
def test_why_a_webhook_has_not_arrived_is_a_sentence(problem: str, said: str) -> None:
    assert why_undelivered(problem) == said

"""The first start, the settings and the list of accounts, through their addresses."""

import html
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Town
from torget.core.models import PublicVersion
from torget.journal.models import Entry
from torget.organisations import actions
from torget.organisations.models import Authority, ClosedDay, FirstStart, OfficialAccount, Organisation, UnitCost, User
from torget.organisations.rules import Role

PASSWORD = "Bryggan vid Ekevik 17"
FORM = {
    "organisation": "Ekeviks kommun", "short_name": "Ekevik", "authority": "Kommunstyrelsen", "diary_prefix": "ks",
    "name": "Anna Testsson", "email": "anna@exempel.se", "password": PASSWORD,
}  # fmt: skip


def _code() -> str:
    code = actions.first_start_code()
    assert code
    return code


def _start(client: Client, code: str, **changed: str) -> Any:
    return client.post("/forsta-start/", FORM | {"code": code} | changed)


def _body(response: Any) -> str:
    return html.unescape(response.content.decode())


# ---- first start ------------------------------------------------------------------------------------------------


def test_the_right_code_makes_organisation_and_administrator_and_asks_for_a_second_factor(
    client: Client, db: None
) -> None:
    response = _start(client, f" {_code()} ")
    assert response.status_code == 302, _body(response)
    user = User.objects.get()
    assert (user.role, user.email) == (Role.ADMINISTRATOR, "anna@exempel.se") and user.check_password(PASSWORD)
    assert (Organisation.current().name, Authority.default().prefix) == ("Ekeviks kommun", "KS")
    assert UnitCost.objects.exists() and ClosedDay.objects.filter(day__month=12, day__day=25).exists()
    assert not FirstStart.objects.exists()
    # Logged in, but the desk opens only with the second factor.
    desk = client.get("/disk/")
    assert desk.status_code == 302 and "totp" in desk.headers["Location"]
    assert client.get(desk.headers["Location"]).status_code == 200


def test_the_code_works_once(client: Client, db: None) -> None:
    code = _code()
    _start(client, code)
    assert Client().get("/forsta-start/").status_code == 404
    assert _start(Client(), code, email="else@exempel.se").status_code == 404
    assert User.objects.count() == 1
    assert actions.first_start_code() is None


def test_a_wrong_code_opens_nothing_and_is_spent_after_ten(client: Client, db: None) -> None:
    code = _code()
    for _ in range(actions.MAX_ATTEMPTS):
        response = _start(client, "0000-0000-0000")
        assert response.status_code == 400 and "Koden stämmer inte" in _body(response)
        assert "Anna Testsson" in _body(response) and PASSWORD not in _body(response)
    assert "För många försök" in _body(_start(client, code))
    assert not User.objects.exists() and not Organisation.objects.exists()
    # A new start of the program gives a new code, and the old one is gone.
    assert "Koden stämmer inte" in _body(_start(client, code if (fresh := _code()) != code else "x"))
    assert _start(client, fresh).status_code == 302


def test_the_code_is_stored_hashed(db: None) -> None:
    code = _code()
    row = FirstStart.objects.get()
    assert code not in row.code_hash and len(row.code_hash) == 64


def test_without_a_code_there_is_no_start(client: Client, db: None) -> None:
    assert client.get("/forsta-start/").status_code == 200
    assert _start(client, "").status_code == 400 and _start(client, "1").status_code == 400
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"password": "kort"}, id="a short password"),
        pytest.param({"password": "password1234"}, id="a common one"),
        pytest.param({"email": "anna"}, id="an address that cannot be"),
        pytest.param({"name": " "}, id="no name"),
        pytest.param({"diary_prefix": "K/S 1"}, id="a prefix that is no word"),
    ],
)
def test_what_is_wrong_is_said_and_the_code_is_not_spent(client: Client, db: None, changed: dict[str, str]) -> None:
    code = _code()
    assert _start(client, code, **changed).status_code == 400
    assert not User.objects.exists()
    assert _start(client, code).status_code == 302


def test_a_wrong_code_is_told_in_english_too(client: Client, db: None) -> None:
    _code()
    response = client.post("/en/forsta-start/", FORM | {"code": "1"})
    assert response.status_code == 400 and "Koden stämmer inte" not in _body(response)


def test_another_site_cannot_start_us(client: Client, db: None) -> None:
    response = client.post("/forsta-start/", FORM | {"code": _code()}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403 and not User.objects.exists()


def test_messages_that_came_before_keep_their_authority(client: Client, db: None) -> None:
    before = actions.ensure_authority()
    _start(client, _code(), authority="Räddningsnämnden", diary_prefix="RN")
    authority = Authority.objects.get()
    assert (authority.pk, authority.name, authority.prefix) == (before.pk, "Räddningsnämnden", "RN")


# ---- the second factor ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/disk/", "/resultat/", "/installningar/"])
def test_a_second_factor_is_asked_of_everyone_but_in_a_demo_town(client: Client, town: Town, address: str) -> None:
    client.force_login(town.user(Role.ADMINISTRATOR))
    assert client.get(address).status_code == 200
    town.organisation.demo = False
    town.organisation.save()
    response = client.get(address)
    assert response.status_code == 302 and "totp" in response.headers["Location"]
    assert client.post("/installningar/stangt/", {"day": "2026-12-27", "reason": "x"}).status_code == 302
    assert not ClosedDay.objects.filter(day=date(2026, 12, 27)).exists()


def test_with_a_second_factor_the_desk_is_open(client: Client, town: Town) -> None:
    from allauth.mfa.models import Authenticator

    town.organisation.demo = False
    town.organisation.save()
    user = town.user()
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    client.force_login(user)
    assert client.get("/disk/").status_code == 200


@pytest.mark.parametrize("address", ["/konto/signup/", "/en/konto/signup/"])
def test_nobody_makes_an_account_of_their_own(client: Client, town: Town, address: str) -> None:
    given = {"email": "x@exempel.se", "password1": PASSWORD, "password2": PASSWORD}
    for response in (client.get(address), client.post(address, given)):
        assert response.status_code in (200, 403, 404)
    assert not User.objects.exists()


def test_logging_in_with_a_password_and_being_shut_out_when_inactive(client: Client, town: Town) -> None:
    user = town.user()
    user.set_password(PASSWORD)
    user.save()
    given = {"login": user.email.upper(), "password": PASSWORD}
    assert client.post("/konto/login/", given).headers.get("Location") == "/disk/"
    assert client.get("/disk/").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/disk/").status_code == 302
    assert Client().post("/konto/login/", given).headers.get("Location") != "/disk/"


# ---- settings ---------------------------------------------------------------------------------------------------

ORGANISATION = {
    "name": "Ekeviks kommun", "short_name": "Ekevik", "phone": "", "email": "", "opens": "09:00", "closes": "15:00",
    "answer_days": "3",
}  # fmt: skip
COST = {"value": "50", "low": "40", "high": "60", "source": "Egen statistik", "source_date": "2026-10-31"}


@pytest.fixture
def administrator(client: Client, town: Town) -> Client:
    """Logged in, with the assumptions in place."""
    actions.add_default_costs()
    client.force_login(town.user(Role.ADMINISTRATOR))
    return client


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_reach_the_settings(client: Client, town: Town, role: Role) -> None:
    client.force_login(town.user(role))
    expected = 200 if role is Role.ADMINISTRATOR else 403
    assert client.get("/installningar/").status_code == expected
    posts = ("", "myndighet/", "stangt/", "stangt/1/bort/", "antagande/x/")
    codes = {client.post(f"/installningar/{post}", {}).status_code for post in posts}
    assert (codes == {403}) is (role is not Role.ADMINISTRATOR)


def test_settings_need_a_token_of_the_page(town: Town) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(town.user(Role.ADMINISTRATOR))
    assert strict.post("/installningar/", ORGANISATION).status_code == 403


def test_the_organisations_facts_are_saved_and_hold_at_once(administrator: Client, town: Town) -> None:
    assert administrator.post("/installningar/", ORGANISATION).status_code == 302
    organisation = Organisation.current()
    assert (str(organisation.opens), organisation.answer_days, organisation.register_public) == ("09:00:00", 3, False)
    assert Client().get("/diarium/").status_code == 404
    assert Entry.objects.filter(kind="organisation.changed").count() == 1


@pytest.mark.parametrize(
    ("post", "fields"),
    [
        pytest.param("", ORGANISATION | {"name": ""}, id="no name"),
        pytest.param("", ORGANISATION | {"closes": "08:00"}, id="closes before it opens"),
        pytest.param("", ORGANISATION | {"answer_days": "0"}, id="an answer in no days"),
        pytest.param("", ORGANISATION | {"answer_days": "-1"}, id="an answer yesterday"),
        pytest.param("", ORGANISATION | {"answer_days": "9" * 30}, id="an answer in a very long time"),
        pytest.param("", ORGANISATION | {"email": "x"}, id="an address that cannot be"),
        pytest.param("myndighet/", {"name": "X", "prefix": "K/S", "archive_creator": "X"}, id="a prefix with a slash"),
        pytest.param("myndighet/", {"name": "X", "prefix": "KS", "archive_creator": "X"}, id="a prefix that is taken"),
        pytest.param("myndighet/", {"name": "X", "prefix": "ks", "archive_creator": "X"}, id="taken in small letters"),
        pytest.param("stangt/", {"day": "igår", "reason": "x"}, id="no day"),
        pytest.param("stangt/", {"day": "2026-12-27", "reason": ""}, id="no reason"),
        pytest.param("antagande/cost_per_call/", COST | {"low": "55"}, id="a value below its range"),
        pytest.param("antagande/cost_per_call/", COST | {"low": "0"}, id="nothing"),
        pytest.param("antagande/cost_per_call/", COST | {"value": "nan"}, id="no number"),
        pytest.param("antagande/cost_per_call/", COST | {"high": "inf"}, id="without end"),
        pytest.param("antagande/cost_per_call/", COST | {"source": ""}, id="no source"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    administrator: Client, town: Town, post: str, fields: dict[str, str]
) -> None:
    response = administrator.post(f"/installningar/{post}", fields)
    assert response.status_code == 400
    assert 'class="error"' in response.content.decode()
    assert Organisation.current().name == "Ekeviks kommun" and Organisation.current().answer_days == 2
    assert (Authority.objects.count(), ClosedDay.objects.count()) == (1, 0)
    assert UnitCost.objects.get(key="cost_per_call").value == 37
    assert not Entry.objects.exists()


def test_an_authority_is_added_with_capitals(administrator: Client) -> None:
    given = {"name": "Byggnadsnämnden", "prefix": "bn", "archive_creator": "Byggnadsnämnden"}
    assert administrator.post("/installningar/myndighet/", given).status_code == 302
    assert Authority.objects.filter(prefix="BN", is_default=False).exists()


def test_a_day_is_closed_and_opened_again(administrator: Client) -> None:
    given = {"day": "2026-12-28", "reason": "Inventering"}
    assert administrator.post("/installningar/stangt/", given).status_code == 302
    day = ClosedDay.objects.get()
    assert "Inventering" in _body(administrator.get("/installningar/"))
    for _ in range(2):
        assert administrator.post(f"/installningar/stangt/{day.pk}/bort/").status_code == 302
    assert not ClosedDay.objects.exists()
    assert list(Entry.objects.values_list("kind", flat=True)) == ["closed_day.added", "closed_day.removed"]


def test_an_assumption_of_ones_own_is_no_default_any_more(administrator: Client) -> None:
    assert administrator.post("/installningar/antagande/cost_per_call/", COST).status_code == 302
    cost = UnitCost.objects.get(key="cost_per_call")
    assert (cost.value, cost.is_default, cost.source) == (50, False, "Egen statistik")
    assert administrator.post("/installningar/antagande/finns-inte/", COST).status_code in (302, 404)


# ---- the list of accounts ---------------------------------------------------------------------------------------


def test_official_accounts(client: Client, town: Town) -> None:
    assert "Vi har inga konton" in _body(client.get("/kanaler/"))
    OfficialAccount.objects.create(
        channel="mastodon", name="Ekevik", handle="@ekevik@social.example", url="https://social.example/@ekevik",
        rules_text="Vi svarar <b>vardagar</b>.", authority=town.authority,
    )  # fmt: skip
    PublicVersion.bump()
    response = client.get("/kanaler/")
    assert "@ekevik@social.example" in _body(response) and b"&lt;b&gt;vardagar" in response.content
    assert response.headers["X-Torget-Stored"] == "1"

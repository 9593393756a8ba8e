"""Who is left that can log in, what claims have shut, from when the door asks, and codes that open once."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from tests.support import making
from torget.accounts import actions
from torget.accounts.actions import arriving
from torget.accounts.models import Event, Identity, Policy, Provider, RoleRule
from torget.accounts.tests.test_pages import PASSWORD, log_in
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.actions import staffing
from torget.organisations.models import Organisation, User
from torget.organisations.rules import Role

ISSUER = "https://a.exempel.se"
PAGE = "/konto/inloggningar/"
BOSSES = {"groups": ["chefer"]}


@pytest.fixture
def boss(town: making.Town) -> User:
    return town.user(Role.ADMINISTRATOR, "Ada Testsson")


@pytest.fixture
def kim(town: making.Town) -> User:
    return User.objects.create_user("kim@exempel.se", PASSWORD, name="Kim Testsson", role="communicator")


def tied(user: User, issuer: str = ISSUER, **more: Any) -> Identity:
    now = clock.now()
    return Identity.objects.create(
        user=user, issuer=issuer, subject=str(user.pk), first_at=now, last_at=now, **more
    )  # fmt: skip


def key(user: User, *, alone: bool) -> Authenticator:
    credential = {"clientExtensionResults": {"credProps": {"rk": alone}}}
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "N", "credential": credential})


def code_of(seed: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(seed, next(totp.yield_hotp_counters_from_time()))))


# ---- the last who can log in -----------------------------------------------------------------------------------------


@pytest.fixture
def only(boss: User, kim: User) -> User:
    """The one administrator who comes by the provider; the other has a password, and passwords are off."""
    Provider.objects.create(purpose="staff", name="A", issuer=ISSUER, client_id="t", on=True)
    Policy.objects.update_or_create(pk=1, defaults={"passwords": False})
    User.objects.filter(pk=kim.pk).update(role=Role.ADMINISTRATOR.value)
    tied(boss)
    return boss


def test_an_administrator_with_a_password_alone_is_nobody_while_passwords_are_off(only: User, kim: User) -> None:
    kim.refresh_from_db()
    assert arriving.is_last_administrator(only)
    with pytest.raises(Refused, match="last_administrator"):
        staffing.deactivate(only, by=kim)
    only.refresh_from_db()
    assert only.is_active
    # The other may go: who is left gets in.
    staffing.deactivate(kim, by=only)
    kim.refresh_from_db()
    assert not kim.is_active


def test_the_claims_leave_the_last_who_gets_in(only: User) -> None:
    RoleRule.objects.create(claim="groups", value="alla", role="expert")
    for groups in ([], ["alla"]):
        user = actions.arrive(
            {"sub": str(only.pk), "groups": groups}, issuer=ISSUER, name_claim="name", email_claim="email",
            trusts_address=False,
        )  # fmt: skip
        assert (user.is_active, user.role) == (True, "administrator")
    assert Event.objects.filter(kind="staff.role_kept").count() == 2


@pytest.mark.parametrize(
    ("way", "last"),
    [
        pytest.param("passwords", False, id="passwords are on"),
        pytest.param("provider", False, id="by the provider"),
        pytest.param("passkey", False, id="by a key that opens alone"),
        pytest.param("factor", True, id="a key that is a second factor alone"),
        pytest.param("elsewhere", True, id="by a provider that is another, or off"),
        pytest.param("shut", True, id="by the provider, where claims have shut the account"),
    ],
)
def test_how_the_other_gets_in_decides(only: User, kim: User, way: str, last: bool) -> None:
    if way == "passwords":
        actions.passwords_on()
    elif way in ("passkey", "factor"):
        key(kim, alone=way == "passkey")
    else:
        tied(
            kim,
            "https://b.exempel.se" if way == "elsewhere" else ISSUER,
            shut_at=clock.now() if way == "shut" else None,
        )
    assert arriving.is_last_administrator(only) is last


# ---- what claims have shut -------------------------------------------------------------------------------------------


@pytest.fixture
def shut(kim: User, boss: User) -> User:
    """Kim, whom the provider gave a role once and gives none now."""
    tied(kim)
    with pytest.raises(Refused, match="no_role"):
        actions.arrive(
            {"sub": str(kim.pk)}, issuer=ISSUER, name_claim="name", email_claim="email", trusts_address=False
        )
    kim.refresh_from_db()
    return kim


def test_an_account_that_claims_have_shut_is_seen_and_shut_for_good(shut: User, boss: User) -> None:
    admin = Client()
    admin.force_login(boss)
    assert "Stängt: ingen roll hos leverantören" in admin.get("/installningar/konton/").content.decode()
    page = admin.get(f"/installningar/konton/medarbetare/{shut.pk}/").content.decode()
    assert "Stängt: ingen roll hos leverantören" in page
    assert "Stäng av</button>" in page and "Släpp in igen</button>" in page
    admin.post(f"/installningar/medarbetare/{shut.pk}/stang-av/")
    RoleRule.objects.create(claim="groups", value="chefer", role="manager")
    with pytest.raises(Refused, match="shut"):
        actions.arrive(
            BOSSES | {"sub": str(shut.pk)}, issuer=ISSUER, name_claim="name", email_claim="email", trusts_address=False
        )
    for path in ("/installningar/konton/", f"/installningar/konton/medarbetare/{shut.pk}/"):
        assert "ingen roll hos leverantören" not in admin.get(path).content.decode()


def test_an_account_that_claims_have_shut_is_opened_again(shut: User, boss: User) -> None:
    admin = Client()
    admin.force_login(boss)
    admin.post(f"/installningar/medarbetare/{shut.pk}/stang-av/", {"igen": "1"})
    shut.refresh_from_db()
    assert shut.is_active
    assert "ingen roll hos leverantören" not in admin.get("/installningar/konton/").content.decode()
    assert admin.get(f"/installningar/konton/medarbetare/{boss.pk}/").content.decode().count("Stäng av</button>") == 0


# ---- what the door asks ----------------------------------------------------------------------------------------------


def test_a_stricter_policy_holds_from_the_next_page(kim: User) -> None:
    Organisation.objects.update(demo=False)
    Policy.objects.create(pk=1, second_factor="administrators")
    client = log_in()
    assert client.get(PAGE).status_code == 200
    Policy.objects.update(second_factor="everyone")
    assert "2fa/totp" in client.get(PAGE)["Location"]


# ---- codes -----------------------------------------------------------------------------------------------------------


def test_a_code_opens_once_in_whichever_process(kim: User) -> None:
    Organisation.objects.update(demo=False)
    seed = totp.generate_totp_secret()
    totp.TOTP.activate(kim, seed)
    first, second = log_in(), log_in()
    code = code_of(seed)
    first.post("/konto/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" in first.session
    # Another process has a memory of its own, in which nothing is.
    cache.clear()
    second.post("/konto/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" not in second.session


def test_of_two_that_show_a_code_at_once_one_gets_in(kim: User, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = totp.generate_totp_secret()
    totp.TOTP.activate(kim, seed)
    # Both have read the row before either of them changes it.
    one, other = (Authenticator.objects.get(user=kim).wrap() for _ in range(2))
    step = next(totp.yield_hotp_counters_from_time())
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([step]))
    code = totp.format_hotp_value(totp.hotp_value(seed, step))
    assert (one.validate_code("000000" if code != "000000" else "000001"), one.validate_code(code)) == (False, True)
    cache.clear()
    assert not other.validate_code(code)
    # The next code opens, and then the one before it no more.
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([step, step + 1]))
    assert other.validate_code(totp.format_hotp_value(totp.hotp_value(seed, step + 1)))
    cache.clear()
    assert not one.validate_code(code)
    assert Authenticator.objects.get(user=kim).data["secret"] == seed


@pytest.mark.parametrize(
    "path", ["/konto/email/", "/en/konto/email/", "/konto/confirm-email/", "/konto/confirm-email/MQ:x/"]
)
def test_nobody_chooses_an_address_for_themselves(kim: User, path: str) -> None:
    client = Client()
    client.force_login(kim)
    for given in ({"action_add": "1", "email": "chef@exempel.se"}, {"action_primary": "1", "email": "chef@exempel.se"}):
        assert client.post(path, given, HTTP_SEC_FETCH_SITE="same-origin").status_code == 404
    assert client.get(path).status_code == 404
    kim.refresh_from_db()
    assert kim.email != "chef@exempel.se"

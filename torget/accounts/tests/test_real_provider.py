"""Log-in by OpenID Connect against a real provider (oidc-provider): PKCE, state, nonce, roles that follow the claims."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.support import making
from tests.support.oidc import CLIENT, SECRET, Oidc
from torget.accounts import actions, oidc, rules, sealing
from torget.accounts.models import Event, Handshake, Identity, IdentityRequest, Policy, Provider, RoleRule
from torget.organisations.models import Unit, User
from torget.organisations.rules import Role

KIM = {"name": "Kim Påhittad", "groups": ["alla", "kommunikation"], "email": "kim@exempel.se", "email_verified": True}
NUMBER = "https://id.oidc.se/claim/personalIdentityNumber"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oidc]:
    with Oidc(tmp_path_factory.mktemp("oidc"), "http://127.0.0.1:8000/konto/oidc/klart/") as provider:
        yield provider


@pytest.fixture
def provider(real: Oidc, town: making.Town, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    made = Provider(purpose="staff", name="Ekeviks katalog", issuer=real.issuer, client_id=CLIENT, on=True)
    admin = town.user(Role.ADMINISTRATOR)
    actions.change_provider(made, secret=SECRET, by=admin)
    RoleRule.objects.create(claim="groups", value="torget-admin", role="administrator", place=1)
    RoleRule.objects.create(
        claim="groups", value="kommunikation", role="communicator", unit=Unit.objects.create(name="Kom"), place=2
    )
    real.people({"kim": KIM})
    return made


def begin(client: Client, **more: str) -> str:
    """Where the browser is sent."""
    answer = client.get("/konto/oidc/", more)
    assert answer.status_code == 302, answer.content.decode()[:500]
    return str(answer["Location"])


def back(client: Client, address: str) -> Any:
    """The browser comes back."""
    path, _, query = address.removeprefix("http://127.0.0.1:8000").partition("?")
    return client.get(f"{path}?{query}")


def log_in(client: Client, real: Oidc, login: str = "kim", **more: str) -> Any:
    return back(client, real.walk(begin(client, **more), login))


def test_the_connection_test_reads_what_the_provider_says(provider: Provider, town: making.Town) -> None:
    by = User.objects.get(role="administrator")
    assert actions.test_provider(provider, by=by) == ""
    Provider.objects.filter(pk=provider.pk).update(issuer=provider.issuer + "/fel")
    assert actions.test_provider(Provider.objects.get(pk=provider.pk), by=by) == "no_document"


def test_the_first_log_in_makes_the_account_that_the_claims_give(
    provider: Provider, real: Oidc, client: Client
) -> None:
    answer = log_in(client, real, next="/disk/?ko=new")
    assert (answer.status_code, answer["Location"]) == (302, "/disk/?ko=new")
    user = User.objects.get(email="kim@exempel.se")
    assert (user.name, user.role, user.unit and user.unit.name) == ("Kim Påhittad", "communicator", "Kom")
    assert not user.has_usable_password()
    assert client.get("/disk/").status_code == 200
    assert user.log_ins.get().method == "oidc"
    assert {"staff.made_by_claims", "staff.logged_in"} <= set(Event.objects.values_list("kind", flat=True))


def test_role_and_account_follow_the_claims_at_each_log_in(provider: Provider, real: Oidc, client: Client) -> None:
    log_in(client, real)
    real.people({"kim": KIM | {"groups": ["torget-admin", "kommunikation"]}})
    log_in(client, real)
    user = User.objects.get(email="kim@exempel.se")
    assert user.role == "administrator"
    real.people({"kim": KIM | {"groups": []}})
    answer = log_in(client, real)
    assert answer.status_code == 400
    assert "ger ingen roll" in answer.content.decode()
    user.refresh_from_db()
    assert not user.is_active
    assert client.get("/disk/").status_code == 302
    real.people({"kim": KIM})
    assert log_in(client, real).status_code == 302
    user.refresh_from_db()
    assert (user.is_active, user.role) == (True, "communicator")


def test_nobody_gets_in_without_a_row_that_fits(provider: Provider, real: Oidc, client: Client) -> None:
    real.people({"eva": KIM | {"groups": ["kommunikation "], "email": "eva@exempel.se"}})
    assert log_in(client, real, "eva").status_code == 400
    assert not User.objects.filter(email="eva@exempel.se").exists()


def test_the_last_administrator_is_never_locked_out(provider: Provider, real: Oidc, client: Client) -> None:
    real.people({"kim": KIM | {"groups": ["torget-admin"]}})
    log_in(client, real)
    User.objects.filter(role="administrator").exclude(email="kim@exempel.se").update(is_active=False)
    for groups in ([], ["kommunikation"]):
        real.people({"kim": KIM | {"groups": groups}})
        assert log_in(client, real).status_code == 302
        kim = User.objects.get(email="kim@exempel.se")
        assert (kim.is_active, kim.role) == (True, "administrator")
    assert Event.objects.filter(kind="staff.role_kept").count() == 2


def test_an_account_is_tied_only_by_an_address_that_the_provider_vouches_for(
    provider: Provider, real: Oidc, client: Client
) -> None:
    there = User.objects.create_user("kim@exempel.se", "ett långt lösenord", name="Kim", role="registrar")
    real.people({"kim": KIM | {"email_verified": False}})
    assert "redan ett konto" in log_in(client, real).content.decode()
    assert not Identity.objects.exists()
    real.people({"kim": KIM})
    assert log_in(client, real).status_code == 302
    there.refresh_from_db()
    assert there.role == "communicator"


def test_an_account_that_was_shut_here_stays_shut(provider: Provider, real: Oidc, client: Client) -> None:
    log_in(client, real)
    User.objects.filter(email="kim@exempel.se").update(is_active=False)
    assert "avstängt" in log_in(Client(), real).content.decode()
    assert not User.objects.get(email="kim@exempel.se").is_active


def test_coming_back_twice_or_elsewhere_or_with_another_state_is_refused(
    provider: Provider, real: Oidc, client: Client
) -> None:
    there = real.walk(begin(client), "kim")
    stranger = Client()
    assert "en annan webbläsare" in back(stranger, there).content.decode()
    assert back(client, there).status_code == 302
    assert "redan använd" in back(client, there).content.decode() or back(client, there).status_code == 400
    begin(client)
    assert back(client, there.replace("state=", "state=x")).status_code == 400


def test_the_verifier_and_the_nonce_belong_to_the_state(
    provider: Provider, real: Oidc, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = sealing.derived
    for purpose in ("verifier", "nonce"):
        there = real.walk(begin(client), "kim")
        with monkeypatch.context() as changed:
            changed.setattr(
                sealing, "derived", lambda what, of, p=purpose: derived(what, of) + ("x" if what == p else "")
            )
            assert back(client, there).status_code == 400
    assert not User.objects.filter(email="kim@exempel.se").exists()
    reasons = list(Event.objects.filter(kind="staff.provider_refused").values_list("detail", flat=True))
    assert sorted(reasons) == ["no_token", "other_nonce"]


def test_saying_no_at_the_provider_is_told_as_that(provider: Provider, real: Oidc, client: Client) -> None:
    answer = log_in(client, real, "")
    assert answer.status_code == 400
    assert "Du avbröt" in answer.content.decode()


def test_passwords_can_be_turned_off_only_when_an_administrator_has_come_by_the_provider(
    provider: Provider, real: Oidc, client: Client
) -> None:
    admin = User.objects.create_user("vd@exempel.se", "ett långt lösenord", name="Vd", role="administrator")
    client.force_login(admin)
    off = {"second_factor": "everyone"}
    assert "prova den" in client.post("/installningar/konton/regler/", off).content.decode()
    actions.test_provider(provider, by=admin)
    assert "utelåsta" in client.post("/installningar/konton/regler/", off).content.decode()
    real.people({"kim": KIM | {"groups": ["torget-admin"]}})
    log_in(Client(), real)
    assert client.post("/installningar/konton/regler/", off).status_code == 302
    assert not Policy.current().passwords
    there = Client()
    assert 'name="password"' not in there.get("/konto/login/").content.decode()
    tried = there.post("/konto/login/", {"login": "vd@exempel.se", "password": "ett långt lösenord"})
    assert tried.status_code == 200
    assert there.get("/disk/").status_code == 302
    assert actions.passwords_on()
    assert there.post("/konto/login/", {"login": "vd@exempel.se", "password": "ett långt lösenord"}).status_code == 302


def test_a_resident_shows_who_they_are_in_one_conversation(
    real: Oidc, provider: Provider, town: making.Town, client: Client
) -> None:
    resident = Provider(
        purpose="residents", name="Legitimeringen", issuer=real.issuer, client_id=CLIENT, number_claim=NUMBER, on=True,
        scopes="openid profile https://id.oidc.se/scope/naturalPersonNumber",
    )  # fmt: skip
    staff = town.user(Role.COMMUNICATOR, "Amina Testsson")
    actions.change_provider(resident, secret=SECRET, by=staff)
    real.people({"signe": {"name": "Signe Testsson", NUMBER: making.PERSON.replace("-", "")}})
    secret, conversation = town.written("Får jag se min akt?")
    client.force_login(staff)
    assert "Be den som skrev att legitimera sig" in client.get(f"/disk/{conversation.number}/").content.decode()
    assert Client().get(f"/kvitto/{secret}/legitimera/").status_code == 404
    client.post(f"/disk/{conversation.number}/legitimera/")
    writer = Client()
    assert "Legitimera dig" in writer.get(f"/kvitto/{secret}/").content.decode()
    assert not writer.cookies
    page = writer.get(f"/kvitto/{secret}/legitimera/").content.decode()
    address = page.split('<a class="btn primary" href="')[1].split('"')[0].replace("&amp;", "&")
    answer = back(writer, real.walk(address, "signe"))
    assert (answer.status_code, answer["Location"]) == (302, f"/kvitto/{secret}/")
    assert "Du har legitimerat dig" in writer.get(f"/kvitto/{secret}/").content.decode()
    assert "sessionid" not in writer.cookies
    given = IdentityRequest.objects.get()
    assert given.name == "Signe Testsson"
    assert b"19121212" not in bytes(given.number or b"")
    shown = client.get(f"/disk/{conversation.number}/").content.decode()
    assert "Signe Testsson" in shown
    assert "19121212-****" in shown
    assert "191212121212" not in shown
    read = client.post(f"/disk/legitimation/{given.pk}/nummer/").content.decode()
    assert "191212121212" in read
    # The identity is that conversation's alone, and makes nobody an account.
    other = town.written("En annan fråga")[1]
    assert "Signe Testsson" not in client.get(f"/disk/{other.number}/").content.decode()
    assert not Identity.objects.exists()
    assert Handshake.objects.filter(used_at__isnull=True).count() == 0
    assert given.state == rules.Asking.GIVEN


def test_a_document_is_asked_for_anew_when_the_settings_change(provider: Provider, real: Oidc) -> None:
    assert oidc.discover(real.issuer) is oidc.discover(real.issuer)
    oidc.forget(real.issuer)
    assert oidc.discover(real.issuer)["issuer"] == real.issuer

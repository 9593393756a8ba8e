"""What somebody hostile tries: guessed addresses, made-up returns, a thief who is quick, a provider that is another."""

import pytest
from django.test import Client

from tests.support import making
from torget.accounts import actions, sealing
from torget.accounts.actions.sessions import KEY
from torget.accounts.models import Event, Identity, Policy, Provider
from torget.accounts.tests.test_pages import PASSWORD, log_in
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.actions import staffing
from torget.organisations.models import User
from torget.organisations.rules import Role


@pytest.fixture
def boss(town: making.Town) -> User:
    return town.user(Role.ADMINISTRATOR)


@pytest.fixture
def kim(town: making.Town) -> User:
    return User.objects.create_user("kim@exempel.se", PASSWORD, name="Kim Testsson", role="communicator")


def test_after_it_was_not_me_the_next_log_in_is_told(kim: User) -> None:
    actions.note_device(kim, "")
    actions.end_all(kim, kind="staff.not_me")
    _, told = actions.note_device(kim, "")
    assert told


def test_a_page_that_fetches_itself_keeps_nobody_logged_in(kim: User) -> None:
    client = log_in()
    assert client.get("/disk/").status_code == 200
    session = client.session
    held = session[KEY]
    session[KEY] = held | {"seen": float(held["seen"]) - 600}
    session.save()
    client.get("/disk/", headers={"X-Torget-Live": "1"})
    assert client.session[KEY]["seen"] == session[KEY]["seen"]
    client.get("/disk/")
    assert client.session[KEY]["seen"] > session[KEY]["seen"]


@pytest.mark.parametrize("address", ["a:" * 40, "1.2.3", "", "::1", "192.0.2.7"])
def test_an_address_that_is_none_is_not_kept(kim: User, address: str) -> None:
    Client(REMOTE_ADDR=address).post("/konto/login/", {"login": kim.email, "password": "fel"})
    kept = Event.objects.filter(kind="staff.log_in_failed").values_list("address", flat=True).last()
    assert kept == (address if address in ("::1", "192.0.2.7") else None)


def test_whoever_made_an_address_up_writes_nothing(client: Client, kim: User) -> None:
    before = Event.objects.count()
    # The minute of the limit may turn once on the way: twice as many come in any case too often.
    answers = [client.get("/konto/oidc/klart/?state=x", REMOTE_ADDR="192.0.2.99").status_code for _ in range(121)]
    assert answers[:60].count(400) >= 59 and set(answers) == {400, 429}
    assert Event.objects.count() == before


def test_an_account_that_was_shut_here_is_not_opened_by_what_claims_did_before(kim: User, boss: User) -> None:
    held = Identity.objects.create(
        user=kim, issuer="https://a.exempel.se", subject="k", first_at=clock.now(), last_at=clock.now(),
        shut_at=clock.now(),
    )  # fmt: skip
    staffing.deactivate(kim, by=boss)
    held.refresh_from_db()
    assert held.shut_at is None


def test_another_issuer_gets_no_secret_and_the_only_way_in_stays(boss: User) -> None:
    provider = Provider(purpose="staff", name="A", issuer="https://a.exempel.se", client_id="t", on=True)
    actions.change_provider(provider, secret="hemligt", by=boss)
    provider.issuer = "https://b.exempel.se"
    actions.change_provider(provider, secret="", by=boss)
    assert sealing.secret_of(provider.pk) == ""
    Policy.objects.filter(pk=1).update(passwords=False)
    provider.issuer = "https://c.exempel.se"
    with pytest.raises(Refused, match="last_way_in"):
        actions.change_provider(provider, secret="x", by=boss)
    assert Provider.objects.get().issuer == "https://b.exempel.se"

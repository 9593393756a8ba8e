"""Passwords, sessions and second factors: what a log-in takes, what ends it, and what it tells nobody."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from tests.support import making
from torget.organisations.models import Organisation, User

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PASSWORD = "Bryggan vid Ekevik 17"
LOGIN = "/konto/login/"


@pytest.fixture
def user(db: None) -> User:
    made = making.town().user()
    made.set_password(PASSWORD)
    made.save()
    return made


def logged_in(user: User, password: str = PASSWORD, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(LOGIN, {"login": user.email, "password": password})
    return client


@pytest.mark.parametrize(
    "password",
    ["kort", "elva tecken", "password1234", "123456789012", "qwertyuiop12", "Ekeviks kommun 2026", "Torget2026torget",
     "kommunstyrelsen1", "communicator1@exempel.se"],
)  # fmt: skip
def test_a_password_that_many_would_guess_is_refused(password: str, user: User) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, user)


@pytest.mark.parametrize(
    "password",
    [
        "bara små bokstäver",
        "BRYGGANVIDEKEVIK",
        "  blanka i kanterna  ",
        "å" * 64,
        "🐟🐟🐟🐟🐟🐟🐟🐟🐟🐟🐟🐟",
        "x7" * 60,
    ],
)
def test_any_signs_in_any_number_are_a_password_and_each_counts(password: str, user: User) -> None:
    validate_password(password, user)
    user.set_password(password)
    user.save()
    assert "_auth_user_id" in logged_in(user, password).session
    for other in (password.swapcase(), password.strip(), password[:-1], password[:72]):
        if other != password:
            assert "_auth_user_id" not in logged_in(user, other).session


def test_a_password_is_kept_as_a_slow_hash(user: User) -> None:
    kind, rounds, _, _ = user.password.split("$")
    # How many an installation takes: test_settings.test_a_password_takes_the_rounds_that_django_asks_for.
    assert (kind, int(rounds)) == ("pbkdf2_sha256", PBKDF2PasswordHasher.iterations)
    assert PASSWORD not in making.everything()


def test_the_field_hides_what_is_written_and_takes_what_is_pasted(client: Client, user: User) -> None:
    page = client.get(LOGIN).content.decode()
    fields = re.findall(r"<input[^>]*password[^>]*>", page)
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert 'autocomplete="current-password"' in field
        assert "onpaste" not in field
        assert "maxlength" not in field


def test_a_new_password_asks_for_the_old_one(user: User) -> None:
    client = logged_in(user)
    new = "Sju vita svanar på isen"
    client.post("/konto/password/change/", {"oldpassword": "fel", "password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    client.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)


def test_other_sessions_end_with_the_old_password(user: User) -> None:
    here, there = logged_in(user), logged_in(user)
    new = "Sju vita svanar på isen"
    here.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert there.get("/disk/").status_code == 302


def test_a_session_is_new_with_each_log_in_and_dead_after_it(user: User) -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "of another"
    session.save()
    client.cookies["sessionid"] = before = str(session.session_key)
    logged_in(user, client=client)
    after = client.cookies["sessionid"].value
    assert after != before, "whoever planted a session beforehand would be logged in too"
    assert re.fullmatch(r"[a-z0-9]{32}", after), "32 of 36 signs: 165 bits"
    client.post("/konto/logout/")
    thief = Client()
    thief.cookies["sessionid"] = after
    assert thief.get("/disk/").status_code == 302


def test_a_role_that_is_taken_away_and_an_account_that_is_shut_hold_at_once(user: User) -> None:
    client = logged_in(user)
    assert client.get("/resultat/").status_code == 200
    User.objects.filter(pk=user.pk).update(role="expert")
    # The log-in ends with the role that it was begun in, and a new one has no more than the new role.
    assert client.get("/resultat/").status_code == 302
    client = logged_in(User.objects.get(pk=user.pk))
    assert client.get("/resultat/").status_code == 403
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/disk/").status_code == 302


def test_an_address_that_nobody_has_is_answered_as_one_that_somebody_has(user: User) -> None:
    def told(address: str, **form: str) -> tuple[int, str]:
        client = Client()
        answer = client.post(address, form, follow=True)
        text = re.sub(r'value="[^"]*"', "", answer.content.decode())
        return answer.status_code, text

    right, wrong = user.email, "ingen@exempel.se"
    assert told(LOGIN, login=right, password="fel") == told(LOGIN, login=wrong, password="fel")
    assert told("/konto/password/reset/", email=right) == told("/konto/password/reset/", email=wrong)
    assert [letter.to for letter in mail.outbox] == [[right]]


def test_who_guesses_is_stopped_for_a_while_and_the_owner_elsewhere_is_not(user: User) -> None:
    for _ in range(6):
        last = Client().post(LOGIN, {"login": user.email, "password": "gissning"}, REMOTE_ADDR="192.0.2.7")
    assert "_auth_user_id" not in logged_in(user, client=Client(REMOTE_ADDR="192.0.2.7")).session
    assert last.status_code in (200, 429)


def test_a_forgotten_password_is_set_by_a_link_that_works_once_and_not_past_the_second_factor(user: User) -> None:
    Organisation.objects.update(demo=False)
    seed = totp.generate_totp_secret()
    totp.TOTP.activate(user, seed)
    Client().post("/konto/password/reset/", {"email": user.email})
    link = re.search(r"https?://[^/\s]+(/konto/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert link
    client, new = Client(), {"password1": "Sju vita svanar på isen", "password2": "Sju vita svanar på isen"}
    form = client.get(link[1], follow=True)
    client.post(form.redirect_chain[-1][0], new)
    user.refresh_from_db()
    assert user.check_password(new["password1"])
    assert client.get("/disk/").status_code == 302, "the desk asks for the second factor"
    again = Client().get(link[1], follow=True)
    assert 'name="password1"' not in again.content.decode()


def test_a_code_opens_once_and_recovery_codes_are_many_enough_signs(user: User) -> None:
    Organisation.objects.update(demo=False)
    seed = totp.generate_totp_secret()
    totp.TOTP.activate(user, seed)
    assert len(seed) >= 32, "160 bits of a generator for secrets"
    code = totp.format_hotp_value(totp.hotp_value(seed, next(totp.yield_hotp_counters_from_time())))
    first, second = logged_in(user), logged_in(user)
    assert "_auth_user_id" not in first.session, "the password alone opens nothing"
    first.post("/konto/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" in first.session
    second.post("/konto/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" not in second.session, "a code that was seen over the shoulder is spent"
    codes: Any = RecoveryCodes.activate(user)
    kept = codes.get_unused_codes()
    assert len(kept) == 10
    assert all(len(one) >= 8 for one in kept)
    third, fourth = logged_in(user), logged_in(user)
    third.post("/konto/2fa/authenticate/", {"code": kept[0]})
    assert "_auth_user_id" in third.session
    fourth.post("/konto/2fa/authenticate/", {"code": kept[0]})
    assert "_auth_user_id" not in fourth.session
    assert Authenticator.objects.filter(user=user).count() == 2


def test_there_are_no_accounts_to_begin_with(db: None) -> None:
    assert not User.objects.exists()
    assert Client().get("/konto/signup/").content.count(b"<form") <= 1
    Client().post("/konto/signup/", {"email": "a@exempel.se", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()


def test_to_log_out_is_on_every_page_of_staff(user: User) -> None:
    client = logged_in(user)
    for address in ("/disk/", "/resultat/", "/disk/inlagg/", "/disk/notiser/", "/konto/password/change/"):
        assert b'action="/konto/logout/"' in client.get(address).content, address


def test_who_logs_out_leaves_nothing_in_the_browser(user: User) -> None:
    client = logged_in(user)
    assert client.get("/disk/").headers["Cache-Control"] == "no-store"
    assert client.post("/konto/logout/").headers["Clear-Site-Data"] == '"cache"'

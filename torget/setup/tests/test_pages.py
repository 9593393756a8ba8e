"""The guide and its steps, through their addresses."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Town
from torget.core.testing import squeezed
from torget.organisations.models import Authority, OfficialAccount, Organisation, Unit, User
from torget.organisations.rules import Role
from torget.register.models import Case
from torget.setup import reading
from torget.setup.rules.guide import Standing, Step

GUIDE = "/installningar/komigang/"


def body(response: Any) -> str:
    """The page as text."""
    return html.unescape(squeezed(response.content.decode()))


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("step", list(Step))
def test_each_step_is_a_page_in_both_languages(admin: Client, step: Step, language: str) -> None:
    assert admin.get(f"{language}{GUIDE}{step.value}/").status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_set_up(client: Client, town: Town, role: Role) -> None:
    client.force_login(town.user(role))
    for address in (GUIDE, f"{GUIDE}utseende/", "/installningar/medarbetare/", "/installningar/medarbetare/lista/"):
        assert client.get(address).status_code == 403
    for address in ("utseende/klart/", "avsluta/", "provmejl/", "namnder/namnd/1/upp/"):
        assert client.post(GUIDE + address).status_code == 403
    assert "Kom igång" not in body(client.get("/disk/"))


def test_the_guide_is_left_and_taken_up_where_it_was(admin: Client) -> None:
    assert "Nästa steg: Namn och utseende" in body(admin.get(GUIDE))
    skipped = admin.post(f"{GUIDE}utseende/klart/", {"lage": "skipped"})
    assert skipped.headers["Location"] == f"{GUIDE}namnder/"
    admin.post(f"{GUIDE}namnder/klart/", {"lage": "done"})
    assert "Nästa steg: Öppettider" in body(admin.get(GUIDE))
    assert "2 av 9 steg" in body(admin.get("/installningar/"))
    assert reading.standings()[Step.LOOK] is Standing.SKIPPED


def test_what_is_there_counts_as_done_whoever_made_it(admin: Client, town: Town) -> None:
    assert reading.standings()[Step.STAFF] is Standing.OPEN
    town.user()
    Unit.objects.create(name="Gatuenheten")
    assert {reading.standings()[step] for step in (Step.STAFF, Step.AUTHORITIES)} == {Standing.DONE}


def test_the_guide_is_put_away_and_shown_again(admin: Client) -> None:
    assert GUIDE in body(admin.get("/disk/"))
    assert admin.post(f"{GUIDE}avsluta/").headers["Location"] == "/disk/"
    assert "steg är klara" not in body(admin.get("/installningar/"))
    admin.post(f"{GUIDE}avsluta/", {"igen": "1"})
    assert "steg är klara" in body(admin.get("/installningar/"))


def test_a_step_that_is_not_there(admin: Client) -> None:
    assert admin.get(f"{GUIDE}hejsan/").status_code == 404
    assert admin.post(f"{GUIDE}hejsan/klart/").status_code == 404


# ---- authorities and units -------------------------------------------------------------------------------------------


def test_authorities_and_units_are_added_renamed_and_put_in_order(admin: Client, town: Town) -> None:
    page = f"{GUIDE}namnder/"
    given = {"slag": "namnd", "name": "Byggnadsnämnden", "prefix": "bn", "archive_creator": "Byggnadsnämnden"}
    assert admin.post(page, given).status_code == 302
    assert admin.post(page, {"slag": "enhet", "name": "Gator"}).status_code == 302
    assert admin.post(page, {"slag": "enhet", "name": "Parker"}).status_code == 302
    parks = Unit.objects.get(name="Parker")
    admin.post(f"{page}enhet/{parks.pk}/upp/")
    assert list(Unit.objects.values_list("name", flat=True)) == ["Parker", "Gator"]
    board = Authority.objects.get(prefix="BN")
    # By place and then name, Byggnadsnämnden stands first; the other is moved up before it.
    admin.post(f"{page}namnd/{town.authority.pk}/upp/")
    options = body(Client().get("/skriv/"))
    assert options.index("Kommunstyrelsen</option>") < options.index("Byggnadsnämnden</option>")
    changed = {"name": "Miljö- och byggnadsnämnden", "prefix": "MBN", "archive_creator": "MBN"}
    assert admin.post(f"{page}namnd/{board.pk}/", changed).status_code == 302
    assert Authority.objects.get(pk=board.pk).prefix == "MBN"


def test_a_prefix_that_stands_in_numbers_stays(admin: Client, town: Town) -> None:
    town.given("Registrera mig, tack")
    if not Case.objects.exists():
        Case.objects.create(authority=town.authority, year=2026, number=1, subject="x", opened_at="2026-11-16T09:00Z")
    address = f"{GUIDE}namnder/namnd/{town.authority.pk}/"
    response = admin.post(address, {"name": "Nytt namn", "prefix": "NY", "archive_creator": "KS"})
    assert response.status_code == 400 and "står redan i diarienummer" in body(response)
    assert Authority.objects.get().prefix == "KS"
    assert admin.post(address, {"name": "Nytt namn", "prefix": "KS", "archive_creator": "KS"}).status_code == 302


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param(
            {"slag": "namnd", "name": "X", "prefix": "K/S", "archive_creator": "X"}, "bokstäver", id="a slash"
        ),
        pytest.param({"slag": "namnd", "name": "", "prefix": "X", "archive_creator": "X"}, "Fyll i", id="no name"),
        pytest.param({"slag": "enhet", "name": "X", "email": "x"}, "error", id="no address"),
    ],
)
def test_what_is_wrong_is_said_and_kept(admin: Client, given: dict[str, str], says: str) -> None:
    response = admin.post(f"{GUIDE}namnder/", given)
    assert response.status_code == 400 and says in body(response)
    # The summary says what it is, and not what the step is called.
    assert "Ändra det här, så kan vi ta emot det</h2>" in body(response)
    assert Authority.objects.count() == 1 and not Unit.objects.exists()


# ---- hours, texts, retention -----------------------------------------------------------------------------------------


def test_hours_and_promise(admin: Client) -> None:
    given = {"opens": "09:00", "closes": "15:00", "answer_days": "3", "phone": "0123-45", "email": ""}
    assert admin.post(f"{GUIDE}oppettider/", given).status_code == 302
    organisation = Organisation.current()
    assert (organisation.answer_days, str(organisation.opens), organisation.phone) == (3, "09:00:00", "0123-45")
    assert admin.post(f"{GUIDE}oppettider/", given | {"closes": "08:00"}).status_code == 400


def test_own_words_are_previewed_saved_and_shown_and_never_as_html(admin: Client, town: Town) -> None:
    page = f"{GUIDE}texter/"
    words = {
        "form_sv": "Ring 112 om det <b>brinner</b>.",
        "form_en": "Call 112.",
        "acknowledgement_sv": "Hejsan!\nTack.",
    }
    shown = admin.post(page, words | {"visa": "1"})
    assert "förhandsvisning" in body(shown) and not Organisation.current().texts
    assert admin.post(page, words).status_code == 302
    assert b"Ring 112 om det &lt;b&gt;brinner" in Client().get("/skriv/").content
    assert "Call 112." in body(Client().get("/en/skriv/"))
    secret, _ = town.written("Hej")
    assert "Ring 112" not in body(Client().get(f"/kvitto/{secret}/"))
    assert Organisation.current().own_words("acknowledgement") == "Hejsan! Tack."
    assert admin.post(page, {"form_sv": " "}).status_code == 302 and Organisation.current().texts == {}
    assert admin.post(page, {"form_sv": "x" * 601}).status_code == 400


def test_own_words_begin_the_acknowledgement_and_the_facts_stay(town: Town) -> None:
    from torget.conversations.actions import acknowledging

    _, conversation = town.written("Hej", email="signe@exempel.se")
    town.organisation.texts = {"acknowledgement_sv": "Tack för att du skrev till Ekevik."}
    text = acknowledging.words(conversation, town.organisation, "hemlig")
    assert text.startswith(f"Tack för att du skrev till Ekevik. Det har nummer {conversation.number}.")
    assert "/kvitto/hemlig/" in text


def test_retention_needs_a_decision_and_shows_what_may_go(admin: Client, town: Town) -> None:
    page = f"{GUIDE}gallring/"
    assert admin.post(page, {"trivial_days": "30"}).status_code == 400
    assert admin.post(page, {"trivial_days": "0", "retention_mandate": "KS 2026/1"}).status_code == 400
    assert admin.post(page, {"trivial_days": "30", "retention_mandate": "Gallringsplan § 4"}).status_code == 302
    organisation = Organisation.current()
    assert (organisation.trivial_days, organisation.spam_days) == (30, None)


def test_a_trial_mail_says_what_became_of_it(admin: Client, boss: User, mailoutbox: Any) -> None:
    response = admin.post(f"{GUIDE}provmejl/", follow=True)
    assert "Ingen brevlåda" in body(response)


# ---- the public list of accounts -------------------------------------------------------------------------------------


def test_the_list_of_accounts_is_kept_in_the_browser(admin: Client, town: Town) -> None:
    page = "/installningar/vara-konton/"
    given = {"channel": "mastodon", "name": "Ekevik", "handle": "@ekevik@social.exempel.se", "url": "https://social.exempel.se/@ekevik",
             "authority": town.authority.pk, "rules_text": "Vi svarar vardagar."}  # fmt: skip
    assert admin.post(page, given | {"url": "javascript:alert(1)"}).status_code == 400
    assert admin.post(page, given).status_code == 302
    assert "@ekevik@social.exempel.se" in body(Client().get("/kanaler/"))
    assert admin.post(page, given).status_code == 400
    pk = OfficialAccount.objects.get().pk
    assert admin.post(f"{page}{pk}/", given | {"name": "Ekeviks kommun"}).status_code == 302
    assert "Ekeviks kommun" in body(Client().get("/kanaler/"))
    offered = admin.post(f"{page}{pk}/bort/", follow=True).content.decode()
    assert "@ekevik" not in body(Client().get("/kanaler/")) and admin.post(f"{page}{pk}/bort/").status_code == 404
    # One press took it away, with all that was written: the list offers it back, once.
    back = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', offered))
    for _ in range(2):  # a double click
        assert admin.post(page, back).status_code == 302
    assert OfficialAccount.objects.get().pk == pk
    assert "Vi svarar vardagar." in body(Client().get("/kanaler/"))
    assert "Hämta tillbaka" not in body(admin.get(page))


@pytest.mark.parametrize("page", ["vara-konton/", "medarbetare/", "komigang/namnder/", "medarbetare/{boss}/"])
def test_no_list_begins_with_dashes(admin: Client, boss: User, town: Town, page: str) -> None:
    shown = body(admin.get("/installningar/" + page.format(boss=boss.pk)))
    assert "---" not in shown and "<option" in shown

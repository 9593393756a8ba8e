"""A list of staff as a file, on its page: a preview first, nothing lost, and twice changes nothing."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from torget.journal.models import Entry
from torget.organisations.models import Invitation, Unit, User
from torget.setup.tests.test_pages import body

PAGE = "/installningar/medarbetare/lista/"
GOOD = (
    "namn;e-post;roll;enhet;titel\nBo Öberg;bo@exempel.se;Registrator;Kansliet;Arkivarie\nÅsa;asa@exempel.se;Expert;;\n"
)


def upload(content: bytes) -> dict[str, Any]:
    """What a browser sends for a chosen file."""
    return {"file": SimpleUploadedFile("personal.csv", content, "text/csv"), "text": ""}


@pytest.fixture(autouse=True)
def _unit(db: None) -> None:
    Unit.objects.create(name="Kansliet")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_list_is_shown_before_it_is_done_and_done_once(admin: Client, encoding: str) -> None:
    shown = admin.post(PAGE, upload(GOOD.encode(encoding)))
    assert shown.status_code == 200 and "2 personer bjuds in." in body(shown) and "Bo Öberg" in body(shown)
    assert not Invitation.objects.exists() and not Entry.objects.exists()
    assert admin.post(PAGE, {"text": GOOD, "bjud-in": "1"}).status_code == 302
    asked = list(Invitation.objects.order_by("email").values_list("email", "name", "role", "unit__name", "title"))
    assert asked == [("asa@exempel.se", "Åsa", "expert", None, ""),
                     ("bo@exempel.se", "Bo Öberg", "registrar", "Kansliet", "Arkivarie")]  # fmt: skip
    before = list(Invitation.objects.order_by("pk").values())
    again = admin.post(PAGE, {"text": GOOD.upper(), "bjud-in": "1"}, follow=True)
    assert "0 medarbetare är inbjudna" in body(again)
    assert list(Invitation.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["Swedish", "English"])
@pytest.mark.parametrize("role", ["godkännare", "Approver"])
def test_a_role_is_known_in_either_language(admin: Client, prefix: str, role: str) -> None:
    text = f"name;e-post;role\nBo Öberg;bo@exempel.se;{role}\n"
    assert admin.post(prefix + PAGE, {"text": text, "bjud-in": "1"}).status_code == 302
    assert Invitation.objects.get().role == "approver"


def test_a_row_that_is_wrong_says_why_and_the_others_go_on(admin: Client, boss: User) -> None:
    text = f"{GOOD}Chef;{boss.email};Expert;;\n=1+1;x@exempel.se;Expert;;\nEva;eva;Expert;;\n"
    shown = body(admin.post(PAGE, {"text": text}))
    for words in (
        "2 personer bjuds in.",
        "1 finns redan.",
        "2 rader går inte att läsa",
        "kalkylprogram",
        "går inte att",
    ):
        assert words in shown
    # The list stays on the page, to be mended there.
    assert "Eva;eva;Expert" in shown
    admin.post(PAGE, {"text": text, "bjud-in": "1"})
    assert Invitation.objects.count() == 2 and User.objects.get(pk=boss.pk).role == "administrator"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"x" * 10_000_000, "för stor", id="ten megabytes"),
        pytest.param(b"namn;e-post\x00;roll\n", "ingen textfil", id="NUL"),
        pytest.param(b"PK\x03\x04 \x00", "ingen textfil", id="a spreadsheet itself"),
        pytest.param(b"Bo;bo@exempel.se;Expert\n", "namnge kolumnerna", id="no first line"),
        pytest.param(b"namn;e-post;roll\n", "inga rader", id="no rows"),
        pytest.param(b'namn;e-post;roll\n"Bo;bo@exempel.se;Expert\n', "citattecken", id="half a quote"),
    ],
)
def test_a_file_that_is_none_is_told_in_words(admin: Client, content: bytes, says: str) -> None:
    response = admin.post(PAGE, upload(content))
    assert response.status_code == 400 and says in body(response)
    assert not Invitation.objects.exists()


def test_nothing_chosen_and_nul_in_the_box(admin: Client) -> None:
    assert "Välj en fil" in body(admin.post(PAGE, {"text": " "}))
    assert admin.post(PAGE, {"text": "namn;e-post;roll\nBo\x00;b@exempel.se;Expert", "bjud-in": "1"}).status_code == 400
    assert not Invitation.objects.exists()


def test_a_list_cannot_be_sent_from_elsewhere(boss: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(boss)
    assert strict.post(PAGE, {"text": GOOD, "bjud-in": "1"}).status_code == 403
    assert not Invitation.objects.exists()


def test_what_a_list_holds_is_never_read_as_html(admin: Client) -> None:
    text = "namn;e-post;roll\n<script>alert(1)</script>;s@exempel.se;Expert\n</textarea><b>;t@exempel.se;Expert\n"
    page = admin.post(PAGE, {"text": text}).content
    assert b"<script>alert" not in page and b"</textarea><b>" not in page

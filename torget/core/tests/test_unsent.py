"""Words that were written when the log-in had ended, or when the form's token was another's, are given back."""

from urllib.parse import quote

import pytest
from django.apps import apps
from django.test import Client

from tests.support.making import Town

PAGE = "/disk/svarsmallar/ny/"
GIVEN = {"title": "Tack för tipset", "text": "Hej {förnamn}!\n\nVi <b>lagar</b> den i morgon.", "shared": "on"}


@pytest.fixture
def client(town: Town) -> Client:
    """A communicator who has the page open, in a browser whose forms need their token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.user())
    client.get(PAGE)
    return client


def _posted(client: Client, **more: str) -> str:
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    answer = client.post(
        PAGE, GIVEN | {"csrfmiddlewaretoken": token} | more, headers={"Referer": f"http://testserver{PAGE}"}
    )
    assert answer.status_code == 403 and answer.headers["Cache-Control"] == "no-store"
    assert not apps.get_model("team", "SavedReply").objects.exists()
    return answer.content.decode()


def test_who_was_logged_out_while_writing_loses_nothing(client: Client) -> None:
    del client.cookies["sessionid"]
    page = _posted(client, password="ett långt lösenord")
    assert "Vi &lt;b&gt;lagar&lt;/b&gt; den i morgon." in page and "Tack för tipset" in page
    assert f"/konto/login/?next={quote(PAGE, safe='')}" in page
    assert "ett långt lösenord" not in page


def test_a_token_of_another_log_in_loses_nothing(client: Client) -> None:
    page = _posted(client, csrfmiddlewaretoken="x" * 64)
    assert "den i morgon." in page and "Det är inte skickat." in page


def test_who_had_written_nothing_is_led_to_the_log_in(client: Client) -> None:
    del client.cookies["sessionid"]
    token = client.cookies["csrftoken"].value
    answer = client.post("/disk/notiser/lasta/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 302 and answer.headers["Location"] == "/konto/login/"


@pytest.mark.parametrize("referer", ["http://[trasig/x", "//", "x", ""])
def test_a_broken_word_of_where_one_came_from_breaks_nothing(client: Client, referer: str) -> None:
    del client.cookies["sessionid"]
    token = client.cookies["csrftoken"].value
    answer = client.post(PAGE, GIVEN | {"csrfmiddlewaretoken": token}, headers={"Referer": referer})
    assert answer.status_code == 403 and "den i morgon." in answer.content.decode()


def test_a_form_that_was_broken_off_is_refused_as_before(client: Client) -> None:
    broken = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nHej du'
    answer = client.generic("POST", PAGE, broken, content_type="multipart/form-data; boundary=")
    assert answer.status_code in (400, 403)

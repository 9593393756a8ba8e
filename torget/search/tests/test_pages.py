"""The search page through its address."""

import html

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import Town
from torget.organisations.models import User
from torget.organisations.rules import Right, Role, may
from torget.search import actions as search


@pytest.fixture
def user(client: Client, town: Town) -> User:
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


def _body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    return response.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_who_has_a_place_at_the_desk_may_search(client: Client, town: Town, role: Role) -> None:
    assert client.get("/disk/sok/?q=bro").headers["Location"].startswith("/konto/login/?next=%2Fdisk%2Fsok%2F")
    client.force_login(town.user(role))
    assert client.get("/disk/sok/?q=bro").status_code == (200 if may(role, Right.SEE_DESK) else 403)


def test_before_anything_is_asked_the_page_says_what_can_be_found(client: Client, user: User) -> None:
    body = _body(client, "/disk/sok/")
    assert "Sök bland allt du får se" in body and 'name="q"' in body


def test_hits_are_marked_and_text_is_never_html(client: Client, town: Town, user: User) -> None:
    town.given("<script>alert(1)</script> Bron är trasig & hal", subject="<b>Bron</b>")
    search.sweep()
    body = _body(client, "/disk/sok/?q=bro")
    assert "<mark>Bron</mark>" in body and "&lt;script&gt;" in body and "<script>alert" not in body
    assert "&lt;b&gt;<mark>Bron</mark>&lt;/b&gt;" in body and 'href="/disk/1/#samtal"' in body and "1 träff." in body


def test_the_question_stands_in_the_field_and_in_the_next_page(client: Client, town: Town, user: User) -> None:
    for number in range(23):
        town.given(f"Fråga {number} om badet")
    search.sweep()
    body = html.unescape(_body(client, "/disk/sok/?q=badet&kanal=jsonl&status=&ordning="))
    assert 'value="badet"' in body and "20 träffar, det finns fler." in body
    following = body.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
    assert following.startswith("?q=badet&kanal=jsonl&efter=")
    rest = _body(client, "/disk/sok/" + following)
    assert rest.count('<h2 class="r2">') == 3 and "Till de första" in rest


@pytest.mark.parametrize("best", ["", "&ordning=bast"])
def test_pages_cost_the_same_for_many_as_for_few(client: Client, town: Town, user: User, best: str) -> None:
    counts = []
    for number in range(25):
        town.given(f"Fråga {number} om badet")
        if number in (0, 24):
            search.sweep()
            with CaptureQueriesContext(connection) as seen:
                _body(client, f"/disk/sok/?q=badet{best}")
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 16


@pytest.mark.parametrize(
    ("question", "words"),
    [
        pytest.param("q=finnsinte", "Inget här stämmer med det du skrev", id="nothing fits"),
        pytest.param("q=-bro", "Skriv också något som ska finnas med", id="only what is not there"),
        pytest.param("q=bro&fran=2026-13-45", "Inget här stämmer", id="a day that is none"),
        pytest.param("q=bro&kanal=duva&status=x&typ=y&ordning=z", "Inget här stämmer", id="unknown choices"),
        pytest.param("q=bro&efter=%27x", "Inget här stämmer", id="an unknown place"),
        pytest.param("q=%00", "Sök bland allt du får se", id="a sign that no database takes"),
        pytest.param("fran=2026-11-16&till=2026-11-16", "Inget här stämmer", id="only days"),
    ],
)
def test_what_the_page_says_when_there_is_nothing(client: Client, user: User, question: str, words: str) -> None:
    assert words in _body(client, f"/disk/sok/?{question}")


def test_by_relevance_the_page_says_how_many_were_compared(
    client: Client, town: Town, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torget.search import reading

    monkeypatch.setattr(reading, "NEWEST", 5)
    for number in range(8):
        town.given(f"Fråga {number} om badet")
    search.sweep()
    assert "De bästa av de 5 senaste träffarna." in _body(client, "/disk/sok/?q=badet&ordning=bast")


def test_in_english(client: Client, user: User) -> None:
    assert client.get("/en/disk/sok/").status_code == 200

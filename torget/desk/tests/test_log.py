"""The log in words, and the list of keys."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Town
from torget.conversations import actions
from torget.core.testing import squeezed
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.organisations.rules import Role


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


def _body(response: Any) -> str:
    return html.unescape(squeezed(response.content.decode()))


def test_the_log_tells_in_words_and_by_filter(client: Client, town: Town, user: User) -> None:
    conversation, manager = town.given(), town.user(Role.MANAGER, name="Gun Chef")
    actions.take(conversation, by=user)
    assert client.get("/disk/logg/").status_code == client.get("/disk/logg/logg.csv").status_code == 403
    client.force_login(manager)
    body = _body(client.get("/disk/logg/"))
    assert "Anna Testsson" in body and "Tog samtalet" in body and f"/disk/{conversation.number}/" in body

    def rows(query: str) -> int:
        return _body(client.get(f"/disk/logg/?{query}")).count("<tr><td>")

    everything = Entry.objects.count()
    assert rows("") == everything > 1
    assert rows(f"person={user.pk}") == rows("handelse=conversation.taken") == 1
    assert rows("dag=2026-11-16") == everything and rows("dag=2026-11-15") == 0
    assert rows("dag=igår") == rows("person=x") == everything
    table = b"".join(client.get("/disk/logg/logg.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Anna Testsson;Tog samtalet;conversation.taken" in table and len(table.splitlines()) == everything + 1


def test_the_log_is_in_pages(client: Client, town: Town, user: User) -> None:
    for _ in range(60):
        actions.note(town.given(), text="x", by=user)
    client.force_login(town.user(Role.ADMINISTRATOR))
    body = _body(client.get("/disk/logg/?handelse=conversation.noted"))
    older = re.search(r'href="(\?handelse=[^"]*fore=\d+-\d+)"', body)
    assert older and body.count("<tr><td>") == 50
    assert _body(client.get(f"/disk/logg/{older[1]}")).count("<tr><td>") == 10


def test_every_key_on_a_page_is_in_the_list(client: Client, town: Town, user: User) -> None:
    from torget.desk.keys import GROUPS

    listed = {key.key.lower() for _, keys in GROUPS for key in keys}
    conversation = town.given()
    town.user()
    pages = _body(client.get("/disk/")) + _body(client.get(f"/disk/{conversation.number}/"))
    used = set(re.findall(r'data-key="([^"]+)"', pages))
    assert used and used <= listed
    assert all(f"<kbd>{key.key}</kbd>" in _body(client.get("/disk/genvagar/")) for _, keys in GROUPS for key in keys)
    assert client.get(f"/disk/hoppa/?till={conversation.number}").headers["Location"] == f"/disk/{conversation.number}/"
    assert client.get("/disk/hoppa/?till=x").headers["Location"] == "/disk/"

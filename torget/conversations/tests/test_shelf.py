"""The shelf of stored pages, and the one invariant: what is no longer public is never served from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from tests.support.making import PERSON, Town, first, fresh, incoming
from torget.channels.base import Deleted
from torget.conversations import actions
from torget.conversations.models import Conversation
from torget.core import shelf as shelves
from torget.core.models import PublicVersion
from torget.core.shelf import Shelf, VersionReader
from torget.core.testing import run_async
from torget.organisations.actions import staffing
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.rules import State

Headers = list[tuple[bytes, bytes]]


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that waits for nothing, without an event loop: Django's database is then free to use."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the shelf waited for something")


class Reader(VersionReader):
    """Says the version that the test, or the test's own database, says."""

    def __init__(self, says: Callable[[], int | None]) -> None:
        super().__init__()
        self.says = says

    async def read(self) -> int | None:
        return self.says()


class App:
    """Stands for Django: counts, and answers with its page."""

    def __init__(self, *, status: int = 200, headers: Headers | None = None, parts: int = 1) -> None:
        self.calls = 0
        self.status, self.parts = status, parts
        self.headers = headers if headers is not None else [(b"X-Torget-Stored", b"1"), (b"Content-Type", b"text/html")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        for part in range(self.parts):
            more = part < self.parts - 1
            await send({"type": "http.response.body", "body": f"page {self.calls}.{part} ".encode(), "more_body": more})


class Answer:
    """What the browser got."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 0, dict[bytes, bytes](), b""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.lower(): value for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")


async def _receive() -> Any:
    return {"type": "http.request"}


def ask(shelf: Shelf, app: Any, path: str = "/", *, method: str = "GET", query: bytes = b"", **headers: str) -> Answer:
    answer = Answer()
    given = [(b"host", b"test")] + [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": given}
    run(shelf.serve(scope, _receive, answer.send, app))
    return answer


@pytest.fixture
def version() -> list[int | None]:
    """The version in force, to be changed by the test."""
    return [1]


@pytest.fixture
def shelf(version: list[int | None]) -> Shelf:
    return Shelf(Reader(lambda: version[0]))


def test_the_same_version_comes_from_the_shelf(shelf: Shelf) -> None:
    app = App(parts=3)
    answers = [ask(shelf, app) for _ in range(3)]
    assert app.calls == 1
    assert {answer.body for answer in answers} == {b"page 1.0 page 1.1 page 1.2 "}
    assert {answer.headers[b"etag"] for answer in answers} == {answers[0].headers[b"etag"]}
    assert answers[2].headers[b"content-length"] == str(len(answers[2].body)).encode()
    # Our own word between view and shelf is no one else's business.
    assert all(b"x-torget-stored" not in answer.headers for answer in answers)


def test_a_new_version_is_made_anew_once(shelf: Shelf, version: list[int | None]) -> None:
    app = App()
    ask(shelf, app)
    version[0] = 2
    assert [ask(shelf, app).body for _ in range(2)] == [b"page 2.0 "] * 2


def test_an_older_version_is_as_unknown_as_a_newer_one(shelf: Shelf, version: list[int | None]) -> None:
    app = App()
    version[0] = 5
    ask(shelf, app)
    # A backup was put back.
    version[0] = 3
    assert ask(shelf, app).body == b"page 2.0 "


def test_what_the_browser_has_is_not_sent_again(shelf: Shelf) -> None:
    app = App()
    etag = ask(shelf, app).headers[b"etag"].decode()
    again = ask(shelf, app, if_none_match=etag)
    assert (again.status, again.body, app.calls) == (304, b"", 1)
    assert b"content-length" not in again.headers
    assert ask(shelf, app, if_none_match='"other"').status == 200


def test_the_head_of_a_stored_page_has_no_body(shelf: Shelf) -> None:
    app = App()
    ask(shelf, app, method="HEAD")
    page = ask(shelf, app)
    head = ask(shelf, app, method="HEAD")
    assert (app.calls, head.body, head.headers[b"etag"]) == (2, b"", page.headers[b"etag"])


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"query": b"fore=1"}, id="an address with a query"),
        pytest.param({"method": "POST"}, id="a form"),
        pytest.param({"method": "HEAD"}, id="a head alone"),
    ],
)
def test_what_is_never_stored_by_what_is_asked(shelf: Shelf, asked: dict[str, Any]) -> None:
    app = App()
    ask(shelf, app, **asked), ask(shelf, app, **asked)
    assert (app.calls, len(shelf.pages)) == (2, 0)


STORED = (b"X-Torget-Stored", b"1")


@pytest.mark.parametrize(
    "app",
    [
        pytest.param(App(headers=[]), id="a page that does not say it may be stored"),
        pytest.param(App(headers=[STORED, (b"set-cookie", b"a=b")]), id="one that sets a cookie"),
        pytest.param(App(headers=[STORED, (b"Set-Cookie", b"a=b")]), id="in any case of letters"),
        pytest.param(App(headers=[STORED], status=404), id="one that is not found"),
        pytest.param(App(headers=[STORED], status=500), id="one that failed"),
    ],
)
def test_what_is_never_stored_by_what_is_answered(shelf: Shelf, app: App) -> None:
    assert [ask(shelf, app).body for _ in range(2)] == [b"page 1.0 ", b"page 2.0 "]
    assert len(shelf.pages) == 0


def test_no_page_of_unknown_age_is_served(shelf: Shelf, version: list[int | None]) -> None:
    app = App()
    ask(shelf, app)
    version[0] = None
    assert [ask(shelf, app).body for _ in range(2)] == [b"page 2.0 ", b"page 3.0 "]
    version[0] = 1
    assert ask(shelf, app).body == b"page 1.0 "


def test_a_page_made_while_the_version_changes_counts_as_old(shelf: Shelf, version: list[int | None]) -> None:
    class Slow(App):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            version[0] = 2
            await super().__call__(scope, receive, send)

    app = Slow()
    ask(shelf, app)
    assert ask(shelf, app).body == b"page 2.0 "


def test_addresses_and_hosts_are_kept_apart(shelf: Shelf) -> None:
    app = App()
    for path in ("/", "/en/", "/diarium/"):
        ask(shelf, app, path)
    assert app.calls == 3
    ask(shelf, app, "/å/")
    assert ask(shelf, app, "/å/").body == b"page 4.0 "


def test_the_shelf_has_room_for_so_much_and_no_more(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MAX_BYTES", 30)
    app = App()
    for number in range(5):
        ask(shelf, app, f"/{number}/")
        ask(shelf, app, "/0/")
    assert shelf.bytes == sum(len(page.body) for page in shelf.pages.values()) <= 30
    # What is asked for stays, what is not goes.
    assert b"http test /0/" in shelf.pages and b"http test /1/" not in shelf.pages


def test_the_reader_on_a_real_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "torget.sqlite3"
    if connection.vendor != "sqlite":
        pytest.skip("the reader takes the version from the database in use; its twin is below")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(path))
    reader, seen = VersionReader(), list[int | None]()

    async def read() -> None:
        seen.append(await reader.read())

    run(read())
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE core_publicversion (id INTEGER PRIMARY KEY, version INTEGER)")
    other.commit()
    run(read())
    for version in (1, 2):
        other.execute("INSERT OR REPLACE INTO core_publicversion VALUES (1, ?)", [version])
        other.commit()
        run(read())
    other.close()
    run(reader.close())
    # Without a file nothing is known; without a row nothing public was ever changed.
    assert seen == [None, 0, 1, 2]


class Django:
    """Django itself, behind the shelf."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        response = Client().get(scope["path"])
        headers = [(name.encode(), value.encode()) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})


WORDS = "Ångbryggan är hal"
Deed = Callable[[Town, Conversation, User], object]
DEEDS: list[Any] = [
    pytest.param(lambda t, c, u: actions.unpublish(c, by=u), id="taken down"),
    pytest.param(lambda t, c, u: actions.mark_secret(first(c), provision="OSL 26 kap. 1 §", by=u), id="marked secret"),
    pytest.param(lambda t, c, u: t.take(Deleted(first(c).external_id)), id="deleted by its writer"),
]


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["sv", "en"])
@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_leaks_from_a_cache(town: Town, deed: Deed, prefix: str) -> None:
    user, conversation = town.user(), town.given(WORDS)
    actions.classify(first(conversation), state=State.REGISTERED, subject=WORDS, by=user)
    actions.publish(conversation, title="Bryggan", by=user)
    shelf, django = Shelf(Reader(PublicVersion.current)), Django()
    page, square, diary = (f"{prefix}/samtal/{conversation.number}/", f"{prefix}/", f"{prefix}/diarium/")
    for address in (page, square, diary) * 2:
        assert ask(shelf, django, address).status == 200
    assert len(shelf.pages) == 3
    assert WORDS.encode() in ask(shelf, django, page).body
    etag = ask(shelf, django, page).headers[b"etag"].decode()
    deed(town, conversation, user)
    after = ask(shelf, django, page, if_none_match=etag)
    assert after.status in (200, 404) and WORDS.encode() not in after.body
    if after.status == 404:
        assert b"Bryggan" not in ask(shelf, django, square).body
    if first(conversation).record.secret:
        assert WORDS.encode() not in ask(shelf, django, diary).body


def test_an_erased_answer_leaves_a_published_thread(town: Town) -> None:
    user, conversation = town.user(), town.given("Hal brygga")
    answer = town.answered(conversation, user, WORDS)
    actions.publish(fresh(conversation), title="Bryggan", by=user)
    shelf, django = Shelf(Reader(PublicVersion.current)), Django()
    page = f"/samtal/{conversation.number}/"
    assert WORDS.encode() in ask(shelf, django, page).body
    register.erase(answer.record, mandate="Beslut 7", reason="Prov", by=user)
    left = ask(shelf, django, page)
    assert left.status == 200 and b"Hal brygga" in left.body and WORDS.encode() not in left.body


def test_a_colleagues_old_name_leaves_what_is_published(town: Town) -> None:
    user, conversation = town.user(name="Gamla Namnsson"), town.given("Hal brygga")
    town.answered(conversation, user, "Vi sandar.")
    actions.publish(fresh(conversation), title="Bryggan", by=user)
    shelf, django = Shelf(Reader(PublicVersion.current)), Django()
    page = f"/samtal/{conversation.number}/"
    assert b"Gamla Namnsson" in ask(shelf, django, page).body
    staffing.change_staff(user, name="Nya Namnsson", title="", role=Role.COMMUNICATOR, unit=None, by=user)
    body = ask(shelf, django, page).body
    assert b"Nya Namnsson" in body and b"Gamla" not in body


def test_what_comes_later_is_not_public_by_itself(town: Town) -> None:
    user, conversation = town.user(), town.given(f"Hal brygga, {PERSON}")
    message = first(conversation)
    actions.publish(conversation, title="Bryggan", by=user)
    shelf, django = Shelf(Reader(PublicVersion.current)), Django()
    page = f"/samtal/{conversation.number}/"
    before = ask(shelf, django, page).body
    assert b"Hal brygga" in before and PERSON.encode() not in before and b"******-****" in before
    town.take(
        incoming(message.external_id, "Signe bor på Storgatan"),
        incoming("sen", "Jag heter Signe", in_reply_to=message.external_id),
    )
    town.answered(conversation, user, "Vi sandar i kväll")
    body = ask(shelf, django, page).body
    assert b"Hal brygga" in body
    assert not any(words in body for words in (b"Signe", b"Storgatan", b"sandar"))
    # Published anew, on purpose, all of it is.
    actions.publish(conversation, title="Bryggan", by=user)
    body = ask(shelf, django, page).body
    assert b"Storgatan" in body and b"sandar" in body and b"Hal brygga" not in body


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_the_reader_on_postgresql_sees_what_is_committed_and_nothing_before() -> None:
    reader, seen = VersionReader(), list[int | None]()

    async def read() -> None:
        seen.append(await reader.read())
        # Each run is a loop of its own, and a connection belongs to one.
        await reader.close()

    PublicVersion.objects.all().delete()
    run_async(read())
    for _ in range(2):
        PublicVersion.bump()
        run_async(read())
    with transaction.atomic():
        PublicVersion.bump()
        run_async(read())
    run_async(read())
    assert seen == [0, 1, 2, 2, 3]

"""Fixtures for all tests, and what holds for each of them: no network, and every page checked."""

import gc
from collections.abc import Callable, Iterator
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import caches
from django.db.backends.postgresql import creation as postgresql
from django.db.backends.sqlite3 import creation as sqlite3
from django.test import Client, SimpleTestCase
from django.utils import translation

from tests.support import migrated, network, pages
from tests.support.smtp import SMTPServer
from torget.core.stored import searched, stored

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.browser import Pages
    from tests.support.postgres import Cluster
    from tests.support.server import Torget

# The same examples at every run, so that a red build is of this change; `--hypothesis-profile=drill` searches on.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.register_profile("drill", deadline=None, derandomize=False, max_examples=2000, database=None)
hypothesis.settings.load_profile("house")

# Who asks for one of these needs parts of the system or child processes, so `make check` leaves the test to `make test`.
NEEDS_SERVICES = {"page_at", "chromium", "cluster", "installation", "installation_on"}
# Who asks for one of these brings its own database, and who asks for none of those has no use for one.
OWN_DATABASE = {"cluster", "installation", "installation_on"}
DATABASE = {"db", "transactional_db", "live_server", "django_db_serialized_rollback", "admin_user", "admin_client"}


# A password costs a second of a core where people log in (tests/security/test_settings.py sees that it does).
PBKDF2PasswordHasher.iterations = 1_000

# The tables are copied from a database that has gone through all changes: half a minute of each run.
for _kind in (sqlite3.DatabaseCreation, postgresql.DatabaseCreation):
    _kind.create_test_db = partialmethod(migrated.create_test_db, _kind.create_test_db)  # type: ignore[method-assign,assignment]


def pytest_collection_finish() -> None:
    """What is loaded by now stays for the whole run: the collector need not walk it again (an eighth of the CPU)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_report_header() -> str:
    """Say at the top which database the tests run on."""
    return f"database: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that nobody has to remember to."""
    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & NEEDS_SERVICES:
            item.add_marker(pytest.mark.services)
        if fixtures & {"page_at", "chromium"}:
            item.add_marker(pytest.mark.browser)
        if fixtures & OWN_DATABASE or not uses_database(item, fixtures):
            item.add_marker(pytest.mark.once)
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(
                pytest.mark.skip(reason="needs PostgreSQL as the database, as in the third round of make test")
            )


def uses_database(item: pytest.Item, fixtures: set[str]) -> bool:
    """Whether a test touches the database of this run, by its marker, its fixtures or its class."""
    kind = getattr(item, "cls", None)
    return bool(
        item.get_closest_marker("django_db")
        or fixtures & DATABASE
        or (isinstance(kind, type) and issubclass(kind, SimpleTestCase))
    )


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with network.blocked():
        yield


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    # Rate limits, stored pages and the language of the last request live in the process; no test starts with another's.
    for one in caches.all(initialized_only=True):
        one.clear()
    stored.clear()
    searched.clear()
    with translation.override(settings.LANGUAGE_CODE):
        yield
    for one in caches.all(initialized_only=True):
        one.clear()


@pytest.fixture(autouse=True)
def _every_page_is_checked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("any_html"):
        return
    original = Client.request

    def checked(self: Client, **environment: Any) -> Any:
        response = original(self, **environment)
        is_html = response.get("Content-Type", "").startswith("text/html")
        if is_html and not response.streaming and response.content:
            found = pages.problems(response.content.decode(response.charset or "utf-8"))
            path = environment.get("PATH_INFO", "?")
            if found:
                pytest.fail(f"{path} is not as every page must be:\n" + "\n".join(f"- {line}" for line in found))
        return response

    monkeypatch.setattr(Client, "request", checked)


@pytest.fixture(scope="session")
def cluster() -> "Iterator[Cluster]":
    """A PostgreSQL cluster for this process; `cluster.create("name")` makes a database in it and returns its URL."""
    from tests.support.postgres import Cluster

    with Cluster() as running:
        yield running


@pytest.fixture
def smtp(settings: Any) -> Iterator[SMTPServer]:
    """A real SMTP server to which Django's mail goes; see `Mood` for how it may misbehave."""
    with SMTPServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        yield server


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One real Chromium for this process."""
    from tests.support.browser import running

    with running() as browser:
        yield browser


@pytest.fixture
def page_at(chromium: "Browser", request: pytest.FixtureRequest) -> "Iterator[Pages]":
    """`page_at(width, height)` opens a page on the live server (or on `server=`); the test fails if the page was not quiet."""
    from tests.support.browser import Pages

    def live() -> str:
        # Asked for only when no server is named, since it brings a database with it.
        return str(request.getfixturevalue("live_server"))

    opened = Pages(chromium, live)
    yield opened
    opened.close()
    opened.assert_quiet()


@pytest.fixture
def installation_on(tmp_path: Path) -> "Iterator[Callable[..., Torget]]":
    """`installation_on(database_url="", **environment)`: Torget as processes of its own; all are ended with the test."""
    from tests.support.server import Torget

    made: list[Torget] = []

    def make(database_url: str = "", **environment: str) -> Torget:
        torget = Torget(tmp_path / f"home-{len(made)}", database_url=database_url, environment=environment)
        made.append(torget)
        return torget.__enter__()

    yield make
    for torget in made:
        torget.stop()


@pytest.fixture
def installation(installation_on: "Callable[..., Torget]") -> "Torget":
    """Torget on SQLite as processes of its own, not started yet: `installation.start_web()`."""
    return installation_on()

"""The payloads of an HTML cleaner's own tests through every text field, and each page that shows them in a real browser.

No script runs, nothing is asked of others, and no element or attribute of the payload becomes part of the page.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings as now
from django.core.cache import caches
from django.test import Client

from tests.masking import planting, rows
from tests.security import doors
from tests.security.scripts import Scripts, payloads, seen, watch
from tests.support import making
from tests.support.browser import Pages
from torget.conversations import actions
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.core.stored import searched, stored
from torget.experts.models import Expert
from torget.files import actions as files
from torget.journal import actions as journal
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.posts import actions as posts
from torget.posts.models import Post, PostVersion
from torget.register.models import Record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_html, pytest.mark.once]
ROUNDS = int(os.environ.get("TORGET_XSS_ROUNDS", "12"))
PUBLIC = ("/", "/skriv/", "/diarium/", "/diarium/KS/", "/kanaler/", "/moderering/", "/anmal/", "/journal/", "/en/")
# Pages that say back what stands in their address.
SAID_BACK = (
    "/disk/sok/?q={}", "/disk/?ko={}", "/disk/?ko=all&tagg={}", "/disk/hoppa/?q={}", "/disk/registrator/arenden/?q={}",
    "/diarium/?q={}", "/diarium/?nummer={}", "/skriv/?handling={}", "/konto/login/?next={}", "/disk/logg/?vem={}",
    "/installningar/gallring/?q={}", "/disk/inlagg/?dag={}", "/resultat/?vecka={}", "/finns-inte/{}/",
)  # fmt: skip
# What the browser itself says of an answer of 400 and above is no find.
EXPECTED = (r"the server responded with a status of",)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.TORGET_HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "filer"
    settings.TORGET_POSTS_PER_MINUTE = settings.TORGET_API_PER_MINUTE = 0
    (tmp_path / "keys").mkdir(mode=0o700)
    return tmp_path


def through_the_doors(scripts: Scripts, home: Path) -> None:
    """The ways in that people and other servers have: the forms, a mail in HTML, a post of Mastodon's, a feed."""
    client = Client()
    for _ in range(3):
        client.post(
            "/skriv/",
            {"text": scripts.some(5_000), "subject": scripts.some(200), "name": scripts.some(120), "email": ""},
        )
        client.post("/anmal/", {"text": scripts.some(2_000), "url": "/samtal/1/", "why": scripts.some(900)})
    body = scripts.some(30_000)
    mail = home / "in.eml"
    mail.write_bytes(
        "From: Bo <bo@exempel.se>\r\nTo: a@exempel.se\r\nMessage-ID: <x@exempel.se>\r\nSubject: S\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>{body}</body></html>".encode()
    )
    actions.receive_file(mail, channel="mail")
    table = home / "in.jsonl"
    table.write_text(
        "\n".join(f'{{"id": "x{n}", "text": {quoted(scripts.some(900))}}}' for n in range(3)), encoding="utf-8"
    )
    actions.receive_file(table, channel="jsonl")


def quoted(text: str) -> str:
    """As JSON."""
    import json

    return json.dumps(text)


def addresses() -> Iterator[str]:
    """Every page of staff that is there to be looked at, of each thing that there is a row of, and the public ones."""
    yield from PUBLIC
    for number in Conversation.objects.order_by("pk").values_list("number", flat=True)[:12]:
        yield f"/disk/{number}/"
        yield f"/disk/expert/fraga/{number}/"
    for number in Conversation.objects.exclude(published_at=None).values_list("number", flat=True)[:3]:
        yield f"/samtal/{number}/"
    for pk in Record.objects.order_by("pk").values_list("pk", flat=True)[:6]:
        yield f"/disk/registrator/handling/{pk}/"
    for pk in Post.objects.values_list("pk", flat=True)[:3]:
        yield f"/disk/inlagg/{pk}/"
    yield from (f"/disk/?ko={name}" for name in ("new", "waiting", "answered", "all", "spam"))
    for message in Message.objects.order_by("pk").select_related("conversation")[:4]:
        yield f"/disk/{message.conversation.number}/moderera/{message.pk}/"
    for door in doors.table():
        if door.is_staff and not door.address.endswith((".csv", ".ics", "/fil/", "/hamta/")) and not door.has_second:
            yield door.filled()


def round_of(scripts: Scripts, page_at: Pages, home: Path, server: str, most: int = 1_000) -> tuple[int, list[str]]:
    """Plant, and open every page as an administrator: how many pages, and what was wrong with them."""
    with clock.at(making.MONDAY):
        town = making.town()
        planting.live(town, planting.Planted())
        through_the_doors(scripts, home)
        files.keep(b"%PDF-1.4 en fil")
        posts.write(posts.Written(text=scripts.some(300), title=scripts.some(100)), by=town.user())
        for model in doors.MODELS.values():
            rows.row_of(model)
        journal.sequence()
        planting.plant_everywhere(scripts)
    # Numbers of accounts, and keyed by them: a word for one is none that the code could have written.
    PostVersion.objects.update(variants={}, accounts=[])
    user = town.user(Role.ADMINISTRATOR)
    Expert.objects.update(user=user, unit=None)
    User.objects.filter(pk=user.pk).update(name=scripts.some(100))
    stored.clear()
    searched.clear()
    for one in caches.all(initialized_only=True):
        one.clear()
    client = Client(raise_request_exception=False)
    client.force_login(user)
    page = page_at(expected=EXPECTED)
    page.context.add_cookies(
        [{"name": now.SESSION_COOKIE_NAME, "value": client.cookies[now.SESSION_COOKIE_NAME].value, "url": server}]
    )
    dialogs, found, number = watch(page), [], 0
    said_back = (address.format(quote(text, safe="")) for address in SAID_BACK for text in payloads()[:2])
    for address in dict.fromkeys([*addresses(), *said_back]):
        if number >= most or client.head(address).headers.get("Content-Disposition", "").startswith("attachment"):
            continue
        answer = page.goto(address, wait_until="load")
        number += 1
        if answer is not None and answer.status >= 500:
            found.append(f"{address} broke ({answer.status})")
        found += [f"{urlsplit(address).path}: {one}" for one in seen(page)]
    return number, [*found, *(f"a dialog: {words}" for words in dialogs)]


def test_no_payload_becomes_part_of_a_page(page_at: Pages, home: Path, live_server: Any) -> None:
    scripts = Scripts()
    number, found = round_of(scripts, page_at, home, str(live_server))
    assert not found, "\n".join(dict.fromkeys(found))
    assert number > 80
    assert len(scripts.used) > 0.8 * len(scripts.all)


def test_the_watch_sees_a_script_that_runs(page_at: Pages, live_server: Any) -> None:
    page = page_at(expected=(".*",))
    watch(page)
    making.town()
    page.goto("/components/")
    page.evaluate("""() => { document.body.insertAdjacentHTML('beforeend',
        '<img src=/static/x onerror=alert(1)><iframe></iframe><a href="javascript:alert(1)">a</a>'); alert(2); }""")
    page.wait_for_timeout(300)
    told = "\n".join(seen(page))
    assert "alert 2" in told
    assert "attribute onerror" in told
    assert "element <iframe>" in told
    assert "address href=javascript" in told
    assert "policy script-src" in told, "the policy says no to what stands in the page, and says so"


@pytest.mark.drill
@pytest.mark.parametrize("number", range(ROUNDS))
def test_each_payload_in_each_field_in_turn(number: int, page_at: Pages, home: Path, live_server: Any) -> None:
    scripts = Scripts(start=number * len(payloads()) // ROUNDS, most=40_000)
    _, found = round_of(scripts, page_at, home, str(live_server))
    assert not found, "\n".join(dict.fromkeys(found))
    assert len(scripts.used) > 0.8 * len(scripts.all)

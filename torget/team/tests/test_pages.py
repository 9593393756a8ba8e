"""Saved replies and views, notices and settings, shifts, through their addresses."""

import html
import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.making import Town
from torget.core.testing import squeezed
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.team import actions
from torget.team.models import Notice, Preferences, SavedReply, SavedView, Shift
from torget.team.rules import Kind


@pytest.fixture
def user(client: Client, town: Town) -> User:
    """A communicator, logged in."""
    user = town.user(name="Anna Testsson")
    client.force_login(user)
    return user


def _body(response: Any) -> str:
    return html.unescape(squeezed(response.content.decode()))


def test_a_reply_is_saved_shown_changed_and_removed(client: Client, user: User) -> None:
    given = {"title": "Tack", "text": "Hej {förnamn}!\r\n/{handläggare}", "shared": "on"}
    assert "Hej Kim!" in _body(client.post("/disk/svarsmallar/ny/", given | {"visa": "1"}))
    assert not SavedReply.objects.exists()
    client.post("/disk/svarsmallar/ny/", given)
    reply = SavedReply.objects.get()
    assert (reply.text, reply.owner) == ("Hej {förnamn}!\n/{handläggare}", None)
    body = _body(client.get("/disk/svarsmallar/"))
    assert "Hej Kim!\n/Anna" in body and "Delad med alla" in body and "använd 0 gånger" in body
    client.post(f"/disk/svarsmallar/{reply.pk}/", {"title": "Tack", "text": "Hej"})
    reply.refresh_from_db()
    assert (reply.text, reply.owner) == ("Hej", user)
    client.post(f"/disk/svarsmallar/{reply.pk}/bort/")
    assert not SavedReply.objects.exists()
    assert list(Entry.objects.order_by("pk").values_list("kind", flat=True)) == [
        "saved_reply.changed", "saved_reply.changed", "saved_reply.removed",
    ]  # fmt: skip


def test_a_reply_of_blanks_is_none(client: Client, user: User) -> None:
    refused = client.post("/disk/svarsmallar/ny/", {"title": "Tack", "text": " \n "})
    assert refused.status_code == 400 and "Fyll i ”Text”." in _body(refused)
    assert not SavedReply.objects.exists()


def test_a_reply_that_was_taken_away_is_offered_back_once(client: Client, user: User) -> None:
    text = 'Hej "Kim"!\n\nVi återkommer.\n'
    reply = actions.save_reply(None, title="Tack & hej", text=text, shared=True, by=user)
    page = client.post(f"/disk/svarsmallar/{reply.pk}/bort/", follow=True).content.decode()
    offered = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    assert not SavedReply.objects.exists() and "Hämta tillbaka" in page
    # A double click sends the same form twice.
    for _ in range(2):
        client.post("/disk/svarsmallar/ny/", {name: html.unescape(value) for name, value in offered})
    back = SavedReply.objects.get()
    assert (back.pk, back.title, back.text, back.owner) == (reply.pk, "Tack & hej", text.strip(), None)
    kinds = list(Entry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["saved_reply.changed", "saved_reply.removed", "saved_reply.changed"]
    assert "Hämta tillbaka" not in _body(client.get("/disk/svarsmallar/"))


def test_only_what_was_offered_is_brought_back(client: Client, user: User) -> None:
    reply = actions.save_reply(None, title="Tack", text="Hej", shared=True, by=user)
    page = client.post(f"/disk/svarsmallar/{reply.pk}/bort/", follow=True).content.decode()
    [row] = re.findall(r'<input type="hidden" name="tillbaka" value="([^"]*)">', page)
    assert client.post("/disk/svarsmallar/ny/", {"tillbaka": row[:-1]}).status_code == 400
    # Nor what was signed for something else.
    assert client.post("/disk/svarsmallar/ny/", {"tillbaka": signing.dumps("[]", salt="annat")}).status_code == 400
    assert not SavedReply.objects.exists()


def test_replies_of_one_name_are_each_on_one_page(client: Client, user: User) -> None:
    for number in range(55):
        actions.save_reply(None, title="Samma namn", text=f"text {number:02}.", shared=True, by=user)
    first = _body(client.get("/disk/svarsmallar/"))
    last = SavedReply.objects.order_by("pk")[49].pk
    second = _body(client.get(f"/disk/svarsmallar/?efter={last}"))
    assert f"?efter={last}" in first and client.get("/disk/svarsmallar/?efter=x").status_code == 200
    assert all((f"text {n:02}." in first) is (n < 50) and (f"text {n:02}." in second) is (n >= 50) for n in range(55))


def test_a_reply_without_words_is_not_saved(client: Client, user: User) -> None:
    response = client.post("/disk/svarsmallar/ny/", {"title": " ", "text": "x"})
    assert response.status_code == 400 and "Fyll i ”Namn på mallen”" in _body(response)


def test_what_is_anothers_own_is_not_seen(client: Client, town: Town, user: User) -> None:
    other = town.user()
    own = actions.save_reply(None, title="Bara min mall", text="x", shared=False, by=other)
    view = actions.save_view(name="Bara min vy", query="ko=all&kanal=mail", shared=False, by=other)
    assert "Bara min mall" not in _body(client.get("/disk/svarsmallar/"))
    assert "Bara min vy" not in _body(client.get("/disk/"))
    assert client.get(f"/disk/svarsmallar/{own.pk}/").status_code == 404
    assert client.post(f"/disk/vyer/{view.pk}/bort/").status_code == 404
    assert "Att göra nu" in _body(client.get(f"/disk/?vy={view.pk}"))


def test_a_shared_view_is_taken_away_by_its_maker_or_a_manager(client: Client, town: Town, user: User) -> None:
    view = actions.save_view(name="Vintern", query="ko=all&tagg=vinter", shared=True, by=town.user())
    assert "Vintern" in _body(client.get("/disk/"))
    assert client.post(f"/disk/vyer/{view.pk}/bort/").status_code == 403
    client.force_login(town.user(Role.MANAGER))
    client.post(f"/disk/vyer/{view.pk}/bort/")
    assert not SavedView.objects.exists()


def test_somebody_has_twelve_views_at_most(client: Client, user: User) -> None:
    for number in range(14):
        client.post("/disk/vyer/", {"namn": f"Vy {number}", "fraga": "ko=all&kanal=mail"})
    assert SavedView.objects.count() == 12
    assert "tolv vyer" in _body(client.post("/disk/vyer/", {"namn": "En till", "fraga": "ko=mine"}, follow=True))


# ---- notices ----------------------------------------------------------------------------------------------------


def test_notices_are_ones_own_and_read_when_the_conversation_is(client: Client, town: Town, user: User) -> None:
    conversation, other = town.given("Om bron"), town.user()
    actions.tell([user.pk, other.pk], Kind.ASSIGNED, conversation=conversation, by=None)
    body = _body(client.get("/disk/notiser/"))
    assert "Du har fått ett samtal" in body and "Om bron" in body and "oläst" in body
    client.get(f"/disk/{conversation.number}/")
    assert "oläst" not in _body(client.get("/disk/notiser/"))
    assert Notice.objects.filter(read_at=None).get().user == other


def test_all_are_marked_as_read_in_one_go(client: Client, town: Town, user: User) -> None:
    for _ in range(3):
        actions.tell([user.pk], Kind.ASSIGNED, conversation=town.given())
    client.post("/disk/notiser/lasta/")
    assert not Notice.objects.filter(read_at=None).exists()


def test_settings_are_kept(client: Client, user: User) -> None:
    client.post("/disk/notiser/installningar/", {"kinds": ["mentioned", "approved"]})
    kept = Preferences.objects.get(user=user)
    assert (kept.digest, kept.keys) == (False, False) and "assigned" in kept.muted and "mentioned" not in kept.muted
    assert 'data-keys="off"' in _body(client.get("/disk/"))
    assert client.post("/disk/notiser/installningar/", {"kinds": ["nonsense"]}).status_code == 400


def test_lists_ask_as_much_for_many_as_for_few(client: Client, town: Town, user: User) -> None:
    manager = town.user(Role.MANAGER)
    client.force_login(manager)
    counts: list[dict[str, int]] = []
    for round_ in range(2):
        for number in range(4 + 40 * round_):
            actions.tell([manager.pk], Kind.ASSIGNED, conversation=town.given(), by=user)
            actions.save_reply(None, title=f"{round_}-{number}", text="x", shared=True, by=user)
        for hour in range(1 + 5 * round_):
            actions.add_shift(town.user(), weekday=0, day=None, starts=time(8 + hour), ends=time(9 + hour), by=manager)
        counts.append({})
        for address in ("/disk/notiser/", "/disk/svarsmallar/", "/disk/schema/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts[-1][address] = len(queries)
    assert counts[0] == counts[1] and max(counts[0].values()) < 15


def test_pages_of_notices_show_each_once(client: Client, town: Town, user: User) -> None:
    conversations = [town.given(f"Nummer {number:02}.") for number in range(35)]
    for conversation in conversations:
        actions.tell([user.pk], Kind.ASSIGNED, conversation=conversation)
    first = _body(client.get("/disk/notiser/"))
    oldest = Notice.objects.order_by("-pk")[29].pk
    second = _body(client.get(f"/disk/notiser/?fore={oldest}"))
    for number in range(35):
        assert (f"Nummer {number:02}." in first) is (number >= 5)
        assert (f"Nummer {number:02}." in second) is (number < 5)


# ---- shifts -----------------------------------------------------------------------------------------------------


def test_a_manager_puts_people_at_the_desk(client: Client, town: Town, user: User) -> None:
    given = {"user": user.pk, "weekday": "0", "starts": "08:00", "ends": "12:00"}
    assert client.post("/disk/schema/ny/", given).status_code == 403
    client.force_login(town.user(Role.MANAGER))
    assert client.post("/disk/schema/ny/", given | {"day": "2026-11-17"}).status_code == 400
    assert client.post("/disk/schema/ny/", given | {"weekday": ""}).status_code == 400
    assert client.post("/disk/schema/ny/", given | {"ends": "07:00"}).status_code == 400
    assert not Shift.objects.exists()
    client.post("/disk/schema/ny/", given)
    client.post("/disk/schema/ny/", given | {"weekday": "", "day": "2026-11-17"})
    assert Shift.objects.count() == 2
    body = _body(client.get("/disk/schema/"))
    assert "Måndag 16 nov" in body and " ".join(body.split()).count("Anna Testsson 08.00–12.00") == 2
    # It is ten on a Monday.
    assert "Anna till 12" in _body(client.get("/disk/"))
    client.post(f"/disk/schema/{Shift.objects.filter(day=None).get().pk}/bort/")
    assert "Anna till 12" not in _body(client.get("/disk/"))


def test_who_has_left_has_no_shift(client: Client, town: Town, user: User) -> None:
    gone = town.user(name="Cia Borta")
    actions.add_shift(gone, weekday=0, day=None, starts=time(8), ends=time(12), by=user)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert "Cia" not in _body(client.get("/disk/")) + _body(client.get("/disk/schema/"))
    assert Shift.turns(date(2026, 11, 16) + timedelta(days=1)) == []

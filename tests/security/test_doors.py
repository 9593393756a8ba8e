"""Every address asked by everybody: strangers, each role, a disabled account, without a second factor, from another site.

Who may come in stands in doors.txt; what a permission means for a role stands in docs/where-things-live.md.
"""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from tests.architecture import source
from tests.architecture.test_doors import views
from tests.masking.rows import row_of
from tests.security import doors
from tests.security.doors import Door
from tests.support import making
from torget.core import clock
from torget.experts.models import Expert
from torget.files import actions as files
from torget.organisations.models import Organisation, Unit, User
from torget.organisations.rules import Role
from torget.posts import actions as posts
from torget.register.models import Record
from torget.team.models import SavedView

# Doors are the same on each engine.
pytestmark = [pytest.mark.django_db, pytest.mark.any_html, pytest.mark.once]
LOGIN, SECOND = "/konto/login/", "/konto/2fa/totp/activate/"
# Open addresses that take a POST from elsewhere: machines, which know a secret. Browsers are no part of it.
MACHINES = ("/websub/",)


class Everybody:
    """A town with a row of everything, and a client for each who asks."""

    def __init__(self) -> None:
        self.town = making.town()
        with clock.at(making.MONDAY):
            self.town.written()
            files.keep(b"%PDF-1.4 en fil")
            posts.write(posts.Written(text="Isbanan är spolad"), by=self.town.user())
            # In one order, so that a row that another points at is the same each time.
            for model in dict.fromkeys([*doors.MODELS.values(), User]):
                row_of(model)
        Record.objects.update(secret=False, protected_identity=False)
        self.unit = Unit.objects.create(name="Fritid", authority=self.town.authority)
        Expert.objects.update(unit=self.unit, user=None)
        self.users = {role: self.town.user(role) for role in doors.ROLES}
        User.objects.update(unit=self.unit)

    def client(self, user: User | None = None, **options: Any) -> Client:
        """A browser of this person, or of a stranger."""
        client = Client(raise_request_exception=False, **options)
        if user is not None:
            client.force_login(user)
        return client


@pytest.fixture
def everybody(db: None) -> Everybody:
    return Everybody()


def asked(client: Client, address: str, **headers: Any) -> Any:
    """The answer to GET, or to POST where the address takes only that; what was done is undone."""
    with transaction.atomic():
        response = client.get(address, headers=headers)
        if response.status_code == 405:
            response = client.post(address, headers=headers)
        transaction.set_rollback(True)
    return response


def outcome(response: Any) -> str:
    """in, login, second, refused, nothing, gone (there, and shut), or broken."""
    where = urlsplit(response.headers.get("Location", "")).path
    if where == LOGIN:
        return "login"
    if where == SECOND:
        return "second"
    if response.status_code >= 500 and response.status_code != 503:
        return f"broken ({response.status_code})"
    return {403: "refused", 404: "nothing", 410: "gone"}.get(response.status_code, "in")


def staff_doors() -> list[Door]:
    return [door for door in doors.table() if door.is_staff]


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    known = {door.address: door.who for door in doors.table()}
    there, found = {}, []
    for address, view in views():
        kind, _, rest = str(getattr(view, "guard", "allauth:")).partition(":")
        secret = "secret" in address or "token" in address
        who = {"public": "link" if secret else "anyone", "allow": rest}.get(kind, "account")
        there[address] = who.replace("torget.", "").replace("permissions.", "")
        if known.get(address) != there[address]:
            found.append(f"{address} | {there[address]}     (the table says: {known.get(address, 'nothing')})")
    found += [f"{address} is gone" for address in known.keys() - there.keys()]
    source.report(found, f"Say in {source.name(doors.TABLE)} who may open it; the line as the view has it:")


def test_every_permission_of_the_table_is_documented_for_each_role() -> None:
    documented = doors.permissions()
    found = sorted({door.who for door in staff_doors()} - documented.keys())
    source.report(found, 'Add a row for it under "Permissions" in docs/where-things-live.md.')


def test_each_role_at_each_address(everybody: Everybody) -> None:
    documented, found, number = doors.permissions(), [], 0
    for role, user in everybody.users.items():
        client = everybody.client(user)
        SavedView.objects.update(owner=user)
        for door in staff_doors():
            got = outcome(asked(client, door.filled())).replace("gone", "in")
            may = documented[door.who][role]
            if may:
                wanted = ("in", "nothing") if door.has_second or door.address in doors.NOT_THERE else ("in",)
            else:
                wanted = ("nothing",) if door.address.startswith(doors.HIDDEN) else ("refused",)
            number += 1
            if got not in wanted:
                found.append(f"{role.value} at {door.address} ({door.who}): {got}, not {' or '.join(wanted)}")
    source.report(found, "The doors are not as doors.txt and docs/where-things-live.md say.")
    assert number == len(doors.ROLES) * len(staff_doors()) > 600


def test_strangers_and_disabled_accounts_are_sent_to_the_log_in(everybody: Everybody) -> None:
    gone = everybody.town.user(Role.ADMINISTRATOR, "Gustav Slutade")
    disabled = everybody.client(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    # Whoever has an expert's link is a stranger everywhere but at that link.
    expert = everybody.client()
    expert.cookies["sessionid"] = "A" * 32
    found = []
    for name, client in (("a stranger", everybody.client()), ("a disabled account", disabled), ("no session", expert)):
        for door in staff_doors():
            if (got := outcome(asked(client, door.filled()))) != "login":
                found.append(f"{name} at {door.address}: {got}")
    source.report(found, "Only a session of staff opens a page of staff.")


def test_nobody_passes_without_a_second_factor(everybody: Everybody) -> None:
    Organisation.objects.update(demo=False)
    client = everybody.client(everybody.users[Role.ADMINISTRATOR])
    found = [door.address for door in staff_doors() if outcome(asked(client, door.filled())) != "second"]
    source.report(found, "The second factor is asked for before anything else.")


def test_nothing_of_staff_is_done_without_the_token(everybody: Everybody) -> None:
    client = everybody.client(everybody.users[Role.ADMINISTRATOR], enforce_csrf_checks=True)
    found = []
    for door in staff_doors():
        with transaction.atomic():
            status = client.post(door.filled()).status_code
            transaction.set_rollback(True)
        if status not in (403, 405):
            found.append(f"{door.address}: {status}")
    source.report(found, "A POST without the token is refused.")


def test_open_addresses_neither_break_nor_take_posts_from_other_sites(everybody: Everybody) -> None:
    found = []
    for door in doors.table():
        if door.is_staff:
            continue
        address, client = door.filled(), everybody.client(enforce_csrf_checks=True)
        got = outcome(asked(client, address))
        if got.startswith("broken") or (door.who == "link" and got not in ("nothing", "gone")):
            found.append(f"{address} ({door.who}): {got}")
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.net"}):
            with transaction.atomic():
                status = client.post(address, headers=headers).status_code
                transaction.set_rollback(True)
            # A program without its token is a stranger wherever it comes from.
            if status not in (401, 403, 404, 405) and not address.startswith(MACHINES):
                found.append(f"POST {address} with {headers}: {status}")
    source.report(found, "What is open answers strangers, and does nothing for another site.")

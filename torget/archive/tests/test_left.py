"""Packages of a case that a guarded record has left: the package still holds it, so the same people may fetch it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Told, Town, incoming
from torget.archive import actions, reading
from torget.archive.models import Package
from torget.archive.rules import Csip, Erms, State
from torget.archive.tests import making
from torget.channels import registry
from torget.channels.base import Visibility
from torget.core.errors import Refused
from torget.organisations.models import User
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.models import Case, Record

SECRET = "Kräftskiva vid Ankdammen"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "folder", lambda: tmp_path / "arkivpaket")


@pytest.fixture
def by(town: Town) -> User:
    return town.user(Role.REGISTRAR)


def merged(left: Case, record: Record, by: User) -> None:
    register.merge_cases(left, into=making.case("Annat", closed=False), by=by)


def moved(left: Case, record: Record, by: User) -> None:
    register.move_records([record], to=None, subject="Annat", by=by)


WAYS = pytest.mark.parametrize("leave", [merged, moved])
Leave = Callable[[Case, Record, User], None]


def packed(case: Case, by: User) -> Package:
    package = actions.ask(case, csip=Csip.V2_1, version=Erms.V2_1, by=by)
    assert actions.pack_waiting() == 1
    package.refresh_from_db()
    assert package.state == State.READY
    return package


def secret_in(case: Case, by: User) -> Record:
    record = making.record(case, SECRET)
    chosen = register.Chosen(users=[by.pk])
    return register.mark_secret(record, provision="OSL 26:1", by=by, chosen=chosen)


@WAYS
def test_a_package_is_not_fetched_by_who_may_not_read_what_has_left_since(
    client: Client, town: Town, by: User, leave: Leave
) -> None:
    case, outside = making.case(), town.user(Role.COMMUNICATOR)
    record = secret_in(case, by)
    package = packed(case, by)
    leave(case, record, by)
    with pytest.raises(Refused, match="not_allowed"):
        actions.fetch(package, by=outside)
    with pytest.raises(Refused, match="not_allowed"):
        actions.ask(case, csip=Csip.V2_2, version=Erms.V3_0, by=outside)
    client.force_login(outside)
    assert client.post(f"/disk/arkiv/paket/{package.pk}/hamta/").status_code == 404
    page = client.get(reading.case_url(case)).content.decode()
    assert "Ladda ner paketet" not in page and "har haft, handlingar som du inte får läsa" in page
    with actions.fetch(package, by=by) as file:
        assert file.read(2) == b"PK"


@WAYS
def test_what_is_erased_goes_from_packages_of_the_case_it_has_left(
    town: Town, by: User, leave: Leave, django_capture_on_commit_callbacks: Any
) -> None:
    case, other = making.case(), making.case("Ett annat")
    record = making.record(case, SECRET)
    making.record(other)
    packed(case, by)
    kept = packed(other, by)
    leave(case, record, by)
    record.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        actions.forget(record)
    assert list(Package.objects.all()) == [kept]
    assert [path.name for path in actions.folder().glob("*.zip")] == [kept.filename]


def test_one_being_made_of_the_case_it_has_left_is_begun_anew(town: Town, by: User) -> None:
    case = making.case()
    record = making.record(case, SECRET)
    package = actions.ask(case, csip=Csip.V2_1, version=Erms.V2_1, by=by)
    Package.objects.filter(pk=package.pk).update(state=State.DOING.value, lease_owner="en annan")
    moved(case, record, by)
    record.refresh_from_db()
    actions.forget(record)
    package.refresh_from_db()
    assert (package.state, package.lease_owner) == (State.ASKED, "")


def test_a_protected_persons_public_words_are_not_in_the_delivery_of_anothers_case(
    town: Town, by: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, delivery, told = making.case(), b"en sida kommentarer", Told()
    other = incoming("skyddad", visibility=Visibility.PUBLIC)
    told.items = {delivery: [incoming("a"), other]}
    monkeypatch.setitem(registry.CHANNELS, "jsonl", told)
    town.store(delivery)
    making.commented(town, case, "Text", name="a", delivery=delivery)
    town.take(other)
    assert making.packed(case, tmp_path / "förut").withheld == 0
    register.protect(
        [Record.objects.get(message__external_id="skyddad")], contact=None, chosen=register.Chosen([by.pk]), by=by
    )
    assert making.packed(case, tmp_path / "efter").withheld == 1

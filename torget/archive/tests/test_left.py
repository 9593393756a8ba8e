"""Packages of a case that a guarded record has left: the package still holds it, so the same people may fetch it."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.making import MONDAY, Told, Town, incoming
from torget.archive import actions
from torget.archive.models import Package
from torget.archive.rules import Csip, Erms, State
from torget.archive.sip.build import build
from torget.archive.tests import making
from torget.channels import registry
from torget.channels.base import Visibility
from torget.conversations.models import Message
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
    page = client.get(f"/disk/arkiv/arende/{case.pk}/").content.decode()
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


# ---- others' words in a delivery -------------------------------------------------------------------------------------


@pytest.fixture
def beside(town: Town, by: User, monkeypatch: pytest.MonkeyPatch) -> tuple[Package, Record]:
    """A ready package in whose delivery somebody else's public words lie, and their record, which is in no case of it."""
    case, delivery, told = making.case(), SECRET.encode(), Told()
    other = incoming("annan", visibility=Visibility.PUBLIC)
    told.items = {delivery: [incoming("a"), other]}
    monkeypatch.setitem(registry.CHANNELS, "jsonl", told)
    town.store(delivery)
    making.commented(town, case, "Text", name="a", delivery=delivery)
    town.take(other)
    package = packed(case, by)
    assert (package.withheld, holds(package)) == (0, True)
    return package, Record.objects.get(message__external_id="annan")


def holds(package: Package) -> bool:
    """Whether the words lie in the package's file."""
    with zipfile.ZipFile(actions.folder() / package.filename) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".warc.gz")]
        return SECRET.encode() in gzip.decompress(archive.read(name))


def test_what_is_erased_goes_from_the_packages_of_other_cases_in_whose_delivery_it_stood(
    beside: tuple[Package, Record], django_capture_on_commit_callbacks: Any
) -> None:
    package, record = beside
    with django_capture_on_commit_callbacks(execute=True):
        actions.forget(record)
    assert not Package.objects.filter(pk=package.pk).exists() and not list(actions.folder().glob("*.zip"))


def marked(record: Record, by: User) -> None:
    register.mark_secret(record, provision="OSL 26:1", by=by)


def protected(record: Record, by: User) -> None:
    register.protect([record], contact=None, chosen=register.Chosen([by.pk]), by=by)


def removed(record: Record, by: User) -> None:
    Message.objects.filter(record=record).update(removed_at=MONDAY)


@pytest.mark.parametrize("close", [marked, protected, removed])
def test_a_package_is_made_anew_when_others_words_in_it_are_no_longer_for_all(
    beside: tuple[Package, Record], by: User, close: Callable[[Record, User], None],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    package, record = beside
    with actions.fetch(package, by=by) as file:
        assert file.read(2) == b"PK"
    close(record, by)
    with pytest.raises(Refused, match="not_ready"), django_capture_on_commit_callbacks(execute=True):
        actions.fetch(package, by=by)
    package.refresh_from_db()
    assert package.state == State.ASKED and not list(actions.folder().glob("*.zip"))
    assert actions.pack_waiting() == 1
    package.refresh_from_db()
    assert (package.state, package.withheld, holds(package)) == (State.READY, 1, False)


def test_one_that_is_asked_for_already_is_not_asked_for_twice(
    beside: tuple[Package, Record], by: User, django_capture_on_commit_callbacks: Any
) -> None:
    package, record = beside
    marked(record, by)
    other = actions.ask(package.case, csip=Csip.V2_1, version=Erms.V2_1, by=by)
    with pytest.raises(Refused, match="not_ready"), django_capture_on_commit_callbacks(execute=True):
        actions.fetch(package, by=by)
    assert list(Package.objects.all()) == [other] and not list(actions.folder().glob("*.zip"))


def test_others_words_that_are_closed_while_the_package_is_made_are_not_in_it(
    beside: tuple[Package, Record], by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, record = beside
    made = build

    def closed_in_the_end(*given: Any, **named: Any) -> Any:
        done = made(*given, **named)
        monkeypatch.setattr(actions, "build", made)
        marked(record, by)
        return done

    monkeypatch.setattr(actions, "build", closed_in_the_end)
    second = actions.ask(first.case, csip=Csip.V2_2, version=Erms.V3_0, by=by)
    assert actions.pack_waiting() == 1
    second.refresh_from_db()
    assert second.state == State.ASKED
    assert [path.name for path in actions.folder().glob("*.zip")] == [first.filename], "the file with the words is gone"
    assert actions.pack_waiting() == 1
    second.refresh_from_db()
    assert (second.state, second.withheld) == (State.READY, 1)


def test_a_delivery_that_names_what_is_erased_is_withheld_and_the_package_made_at_once(
    town: Town, beside: tuple[Package, Record], by: User
) -> None:
    package, record = beside
    register.erase(record, mandate="Beslut", reason="Skäl", by=by)
    # The source tells of it again, beside the message of the case.
    told: Any = registry.CHANNELS["jsonl"]
    told.items[b"igen"] = told.items[SECRET.encode()]
    town.store(b"igen")
    anew = packed(package.case, by)
    assert (anew.attempts, anew.withheld) == (1, 1)


def test_words_that_are_closed_each_time_are_given_up_and_not_tried_for_ever(
    beside: tuple[Package, Record], by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, _ = beside
    monkeypatch.setattr(actions, "_still_open", lambda records: False)
    again = actions.ask(package.case, csip=Csip.V2_1, version=Erms.V2_1, by=by)
    for _ in range(10):
        actions.pack_waiting()
    again.refresh_from_db()
    assert (again.state, again.attempts) == (State.FAILED, 3)

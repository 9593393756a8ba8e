"""Asked for, made by a worker under a lease, handed over, taken away."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import MONDAY, Town
from torget.archive import actions
from torget.archive.models import Package
from torget.archive.rules import LEASE, MOST_ATTEMPTS, Csip, Erms, State
from torget.archive.sip.build import build
from torget.archive.tests import making
from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions as files
from torget.journal.models import Entry
from torget.organisations.rules import Role
from torget.register.models import Case, Record


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "folder", lambda: tmp_path / "arkivpaket")


def ask(town: Town, case: Case | None = None, role: Role = Role.REGISTRAR) -> Package:
    case = case or making.case()
    making.record(case, files=[making.file()])
    return actions.ask(case, csip=Csip.V2_1, version=Erms.V2_1, by=town.user(role))


def test_asked_for_it_is_made_and_the_journal_tells_by_whom(town: Town) -> None:
    package = ask(town)
    assert actions.pack_waiting() == 1
    assert actions.pack_waiting() == 0
    package.refresh_from_db()
    assert (package.state, package.records_done, package.problem) == (State.READY, 1, "")
    path = actions.folder() / package.filename
    assert path.stat().st_size == package.size
    entry = Entry.objects.get(kind="case.packed")
    assert entry.actor_ref == package.asked_by.ref
    assert bytes(entry.digest).hex() == package.mets_sha256


def test_asked_for_twice_it_is_one_until_it_is_made(town: Town) -> None:
    first = ask(town)
    assert actions.ask(first.case, csip=Csip.V2_1, version=Erms.V2_1, by=town.user(Role.REGISTRAR)) == first
    assert Package.objects.count() == 1
    actions.pack_waiting()
    assert actions.ask(first.case, csip=Csip.V2_1, version=Erms.V2_1, by=first.asked_by) != first


def test_a_worker_that_died_is_followed_by_another_and_given_up_at_last(town: Town) -> None:
    package = ask(town)
    dead = {"state": State.DOING.value, "lease_owner": "död", "attempts": 1}
    Package.objects.filter(pk=package.pk).update(**dead, lease_until=clock.now() + LEASE)
    assert actions.pack_waiting() == 0, "it may still be alive"
    with clock.at(MONDAY + 2 * LEASE):
        assert actions.pack_waiting() == 1
    package.refresh_from_db()
    assert (package.state, package.attempts) == (State.READY, 2)
    other = ask(town)
    Package.objects.filter(pk=other.pk).update(**dead | {"attempts": MOST_ATTEMPTS}, lease_until=MONDAY - LEASE)
    assert actions.pack_waiting() == 0
    other.refresh_from_db()
    assert (other.state, other.problem) == (State.FAILED, "worker_stopped")


def test_a_lease_from_before_the_clock_went_back_binds_nobody(town: Town) -> None:
    package = ask(town)
    far = MONDAY + timedelta(days=400)
    Package.objects.filter(pk=package.pk).update(state=State.DOING.value, lease_owner="förr", lease_until=far)
    assert actions.pack_waiting() == 1


def test_what_goes_wrong_is_kept_with_the_package(town: Town) -> None:
    case = making.case()
    blob, name = making.file()
    making.record(case, files=[(blob, name)])
    files.path_of(blob.sha256).unlink()
    package = ask(town, case)
    assert actions.pack_waiting() == 1
    package.refresh_from_db()
    assert (package.state, package.problem) == (State.FAILED, "file_missing")
    assert list(actions.folder().glob("*")) == []


def test_one_whose_lease_was_taken_changes_nothing_more(town: Town, monkeypatch: Any) -> None:
    package = ask(town)
    monkeypatch.setattr(actions, "_TELL_EVERY", 0.0)
    taken = files.open_blob

    def stolen(sha256: str) -> Any:
        Package.objects.filter(pk=package.pk).update(lease_owner="en annan")
        return taken(sha256)

    monkeypatch.setattr(files, "open_blob", stolen)
    actions.pack_waiting()
    package.refresh_from_db()
    assert (package.state, package.lease_owner) == (State.DOING, "en annan")


def test_one_that_is_begun_anew_meanwhile_leaves_no_file_with_what_was_erased(town: Town, monkeypatch: Any) -> None:
    package = ask(town)
    record = Record.objects.get(case=package.case)
    made = build

    def erased_in_the_end(*given: Any, **named: Any) -> Any:
        done = made(*given, **named)
        actions.forget(record)
        return done

    monkeypatch.setattr(actions, "build", erased_in_the_end)
    actions.pack_waiting()
    package.refresh_from_db()
    assert package.state == State.ASKED and not list(actions.folder().glob("*"))


def test_packages_that_no_row_names_are_cleared_away(town: Town) -> None:
    package = ask(town)
    actions.pack_waiting()
    package.refresh_from_db()
    stray, foreign = (
        actions.folder() / "KS1-2026-0001-20261116T130700Z.zip",
        actions.folder() / "mina semesterbilder.zip",
    )
    stray.write_bytes(b"PK")
    foreign.write_bytes(b"PK")
    assert actions.clear_strays() == 0, "it may be on its way to its row"
    assert actions.clear_strays(older_than=-5) == 1
    assert sorted(path.name for path in actions.folder().glob("*")) == sorted([package.filename, foreign.name])


def test_handed_over_it_is_entered_who_took_it(town: Town) -> None:
    package = ask(town)
    clerk = town.user(Role.REGISTRAR)
    with pytest.raises(Refused, match="not_ready"):
        actions.fetch(package, by=clerk)
    with pytest.raises(Refused, match="in_hand"):
        actions.take_away(package, by=clerk)
    actions.pack_waiting()
    package.refresh_from_db()
    with actions.fetch(package, by=clerk) as file:
        assert file.read(2) == b"PK"
    assert Entry.objects.get(kind="package.fetched").actor_ref == clerk.ref
    (actions.folder() / package.filename).unlink()
    with pytest.raises(Refused, match="file_gone"):
        actions.fetch(package, by=clerk)


def test_taken_away_the_file_goes_and_the_case_stays(town: Town, django_capture_on_commit_callbacks: Any) -> None:
    package = ask(town)
    actions.pack_waiting()
    package.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        actions.take_away(package, by=package.asked_by)
    assert list(actions.folder().glob("*")) == []
    assert Record.objects.filter(case=package.case).count() == 1


def test_who_may_not_read_all_of_a_case_makes_no_package_of_it(town: Town) -> None:
    case = making.case()
    making.record(case)
    # The role without the desk stands for whoever is outside a record's circle.
    town_user = town.user(Role.REGISTRAR)
    town_user.role = "nobody"
    assert not actions.may_read_all(case, town_user)
    with pytest.raises(Refused, match="not_allowed"):
        actions.ask(case, csip=Csip.V2_1, version=Erms.V2_1, by=town_user)


def test_the_database_itself_holds_what_a_package_must_be(town: Town) -> None:
    package = ask(town)
    for wrong in ({"state": State.READY.value}, {"state": State.FAILED.value}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Package.objects.filter(pk=package.pk).update(**wrong)

"""What is erased is gone from all that other modules keep beside a record."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import making
from torget.archive import actions as archive
from torget.archive.models import Package
from torget.archive.rules import Csip, Erms
from torget.core.errors import Refused
from torget.organisations.models import Authority, User
from torget.organisations.rules import Role
from torget.register import actions
from torget.register.models import Case, Record
from torget.register.rules import Field
from torget.registrar import actions as registrar

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "Kräftskiva vid Ankdammen"


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.TORGET_HOME = tmp_path
    settings.TORGET_BACKUP_FOLDER = ""


def test_corrections_batches_and_packages_keep_nothing_of_it(tmp_path: Path) -> None:
    town, folder = making.town(), tmp_path / "arkivpaket"
    by = town.user(Role.REGISTRAR)
    record = making.first(town.written("Hej", subject=f"{SECRET} ett")[1]).record
    record.refresh_from_db()
    batch = registrar.confirm_batch([record], state=None, by=by)
    actions.correct(record, field=Field.SUBJECT, value=f"{SECRET} två", why=f"{SECRET} fel", by=by)
    record.refresh_from_db()
    assert record.case is not None
    package = archive.ask(record.case, csip=Csip.V2_1, version=Erms.V2_1, by=by)
    archive.pack_waiting()
    package.refresh_from_db()
    assert package.state == "ready" and list(folder.glob("*.zip"))
    actions.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    assert SECRET not in making.everything()
    assert not list(folder.glob("*.zip")) and not Package.objects.exists()
    assert batch.rows.get().subject_before == ""


# ---- cases that it has left -----------------------------------------------------------------------------------------


def merged(left: Case, record: Record, by: User) -> None:
    actions.merge_cases(left, into=actions.open_case(left.authority, subject="Annat", by=by), by=by)


def moved_twice(left: Case, record: Record, by: User) -> None:
    actions.move_records([record], to=None, subject=f"{SECRET} här", by=by)
    actions.move_records([record], to=actions.open_case(left.authority, subject="Annat", by=by), by=by)


def corrected(left: Case, record: Record, by: User) -> None:
    board = Authority.objects.create(name="Kulturnämnden", prefix="KUN", archive_creator="Kulturnämnden")
    actions.correct(record, field=Field.AUTHORITY, value=board, why="Hör dit", by=by)


def _packed(by: User) -> Record:
    """The record of a case that is named by its words, with a package."""
    record = making.first(making.town().written("Hej", subject=SECRET)[1]).record
    assert record.case is not None
    archive.ask(record.case, csip=Csip.V2_1, version=Erms.V2_1, by=by)
    archive.pack_waiting()
    return record


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("rut@exempel.se", None, name="Rut Regel", role=Role.REGISTRAR.value)


@pytest.mark.parametrize("leave", [merged, moved_twice, corrected])
def test_the_cases_that_it_has_left_keep_nothing_of_it(
    leave: Callable[[Case, Record, User], None], by: User, tmp_path: Path
) -> None:
    record = _packed(by)
    left = record.case
    assert left is not None
    leave(left, record, by)
    record = Record.objects.select_related("case__authority").get(pk=record.pk)
    actions.erase(record, mandate="Beslut 1", reason="Prov", by=by)
    assert SECRET not in making.everything()
    assert Case.objects.get(pk=left.pk).subject == "Gallrad handling"
    assert not list((tmp_path / "arkivpaket").glob("*.zip")) and not Package.objects.exists()


def test_another_case_keeps_its_name_when_what_came_later_into_it_is_erased(by: User) -> None:
    record = _packed(by)
    town_case = record.case
    assert town_case is not None
    into = actions.open_case(town_case.authority, subject="Annat", by=by)
    first = actions.receive(
        [
            actions.Arrival(
                text="Först", channel="web", correspondent="", subject="", title="Först",
                occurred_at=record.occurred_at, addressed=True, case=into,
            )
        ],
        authority=town_case.authority,
    )[0]  # fmt: skip
    assert first.case_id == into.pk
    actions.move_records([record], to=into, by=by)
    actions.erase(Record.objects.get(pk=record.pk), mandate="Beslut 1", reason="Prov", by=by)
    assert Case.objects.get(pk=into.pk).subject == "Annat"


def test_a_legal_hold_on_a_case_that_it_has_left_wins(by: User, tmp_path: Path) -> None:
    record = _packed(by)
    left = record.case
    assert left is not None
    held = actions.hold(case=left, reason="Överklagad", by=by)
    merged(left, record, by)
    with pytest.raises(Refused, match="legal_hold"):
        actions.erase(Record.objects.get(pk=record.pk), mandate="Beslut", reason="Skäl", by=by)
    assert SECRET in making.everything() and Package.objects.exists()
    actions.lift(held, by=by)
    actions.erase(Record.objects.get(pk=record.pk), mandate="Beslut", reason="Skäl", by=by)
    assert SECRET not in making.everything()

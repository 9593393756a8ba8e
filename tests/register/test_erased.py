"""What is erased is gone from all that other modules keep beside a record."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import making
from torget.archive import actions as archive
from torget.archive.models import Package
from torget.archive.rules import Csip, Erms
from torget.organisations.rules import Role
from torget.register import actions
from torget.register.rules import Field
from torget.registrar import actions as registrar

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "Kräftskiva vid Ankdammen"


def test_corrections_batches_and_packages_keep_nothing_of_it(settings: Any, tmp_path: Path) -> None:
    settings.TORGET_HOME = tmp_path
    settings.TORGET_BACKUP_FOLDER = ""
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

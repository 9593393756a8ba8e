"""The doctor: each thing that is wrong is named, with its remedy."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.making import MONDAY
from tests.support.smtp import SMTPServer
from torget.core import clock, doctor
from torget.core.doctor import Check
from torget.core.models import Heartbeat


@pytest.fixture(autouse=True)
def home(db: None, settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    settings.TORGET_HOME = tmp_path
    return tmp_path


def _found(name: str) -> Check:
    [found] = [check for check in doctor.examine() if check.name == name]
    assert found.ok or found.remedy
    return found


def test_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "checks", {})
    checks = doctor.examine()
    assert [check.name for check in checks] == ["databas", "mapp", "nycklar", "e-post", "klocka"]
    assert all(check.ok or check.name == "mapp" for check in checks)


def test_a_check_that_fails_is_a_finding_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterable[Check]:
        raise RuntimeError("secret words")

    monkeypatch.setattr(doctor, "checks", {})
    doctor.register("trasig", broken)
    doctor.register("hel", lambda: [Check("hel", True, "bra")])
    found = {check.name: check for check in doctor.examine()}
    assert not found["trasig"].ok and "RuntimeError" in found["trasig"].says and "secret" not in found["trasig"].says
    assert found["hel"].ok and found["databas"].ok


def test_a_key_that_others_may_read(home: Path) -> None:
    (home / "keys").mkdir()
    key = home / "keys" / "journal.key"
    key.write_text("x")
    key.chmod(0o600)
    assert _found("nycklar").ok
    key.chmod(0o644)
    assert not _found("nycklar").ok


def test_a_folder_that_cannot_be_written(home: Path, settings: Any) -> None:
    # A file where the folder should be: also the superuser cannot write in it.
    (home / "file").write_text("x")
    settings.TORGET_HOME = home / "file"
    assert not _found("mapp").ok


def test_a_disk_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 100_000_000

    monkeypatch.setattr("torget.core.doctor.shutil.disk_usage", lambda path: Usage)
    assert "100 MB" in _found("mapp").says and not _found("mapp").ok


def test_mail(settings: Any, smtp: SMTPServer) -> None:
    assert "mappen" in _found("e-post").says
    settings.TORGET_MAIL_HOST, settings.TORGET_MAIL_PORT = smtp.host, smtp.port
    assert _found("e-post").ok
    smtp.down()
    assert not _found("e-post").ok


@pytest.mark.parametrize(
    ("beat", "ok"),
    [
        pytest.param(timedelta(seconds=-5), True, id="the worker wrote just now"),
        pytest.param(timedelta(hours=2), False, id="the worker wrote later than now: the clock went back"),
    ],
)
def test_clock(beat: timedelta, ok: bool) -> None:
    Heartbeat.objects.create(name="worker", at=MONDAY + beat)
    with clock.at(MONDAY):
        assert _found("klocka").ok is ok


def test_a_database_that_lags_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torget.core.doctor.MigrationExecutor.migration_plan", lambda self, targets: [("a", False)])
    assert not _found("databas").ok

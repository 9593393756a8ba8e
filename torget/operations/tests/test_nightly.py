"""The worker's nights: a backup that is checked and kept, a trial that restores, and what is said when either fails."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.support import making
from torget.core import clock
from torget.operations import backup_keys, backup_nightly
from torget.operations.models import BackupRun
from torget.organisations.rules import Role

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
MADE = {"rows": 70, "files": 3, "entries": 9, "damaged": [], "missing": []}
RESTORED = {"rows": 70, "files": 3, "entries": 9, "root": "ab" * 32}


class Told:
    """Stands for the child processes: what each command says, and which were run."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.says: dict[str, tuple[int, dict[str, Any], str]] = {
            "backup": (0, dict(MADE), ""), "verify": (0, {"sv": "hel"}, ""), "restore": (0, dict(RESTORED), ""),
        }  # fmt: skip

    def __call__(self, *arguments: str, environment: dict[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
        self.ran.append(arguments)
        if arguments[0] == "backup" and self.says["backup"][0] in (0, 1):
            Path(arguments[1]).write_bytes(b"x" * 100)
        return self.says[arguments[0]]


@pytest.fixture
def told(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    settings.TORGET_HOME = tmp_path / "home"
    settings.TORGET_HOME.mkdir()
    settings.TORGET_BACKUP_FOLDER = str(tmp_path / "kopior")
    (tmp_path / "kopior").mkdir()
    backup_keys.make(tmp_path / "key.txt")
    stand_in = Told()
    monkeypatch.setattr(backup_nightly, "_torget", stand_in)
    return stand_in


def test_a_child_that_takes_too_long_is_ended_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backup_nightly, "HOURS", 0)
    code, said, words = backup_nightly._torget("doctor", environment={"TORGET_HOME": str(tmp_path)})
    assert (code, said, words) == (-1, {}, "tog mer än 0 timmar och avbröts")


def _commands(told: Told) -> list[str]:
    return [arguments[0] for arguments in told.ran]


def test_a_night_makes_one_backup_and_the_week_one_trial(told: Told) -> None:
    with clock.at(NIGHT):
        assert backup_nightly.run_due() == 2
        assert backup_nightly.run_due() == 0
    assert _commands(told) == ["backup", "verify", "restore"]
    for day in range(1, 8):
        with clock.at(NIGHT + timedelta(days=day)):
            backup_nightly.run_due()
    assert _commands(told).count("backup") == 8 and _commands(told).count("restore") == 2
    trial = BackupRun.objects.filter(kind=BackupRun.TRIAL).latest("started_at")
    assert trial.ok and trial.root == RESTORED["root"] and trial.rows == 70


def test_a_clock_that_was_ahead_for_a_night_does_not_make_every_minute_a_night(told: Told, tmp_path: Path) -> None:
    with clock.at(NIGHT + timedelta(days=400)):
        assert backup_nightly.run_due() == 2
    with clock.at(NIGHT):
        assert backup_nightly.run_due() == 2, "what is ahead of now counts for nothing"
        before = len(told.ran)
        assert backup_nightly.run_due() == 0 and len(told.ran) == before
    # Nor is it the one that is tried from now on.
    with clock.at(NIGHT + timedelta(days=8)):
        backup_nightly.run_due()
    assert Path(told.ran[-1][1]).name == "torget-2026-11-24.torget"


def test_a_file_whose_name_is_no_day_stops_nothing(told: Told, tmp_path: Path) -> None:
    (tmp_path / "kopior" / "torget-2026-13-45.torget").write_text("mine")
    with clock.at(NIGHT):
        assert backup_nightly.run_due() == 2
    assert list(backup_nightly.kept(tmp_path / "kopior")) == [NIGHT.date()]


def test_old_backups_are_let_go_and_other_files_are_not(told: Told, settings: Any, tmp_path: Path) -> None:
    settings.TORGET_BACKUP_DAYS, settings.TORGET_BACKUP_WEEKS = 2, 0
    (tmp_path / "kopior" / "viktig.torget").write_text("mine")
    for day in range(4):
        with clock.at(NIGHT + timedelta(days=day)):
            backup_nightly.run_due()
    kept = sorted(path.name for path in (tmp_path / "kopior").iterdir())
    assert kept == ["torget-2026-11-18.torget", "torget-2026-11-19.torget", "viktig.torget"]


def _no_backup(told: Told) -> None:
    told.says["backup"] = (2, {}, "Disken blev full.")


def _changed(told: Told) -> None:
    told.says["verify"] = (1, {"sv": "Delen 000017.age är ändrad."}, "")


def _killed(told: Told) -> None:
    told.says["verify"] = (-9, {}, "")


def _not_restored(told: Told) -> None:
    told.says["restore"] = (2, {}, "Journalens rot stämmer inte.")


@pytest.mark.parametrize(
    "fault, said",
    [
        pytest.param(_no_backup, "Disken blev full.", id="the backup could not be made"),
        pytest.param(_changed, "Delen 000017.age är ändrad.", id="the file is changed"),
        pytest.param(_killed, "avbröts", id="the check is killed and says nothing"),
        pytest.param(_not_restored, "Journalens rot stämmer inte.", id="the trial finds another root"),
    ],
)
def test_what_was_wrong_is_shown_to_the_administrator_and_by_the_doctor(
    told: Told, fault: Callable[[Told], None], said: str
) -> None:
    town = making.town(demo=False)
    fault(told)
    with clock.at(NIGHT):
        backup_nightly.run_due()
        assert backup_nightly.alarm() == "failed"
        [found] = backup_nightly.check()
        assert not found.ok and found.remedy
        client = Client()
        by = town.user(Role.ADMINISTRATOR)
        type(town.organisation).objects.update(demo=True)
        client.force_login(by)
        page = client.get(reverse("operations:backups")).content.decode()
    assert said in page and "Det senaste försöket gick inte bra." in page
    with clock.at(NIGHT + timedelta(minutes=59)):
        before = len(told.ran)
        backup_nightly.run_due()
        assert _commands(told)[before:].count("backup") == 0, "not again within the hour"


def _lacks(told: Told) -> None:
    """Two files are damaged and one is gone: the backup is made and ends with 1, its own seals hold."""
    told.says["backup"] = (1, MADE | {"damaged": ["ab" * 32, "cd" * 32], "missing": ["ef" * 32]}, "")
    told.says["verify"] = (0, {"sv": "hel", "facts": {"damaged": "2", "missing": "1"}}, "")


def test_a_backup_that_lacks_files_stays_an_alarm_until_one_is_whole(told: Told) -> None:
    making.town(demo=False)
    _lacks(told)
    for hours in (0, 2, 4, 24, 26, 48, 50):
        with clock.at(NIGHT + timedelta(hours=hours)):
            backup_nightly.run_due()
            assert backup_nightly.alarm() == "failed", f"after {hours} hours"
            [found] = backup_nightly.check()
            assert not found.ok and "/installningar/drift/" in found.remedy
        run = BackupRun.objects.filter(kind=BackupRun.BACKUP).latest("started_at")
        assert not run.ok and "2 skadade och 1 saknade filer" in run.problem
    assert _commands(told).count("backup") == 3, "one file a night, which is looked at again"
    told.says |= Told().says
    with clock.at(NIGHT + timedelta(days=3)):
        backup_nightly.run_due()
        assert backup_nightly.alarm() == ""


def test_no_older_backup_is_let_go_while_the_new_one_lacks_files(told: Told, settings: Any, tmp_path: Path) -> None:
    settings.TORGET_BACKUP_DAYS, settings.TORGET_BACKUP_WEEKS = 2, 0
    with clock.at(NIGHT):
        backup_nightly.run_due()
    _lacks(told)
    for hours in (24, 26, 48, 50, 72, 74):
        with clock.at(NIGHT + timedelta(hours=hours)):
            backup_nightly.run_due()
    assert len(backup_nightly.kept(tmp_path / "kopior")) == 4, "the one that holds the files whole is still there"
    told.says |= Told().says
    with clock.at(NIGHT + timedelta(days=4)):
        backup_nightly.run_due()
    assert len(backup_nightly.kept(tmp_path / "kopior")) == 2


def test_an_unsigned_backup_that_lacks_files_says_both(told: Told) -> None:
    _lacks(told)
    told.says["verify"] = (3, {"sv": "Ingen har undertecknat.", "facts": {"missing": "1"}}, "")
    with clock.at(NIGHT):
        backup_nightly.run_due()
    run = BackupRun.objects.get(kind=BackupRun.BACKUP)
    assert "Ingen har undertecknat." in run.problem and "0 skadade och 1 saknade filer" in run.problem


def _gone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.rename(place.with_name("flyttad"))


def _shut(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a unit of systemd without ReadWritePaths: the folder is there, and access(2) says EROFS."""
    monkeypatch.setattr("torget.operations.backup_nightly.os.access", lambda path, mode: False)


@pytest.mark.parametrize(
    "fault, said", [pytest.param(_gone, "finns inte", id="gone"), pytest.param(_shut, "ReadWritePaths", id="shut")]
)
def test_a_folder_that_the_service_cannot_write_is_told_within_the_hour_and_not_at_night(
    told: Told, tmp_path: Path, fault: Callable[[Path, pytest.MonkeyPatch], None], said: str
) -> None:
    making.town(demo=False)
    with clock.at(NIGHT):
        backup_nightly.run_due()
    before = list(told.ran)
    with clock.at(NIGHT + timedelta(hours=9)), pytest.MonkeyPatch.context() as patch:
        fault(tmp_path / "kopior", patch)
        backup_nightly.run_due()
        [found] = backup_nightly.check()
        assert backup_nightly.alarm() == "failed" and said in found.says and "docs/operate/backup.md" in found.says
        assert told.ran == before, "no child is sent to find it out"
        runs = BackupRun.objects.count()
        backup_nightly.run_due()
        assert BackupRun.objects.count() == runs, "not each minute"
    if fault is _gone:
        (tmp_path / "flyttad").rename(tmp_path / "kopior")
    with clock.at(NIGHT + timedelta(hours=10, minutes=1)):
        backup_nightly.run_due()
        assert backup_nightly.alarm() == "", "mended: tonight's file is looked at again, and the alarm is gone"


def test_a_missed_night_is_an_alarm(told: Told) -> None:
    with clock.at(NIGHT):
        backup_nightly.run_due()
        assert backup_nightly.alarm() == ""
    with clock.at(NIGHT + timedelta(hours=37)):
        assert backup_nightly.alarm() == "backup_late"


def test_without_a_folder_nothing_is_made_and_it_is_said(told: Told, settings: Any) -> None:
    settings.TORGET_BACKUP_FOLDER = ""
    making.town(demo=False)
    assert backup_nightly.run_due() == 0 and not told.ran
    [found] = backup_nightly.check()
    assert not found.ok and "TORGET_BACKUP_FOLDER" in found.remedy


def test_a_demo_town_is_not_told_to_make_backups(settings: Any) -> None:
    settings.TORGET_BACKUP_FOLDER = ""
    making.town()
    [found] = backup_nightly.check()
    assert found.ok


def test_without_the_drills_key_the_file_is_checked_and_not_opened(told: Told, settings: Any, tmp_path: Path) -> None:
    settings.TORGET_BACKUP_DRILL = False
    with clock.at(NIGHT):
        backup_nightly.run_due()
    assert _commands(told) == ["backup", "verify", "verify"]
    assert BackupRun.objects.filter(kind=BackupRun.CHECK, ok=True).exists()
    _killed(told)
    assert backup_nightly.try_backup(tmp_path / "kopior" / "torget-2026-11-16.torget").problem == "avbröts"


def test_the_page_is_for_administrators(told: Told) -> None:
    town = making.town()
    for role, code in ((Role.ADMINISTRATOR, 200), (Role.REGISTRAR, 403), (Role.COMMUNICATOR, 403)):
        client = Client()
        client.force_login(town.user(role))
        assert client.get(reverse("operations:backups")).status_code == code

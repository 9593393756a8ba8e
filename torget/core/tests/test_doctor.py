"""The doctor: each thing that is wrong is named, with its remedy."""

import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from tests.support import trusting
from tests.support.making import MONDAY
from tests.support.ports import free_port
from tests.support.smtp import SMTPServer
from torget.core import clock, doctor
from torget.core.doctor import Check, doors, environment, machine, storage
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
    names = {check.name for check in checks}
    assert {"inställningar", "databas", "mapp", "nycklar", "klocka", "Python", "delar", "e-post"} <= names
    assert all(check.ok or check.name in ("mapp", "delar") for check in checks)


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

    monkeypatch.setattr("torget.core.doctor.machine.shutil.disk_usage", lambda path: Usage)
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
    monkeypatch.setattr(
        "torget.core.doctor.storage.MigrationExecutor.migration_plan", lambda self, targets: [("a", False)]
    )
    assert "torget upgrade" in _found("databas").remedy and not _found("databas").ok


def test_a_database_that_is_gone_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*given: object) -> Iterable[Check]:
        raise OperationalError

    monkeypatch.setattr("torget.core.doctor.storage.MigrationExecutor", gone)
    monkeypatch.setattr(doctor, "checks", {})
    doctor.register("modul", gone)
    found = doctor.examine(network=False)
    assert not next(check for check in found if check.name == "databas").ok
    assert "modul" not in {check.name for check in found}


def test_a_folder_that_is_open_to_all(home: Path) -> None:
    home.chmod(0o755)
    assert _found("mappens rättigheter").remedy == f"chmod o-rwx {home}"
    home.chmod(0o700)
    assert "mappens rättigheter" not in {check.name for check in doctor.examine(network=False)}


def test_a_broken_secret(home: Path) -> None:
    (home / "keys").mkdir()
    (home / "keys" / "secret.key").write_text("kort")
    (home / "keys" / "secret.key").chmod(0o600)
    assert "ta bort" in _found("nycklar").remedy


def test_a_silent_worker() -> None:
    Heartbeat.objects.create(name="worker", at=MONDAY - timedelta(minutes=5))
    with clock.at(MONDAY):
        assert "systemctl restart" in _found("arbetare").remedy
    with clock.at(MONDAY - timedelta(minutes=5)):
        assert _found("arbetare").ok


def test_a_python_without_mends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SUPPORTED", {sys.version_info[:2]: date(2026, 11, 1)})
    with clock.at(MONDAY):
        assert _found("Python").level == doctor.WARN and _found("Python").ok


def test_parts_that_are_not_the_locked_ones(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    assert "följer inte med" in _found("delar").says
    (tmp_path / "requirements").mkdir()
    lock = tmp_path / "requirements" / "run.lock"
    lock.write_text(
        "django==1.0 \\\n    --hash=sha256:0\nnot-here==2 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n"
    )
    assert "django" in _found("delar").says and "not-here" not in _found("delar").says
    assert "--require-hashes" in _found("delar").remedy


@pytest.mark.parametrize(
    ("given", "name", "remedy"),
    [
        pytest.param({"TORGET_MAIL_PORT": "abc"}, "TORGET_MAIL_PORT", "Rätta TORGET_MAIL_PORT", id="a port that is none"),
        pytest.param({"TORGET_LOG": "xml"}, "TORGET_LOG", "Rätta TORGET_LOG", id="a form of log that is none"),
        pytest.param({"TORGET_WORKER": "ja"}, "TORGET_WORKER", "Rätta", id="a flag that is neither 0 nor 1"),
        pytest.param({"TORGET_MIAL_HOST": "x"}, "TORGET_MIAL_HOST", "Menade du TORGET_MAIL_HOST?", id="a name misspelt"),
        pytest.param({"TORGET_URL": "http://torget.example.se"}, "TORGET_URL", "https://", id="http to another machine"),
        pytest.param({"TORGET_URL": "torget.example.se"}, "TORGET_URL", "https://", id="an address without a scheme"),
        pytest.param({"TORGET_URL": "https://a.example/torget"}, "TORGET_URL", "utan sökväg", id="an address with a path"),
        pytest.param({"TORGET_URL": "https://a.example:x"}, "TORGET_URL", "https://", id="an address with no port at all"),
        pytest.param({"TORGET_HOSTS": "https://a.example"}, "TORGET_HOSTS", "bara namn", id="hosts that are addresses"),
        pytest.param({"DATABASE_URL": "mysql://a/b"}, "DATABASE_URL", "postgres://", id="a database we do not have"),
        pytest.param({"TORGET_MAIL_USER": "x"}, "TORGET_MAIL_HOST", "Sätt TORGET_MAIL_HOST", id="mail without a server"),
        pytest.param(
            {"TORGET_MAIL_HOST": "m.example", "TORGET_MAIL_USER": "x", "TORGET_MAIL_FROM": "a@b.example"},
            "TORGET_MAIL_PASSWORD", "Sätt TORGET_MAIL_PASSWORD", id="a user without a password",
        ),
        pytest.param(
            {"TORGET_MAIL_HOST": "m.example", "TORGET_MAIL_USER": "x", "TORGET_MAIL_PASSWORD": "y"},
            "TORGET_MAIL_TLS", "TORGET_MAIL_TLS=1", id="a password in the open",
        ),
        pytest.param({"TORGET_MAIL_HOST": "m.example"}, "TORGET_MAIL_FROM", "Sätt TORGET_MAIL_FROM", id="from localhost"),
        pytest.param({"TORGET_METRICS_HOST": "127.0.0.1"}, "TORGET_METRICS_PORT", "9464", id="a host without a port"),
        pytest.param({"TORGET_THREADS": "0"}, "TORGET_THREADS", "Ta bort", id="no threads"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong(given: dict[str, str], name: str, remedy: str) -> None:
    found = [check for check in environment.examine(given) if check.name == name]
    assert found and not found[0].ok and remedy in found[0].remedy
    # A value may be a password: what is said names the setting alone.
    assert not any(value in found[0].says for value in given.values() if len(value) > 4 and value not in given)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="nothing set"),
        pytest.param({"TORGET_URL": "http://127.0.0.1:8206"}, id="http on this machine"),
        pytest.param({"TORGET_URL": "https://torget.example.se", "TORGET_HOSTS": "www.example.se"}, id="as it should be"),
        pytest.param(
            {"TORGET_MAIL_HOST": "m.example", "TORGET_MAIL_PORT": "587", "TORGET_MAIL_TLS": "1", "TORGET_MAIL_USER": "u",
             "TORGET_MAIL_PASSWORD": "p", "TORGET_MAIL_FROM": "a@b.example"}, id="mail as it should be",
        ),
    ],
)  # fmt: skip
def test_settings_that_are_right(given: dict[str, str]) -> None:
    [found] = environment.examine(given)
    assert found.level == doctor.GOOD


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"TORGET_METRICS_HOST": "0.0.0.0", "TORGET_METRICS_PORT": "9464"}, id="metrics for all"),
        pytest.param({"TORGET_ALLOW_PRIVATE": "1"}, id="our own network"),
        pytest.param({"TORGET_HOME": "var"}, id="a folder that hangs on where one stands"),
        pytest.param(
            {"TORGET_HOME": "/var/lib/torget", "DATABASE_URL": "sqlite:////srv/x.sqlite3"}, id="beside the folder"
        ),
    ],
)
def test_settings_that_are_a_warning(given: dict[str, str]) -> None:
    [found] = environment.examine(given)
    assert found.level == doctor.WARN and found.ok and found.remedy


def test_a_flipped_bit_in_the_database_is_found_and_named(tmp_path: Path) -> None:
    # A database of its own: the test's connection must not be to a broken one.
    path = tmp_path / "torget.sqlite3"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE register_record (id INTEGER PRIMARY KEY, words TEXT)")
        made.execute("CREATE INDEX register_words ON register_record (words)")
        made.executemany("INSERT INTO register_record (words) VALUES (?)", [(f"ord {n}" * 20,) for n in range(500)])
    other = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}})["default"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "connection", other)
        assert storage.sound().ok and storage.sound(quick=True).ok
        other.close()
        body = bytearray(path.read_bytes())
        for place in range(4096 * 20, 4096 * 20 + 12):
            body[place] ^= 0x40
        path.write_bytes(body)
        found = storage.sound()
        other.close()
    assert not found.ok and "skadad" in found.says and "torget restore" in found.remedy
    assert "register_record" in found.says


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> trusting.Authority:
    """A certificate authority of the test's own."""
    return trusting.Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("made", "level", "says"),
    [
        pytest.param({}, doctor.GOOD, "dagar till", id="as it should be"),
        pytest.param({"days": 14}, doctor.WARN, "13 dagar", id="two weeks left"),
        pytest.param({"days": 3}, doctor.BAD, "2 dagar", id="three days left"),
        pytest.param({"days": -1}, doctor.BAD, "har gått ut", id="run out"),
        pytest.param({"name": "other.example"}, doctor.BAD, "annat namn", id="another's name"),
        pytest.param({"known": False}, doctor.BAD, "rot som ingen känner", id="an authority that nobody knows"),
    ],
)
def test_certificates(authority: trusting.Authority, made: dict[str, Any], level: str, says: str) -> None:
    with authority.serving(**made) as port:
        context = authority.trusted if made.get("known", True) else None
        found = doors.certificate("certifikat", "localhost", port, context=context)
    assert found.level == level and says in found.says
    assert bool(found.remedy) == (level != doctor.GOOD)


def test_a_server_without_tls_and_none_at_all(smtp: SMTPServer) -> None:
    found = doors.certificate("e-post", smtp.host, smtp.port)
    assert not found.ok and "talar inte TLS" in found.says
    assert "svarar inte" in doors.certificate("e-post", "127.0.0.1", free_port()).says
    assert "svarar inte" in doors.certificate("e-post", smtp.host, smtp.port, starttls="smtp").says


def test_an_address_that_answers_and_whose_clock_is_another(settings: Any) -> None:
    with trusting.answering(200, seconds_off=0) as port:
        settings.TORGET_URL = f"http://127.0.0.1:{port}"
        assert [check.level for check in doors.address()] == [doctor.GOOD]
    with trusting.answering(200, seconds_off=120) as port:
        settings.TORGET_URL = f"http://127.0.0.1:{port}"
        assert "NTP" in next(check for check in doors.address() if check.name == "klocka").remedy.upper()
    with trusting.answering(404, seconds_off=0) as port:
        settings.TORGET_URL = f"http://127.0.0.1:{port}"
        assert "nginx" in next(iter(doors.address())).remedy


def test_a_blank_setting_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for blank in ("", "  "):
        for name in ("TORGET_THREADS", "TORGET_WORKER", "TORGET_URL"):
            monkeypatch.setenv(name, blank)
        assert environment.whole("TORGET_THREADS", 8) == 8
        assert environment.flag("TORGET_WORKER", True) is True
        assert environment.text("TORGET_URL", "http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    monkeypatch.setenv("TORGET_WORKER", " 0 ")
    assert environment.flag("TORGET_WORKER", True) is False

"""Time stamps (RFC 3161) of the head, from a real service: openssl ts behind HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.support.stamping import StampService
from torget.core import clock
from torget.core.errors import Refused
from torget.journal.models import Stamp
from torget.operations import proving, stamping
from torget.operations.tests.watching import checks_of

Enter = Callable[[int], None]
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StampService]:
    """The service, started once."""
    with StampService(tmp_path_factory.mktemp("tsa")) as service:
        yield service


@pytest.fixture
def service(made: StampService, monkeypatch: pytest.MonkeyPatch) -> StampService:
    """The service as the configured one."""
    made.mood = "right"
    monkeypatch.setenv("TORGET_TIMESTAMP_URL", made.url)
    monkeypatch.setenv("TORGET_TIMESTAMP_CA", str(made.ca))
    monkeypatch.setenv("TORGET_ALLOW_PRIVATE", "1")
    return made


def test_nothing_is_asked_without_a_service(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_TIMESTAMP_URL", raising=False)
    enter(1)
    assert proving.stamp_heads() == 0
    assert not checks_of("tidsstämpel")


def test_the_first_head_and_then_each_day_is_stamped_once(enter: Enter, service: StampService, client: Client) -> None:
    for day in range(3):
        with clock.at(NOON + timedelta(days=day)):
            enter(2)
            assert proving.stamp_heads() == (1 if day in (0, 2) else 0)
            assert proving.stamp_heads() == 0
    # The first day's head was stamped at once; on the third day the second day's last one.
    assert list(Stamp.objects.order_by("checkpoint_id").values_list("checkpoint_id", flat=True)) == [2, 4]
    page = client.get(reverse("journal:index")).content.decode()
    assert page.count("Tidsstämplat av en utomstående") == 2
    assert [check.ok for check in checks_of("tidsstämpel")] == [True]


def test_a_stamp_is_checked_by_people_with_openssl(
    enter: Enter, service: StampService, client: Client, tmp_path: Path
) -> None:
    enter(3)
    assert stamping.stamp_waiting() == 1
    note, answer = client.get("/journal/sigill/3"), client.get("/journal/sigill/3.tsr")
    assert answer["Content-Type"] == "application/timestamp-reply"
    (tmp_path / "sigill.txt").write_bytes(note.content)
    (tmp_path / "sigill.tsr").write_bytes(answer.content)
    files = ["-data", str(tmp_path / "sigill.txt"), "-in", str(tmp_path / "sigill.tsr"), "-CAfile", str(service.ca)]
    assert b"OK" in service.openssl("ts", "-verify", *files)
    (tmp_path / "sigill.txt").write_bytes(note.content.replace(b"\n3\n", b"\n4\n"))
    with pytest.raises(AssertionError, match="mismatch"):
        service.openssl("ts", "-verify", *files)


@pytest.mark.parametrize(
    ("mood", "code"),
    [("silent", "service_silent"), ("refuses", "service_no"), ("other", "service_no"), ("rubbish", "service_no")],
)
def test_a_service_that_does_not_do_its_work_is_named(
    mood: str, code: str, enter: Enter, service: StampService
) -> None:
    enter(1)
    service.mood = mood
    with pytest.raises(Refused) as refused:
        stamping.stamp_waiting()
    assert refused.value.code == code
    assert not Stamp.objects.exists()
    (check,) = checks_of("tidsstämpel")
    assert (check.ok, "TORGET_TIMESTAMP_URL" in check.remedy) == (False, True)
    service.mood = "right"
    assert stamping.stamp_waiting() == 1


def test_a_service_of_another_authority_is_refused(
    enter: Enter, service: StampService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(1)
    other = StampService(tmp_path / "other")
    other._server.server_close()
    monkeypatch.setenv("TORGET_TIMESTAMP_CA", str(other.ca))
    with pytest.raises(Refused, match="service_no"):
        stamping.stamp_waiting()
    monkeypatch.setenv("TORGET_TIMESTAMP_CA", str(tmp_path / "none.pem"))
    with pytest.raises(Refused, match="no_ca_file"):
        stamping.stamp_waiting()


def test_a_flipped_bit_in_a_stamp_is_found_by_the_doctor(enter: Enter, service: StampService) -> None:
    enter(1)
    stamping.stamp_waiting()
    stamp = Stamp.objects.get()
    stamp.response = bytes(stamp.response)[:-1] + bytes([bytes(stamp.response)[-1] ^ 1])
    stamp.save()
    assert [found.pk for found in stamping.broken_stamps()] == [stamp.pk]
    assert [check.ok for check in checks_of("tidsstämpel")] == [False]


def test_the_webs_authorities_are_those_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORGET_TIMESTAMP_CA", raising=False)
    assert len(stamping.authorities()) > 10

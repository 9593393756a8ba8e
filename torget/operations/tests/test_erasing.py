"""Erasing by decision: what goes, what stays, what wins over it, and that nothing comes back."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.support import making
from torget.core import clock
from torget.core.errors import Refused
from torget.core.worker import jobs
from torget.files import actions as files
from torget.journal import actions as journal
from torget.journal.models import Entry
from torget.organisations.rules import Role
from torget.register import actions, ledger
from torget.register.models import Attachment, Erasure, RecordVersion

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "Kräftskiva vid Ankdammen"


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.TORGET_HOME = tmp_path
    settings.TORGET_BACKUP_FOLDER = str(tmp_path / "kopior")
    (tmp_path / "kopior").mkdir()


def _index() -> None:
    jobs["search.index"].run()


def test_everything_of_a_record_is_gone_and_the_journal_keeps_its_digest() -> None:
    town = making.town()
    account = town.account()
    body = json.dumps({"x": SECRET}).encode()
    [event] = town.store(body, account=account)
    secret, conversation = town.written(f"{SECRET}. När är den?", email="anka@exempel.se", name="Anka Testsson")
    record = making.first(conversation).record
    blob = files.keep(f"{SECRET} på bild".encode())
    Attachment.objects.create(record=record, blob=blob, filename="anka.txt")
    _index()
    digest = bytes(RecordVersion.objects.get(record=record).digest)
    actions.erase(record, mandate="KS 2026/0001 § 4", reason="Gallringsplanen", by=town.user(Role.REGISTRAR))
    event.delete()
    found = making.everything()
    for word in (SECRET, "anka@exempel.se", "Anka Testsson", "kräftskiv", "ankdamm", "anka.txt"):
        assert word not in found
    assert not files.path_of(blob.pk).exists()
    assert Entry.objects.filter(object_ref=record.ref, kind="record.erased", digest=digest).exists()
    assert bytes(RecordVersion.objects.get(record=record).digest) == digest
    assert SECRET not in ledger.path().read_text()
    assert (ledger.path().parent.parent / "kopior" / "ledger.jsonl").read_bytes() == ledger.path().read_bytes()
    page = Client().get(reverse("conversations:receipt", kwargs={"secret": secret}))
    assert "gallrade" in page.content.decode() and SECRET not in page.content.decode()
    journal.sequence()
    assert journal.audit() > 0
    _index()
    assert "kräftskiv" not in making.everything()


def test_a_file_that_another_record_holds_stays() -> None:
    town = making.town()
    one, two = (making.first(town.written(f"Nummer {n}")[1]).record for n in (1, 2))
    blob = files.keep(b"samma fil")
    for record in (one, two):
        Attachment.objects.create(record=record, blob=blob, filename="fil.txt")
    by = town.user(Role.REGISTRAR)
    actions.erase(one, mandate="Beslut 1", reason="Prov", by=by)
    assert files.path_of(blob.pk).exists()
    actions.erase(two, mandate="Beslut 1", reason="Prov", by=by)
    assert not files.path_of(blob.pk).exists()


@pytest.mark.parametrize("mandate, reason, code", [("", "Skäl", "needs_mandate"), ("Beslut", " ", "needs_reason")])
def test_no_decision_no_erasure(mandate: str, reason: str, code: str) -> None:
    town = making.town()
    record = making.first(town.written(SECRET)[1]).record
    with pytest.raises(Refused) as refused:
        actions.erase(record, mandate=mandate, reason=reason, by=town.user(Role.REGISTRAR))
    assert refused.value.code == code
    assert SECRET in making.everything() and not ledger.path().exists()


@pytest.mark.parametrize("whole_case", [False, True], ids=["on the record", "on its case"])
def test_a_legal_hold_wins(whole_case: bool) -> None:
    town = making.town()
    record = making.first(town.written(SECRET)[1]).record
    by = town.user(Role.REGISTRAR)
    assert record.case is not None
    held = actions.hold(
        record=None if whole_case else record, case=record.case if whole_case else None, reason="Överklagad", by=by
    )
    with pytest.raises(Refused, match="legal_hold"):
        actions.erase(record, mandate="Beslut", reason="Skäl", by=by)
    assert SECRET in making.everything()
    actions.lift(held, by=by)
    actions.erase(record, mandate="Beslut", reason="Skäl", by=by)
    assert SECRET not in making.everything()


def test_a_kill_between_ledger_and_commit_is_made_good_at_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    town = making.town()
    record = making.first(town.written(SECRET)[1]).record
    monkeypatch.setattr(Erasure.objects, "create", _killed)
    with pytest.raises(InterruptedError):
        actions.erase(record, mandate="Beslut", reason="Skäl", by=town.user(Role.REGISTRAR))
    monkeypatch.undo()
    assert SECRET in making.everything()
    assert actions.replay() == 1
    assert SECRET not in making.everything()
    assert actions.replay() == 0


def _killed(**given: object) -> None:
    raise InterruptedError


def test_another_record_under_the_same_number_is_left_alone() -> None:
    town = making.town()
    record = making.first(town.written(SECRET)[1]).record
    ledger.append(
        record=record.pk, digests=("00" * 32,), files=(), mandate="Beslut", reason="Skäl", by="user:1",
        at=clock.now().isoformat(),
    )  # fmt: skip
    assert actions.replay() == 0
    assert SECRET in making.everything()


def test_a_channel_that_tells_of_it_again_brings_nothing_back() -> None:
    town = making.town()
    conversation = town.given(SECRET)
    message = making.first(conversation)
    actions.erase(message.record, mandate="Beslut", reason="Skäl", by=town.user(Role.REGISTRAR))
    town.take(making.incoming(message.external_id, SECRET))
    town.take(making.incoming(message.external_id, f"{SECRET}, ändrad", edited_at=clock.now()))
    assert SECRET not in making.everything()


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_ledger_that_was_changed_is_named(how: str) -> None:
    for number in (1, 2, 3):
        ledger.append(
            record=number,
            digests=(),
            files=(),
            mandate="Beslut",
            reason="Skäl",
            by="user:1",
            at=clock.now().isoformat(),
        )
    lines = ledger.path().read_bytes().splitlines(keepends=True)
    lines = [lines[0].replace(b"Beslut", b"Beslat"), *lines[1:]] if how == "changed" else [lines[0], lines[2]]
    ledger.path().write_bytes(b"".join(lines))
    with pytest.raises(Refused, match="ledger_broken: 2"):
        ledger.read()


def test_half_a_line_that_a_kill_left_is_written_over() -> None:
    given = {
        "digests": (),
        "files": (),
        "mandate": "Beslut",
        "reason": "Skäl",
        "by": "user:1",
        "at": clock.now().isoformat(),
    }
    ledger.append(record=1, **given)  # type: ignore[arg-type]
    with ledger.path().open("ab") as file:
        file.write(b'{"n":2,"rec')
    assert len(ledger.read()) == 1
    ledger.append(record=2, **given)  # type: ignore[arg-type]
    assert [line.record for line in ledger.read()] == [1, 2]


def test_the_page_erases_after_a_decision_and_says_no_without() -> None:
    town = making.town()
    record = making.first(town.written(SECRET)[1]).record
    client = Client()
    client.force_login(town.user(Role.REGISTRAR))
    found = client.get(reverse("operations:erasures"), {"q": record.dnr})
    assert reverse("operations:erase", kwargs={"pk": record.pk}) in found.content.decode()
    address = reverse("operations:erase", kwargs={"pk": record.pk})
    assert client.post(address, {"mandate": "", "reason": "Skäl", "sure": "on"}).status_code == 400
    assert client.post(reverse("operations:hold", kwargs={"pk": record.pk}), {"why": "Begärd"}).status_code == 302
    said = client.post(address, {"mandate": "Beslut", "reason": "Skäl", "sure": "on"})
    assert said.status_code == 409 and "Begärd" in said.content.decode()
    client.post(reverse("operations:lift", kwargs={"pk": record.holds.get().pk}))
    assert client.post(address, {"mandate": "Beslut 7", "reason": "Skäl", "sure": "on"}).status_code == 302
    assert "Beslut 7" in client.get(reverse("operations:erasures")).content.decode()
    assert "Beslut 7" in client.get(address).content.decode()
    assert SECRET not in making.everything()


def test_only_registrars_and_administrators_erase() -> None:
    town = making.town()
    record = making.first(town.written(SECRET)[1]).record
    for role in (Role.COMMUNICATOR, Role.APPROVER, Role.MANAGER, Role.EXPERT):
        client = Client()
        client.force_login(town.user(role))
        assert client.get(reverse("operations:erase", kwargs={"pk": record.pk})).status_code == 403


# ---- the ledger's own faults -----------------------------------------------------------------------------------------


def _one(town: making.Town) -> Any:
    return making.first(town.written(SECRET)[1]).record


def test_a_machine_that_has_lost_its_ledger_goes_on_after_what_the_database_knows() -> None:
    town = making.town()
    by = town.user(Role.REGISTRAR)
    for _ in range(2):
        actions.erase(_one(town), mandate="Beslut", reason="Skäl", by=by)
    copy = ledger.path().parent.parent / "kopior" / "ledger.jsonl"
    before = copy.read_bytes()
    ledger.path().unlink()
    third = _one(town)
    actions.erase(third, mandate="Beslut", reason="Skäl", by=by)
    assert [line.n for line in ledger.read()] == [3]
    # After a restore of a backup from before it, the third goes again and is not taken for the first.
    Erasure.objects.filter(record=third).delete()
    RecordVersion.objects.filter(record=third).update(text=SECRET)
    assert actions.replay() == 1 and SECRET not in making.everything()
    # What the lost one said lies where it lay, beside the new one.
    kept = [path.read_bytes() for path in copy.parent.glob("ledger-*.jsonl")]
    assert kept == [before] and copy.read_bytes() == ledger.path().read_bytes()


def test_a_number_that_two_ledgers_gave_hides_no_erasure() -> None:
    town = making.town()
    by = town.user(Role.REGISTRAR)
    first, second = _one(town), _one(town)
    actions.erase(first, mandate="Beslut", reason="Skäl", by=by)
    ledger.path().unlink()
    digests = [bytes(digest).hex() for digest in second.versions.values_list("digest", flat=True)]
    ledger.append(
        record=second.pk, digests=tuple(digests), files=(), mandate="Beslut", reason="Skäl", by=by.ref,
        at=clock.now().isoformat(),
    )  # fmt: skip
    assert ledger.read()[0].n == Erasure.objects.get(record=first).ledger
    assert actions.replay() == 1 and SECRET not in making.everything()
    assert actions.replay() == 0


def test_a_ledger_that_cannot_be_written_erases_nothing_then_or_later(monkeypatch: pytest.MonkeyPatch) -> None:
    town = making.town()
    record, by = _one(town), town.user(Role.REGISTRAR)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "_copy", _full)
        with pytest.raises(Refused, match="ledger_unwritable"):
            actions.erase(record, mandate="Beslut", reason="Skäl", by=by)
    assert ledger.read() == [] and actions.replay() == 0
    assert SECRET in making.everything()
    actions.erase(record, mandate="Beslut", reason="Skäl", by=by)
    assert SECRET not in making.everything()


def _full(*given: object) -> bytes:
    raise OSError(28, "No space left on device")


def test_a_stop_that_was_set_after_an_erasure_came_to_nothing_wins_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = making.town()
    record, by = _one(town), town.user(Role.REGISTRAR)
    monkeypatch.setattr(Erasure.objects, "create", _killed)
    with pytest.raises(InterruptedError):
        actions.erase(record, mandate="Beslut", reason="Skäl", by=by)
    monkeypatch.undo()
    held = actions.hold(case=record.case, reason="Överklagad", by=by)
    second = actions.hold(record=record, reason="Tvist", by=by)
    assert actions.replay() == 0 and actions.lift(second, by=by) == 0 and SECRET in making.everything()
    # When the last stop is lifted it is carried out at once, and once.
    assert actions.lift(held, by=by) == 1 and SECRET not in making.everything()
    assert actions.lift(held, by=by) == 0 and actions.replay() == 0


def test_a_store_that_does_not_answer_undoes_no_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    town = making.town()
    record = _one(town)
    blob = files.keep(f"{SECRET} på bild".encode())
    Attachment.objects.create(record=record, blob=blob, filename="anka.txt")
    with monkeypatch.context() as patched:
        patched.setattr(files, "remove", _full)
        actions.erase(record, mandate="Beslut", reason="Skäl", by=town.user(Role.REGISTRAR))
    assert SECRET not in making.everything() and files.path_of(blob.pk).exists()
    actions.replay()
    assert not files.path_of(blob.pk).exists()

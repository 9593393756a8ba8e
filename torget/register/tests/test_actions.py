"""The register's series and versions."""

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import MONDAY, Town, first
from torget.core.models import PublicVersion
from torget.journal.models import Entry
from torget.journal.rules import record_digest
from torget.organisations.models import Authority
from torget.register import actions
from torget.register.models import Case, Record, RecordVersion
from torget.register.rules import State


def _board() -> Authority:
    return Authority.objects.create(name="Byggnadsnämnden", prefix="BN", archive_creator="Byggnadsnämnden")


def test_two_authorities_number_independently_and_without_gaps(town: Town) -> None:
    board = _board()
    for authority in (town.authority, board, town.authority, board, board):
        actions.open_cases(authority, ["a", "b"], MONDAY)
    numbers = {
        prefix: sorted(Case.objects.filter(authority__prefix=prefix).values_list("number", flat=True))
        for prefix in ("KS", "BN")
    }
    assert numbers == {"KS": [1, 2, 3, 4], "BN": [1, 2, 3, 4, 5, 6]}


def test_a_number_that_was_not_kept_is_given_again(town: Town) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.open_cases(town.authority, ["a"], MONDAY)
        raise RuntimeError
    [case] = actions.open_cases(town.authority, ["b"], MONDAY)
    assert case.dnr == "KS 2026/0001"


def test_the_database_takes_no_number_twice(town: Town) -> None:
    [case] = actions.open_cases(town.authority, ["a"], MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(authority=town.authority, year=2026, number=case.number, subject="b", opened_at=MONDAY)


def test_no_subjects_open_no_cases(town: Town) -> None:
    assert actions.open_cases(town.authority, [], MONDAY) == []


def test_the_digest_covers_the_words_and_the_fields(town: Town) -> None:
    version = first(town.given("Hur går det?")).record.latest
    document = version.document()
    assert document["text"] == "Hur går det?"
    assert document["correspondent"] == "Signe Testsson"
    assert record_digest(bytes(version.salt), document) == bytes(version.digest)
    assert record_digest(bytes(version.salt), document | {"text": "Hur går det!"}) != bytes(version.digest)


def test_a_corrected_subject_does_not_break_the_proof(town: Town) -> None:
    record = first(town.given("Hur går det?")).record
    actions.confirm(record, state=State.REGISTERED, subject="Bron", by=town.user())
    version = RecordVersion.objects.get(record=record)
    assert record_digest(bytes(version.salt), version.document()) == bytes(version.digest)


def test_dispatching_twice_changes_nothing(town: Town) -> None:
    question = first(town.given()).record
    record = actions.draw_up(question=question, case=None, text="Ja.", by=town.user())
    for _ in range(2):
        actions.dispatch(record)
    assert Record.objects.get(pk=record.pk).kind == "dispatched"
    assert Entry.objects.filter(kind="record.dispatched").count() == 1


def test_what_was_received_is_never_dispatched_nor_revised(town: Town) -> None:
    record = first(town.given("Hur går det?")).record
    actions.dispatch(record)
    actions.revise_working(record, "Något annat")
    record = Record.objects.get(pk=record.pk)
    assert (record.kind, record.latest.text) == ("received", "Hur går det?")


def test_what_joins_an_old_case_gets_its_next_number(town: Town) -> None:
    record = first(town.given()).record
    user = town.user()
    drawn = [actions.draw_up(question=record, case=record.case, text="Ja.", by=user).dnr for _ in range(2)]
    assert drawn == [f"{record.case}-2", f"{record.case}-3"]


@pytest.mark.parametrize("deed", ["confirm", "mark_secret", "lift_secret", "draw_up"])
def test_what_changes_the_public_register_bumps_its_version(town: Town, deed: str) -> None:
    record, user = first(town.given()).record, town.user()
    before = PublicVersion.current()
    if deed == "confirm":
        actions.confirm(record, state=State.TRIVIAL, subject="x", by=user)
    elif deed == "mark_secret":
        actions.mark_secret(record, provision="OSL 26 kap. 1 §", by=user)
    elif deed == "lift_secret":
        actions.lift_secret(record, by=user)
    else:
        actions.draw_up(question=record, case=None, text="Ja.", by=user)
    assert PublicVersion.current() > before

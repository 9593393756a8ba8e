"""Rows stored in few statements are the same rows that Django stores."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from torget.core import clock
from torget.core.rows import find, insert
from torget.journal.models import Entry
from torget.organisations.models import Authority
from torget.people.models import Contact
from torget.register.models import Record, RecordVersion

pytestmark = pytest.mark.django_db


def contact(number: int) -> Contact:
    return Contact(channel="web", address=f"{number}@exempel.se", name=f"Å {number}", first_seen_at=clock.now())


def test_keys_are_given_in_order_and_rows_read_back_as_they_were() -> None:
    given = insert(Contact, [contact(number) for number in range(500)])
    found = {row.pk: row for row in Contact.objects.all()}
    assert [found[one.pk].address for one in given] == [one.address for one in given]
    assert all(found[one.pk].first_seen_at == one.first_seen_at and not one._state.adding for one in given)


def test_bytes_json_and_null_are_stored_as_django_stores_them() -> None:
    authority = Authority.objects.create(name="Nämnden", prefix="N", archive_creator="Nämnden")
    now = clock.now()
    [record] = insert(
        Record, [Record(authority=authority, kind="received", occurred_at=now, captured_at=now, channel="web")]
    )
    sealed = {"subject": "Hål på vägen", "attachments": []}
    mine, djangos = (
        RecordVersion(
            record=record, number=n, text="å", sealed=sealed, salt=b"\x00" * 16, digest=b"\xff" * 32, created_at=now
        )
        for n in (1, 2)
    )
    insert(RecordVersion, [mine])
    djangos.save()
    rows = list(
        RecordVersion.objects.order_by("number").values("text", "sealed", "salt", "digest", "edited_at", "created_at")
    )
    assert [bytes(row["salt"]) for row in rows] == [b"\x00" * 16] * 2
    assert rows[0] | {"salt": b"", "digest": b""} == rows[1] | {"salt": b"", "digest": b""}
    assert Record.objects.get().case is None


def test_a_row_that_is_here_already_is_refused_by_the_database() -> None:
    insert(Contact, [contact(1)])
    with pytest.raises(IntegrityError):
        insert(Contact, [contact(1)])


def test_a_page_of_rows_is_one_statement_and_none_is_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        insert(Entry, [])
        insert(Contact, [contact(number) for number in range(40)])
    assert len(queries) == 1


def test_what_is_found_is_what_django_finds() -> None:
    authority = Authority.objects.create(name="Nämnden", prefix="N", archive_creator="Nämnden")
    [record] = insert(
        Record, [Record(authority=authority, kind="received", occurred_at=clock.now(), captured_at=clock.now(), channel="web")]
    )  # fmt: skip
    RecordVersion.objects.create(
        record=record, text="å", sealed={"å": [1]}, salt=b"\x00" * 16, digest=b"\xff" * 32, created_at=clock.now()
    )
    for model in (Authority, Record, RecordVersion):
        [mine], [djangos] = find(model), model._default_manager.all()
        names = [field.attname for field in model._meta.concrete_fields]
        assert [getattr(mine, name) for name in names] == [getattr(djangos, name) for name in names]
        assert mine == djangos
        assert not mine._state.adding


def test_rows_are_found_by_what_they_equal_in_the_order_of_their_keys() -> None:
    insert(Contact, [contact(number) for number in range(3)])
    assert [one.name for one in find(Contact)] == ["Å 0", "Å 1", "Å 2"]
    assert [one.name for one in find(Contact, channel="web", address="1@exempel.se")] == ["Å 1"]
    assert find(Contact, channel="mail", address="1@exempel.se") == []

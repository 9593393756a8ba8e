"""Bytes that no row names are removed, and never those that somebody keeps at the same moment."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.locking.conftest import meeting_place, migrated  # noqa: F401  fixtures
from tests.locking.together import together
from torget.files import actions, rules
from torget.files.folder import Folder
from torget.files.models import Blob
from torget.files.store import store

BODY = b"Tomtkarta.\n" * 3


@pytest.mark.django_db
def test_what_a_row_names_stays() -> None:
    blob = actions.keep(BODY)
    assert not actions.remove(blob.sha256)
    assert actions.read_verified(blob.sha256) == BODY


@pytest.mark.django_db
def test_what_no_row_names_goes_and_leaves_no_row() -> None:
    sha = actions.keep(BODY).sha256
    Blob.objects.all().delete()
    assert actions.remove(sha)
    with CaptureQueriesContext(connection) as asked:
        assert not actions.remove(sha)
    assert not asked.captured_queries
    assert store().size(sha) is None and not Blob.objects.exists()


@pytest.mark.django_db
def test_what_was_set_aside_is_removed_as_well() -> None:
    sha = actions.keep(BODY).sha256
    Blob.objects.all().delete()
    store().set_aside(sha)
    assert store().lies(sha) and actions.remove(sha)
    assert not store().lies(sha)


@pytest.mark.django_db
@pytest.mark.parametrize("lies_there", [True, False])
def test_what_is_erased_between_the_bytes_and_the_row_is_written_again(
    lies_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lies_there:
        actions.keep(BODY)
        Blob.objects.all().delete()
    sniff = rules.sniff

    def erased_just_now(body: rules.Bytes) -> rules.Sniffed:
        assert actions.remove(hashlib.sha256(body).hexdigest())
        return sniff(body)

    monkeypatch.setattr(rules, "sniff", erased_just_now)
    assert actions.read_verified(actions.keep(BODY).sha256) == BODY
    monkeypatch.setattr(rules, "sniff", sniff)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("named", [False, True])
def test_no_transaction_is_held_while_a_store_far_away_works(named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(BODY)
    sha = blob.sha256
    Blob.objects.all().delete()
    seen: list[tuple[str, bool]] = []

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def told(*given: Any) -> Any:
            seen.append((name, connection.in_atomic_block))
            if named and name == "set_aside":
                blob.save(force_insert=True)  # somebody keeps the same bytes just now
            return real(*given)

        return told

    for name in ("size", "lies", "set_aside", "bring_back", "forget", "remove"):
        monkeypatch.setattr(Folder, name, watched(name, getattr(Folder, name)))
    assert actions.remove(sha) is not named
    assert ("set_aside", False) in seen and not any(inside for _, inside in seen)
    monkeypatch.undo()
    assert (store().size(sha) is not None) is named


@pytest.mark.django_db(transaction=True)
def test_kept_and_removed_at_once(meeting_place: object) -> None:  # noqa: F811
    for _ in range(20):
        body = os.urandom(2000)
        sha = actions.keep(body).sha256
        Blob.objects.all().delete()
        together(partial(actions.keep, body), partial(actions.remove, sha), partial(actions.remove, sha))
        assert Blob.objects.get().sha256 == sha
        assert actions.read_verified(sha) == body

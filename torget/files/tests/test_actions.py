"""Bytes are kept once, whole, before their row, and come back as they were."""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from torget.core.errors import Refused
from torget.files import actions, rules
from torget.files.models import Blob
from torget.files.tests import made

pytestmark = pytest.mark.django_db

LETTER = "Hej, det är hål i vägen vid Åkervägen 3.".encode()


def _keep_whole(body: bytes) -> Blob:
    return actions.keep(body, filename="brev.txt", media_type="text/plain")


def _keep_in_pieces(body: bytes) -> Blob:
    return actions.keep_stream((body[at : at + 7] for at in range(0, len(body), 7)), filename="brev.txt")


both_ways = pytest.mark.parametrize(
    "keep", [pytest.param(_keep_whole, id="in one piece"), pytest.param(_keep_in_pieces, id="in many pieces")]
)
Keep = Callable[[bytes], Blob]


def _files(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


@both_ways
def test_bytes_lie_under_their_hash_and_come_back(keep: Keep, home: Path) -> None:
    blob = keep(LETTER)
    sha = hashlib.sha256(LETTER).hexdigest()
    assert (blob.sha256, blob.size, blob.media_type, blob.kind) == (sha, len(LETTER), "text/plain", "text")
    assert (home / "files" / sha[:2] / sha[2:4] / sha).read_bytes() == LETTER
    assert actions.read_verified(sha) == LETTER
    with actions.open_blob(sha) as file:
        assert file.read() == LETTER


@both_ways
def test_the_same_content_is_one_blob(keep: Keep, home: Path) -> None:
    first = keep(LETTER)
    assert keep(LETTER) == first
    assert Blob.objects.count() == 1
    assert _files(home) == [first.sha256]


@both_ways
def test_an_empty_file_is_kept_too(keep: Keep) -> None:
    blob = keep(b"")
    assert (blob.size, blob.showing, blob.reason_code) == (0, "never", "file_empty")
    assert actions.read_verified(blob.sha256) == b""


def test_the_claims_decide_nothing() -> None:
    blob = actions.keep(b"<html><script>alert(1)</script>", filename="semester.jpg", media_type="image/jpeg")
    assert (blob.media_type, blob.showing, blob.reason_code) == ("text/html", "never", "active_content")


def test_a_bomb_is_kept_for_the_record_and_never_shown() -> None:
    body = made.zip_that_claims(4_000_000_000)
    blob = actions.keep(body, filename="handlingar.zip", media_type="application/zip")
    assert (blob.showing, blob.reason_code) == ("never", "archive_bomb")
    assert actions.read_verified(blob.sha256) == body


@both_ways
def test_a_file_that_is_lost_or_cut_is_written_again(keep: Keep) -> None:
    blob = keep(LETTER)
    path = actions.path_of(blob.sha256)
    path.unlink()
    with pytest.raises(Refused, match="file_missing"):
        actions.read_verified(blob.sha256)
    assert keep(LETTER) == blob
    path.write_bytes(LETTER[:5])
    keep(LETTER)
    assert actions.read_verified(blob.sha256) == LETTER


def test_a_changed_letter_is_found() -> None:
    blob = actions.keep(LETTER)
    path = actions.path_of(blob.sha256)
    path.write_bytes(LETTER.replace(b"3", b"4"))
    with pytest.raises(Refused, match="file_damaged"):
        actions.read_verified(blob.sha256)


@pytest.mark.parametrize("name", ["", "../../../etc/passwd", "A" * 64, "a" * 63, "a" * 62 + "/.", "g" * 64])
def test_only_a_hash_leads_to_a_file(name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        actions.path_of(name)


def test_sixty_megabytes_are_refused(home: Path) -> None:
    with pytest.raises(Refused) as refused:
        actions.keep(bytes(60 * rules.MB))
    assert refused.value.code == "file_too_large"
    with pytest.raises(Refused) as refused:
        actions.keep_stream(bytes(rules.MB) for _ in range(60))
    assert refused.value.code == "file_too_large"
    assert not Blob.objects.exists()
    assert _files(home) == []


@both_ways
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["disk full", "over quota"])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_neither_row_nor_file(
    keep: Keep, number: int, call: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "files").mkdir(parents=True)

    def full(*_: Any) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(Refused) as refused:
            keep(LETTER)
    assert refused.value.code == "disk_full"
    assert not Blob.objects.exists()
    assert _files(home) == []
    assert actions.read_verified(keep(LETTER).sha256) == LETTER


def test_a_short_write_is_carried_on(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, body: write(descriptor, bytes(body)[:3]))
    assert actions.read_verified(actions.keep(LETTER).sha256) == LETTER


def test_another_fault_of_the_disk_is_not_called_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> int:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        actions.keep(LETTER)


def test_the_bytes_are_down_before_the_row(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between file and row: the file is there, whole, and the next try finishes."""
    sha = hashlib.sha256(LETTER).hexdigest()

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> Blob:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_row", killed)
        with pytest.raises(Killed):
            actions.keep(LETTER)
    assert _files(home) == [sha]
    assert not Blob.objects.exists()
    assert actions.keep(LETTER).sha256 == sha
    assert actions.read_verified(sha) == LETTER


def test_killed_while_writing_leaves_no_half_file_under_the_name(home: Path) -> None:
    class Killed(BaseException):
        pass

    def pieces() -> Iterator[bytes]:
        yield LETTER
        raise Killed

    with pytest.raises(Killed):
        actions.keep_stream(pieces())
    assert _files(home) == []


def test_a_row_that_is_rolled_back_can_be_made_again() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.keep(LETTER)
        raise ZeroDivisionError
    assert not Blob.objects.exists()
    assert actions.keep(LETTER) == Blob.objects.get()


def test_leftovers_of_a_crash_are_cleared_after_a_day(home: Path) -> None:
    blob = actions.keep(LETTER)
    old, new = home / "files" / "ab" / ".new-old", home / "files" / "incoming" / ".new-now"
    for path in (old, new):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    os.utime(actions.path_of(blob.sha256), (long_ago, long_ago))
    assert actions.clear_leftovers() == 1
    assert _files(home) == sorted([".new-now", blob.sha256])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"showing": "always"}, id="a showing that is not one"),
        pytest.param({"kind": "svg"}, id="a kind that is not one"),
        pytest.param({"showing": "never", "reason_code": ""}, id="never without a reason"),
    ],
)
def test_the_database_keeps_the_rules(change: dict[str, str]) -> None:
    blob = actions.keep(made.encoded(made.picture(), "PNG"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Blob.objects.filter(pk=blob.pk).update(**change)


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=2000))
def test_what_goes_in_comes_out(body: bytes) -> None:
    assert actions.read_verified(actions.keep(body).sha256) == body
    assert actions.keep_stream([body[:9], body[9:]]).sha256 == actions.keep(body).sha256

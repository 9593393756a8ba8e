"""Both stores keep the same promises: the folder, and a bucket at a real S3 server (rclone's where it is, else moto's)."""

import base64
import hashlib
import io
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.making import MONDAY
from tests.support.s3 import BUCKET, S3
from torget.core import clock
from torget.core.doctor import Check
from torget.core.errors import Refused
from torget.files import actions, checks, moving, serving, tasks
from torget.files.folder import Folder
from torget.files.models import Blob
from torget.files.objects import Objects, StoreDown
from torget.files.store import Store, store

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LETTER = "Hej, det är hål i vägen vid Åkervägen 3.".encode()
SHA = hashlib.sha256(LETTER).hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with S3() as running:
        yield running


@pytest.fixture
def s3(server: S3, settings: Any) -> S3:
    """Files lie in the bucket, which is empty."""
    for name, value in server.settings().items():
        setattr(settings, name, value)
    client = server.client()
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    return server


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest) -> Store:
    """Each of the two."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return store()


def _made(name: str) -> Blob:
    return actions.keep(f"fil {name}".encode(), filename="a.txt")


def test_what_is_kept_comes_back_and_lies_there_once(place: Store) -> None:
    blob = actions.keep(LETTER)
    assert actions.keep_stream([LETTER[:9], LETTER[9:]]) == blob
    assert place.size(SHA) == len(LETTER) and [sha for sha, _ in place.names()] == [SHA]
    assert actions.read_verified(SHA) == LETTER
    with actions.open_blob(SHA) as file:
        assert file.read(3) + file.read() == LETTER
    with actions.open_file(SHA) as file:
        assert os.read(file.fileno(), 1000) == LETTER
    assert place.size("0" * 64) is None
    with pytest.raises(Refused, match="file_missing"):
        actions.open_blob("0" * 64)
    assert place.lies(SHA) and place.remove(SHA) and not place.remove(SHA) and not place.lies(SHA)
    # Lost and sent again: written again.
    assert actions.keep(LETTER) == blob and place.size(SHA) == len(LETTER)


def test_a_large_file_comes_in_pieces_and_goes_out_in_pieces(place: Store) -> None:
    pieces = [os.urandom(1_000_000) for _ in range(3)]
    blob = actions.keep_stream(iter(pieces))
    answer = serving.respond(blob, filename="stor.bin")
    assert answer.headers["Content-Length"] == "3000000"
    digest = hashlib.sha256()
    for chunk in answer:
        digest.update(chunk)
    assert digest.hexdigest() == blob.sha256
    assert not list((actions.root() / "incoming").glob("*")), "nothing is left of the upload"


def test_a_picture_is_made_by_the_child_process(place: Store) -> None:
    body = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(body, "PNG")
    blob = actions.keep(body.getvalue(), filename="rod.png")
    assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    assert blob.rendition is not None and place.size(str(blob.rendition_id))


def test_the_doctor_reads_them(place: Store) -> None:
    blob = actions.keep(LETTER)
    assert [check.ok for check in checks.all_files()] == [True]
    place.remove(SHA)
    said = list(checks.all_files())
    assert not said[0].ok and place.place(SHA) in said[0].says and checks.fault(blob) == "saknas"
    place.put_bytes(SHA, LETTER[:-1] + b"!", damaged=True)
    assert "har ändrats" in checks.fault(blob)
    with pytest.raises(Refused, match="file_damaged"):
        actions.read_verified(SHA)


def test_a_file_that_no_row_names_is_set_aside_and_later_removed(place: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    named = _made("named")
    place.put_bytes(SHA, LETTER)
    assert actions.sweep_strangers("") == 0, "it is too new: its row may be on the way"
    monkeypatch.setattr(actions, "STRANGER", -5.0)
    assert actions.sweep_strangers("") == 1
    assert [sha for sha, _ in place.names()] == [named.pk]
    assert place.size(SHA) is None and [sha for sha, _ in place.set_aside_names()] == [SHA]
    assert actions.sweep_set_aside() == 0
    monkeypatch.setattr(actions, "FORGOTTEN", -5.0)
    assert actions.sweep_set_aside() == 1 and not list(place.set_aside_names())


@pytest.mark.parametrize("how", ["opened", "swept"])
def test_what_was_set_aside_while_its_row_was_on_its_way_comes_back(
    place: Store, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "STRANGER", -5.0)
    blob = _made("late")
    Blob.objects.filter(pk=blob.pk).delete()
    assert actions.sweep_strangers(blob.pk[:2]) == 1 and place.size(blob.pk) is None
    blob.save(force_insert=True)
    if how == "swept":
        assert actions.sweep_set_aside() == 1 and place.size(blob.pk)
    assert actions.read_verified(blob.pk) == b"fil late" and not list(place.set_aside_names())


def test_every_part_of_all_files_is_swept_within_two_days(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def noted(part: str) -> int:
        seen.append(part)
        return 0

    monkeypatch.setattr(actions, "sweep_strangers", noted)
    for turn in range(256):
        with clock.at(MONDAY + turn * timedelta(minutes=10)):
            tasks.sweep_strangers()
    assert sorted(seen) == [f"{part:02x}" for part in range(256)]


def test_the_hash_goes_along_and_what_is_wrong_there_is_seen_when_it_is_read(s3: S3) -> None:
    """Neither of the servers that we have looks at the hash (rclone 1.75, moto 5.2); Amazon's refuses other bytes."""
    place, sent = Objects(), list[str]()
    place.client.meta.events.register(
        "before-send.s3.PutObject", lambda request, **rest: sent.append(request.headers["x-amz-checksum-sha256"])
    )
    place.put_bytes(SHA, LETTER[:-1] + b"!")
    assert [base64.b64decode(one).hex() for one in sent] == [SHA]
    with pytest.raises(Refused, match="file_damaged"):
        actions.read_verified(SHA)


def test_a_store_that_is_away_is_said_in_words_and_leaves_no_row(s3: S3, settings: Any) -> None:
    settings.TORGET_FILES_S3_ENDPOINT = "http://127.0.0.1:9"
    with pytest.raises(Refused, match="disk_full"):
        actions.keep(LETTER)
    with pytest.raises(Refused, match="disk_full"):
        actions.keep_stream([LETTER])
    assert not Blob.objects.exists() and not list((actions.root() / "incoming").glob("*"))
    assert [check.ok for check in checks.place()] == [False]


def test_the_doctor_tries_the_bucket(s3: S3) -> None:
    assert [(check.name, check.ok) for check in checks.place()] == [("fillager", True)]
    assert not list(store().names()), "nothing of the trial is left"


def test_without_a_bucket_there_is_nothing_to_try_or_move() -> None:
    nothing: list[Check] = []
    assert list(checks.place()) == nothing
    with pytest.raises(Refused, match="no_bucket"):
        moving.move("s3")


def test_a_folder_moves_to_the_bucket_while_it_is_read_and_goes_on_after_a_break(
    s3: S3, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TORGET_FILES_S3_BUCKET = ""
    blobs = [_made(str(number)) for number in range(4)]
    lost, hurt = _made("lost"), _made("hurt")
    Folder().remove(lost.pk)
    actions.path_of(hurt.pk).write_bytes(b"fil Hurt")
    settings.TORGET_FILES_S3_BUCKET = BUCKET
    # With the setting alone: all is read where it lies, and what comes now goes to the bucket.
    new = _made("new")
    assert actions.read_verified(blobs[0].pk) == b"fil 0" and Folder().size(new.pk) is None
    assert moving.count() == {"files": 7, "folder": 5, "s3": 1, "missing": 1}

    put, done = Objects.put, list[str]()

    def breaks(self: Objects, sha: str, path: Path) -> None:
        if len(done) == 2:
            raise StoreDown("gone")
        done.append(sha)
        put(self, sha, path)

    monkeypatch.setattr(Objects, "put", breaks)
    with pytest.raises(StoreDown):
        moving.move("s3")
    monkeypatch.setattr(Objects, "put", put)
    moved = moving.move("s3")
    assert (moved.copied, moved.there, moved.missing, moved.damaged) == (2, 3, [lost.pk], [hurt.pk])
    again = moving.move("s3", remove=True)
    assert (again.copied, again.there, again.removed) == (0, 5, 4)
    assert sorted(sha for sha, _ in Folder().names()) == [hurt.pk], "what is not whole there stays here"
    assert all(actions.read_verified(blob.pk) for blob in [*blobs, new])
    # And back again.
    assert moving.move("folder").copied == 5
    settings.TORGET_FILES_S3_BUCKET = ""
    assert actions.read_verified(new.pk) == b"fil new"


def test_time_is_the_stores_own(place: Store) -> None:
    actions.keep(LETTER)
    began = time.monotonic()
    ages = [age for _, age in place.names()]
    assert len(ages) == 1 and -60 < ages[0] < 60 + time.monotonic() - began

"""The worker's sweep: each waiting picture ends as ready or never, whoever dies on the way."""

from datetime import timedelta
from typing import IO, Any

import pytest

from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions, render, tasks
from torget.files.models import Blob
from torget.files.tests import made

pytestmark = pytest.mark.django_db

PHOTO = made.turned(6)
SHOWN = made.encoded(made.picture(), "WEBP")


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def _child_says(monkeypatch: pytest.MonkeyPatch, *outcomes: tasks.Outcome | BaseException) -> list[str]:
    """Let the child answer in turn (the last answer stays); returns the list of formats that it was asked for."""
    asked: list[str] = []

    def child(source: IO[bytes], form: str, wall: float = 0) -> tasks.Outcome:
        asked.append(form)
        outcome = outcomes[min(len(asked), len(outcomes)) - 1]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(tasks, "run_child", child)
    return asked


@pytest.mark.services
def test_a_photo_becomes_a_picture_of_its_own() -> None:
    blob = actions.keep(PHOTO)
    assert (blob.showing, blob.shown) == ("waiting", None)
    assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    picture = blob.shown
    assert blob.showing == "ready" and picture is not None
    assert (blob.rendition_width, blob.rendition_height) == (60, 40)
    assert (picture.media_type, picture.showing, picture.shown) == ("image/webp", "ready", picture)
    assert made.corners(made.decoded(actions.read_verified(picture.sha256))) == ["red", "lime", "blue", "yellow"]
    assert actions.read_verified(blob.sha256) == PHOTO
    assert tasks.render_waiting() == 0


@pytest.mark.services
def test_a_drawing_that_may_run_is_not_even_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _child_says(monkeypatch, tasks.Outcome("decode_failed"))
    actions.keep(b"<svg><script>alert(1)</script></svg>", filename="karta.png", media_type="image/png")
    assert tasks.render_waiting() == 0
    assert asked == []


@pytest.mark.parametrize("code", ["too_large", "decode_failed", "timeout", "memory"])
def test_a_file_at_fault_is_never_shown(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    _child_says(monkeypatch, tasks.Outcome(code))
    assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    assert (blob.showing, blob.reason_code, blob.leased_until) == ("never", code, None)
    assert actions.read_verified(blob.sha256) == PHOTO


def test_killed_in_the_middle_it_waits_and_is_taken_up_when_the_lease_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    asked = _child_says(monkeypatch, Killed(), tasks.Outcome("", SHOWN, 60, 40))
    now = clock.now()
    with clock.at(now):
        with pytest.raises(Killed):
            tasks.render_waiting()
        blob.refresh_from_db()
        assert (blob.showing, blob.attempts) == ("waiting", 1)
        assert tasks.render_waiting() == 0, "the lease still holds"
    with clock.at(now + tasks.LEASE):
        assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    assert (blob.showing, len(asked)) == ("ready", 2)


def test_killed_between_picture_and_row_it_is_finished_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    _child_says(monkeypatch, tasks.Outcome("", SHOWN, 60, 40))
    keep = actions.keep

    def killed(*args: Any, **named: Any) -> Blob:
        keep(*args, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(actions, "keep", killed)
        with pytest.raises(Killed):
            tasks.render_waiting()
    with clock.at(clock.now() + 2 * tasks.LEASE):
        assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    assert blob.showing == "ready"
    assert Blob.objects.count() == 2


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        pytest.param(Killed(), "interrupted", id="the worker dies each time"),
        pytest.param(tasks.Outcome("timeout", again=True), "timeout", id="the machine is too busy each time"),
    ],
)
def test_after_three_attempts_it_is_given_up(
    outcome: tasks.Outcome | BaseException, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = actions.keep(PHOTO)
    asked = _child_says(monkeypatch, outcome)
    now = clock.now()
    for turn in range(5):
        with clock.at(now + turn * tasks.LEASE):
            try:
                tasks.render_waiting()
            except Killed:
                continue
    blob.refresh_from_db()
    assert (blob.showing, blob.reason_code, len(asked)) == ("never", reason, tasks.MAX_ATTEMPTS)


def test_a_clock_that_is_set_back_stalls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    Blob.objects.update(leased_until=clock.now() + timedelta(days=400), attempts=1)
    _child_says(monkeypatch, tasks.Outcome("", SHOWN, 60, 40))
    assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    assert blob.showing == "ready"


def test_one_bad_picture_stalls_no_other_and_a_sweep_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        actions.keep(made.encoded(made.picture(size=(10 + number, 10)), "PNG"))
    _child_says(monkeypatch, tasks.Outcome("timeout", again=True), tasks.Outcome("", SHOWN, 60, 40))
    assert tasks.render_waiting(limit=3) == 2
    assert tasks.render_waiting(limit=3) == 2
    assert Blob.objects.filter(showing="waiting").count() == 1


def test_two_workers_do_not_take_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    actions.keep(PHOTO)
    inner: list[int] = []

    def child(source: IO[bytes], form: str, wall: float = 0) -> tasks.Outcome:
        inner.append(tasks.render_waiting())  # another worker comes by while this one decodes
        return tasks.Outcome("", SHOWN, 60, 40)

    monkeypatch.setattr(tasks, "run_child", child)
    assert tasks.render_waiting() == 1
    assert inner == [0]


def test_a_full_disk_costs_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    _child_says(monkeypatch, tasks.Outcome("", SHOWN, 60, 40))

    def full(*_: Any, **__: Any) -> Blob:
        raise Refused("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(actions, "keep", full)
        assert tasks.render_waiting() == 0
    blob.refresh_from_db()
    assert (blob.showing, blob.attempts) == ("waiting", 0)
    with clock.at(clock.now() + 2 * tasks.LEASE):
        assert tasks.render_waiting() == 1


def test_a_missing_file_is_said_and_tried_again_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    actions.path_of(blob.sha256).unlink()
    assert tasks.render_waiting() == 1
    blob.refresh_from_db()
    assert (blob.showing, blob.reason_code) == ("never", "file_missing")
    assert actions.keep(PHOTO).showing == "waiting"
    _child_says(monkeypatch, tasks.Outcome("", SHOWN, 60, 40))
    assert tasks.render_waiting() == 1


def test_somebody_sends_our_own_picture_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob that waits, or was refused, is ready as soon as the renderer itself makes the same bytes."""
    sent = actions.keep(SHOWN)
    assert sent.showing == "waiting"
    _child_says(monkeypatch, tasks.Outcome("", SHOWN, 60, 40))
    tasks.render_waiting()
    sent.refresh_from_db()
    assert (sent.showing, sent.rendition_id) == ("ready", sent.sha256)
    other = actions.keep(PHOTO)
    tasks.render_waiting()
    other.refresh_from_db()
    assert other.shown == sent


def test_without_room_for_a_process_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = actions.keep(PHOTO)
    monkeypatch.setattr(render, "__file__", "/nowhere/render.py")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert tasks.render_waiting() == 0
    blob.refresh_from_db()
    assert (blob.showing, blob.reason_code, blob.attempts) == ("waiting", "interrupted", 1)

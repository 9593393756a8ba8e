"""The worker's part: pictures for showing, made one at a time in a child process that may fail in any way."""

import json
import logging
import os
import signal
import subprocess  # nosec B404  # fixed command, no shell
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from django.db.models import F, Q

from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions, render, rules
from torget.files.models import Blob

log = logging.getLogger("torget.files")

MAX_ATTEMPTS = 3
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the child process made of a picture."""

    code: str = ""  # empty: `body` is the picture
    body: bytes = b""
    width: int = 0
    height: int = 0
    again: bool = False  # worth another attempt: the machine was at fault, not the file
    cpu: float = 0.0  # seconds
    peak: int = 0  # KiB


def render_waiting(limit: int = 20) -> int:
    """Make pictures of up to `limit` waiting blobs; returns how many became ready or never. No transaction is held.

    Whoever is killed in the middle leaves the blob waiting: it is taken up when the lease is out, three times at most.
    """
    now = clock.now()
    # A lease further ahead than any lease goes comes from a clock that has been set back since.
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + LEASE)
    waiting = Blob.objects.filter(free, showing=rules.Showing.WAITING)
    settled = 0
    for blob in waiting.order_by("attempts", "created_at")[:limit]:
        if blob.attempts >= MAX_ATTEMPTS:
            settled += _never(blob, blob.reason_code or "interrupted")
            continue
        taken = waiting.filter(pk=blob.pk, attempts=blob.attempts)
        if not taken.update(attempts=F("attempts") + 1, leased_until=clock.now() + LEASE):
            continue  # another worker was quicker
        blob.attempts += 1
        try:
            settled += _render(blob)
        except Refused as refused:
            if refused.code != "disk_full":
                raise
            # The file is not to blame: give the attempt back, and wait for room.
            Blob.objects.filter(pk=blob.pk).update(attempts=F("attempts") - 1)
            log.error("files.disk_full")
            break
    return settled


def clear_leftovers() -> int:
    """Remove half-written files that are a day old."""
    return actions.clear_leftovers()


def sweep_strangers() -> int:
    """Look through one part in 256 of all files for those that no row names; each part comes about every other day."""
    part = int(clock.now().timestamp() // 600) % 256
    moved = actions.sweep_strangers(f"{part:02x}") + (actions.sweep_set_aside() if part % 16 == 0 else 0)
    if moved:
        log.info("files.strangers count=%d", moved)
    return moved


def _render(blob: Blob) -> int:
    """One attempt; 1 when the blob's fate is settled."""
    try:
        with actions.open_file(blob.sha256) as source:
            outcome = run_child(source, rules.RENDERED[blob.media_type])
    except Refused as refused:
        if refused.code != "file_missing":
            raise
        return _never(blob, refused.code)
    if outcome.again and blob.attempts < MAX_ATTEMPTS:
        Blob.objects.filter(pk=blob.pk, showing=rules.Showing.WAITING).update(reason_code=outcome.code)
        return 0
    if outcome.code:
        return _never(blob, outcome.code)
    picture = actions.keep(outcome.body, shown=True)
    return Blob.objects.filter(pk=blob.pk).update(
        showing=rules.Showing.READY,
        reason_code="",
        rendition=picture,
        rendition_width=outcome.width,
        rendition_height=outcome.height,
        leased_until=None,
    )


def _never(blob: Blob, code: str) -> int:
    """Settle that this blob is not shown, and why."""
    return Blob.objects.filter(pk=blob.pk, showing=rules.Showing.WAITING).update(
        showing=rules.Showing.NEVER, reason_code=code, leased_until=None
    )


def run_child(source: IO[bytes], form: str, wall: float = render.WALL) -> Outcome:
    """Run the renderer on an open file for at most `wall` seconds; every way to fail comes back as a code."""
    # By path and isolated (-I): neither the caller's folder nor its environment says what the child imports.
    command = [sys.executable, "-I", render.__file__, form]
    environment = {"MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"}
    if libraries := os.environ.get("LD_LIBRARY_PATH"):
        environment["LD_LIBRARY_PATH"] = libraries
    try:
        with tempfile.TemporaryFile() as result:
            child = subprocess.Popen(  # nosec B603  # noqa: S603 (our own file, no shell, an argument from a fixed list)
                command, stdin=source, stdout=result, stderr=subprocess.DEVNULL, env=environment, close_fds=True
            )
            try:
                status = child.wait(wall)
            except subprocess.TimeoutExpired:
                return Outcome("timeout", again=True)
            finally:
                child.kill()
                child.wait()
            if status:
                return _after_death(status)
            result.seek(0)
            return _read(result.read(render.MAX_RESULT))
    except OSError as error:  # no process or no temporary file to be had
        log.warning("files.renderer_failed error=%s", error)
        return Outcome("interrupted", again=True)


def _after_death(status: int) -> Outcome:
    """What the way in which a child ended says."""
    if status == -signal.SIGXCPU:
        return Outcome("timeout")
    if status == -signal.SIGALRM:
        return Outcome("timeout", again=True)
    if status == -signal.SIGKILL:  # the kernel, short of memory, or past the hard limit of CPU
        return Outcome("memory", again=True)
    if status == render.TRY_AGAIN:
        return Outcome("interrupted", again=True)
    return Outcome("decode_failed")


def _read(result: bytes) -> Outcome:
    """Trust nothing that comes from a process which has read a stranger's file."""
    line, _, body = result.partition(b"\n")
    try:
        head = json.loads(line)
        code, width, height = str(head["code"]), int(head["width"]), int(head["height"])
        cpu, peak = float(head["cpu"]), int(head["peak"])
    except (ValueError, KeyError, TypeError):
        return Outcome("decode_failed")
    if code:
        return Outcome(code if code in {"too_large", "memory"} else "decode_failed", cpu=cpu, peak=peak)
    if not (0 < width <= render.FIT and 0 < height <= render.FIT and rules.is_bare_webp(body)):
        return Outcome("decode_failed", cpu=cpu, peak=peak)
    return Outcome("", body, width, height, cpu=cpu, peak=peak)

"""The worker's part: a backup each night, kept as long as was decided, and tried once a week by restoring it elsewhere.

The work is done by child processes with lower priority: a restore of ten gigabytes in the worker's own memory would slow
down whoever waits for a page.
"""

import fcntl
import json
import logging
import os
import re
import shutil
import subprocess  # nosec B404  # fixed command, no shell
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from torget.core import clock
from torget.core.doctor import Check
from torget.core.errors import Refused
from torget.journal import actions as journal
from torget.operations import backup_keys, backup_policy
from torget.operations.models import BackupRun
from torget.organisations.models import Organisation

log = logging.getLogger("torget.backup")
HOURS = 6
"""A child that has not ended by then is ended."""
AT_IT = timedelta(hours=HOURS) + backup_policy.AGAIN
"""A worker that runs has begun another try by then when the last was not good."""
_NAME = re.compile(r"torget-(\d{4}-\d\d-\d\d)\.torget")


def folder() -> Path | None:
    """Where backups go; None when they are not turned on (no folder, or no key to seal to)."""
    if not settings.TORGET_BACKUP_FOLDER:
        return None
    try:
        return Path(settings.TORGET_BACKUP_FOLDER) if backup_keys.chosen() else None
    except Refused:
        return None


def run_due() -> int:
    """Worker's job: make the night's backup and the week's trial when they are due; how many were done."""
    place = folder()
    if place is None:
        return 0
    now = clock.now()
    done = 0
    with _only_one() as mine:
        if not mine:
            return 0
        newest = BackupRun.objects.filter(kind=BackupRun.BACKUP).order_by("-pk").first()
        # A folder that may not be written is told today, and not when the night comes.
        good = newest.started_at if newest and newest.ok and not why_not_written(place) else None
        if backup_policy.backup_due(now, good, newest.started_at if newest else None):
            make_backup(place)
            done += 1
        if backup_policy.trial_due(now, _last(trial_kind(), ok=True), _last(trial_kind())) and (
            latest := _newest(place)
        ):
            try_backup(latest)
            done += 1
    return done


def trial_kind() -> str:
    """What is done once a week: a restore where the drill has a key, else a check without one."""
    return BackupRun.TRIAL if settings.TORGET_BACKUP_DRILL else BackupRun.CHECK


@contextmanager
def _only_one() -> Iterator[bool]:
    """Of several workers on this machine one does it; of several machines the first, by the row that it leaves."""
    with (Path(settings.TORGET_HOME) / "sakerhetskopiering.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def why_not_written(place: Path) -> str:
    """Why this process cannot write in the folder, as a sentence; empty when it can.

    A service of systemd writes only where its unit says, although the same user may do more in a shell.
    """
    if not place.is_dir():
        return f"Mappen finns inte, eller så får tjänsten inte se den. Gör den som i docs/operate/backup.md: {place}"
    if os.access(place, os.W_OK | os.X_OK):
        return ""
    return (
        "Tjänsten får inte skriva i mappen. Ge den till användaren torget, och släpp in tjänsten med ReadWritePaths i systemd,"
        f" som i docs/operate/backup.md: {place}"
    )


def _last(kind: str, *, ok: bool = False) -> datetime | None:
    """When the last one began, by the order in which they were made: one from before the clock went back is no later one."""
    rows = BackupRun.objects.filter(kind=kind, **({"ok": True} if ok else {}))
    return rows.order_by("-pk").values_list("started_at", flat=True).first()


def make_backup(place: Path) -> BackupRun:
    """Make tonight's backup in `place`, check it as anyone can, and let old ones go when it lacks nothing.

    One that lacks files is no good night, also when it is looked at again: an older one may be the last to hold them whole.
    """
    day = clock.now().astimezone(clock.STOCKHOLM).date()
    path = place / f"torget-{day.isoformat()}.torget"
    run = BackupRun.objects.create(kind=BackupRun.BACKUP, started_at=clock.now(), file=path.name)
    if why := why_not_written(place):
        return _end(run, why)
    if not path.exists():
        code, said, problem = _torget("backup", str(path), "--json")
        if code not in (0, 1) or not said:
            return _end(run, problem or "avbröts")
        run.rows, run.files, run.entries = said["rows"], said["files"], said["entries"]
    run.size = path.stat().st_size
    code, said, words = _torget("verify", str(path), "--json", *_own_key())
    _end(run, " ".join(filter(None, [_wrong(code, said, words), _lacking(said)])))
    if run.ok:
        _let_go(place, day)
    return run


def _wrong(code: int, said: dict[str, Any], words: str) -> str:
    """What `torget verify` found; never empty where it did not end well, since one that was killed says nothing."""
    return (str(said.get("sv", "")) or words or "avbröts") if code else ""


def _lacking(said: dict[str, Any]) -> str:
    """Which files the backup lacks, by what `torget verify` read of its manifest; empty when none."""
    damaged, missing = (int(said.get("facts", {}).get(name) or 0) for name in ("damaged", "missing"))
    if not damaged and not missing:
        return ""
    return f"{damaged} skadade och {missing} saknade filer. Lägg tillbaka dem: nästa natts kopia blir då hel."


def _own_key() -> list[str]:
    try:
        return ["--key", journal.signing_key(create=False).public.text()]
    except Refused:
        return []


def try_backup(path: Path) -> BackupRun:
    """Restore a backup into a scratch place with all its comparisons, and take the place away; without a key, check it."""
    run = BackupRun.objects.create(kind=trial_kind(), started_at=clock.now(), file=path.name, size=path.stat().st_size)
    if run.kind == BackupRun.CHECK:
        code, said, words = _torget("verify", str(path), "--json", *_own_key())
        return _end(run, _wrong(code, said, words))
    scratch = Path(tempfile.mkdtemp(prefix="prov-", dir=settings.TORGET_HOME))
    try:
        drill = ["restore", str(path), "--identity", str(backup_keys.drill_path()), "--json", *_own_key()]
        elsewhere = {
            "TORGET_HOME": str(scratch),
            "DATABASE_URL": "",
            "TORGET_BACKUP_FOLDER": "",
            "TORGET_BACKUP_DRILL": "0",
            # Its files lie in the scratch place as well, and what others share is left alone.
            "TORGET_FILES_S3_BUCKET": "",
            "TORGET_REDIS_URL": "",
        }
        code, said, words = _torget(*drill, environment=elsewhere)
        if code == 0:
            run.rows, run.files = said["rows"], said["files"]
            run.entries, run.root = said["entries"], said["root"]
        return _end(run, "" if code == 0 else words or "avbröts")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _end(run: BackupRun, problem: str) -> BackupRun:
    run.ended_at, run.ok, run.problem = max(clock.now(), run.started_at), not problem, problem.strip()[:300]
    run.save()
    if problem:
        log.error("backup.failed kind=%s", run.kind)
    return run


def _torget(*arguments: str, environment: dict[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
    """Run a command as a child process: its code, its JSON ({} without), and what it said when it failed."""
    command = [sys.executable, "-m", "torget", *arguments]
    with subprocess.Popen(  # nosec B603  # noqa: S603  ourselves
        command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        # Whoever asks for a page goes before it.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, child.pid, 10)
        try:
            out, err = child.communicate(timeout=HOURS * 3600)
        except subprocess.TimeoutExpired:
            child.kill()
            return -1, {}, f"tog mer än {HOURS} timmar och avbröts"
    try:
        said = json.loads(out)
    except ValueError:
        said = {}
    words = err.decode(errors="replace").strip().rpartition("\n")[2]
    return child.returncode, said if isinstance(said, dict) else {}, words


def kept(place: Path) -> dict[date, Path]:
    """The nightly backups that lie there, by day."""
    found = {}
    for path in place.glob("torget-*.torget"):
        if match := _NAME.fullmatch(path.name):
            with suppress(ValueError):  # no day of ours
                found[date.fromisoformat(match[1])] = path
    return found


def _newest(place: Path) -> Path | None:
    """The newest backup; one that was made when the clock was ahead is not it, unless there is no other."""
    found, today = kept(place), clock.now().astimezone(clock.STOCKHOLM).date()
    return found[max(found, key=lambda day: (day <= today, day))] if found else None


def _let_go(place: Path, today: date) -> None:
    found = kept(place)
    gone = backup_policy.to_remove(
        found, today=today, keep_days=settings.TORGET_BACKUP_DAYS, keep_weeks=settings.TORGET_BACKUP_WEEKS
    )
    for day in gone:
        found[day].unlink(missing_ok=True)


# ---- how it stands --------------------------------------------------------------------------------------------------


def alarm() -> str:
    """Why someone must look at the backups: off, failed, backup_late, trial_late, or nothing."""
    if folder() is None:
        return "off"
    first = BackupRun.objects.order_by("started_at").values_list("started_at", flat=True).first()
    backup, trial = _ended()
    now = clock.now()
    # Tried, and not good: the page says what is wrong. That it is late as well would send them to look at the worker.
    if backup and not backup.ok and (tried := _last(BackupRun.BACKUP)) and now - tried < AT_IT:
        return "failed"
    why = backup_policy.why_alarm(
        now, first or now, _last(BackupRun.BACKUP, ok=True), _last(trial_kind(), ok=True), tries=True
    )
    return why or ("failed" if any(run and not run.ok for run in (backup, trial)) else "")


def _ended() -> list[BackupRun | None]:
    """The last that ended of each kind: a night that went well does not make up for a trial that did not."""
    ended = BackupRun.objects.filter(ended_at__isnull=False).order_by("-pk")
    return [ended.filter(kind=kind).first() for kind in (BackupRun.BACKUP, trial_kind())]


REMEDIES = {
    "off": "Sätt TORGET_BACKUP_FOLDER och gör en nyckel: torget backup --make-key FIL.",
    "failed": "Se vad som var fel på sidan Drift (/installningar/drift/), rätta det; den försöker igen inom en timme.",
    "backup_late": "Ingen kopia på mer än ett och ett halvt dygn. "
    "Kontrollera att bakgrundsjobben (torget worker) är igång och att servern har plats.",
    "trial_late": "Ingen kopia har provats på tio dagar. "
    "Kontrollera att bakgrundsjobben (torget worker) är igång och att servern har plats.",
}


def check() -> Iterable[Check]:
    """The doctor's question: is there a backup, and has it been tried?"""
    why = alarm()
    if why == "off" and not Organisation.objects.filter(demo=False).exists():
        return [Check("säkerhetskopia", True, "inte inställd (det behövs inte för en demoort eller en tom databas)")]
    last, trial = _last(BackupRun.BACKUP, ok=True), _last(trial_kind(), ok=True)
    says = "inte inställd" if why == "off" else f"senast {_day(last)}, provad {_day(trial)}"
    if why == "failed":
        says = ". ".join([says, *(run.problem for run in _ended() if run and not run.ok)])
    return [Check("säkerhetskopia", not why, says, REMEDIES.get(why, ""))]


def _day(moment: datetime | None) -> str:
    return moment.astimezone(clock.STOCKHOLM).strftime("%Y-%m-%d %H:%M") if moment else "aldrig"

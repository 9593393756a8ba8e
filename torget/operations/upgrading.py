"""A new version: a copy of the database first, then its changes, then the doctor; and back to the copy when one fails.

`uppgradering.json` in TORGET_HOME says how far it has come, so that whoever starts next knows: after a kill it goes on from
where it was, or takes the copy back. Once somebody has served, the copy is used only when a person says that what came in
since may go. Every process that serves holds `drift.lock` shared; who changes the database holds it
alone. See docs/decisions/0034 and docs/operate/upgrade.md.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from torget.core import doctor
from torget.core.errors import Refused
from torget.operations import copying, restore_lock
from torget.operations.changes import RENAMED, applied, is_empty, pending, unknown

log = logging.getLogger("torget.upgrade")
MIGRATING, ROLLING_BACK, ROLLED_BACK, DONE = "migrating", "rolling_back", "rolled_back", "done"
PATIENCE = 60.0
"""Seconds to wait for others to end: a web process that is told to stop has ten for its last answers, a worker twenty."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class State:
    """How far an upgrade has come: its stage, the copy it may go back to, and the changes it was to make."""

    stage: str
    copy: str
    changes: list[str] = field(default_factory=list)
    why: str = ""


def _path() -> Path:
    return Path(settings.TORGET_HOME) / "uppgradering.json"


def state() -> State | None:
    """What the last upgrade wrote down; None where there was none, or where the file is not ours to read."""
    try:
        found = json.loads(_path().read_text(encoding="utf-8"))
        return State(**found)
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _note(stage: str, copy: str, changes: list[str], why: str = "") -> State:
    """Write the stage down before it begins; whole or not at all, and there after a power cut."""
    noted = State(stage, copy, changes, why)
    new = _path().with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(noted), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(_path())
    return noted


def forget() -> None:
    """Another database has taken the place of the one that an upgrade had begun with: it is over."""
    _path().unlink(missing_ok=True)


# ---- who runs ---------------------------------------------------------------------------------------------------------

_held: list[BinaryIO] = []
"""The share of this process in the data folder, held until it ends (the system lets go of it then, however it ends)."""


def _serve() -> None:
    """Hold the data folder together with others that serve. Refused: being_restored, database_moved."""
    if not _held:
        _held.append(restore_lock.take_part())
    # From here on people write. Held together nobody upgrades, so this stage was left by one that was killed before its
    # first change (we are the former version) or after its last: its copy must not be taken back without asking.
    if (now := state()) is not None and now.stage == MIGRATING:
        _note(DONE, now.copy, now.changes)
        log.warning("upgrade.done changes=%s interrupted=%s", len(now.changes), True)


@contextmanager
def alone(patience: float | None = None) -> Iterator[None]:
    """Be the only process of this installation; Refused("running") when others have not ended within `patience` seconds."""
    with ExitStack() as stack:
        try:
            stack.enter_context(restore_lock.alone(wait=PATIENCE if patience is None else patience))
        except Refused as refused:
            raise Refused("running") from refused
        yield


# ---- doing it ---------------------------------------------------------------------------------------------------------


def ready(say: Say) -> None:
    """Before serving: bring the database up to date with the code, with a copy first where there is something to lose.

    Refused: newer_database, running, rolled_back (it failed before, and would again), no_room, copy_failed, change_failed,
    roll_back_failed.
    """
    # A restore that is under way, or a database that has been left for another: said before anything is touched.
    restore_lock.take_part().close()
    if unknown():
        raise Refused("newer_database", ", ".join(unknown()[:3]))
    if pending() or ((now := state()) is not None and now.stage == ROLLING_BACK):
        upgrade(say, by_hand=False)
    _serve()


def upgrade(say: Say, *, by_hand: bool = True, patience: float | None = None) -> bool:
    """Copy, change, examine, and go back when one fails; whether anything was done. Refused as `ready`."""
    with alone(patience):
        before = state()
        if before and before.stage == ROLLING_BACK:
            say("Förra uppgraderingen höll på att tas tillbaka när den avbröts. Det görs färdigt nu.")
            _go_back(before, say)
            before = state()
        if newer := unknown():
            raise Refused("newer_database", ", ".join(newer[:3]))
        changes = pending()
        if not changes:
            if before and before.stage == MIGRATING:
                _note(DONE, before.copy, before.changes)
            return False
        if is_empty():
            _migrate()
            return True
        if before and before.stage == ROLLED_BACK and not by_hand and before.changes == changes:
            raise Refused("rolled_back", before.why)
        _change(before, changes, say)
        return True


def _change(before: State | None, changes: list[str], say: Say) -> None:
    """The changes of a database that holds something, under a copy."""
    if before and _half_made(before):
        # What was changed before the kill is whole: each change is a transaction. The copy is of before them all.
        say(f"Förra uppgraderingen avbröts. Den går vidare nu, med samma kopia: {before.copy}")
        copy, changes = Path(before.copy), sorted({*before.changes, *changes})
        wrong: set[str] | None = None
    else:
        wrong = {check.name for check in doctor.examine(network=False) if not check.ok}
        connections.close_all()
        say("Kopierar databasen innan den ändras.")
        copy = make_backup()
        say(f"Kopian ligger i {copy}")
    _note(MIGRATING, str(copy), changes)
    log.info("upgrade.began changes=%s", len(changes))
    try:
        _migrate()
        if left := pending():
            raise Refused("change_failed", left[0])
        _examine(wrong)
    except Exception as error:
        log.error("upgrade.failed", exc_info=error)
        why = error.detail if isinstance(error, Refused) else f"{type(error).__name__} i {_next_of(changes)}"
        _go_back(_note(ROLLING_BACK, str(copy), changes, why), say)
        raise Refused("change_failed", why) from error
    _note(DONE, str(copy), changes)
    log.info("upgrade.done changes=%s", len(changes))
    say(f"Klart: {len(changes)} ändringar är införda.")


def _half_made(now: State) -> bool:
    """Whether an upgrade was interrupted where no version starts, so that nothing can have come in since its copy.

    Before its first change the former version starts, and after its last the new one; one that was too old to note so
    (`_serve`) may have. Nor is the copy needed then: a new one holds as much. A database that cannot be read tells nothing.
    """
    if now.stage != MIGRATING or not Path(now.copy).exists():
        return False
    try:
        made = set(now.changes).intersection(applied())
    except DatabaseError:
        return False
    return 0 < len(made) < len(set(now.changes))


def _migrate() -> None:
    """Make what is left. What was made under its old name is noted under the new one, after what now stands before it."""
    for old, new in RENAMED.items():
        executor = MigrationExecutor(connection)
        if old not in executor.loader.applied_migrations:
            continue
        before = [node.key for node in executor.loader.graph.node_map[new].parents]
        executor.migrate([key for key in before if key not in executor.loader.applied_migrations])
        with transaction.atomic():
            executor.recorder.record_applied(*new)
            executor.recorder.record_unapplied(*old)
    call_command("migrate", verbosity=0, interactive=False)


def _next_of(changes: list[str]) -> str:
    """The change that was being made when it failed: the first that is not there."""
    try:
        connection.close()
        there = set(applied())
    except DatabaseError:
        return "okänd ändring"
    return next((change for change in changes if change not in there), "kontrollen efteråt")


def _examine(wrong: set[str] | None) -> None:
    """What was right before shall be right after; what was wrong before (a mail server that is down) is no reason to go back."""
    if wrong is None:
        return
    for check in doctor.examine(network=False):
        if not check.ok and check.name not in wrong:
            raise Refused("change_failed", f"torget doctor: {check.name} {check.says}")


def _go_back(now: State, say: Say) -> None:
    """Take the copy back and note that it is; Refused("roll_back_failed") leaves everything as it is for a person."""
    say("Något gick fel. Databasen tas tillbaka ur kopian.")
    connections.close_all()
    try:
        copying.take_back(Path(now.copy))
    except Refused:
        raise
    except Exception as error:
        log.error("upgrade.not_rolled_back", exc_info=error)
        raise Refused("roll_back_failed", f"{type(error).__name__}; kopian ligger i {now.copy}") from error
    _note(ROLLED_BACK, now.copy, now.changes, now.why)
    log.warning("upgrade.rolled_back")
    say("Databasen är som före uppgraderingen.")


def roll_back(say: Say, *, lose_newer: bool = False, patience: float | None = None) -> None:
    """Go back by hand to the copy of the last upgrade. Refused: nothing_to_roll_back, came_since, and as `ready`.

    Where a version may have served since the copy, people may have gone on writing: that is lost, so it has to be asked
    for by name. No version serves while the copy is being taken back, so that is finished without asking again.
    """
    with alone(patience):
        now = state()
        if now is None or now.stage == ROLLED_BACK or not Path(now.copy).exists():
            raise Refused("nothing_to_roll_back")
        if not (lose_newer or now.stage == ROLLING_BACK or _half_made(now)):
            raise Refused("came_since", now.copy)
        _go_back(_note(ROLLING_BACK, now.copy, now.changes, "för hand"), say)


def make_backup() -> Path:
    """The copy before a change: the database whole while others may read, and the keys apart; returns its folder.

    Plain, and not a sealed backup: going back must need no key that lies elsewhere (docs/decisions/0044).
    Refused: no_room, copy_failed.
    """
    return copying.copy(copying.folder(), applied())

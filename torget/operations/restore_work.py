"""Restoring: read, load beside the old, compare, settle, erase again what was erased since, put in place. docs/rules/backup.md"""

import os
import secrets
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connections

from torget import __version__
from torget.core import clock
from torget.core.errors import Refused
from torget.core.restored import settle_all
from torget.files import actions as files
from torget.files.folder import NEW
from torget.files.models import Blob
from torget.files.store import store
from torget.journal import actions as journal
from torget.journal.verifier.backups import Contents
from torget.journal.verifier.trust import Trusted
from torget.operations import backup_making, backup_tables, restore_lock, restore_reading, upgrading
from torget.operations import restore_targets as targets
from torget.operations.backup_format import PIECE, identities
from torget.operations.backup_tables import Table
from torget.operations.restore_targets import Target
from torget.register import actions as register
from torget.register import ledger

Say = Callable[[str], None]
WRITERS = 4


@dataclass
class Report:
    """What a restore did; every comparison held, or it would have been refused."""

    path: Path
    made_at: str = ""
    version: str = ""
    signer: str = ""
    signed_at: str = ""
    known_signer: bool = False
    tables: int = 0
    rows: int = 0
    files: int = 0
    written: int = 0
    damaged: int = 0
    missing: int = 0
    entries: int = 0
    root: str = ""
    migrated: int = 0
    settled: dict[str, int] = field(default_factory=dict)
    ledger: int = 0
    """Lines of the erasure ledger; with none, what was erased since the backup is back."""
    erased: int = 0
    removed: int = 0
    before: Path | None = None


def restore(
    path: Path,
    identity: Path,
    *,
    replace: bool = False,
    trust: Trusted = None,
    say: Say = lambda line: None,
) -> Report:
    """Restore a backup to this installation's database and files, alone in its data folder.

    Refused: file_unreadable, backup_wrong, backup_newer, target_newer, not_empty, in_use, identity_missing,
    identity_broken, other_identity, segment_broken, counts_differ, root_differs, files_differ, no_room, no_database,
    and whatever making the backup of what is there refuses.
    """
    database = connections.settings["default"]
    target = targets.target_of(database)
    with restore_reading.read_whole(path) as file:
        contents = restore_reading.opened(file)
        report = Report(path, str(contents.manifest["at"]), str(contents.manifest["version"]))
        _who(contents, trust, report)
        _which_version(contents)
        keys = identities(identity)
        targets.reachable(database)
        with restore_lock.alone():
            if _used(database):
                if not replace:
                    raise Refused("not_empty")
                report.before = _before(say)
            _room(contents)
            reader = restore_reading.Reader(file, contents, keys)
            connections.close_all()
            with target.scratch():
                _Loading(reader, contents, target, report, say).run()
            connections.close_all()
            upgrading.forget()
            register.unlink_erased()
            report.removed = _remove_strangers() if report.before else 0
    return report


def _used(database: dict[str, Any]) -> bool:
    if database["ENGINE"].endswith("sqlite3") and not Path(str(database["NAME"])).exists():
        return False
    with targets.pointed_at(targets.alone(database)):
        return targets.used()


def _who(contents: Contents, trust: Trusted, report: Report) -> None:
    """Who signed it: whom the operator named, else this installation's own key where there is one."""
    own = ""
    try:
        own = journal.signing_key(create=False).public.text() if journal.key_path().exists() else ""
    except Refused:
        pass  # a key that cannot be used vouches for nothing; the doctor tells of it
    key, report.signed_at = restore_reading.signer(contents, trust)
    report.signer = key.fingerprint() if key else ""
    report.known_signer = bool(key and (trust or key.text() == own))


def _which_version(contents: Contents) -> None:
    if targets.unknown_migrations(contents.manifest["migrations"]):
        raise Refused("backup_newer", f"{contents.manifest['version']}, {__version__}")


def _before(say: Say) -> Path:
    """A backup of what is about to be replaced."""
    folder = Path(settings.TORGET_BACKUP_FOLDER or settings.TORGET_HOME / "sakerhetskopior")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"fore-aterstallning-{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.torget"
    say(f"Säkerhetskopierar först det som finns till {folder / name} …")
    backup_making.make(folder / name, say=lambda line: None)
    return folder / name


def _room(contents: Contents) -> None:
    root = files.root()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    packed = sum(s["size"] for s in contents.manifest["segments"] if s["kind"] == "database")
    # Files that go to an object store need no room here.
    files_here = 0 if settings.TORGET_FILES_S3_BUCKET else int(contents.manifest["files"]["bytes"])
    need, have = files_here + 6 * packed, shutil.disk_usage(root).free
    # What is there already is not written again; a restore over itself needs room for the database alone.
    here = sum(entry.stat().st_size for entry in root.glob("??/??/*"))
    if have < max(0, need - here):
        raise Refused("no_room", f"{need // 1_000_000} MB behövs, {have // 1_000_000} MB finns")


class _Loading:
    """The work between reading and putting in place; the default database is the scratch one."""

    def __init__(
        self, reader: restore_reading.Reader, contents: Contents, target: Target, report: Report, say: Say
    ) -> None:
        self.reader, self.target, self.report, self.say = reader, target, report, say
        self.manifest = contents.manifest
        self.pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="torget-restore")
        self.writing: deque[Future[int]] = deque()
        self.digest = contents.digest
        self.tables = {
            str(one["name"]): (Table.of(one), int(one["rows"]), int(one["last"])) for one in self.manifest["tables"]
        }

    def run(self) -> None:
        """All of it, in the order in which a fault is found before it can do harm."""
        self.say("Läser filer …")
        # Nothing but a whole one ever has a hash for its name: what lies there already is never touched.
        with self.pool:
            self.reader.run(self._keep, self._load)
            self._settle(0)
        self._compare_files()
        self._compare_journal()
        self.report.migrated = targets.migrate_on()
        self.report.settled = settle_all()
        self.report.ledger = ledger.take_over()
        self.report.erased = register.replay(unlink=False)
        journal.enter(
            "backup.restored",
            actor_ref="system",
            object_ref=f"backup:{self.digest[:16]}",
            digest=bytes.fromhex(self.digest),
        )
        # The files' names too, before any row that names them is in its place.
        os.sync()

    def _keep(self, folder: str, sha: str, offset: int, body: bytes) -> None:
        """Write a file, or the next piece of a large one; whole files are written and synced several at once."""
        if offset or len(body) == PIECE:
            self._settle(0)
            self._piece(folder, sha, offset, body)
            return
        self._settle(WRITERS * 4)
        self.writing.append(self.pool.submit(_put, sha, body, damaged=folder == "damaged"))

    def _settle(self, most: int) -> None:
        """Wait until at most this many files are being written."""
        while len(self.writing) > most:
            self.report.written += self.writing.popleft().result()

    def _piece(self, folder: str, sha: str, offset: int, body: bytes) -> None:
        new = _unfinished(sha)
        if not new.exists() and (offset or _is_there(sha)) and store().size(sha) is not None:
            return
        new.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with new.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(new, 0o600)
        # A file in pieces gets its name with its last one: then its bytes make its hash.
        if _digest(new) == sha:
            store().put(sha, new)
            self.report.written += 1
        elif folder == "damaged":
            # It never will: what there is of it so far stands under its name, with each piece a little more.
            store().put_bytes(sha, new.read_bytes(), damaged=True)
            self.report.written += 1

    def _load(self, pieces: Iterator[tuple[str, Iterator[bytes]]]) -> None:
        self.say("Läser in databasen …")
        targets.migrate_to(self.manifest["migrations"])
        there = targets.fresh_tables()
        with self.target.transaction():
            backup_tables.empty(there)
            for name, blocks in pieces:
                if name not in self.tables or name not in there:
                    raise Refused("segment_broken", name)
                backup_tables.load(self.tables[name][0], blocks)
            for table, _, last in self.tables.values():
                backup_tables.set_last(table, last)
            connections["default"].check_constraints()
        counted = backup_tables.counts(self.tables)
        for name, (_, rows, _last) in self.tables.items():
            if counted[name] != rows:
                raise Refused("counts_differ", f"{name}: {counted[name]}, {rows}")
        self.report.tables, self.report.rows = len(counted), sum(counted.values())

    def _compare_files(self) -> None:
        """Every file of the list is here with its hash; what was damaged or missing then is so now, and said."""
        told = self.manifest["files"]
        if len(self.reader.listed) != told["count"]:
            raise Refused("files_differ", f"{len(self.reader.listed)}, {told['count']}")
        rows = dict(Blob.objects.values_list("pk", "size"))
        for sha, size, state in self.reader.listed:
            if rows.get(sha) != size:
                raise Refused("files_differ", sha)
            if state == "whole" and store().size(sha) is None:
                raise Refused("files_differ", sha)
        if len(rows) != told["count"]:
            raise Refused("files_differ", f"{len(rows)}, {told['count']}")
        self.report.files = told["count"]
        self.report.damaged, self.report.missing = told["damaged"], told["missing"]

    def _compare_journal(self) -> None:
        """Reckon the journal's root anew from its entries, and compare it with the checkpoint in the manifest."""
        try:
            size = journal.audit()
        except Refused as refused:
            raise Refused("root_differs", refused.detail or refused.code) from None
        newest = journal.latest_checkpoint()
        note = newest.note if newest else ""
        if size != self.manifest["journal"]["entries"] or note != self.manifest["journal"]["checkpoint"]:
            raise Refused("root_differs", f"{size}, {self.manifest['journal']['entries']}")
        self.report.entries, self.report.root = size, bytes(newest.root).hex() if newest else ""


def _unfinished(sha: str) -> Path:
    # As the files' own sweep knows them: what a kill leaves is cleared away after a day.
    return files.root() / "incoming" / f"{NEW}aterstalls-{sha}"


def _put(sha: str, body: bytes, *, damaged: bool) -> int:
    """Put a whole file in the store, unless it lies there; whether it was written."""
    if store().size(sha) == len(body) and _is_there(sha):
        return 0
    if not damaged and sha256(body).hexdigest() != sha:
        raise Refused("files_differ", sha)
    store().put_bytes(sha, body, damaged=damaged)
    return 1


def _is_there(sha: str) -> bool:
    """Whether the store has these very bytes."""
    try:
        with store().open(sha) as file:
            return _digest_of(file) == sha
    except FileNotFoundError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return _digest_of(file)


def _digest_of(file: BinaryIO) -> str:
    digest = sha256()
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def _remove_strangers() -> int:
    """Files that no row names any more after a replacement: they are in the backup that was made before."""
    known = set(Blob.objects.values_list("pk", flat=True))
    removed = 0
    for sha, _age in list(store().names()):
        if sha not in known:
            removed += store().remove(sha)
    return removed

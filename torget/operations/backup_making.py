"""Making a backup: files first, then one moment of the database, then what came between. docs/rules/backup.md"""

import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from torget import __version__
from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions as files
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.journal.rules import canonical, iso
from torget.operations import backup_keys, backup_tables
from torget.operations.backup_format import PIECE, Part, Segments
from torget.organisations.models import Organisation

FORMAT = "torget-backup/1"
ROOM = 500_000_000
"""Bytes that must be left on the disk besides the backup."""
RECIPE = """\
Så öppnas filen utan Torget / To open this file without Torget (tar, age, gunzip):
  tar -xf FILE
  for s in 0*.age; do age -d -i NYCKEL "$s" | tar -x; done
tables/<table>/ holds lines as PostgreSQL's COPY reads them (gunzip), files/ the attachments by their SHA-256;
a large one lies in pieces: cat files/<sha256>.* > <sha256>. manifest.json lists columns, counts and digests.
"""


@dataclass
class Report:
    """What a backup became."""

    path: Path
    size: int = 0
    rows: int = 0
    files: int = 0
    file_bytes: int = 0
    entries: int = 0
    resumed: int = 0
    signed: bool = True
    at: str = ""
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


Say = Callable[[str], None]


def make(target: Path, *, say: Say = lambda line: None) -> Report:
    """Back up to `target`, or go on with what an earlier try left beside it.

    Refused: file_exists, folder_missing, backup_key_missing, backup_key_broken, backup_busy, disk_full, bad_row.
    """
    target = target.absolute()
    if target.exists():
        raise Refused("file_exists", str(target))
    if not target.parent.is_dir():
        raise Refused("folder_missing", str(target.parent))
    if target.is_relative_to(files.root()):
        raise Refused("folder_missing", str(target.parent))
    recipients = backup_keys.recipients()
    header = {"format": FORMAT, "organisation": Organisation.current().name, "recipients": recipients, "open": RECIPE}
    body = json.dumps(header, ensure_ascii=False, indent=1).encode()
    begun = {"begun": sha256(body).hexdigest(), "home": str(settings.TORGET_HOME), "end": _end(body)}
    part = Part(target, begun)
    try:
        _room(target, part)
        part.begin(begun, body)
        report = Report(target, resumed=part.resumed)
        if part.resumed:
            say(f"Fortsätter: {part.resumed} delar är redan klara. Databasen läses på nytt.")
        with Segments(part, recipients) as segments:
            _Making(segments, report, say).run(body)
    except Refused as refused:
        if refused.code == "disk_full":
            part.abandon()
        raise
    finally:
        part.close()
    report.size = target.stat().st_size
    return report


def _end(header: bytes) -> int:
    return 512 + len(header) + -len(header) % 512


def _room(target: Path, part: Part) -> None:
    """Refuse before the disk is full: Torget itself may need it."""
    need = sum(size for _, size in _blobs()) + _database_size()
    have = shutil.disk_usage(target.parent).free + part.path.stat().st_size
    if have < need + min(ROOM, need):
        raise Refused("no_room", f"{need // 1_000_000} MB behövs, {have // 1_000_000} MB finns")


def _database_size() -> int:
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        # Lines of text, packed: less than half of the pages with their indexes.
        return name.stat().st_size // 2 if name.is_file() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0]) // 2


def _blobs() -> list[tuple[str, int]]:
    return list(Blob.objects.order_by("pk").values_list("pk", "size"))


class _Making:
    """One backup on its way."""

    def __init__(self, segments: Segments, report: Report, say: Say) -> None:
        self.segments, self.report, self.say = segments, report, say
        self.kept: dict[str, tuple[int, str]] = {}
        for segment in segments.part.segments:
            self.kept |= {sha: (size, state) for sha, size, state in segment["whole"]}

    def run(self, header: bytes) -> None:
        """All of it, to the file's new name."""
        self.say("Kopierar filer …")
        self._files(_blobs())
        self.segments.drain("files")
        self.say("Läser databasen …")
        with backup_tables.snapshot() as snapshot:
            at = clock.now()
            manifest, blobs = self._database(snapshot)
        self.segments.drain("database")
        self._files(blobs)
        self.segments.drain("rest")
        listed = sorted((sha, *self.kept[sha]) for sha, _ in blobs)
        text = "".join(f"{sha} {size} {state}\n" for sha, size, state in listed).encode()
        self.segments.add("list", "files.list", text)
        self.segments.drain("list")
        self.report.damaged = [sha for sha, _, state in listed if state == "damaged"]
        self.report.missing = [sha for sha, _, state in listed if state == "missing"]
        self.report.files, self.report.file_bytes = len(listed), sum(size for _, size, _ in listed)
        self.report.at = iso(at)
        manifest |= {
            "format": FORMAT,
            "version": __version__,
            "at": iso(at),
            "header": sha256(header).hexdigest(),
            "segments": [
                {name: segment[name] for name in ("name", "kind", "size", "sha256")}
                for segment in self.segments.part.segments
            ],
            "files": {
                "count": len(listed), "bytes": self.report.file_bytes, "digest": sha256(text).hexdigest(),
                "damaged": len(self.report.damaged), "missing": len(self.report.missing),
            },
        }  # fmt: skip
        self._sign(manifest)

    def _files(self, blobs: list[tuple[str, int]]) -> None:
        for sha, size in blobs:
            if sha in self.kept:
                continue
            state = self._file(sha, size)
            self.kept[sha] = (size, state)

    def _file(self, sha: str, size: int) -> str:
        """Put a file in; whether it is whole, damaged or missing. A damaged one is kept too, as damaged."""
        try:
            with files.open_blob(sha) as file:
                body = file.read()
        except Refused:
            # Erased meanwhile, or gone: the list says so and the restore tells it.
            return "missing"
        state = "whole" if sha256(body).hexdigest() == sha else "damaged"
        folder = "files" if state == "whole" else "damaged"
        if len(body) <= PIECE:
            self.segments.add("files", f"{folder}/{sha}", body, whole=(sha, size, state))
            return state
        for start in range(0, len(body), PIECE):
            last = start + PIECE >= len(body)
            name = f"{folder}/{sha}.{start // PIECE:04d}"
            self.segments.add("files", name, body[start : start + PIECE], whole=(sha, size, state) if last else None)
        return state

    def _database(self, snapshot: backup_tables.Snapshot) -> tuple[dict[str, Any], list[tuple[str, int]]]:
        """Every table as lines; what the manifest says of them, and which files the rows name."""
        described = []
        for table in backup_tables.tables(sessions=False):
            count = 0
            for number, block in enumerate(_large(snapshot.blocks(table)), start=1):
                count += block.count(b"\n")
                packed = _gzip(block)
                self.segments.add("database", f"tables/{table.name}/{number:06d}.gz", packed)
            described.append({**table.document(), "rows": count, "last": snapshot.last(table)})
            self.report.rows += count
        blobs = [
            (str(sha), int(size)) for sha, size in snapshot.rows("SELECT sha256, size FROM files_blob ORDER BY sha256")
        ]
        newest = snapshot.rows("SELECT size, note FROM journal_checkpoint ORDER BY size DESC LIMIT 1")
        applied = snapshot.rows("SELECT app, name FROM django_migrations ORDER BY app, name")
        self.report.entries = int(newest[0][0]) if newest else 0
        return {
            "organisation": Organisation.current().name,
            "engine": connection.vendor,
            "migrations": [list(row) for row in applied],
            "tables": described,
            "journal": {"entries": self.report.entries, "checkpoint": str(newest[0][1]) if newest else ""},
        }, blobs

    def _sign(self, manifest: dict[str, Any]) -> None:
        """Sign with the journal's key. Without one the backup is made all the same, and says that nobody signed it."""
        try:
            key = journal.signing_key(create=not manifest["journal"]["entries"])
        except Refused as refused:
            self.say(f"Journalens nyckel går inte att använda ({refused.code}): kopian blir utan underskrift.")
            self.report.signed = False
            self.segments.part.finish(canonical(manifest | {"key": ""}), "")
            return
        body = canonical(manifest | {"key": key.public.text()})
        # Not a checkpoint's form: the first line is not the log's name, so that one is never taken for the other.
        text = f"{FORMAT}\n{key.public.name}\n{sha256(body).hexdigest()}\ntime {iso(clock.now())}\n"
        from torget.journal.rules import note

        self.segments.part.finish(body, note(text, key.public, key.sign(text.encode())))


def _large(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks joined to some megabytes, cut after a line's end, so that each piece is whole lines."""
    gathered: list[bytes] = []
    size = 0
    for block in blocks:
        gathered.append(block)
        size += len(block)
        if size >= backup_tables.BLOCK:
            whole = b"".join(gathered)
            cut = whole.rfind(b"\n") + 1
            if cut:
                yield whole[:cut]
                gathered, size = [whole[cut:]], len(whole) - cut
    if rest := b"".join(gathered):
        yield rest


def _gzip(block: bytes) -> bytes:
    # Level 1: text shrinks to a fifth all the same. No time and no name inside: equal rows make equal bytes.
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(block) + packer.flush()

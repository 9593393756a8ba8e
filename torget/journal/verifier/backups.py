"""Backups: whether the file is whole and unaltered, who made it and when. Without the private key, so nothing is opened.

A backup is a tar: a header, segments (age files, number by number), manifest.json with the segments' digests, and
manifest.note, the manifest's digest signed with the journal's key. What the segments hold is known to who has the key.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from torget.journal.verifier.ground import (
    NAME,
    VerifierKey,
    ed25519_holds,
    load_json,
    parse_key,
    parse_note,
    require_signature,
)
from torget.journal.verifier.kinds import Kind, add_kind
from torget.journal.verifier.trust import Trusted, conclude
from torget.journal.verifier.words import Finding, Verdict, Wrong, add_outcomes, verdict

BACKUP_FORMAT = "torget-backup/1"
BACKUP_HEADER, BACKUP_MANIFEST, BACKUP_NOTE = "torget-backup.json", "manifest.json", "manifest.note"
MANIFEST_LARGEST = 64 * 1024 * 1024
SEGMENT_LARGEST = 68 * 1024 * 1024
MEMBERS_MOST = 1_000_000

add_outcomes("""
backup_holds 0 Säkerhetskopian är hel och oförändrad. | The backup is whole and unaltered.
backup_unsigned 3 Säkerhetskopian är hel, men ingen har undertecknat den. | The backup is whole, but nobody has signed it.
backup_cut 1 Säkerhetskopian är avklippt efter {}. | The backup is cut off after {}.
backup_broken 1 Säkerhetskopian går inte att läsa vid {}. | The backup cannot be read at {}.
backup_segment_changed 1 Delen {} är ändrad. | The segment {} has been changed.
backup_segment_missing 1 Delen {} saknas. | The segment {} is missing.
backup_segment_moved 1 Delen {} ligger på fel plats. | The segment {} stands in the wrong place.
backup_segment_extra 1 Delen {} hör inte till kopian. | The segment {} does not belong to the backup.
backup_header_changed 1 Kopians huvud är ändrat. | The header of the backup has been changed.
backup_manifest_changed 1 Innehållsförteckningen är ändrad. | The manifest has been changed.
backup_note_broken 1 Underskriften har fel form. | The signature is malformed.
""")


class Member(NamedTuple):
    """A file in the tar: its name, where its bytes begin, how many they are."""

    name: str
    start: int
    size: int


def backup_members(file: BinaryIO) -> list[Member]:
    """Read the tar's headers in order, strictly; Wrong("backup_cut" or "backup_broken") says where it stops."""
    found: list[Member] = []
    size = file.seek(0, 2)
    place = 0
    while True:
        last = found[-1].name if found else "0"
        file.seek(place)
        block = file.read(512)
        if block == b"\0" * 512:
            if file.read() != b"\0" * 512:
                raise Wrong("backup_cut" if place + 1024 > size else "backup_broken", last)
            return found
        if len(block) < 512:
            raise Wrong("backup_cut", last)
        member = _member(block, place + 512)
        if member is None or len(found) > MEMBERS_MOST:
            raise Wrong("backup_broken", f"{last} +")
        if member.start + member.size > size:
            raise Wrong("backup_cut", last)
        found.append(member)
        place = member.start + member.size + -member.size % 512


def _member(block: bytes, start: int) -> Member | None:
    # POSIX.1-1988 (ustar): name, size in octal, and a checksum of the header with spaces in the checksum's place.
    named, octal = block[:100].rstrip(b"\0"), block[124:136].rstrip(b"\0 ")
    told = block[148:156].rstrip(b"\0 ")
    plain = re.fullmatch(rb"[A-Za-z0-9.-]{1,90}", named) and re.fullmatch(b"[0-7]{1,11}", octal)
    if not plain or not re.fullmatch(b"[0-7]{1,7}", told) or block[156:157] != b"0":
        return None
    if int(told, 8) != sum(block) - sum(block[148:156]) + 8 * 32:
        return None
    return Member(named.decode(), start, int(octal, 8))


def backup_body(file: BinaryIO, member: Member, largest: int) -> bytes:
    """Read a member whole; Wrong("backup_broken") when it is larger than such a one can be."""
    if member.size > largest:
        raise Wrong("backup_broken", member.name)
    file.seek(member.start)
    return file.read(member.size)


class Contents(NamedTuple):
    """A backup as its file says it: the manifest and its digest, the note, the members in order."""

    manifest: dict[str, Any]
    digest: str
    note: str
    members: list[Member]

    def segments(self) -> dict[str, Member]:
        """The members that are segments, by name."""
        return {member.name: member for member in self.members if member.name.endswith(".age")}


def backup_contents(file: BinaryIO) -> Contents:
    """Read what a backup says of itself; nothing is checked yet but that it can be read. Wrong."""
    members = backup_members(file)
    named = {member.name: member for member in members}
    if len(named) != len(members):
        raise Wrong("backup_broken", "två med samma namn")
    if BACKUP_HEADER not in named or BACKUP_MANIFEST not in named:
        raise Wrong("backup_cut", members[-1].name if members else "0")
    raw = backup_body(file, named[BACKUP_MANIFEST], MANIFEST_LARGEST)
    try:
        manifest = load_json(raw, MANIFEST_LARGEST)
    except Wrong:
        raise Wrong("backup_manifest_changed") from None
    note = backup_body(file, named[BACKUP_NOTE], 4096).decode(errors="replace") if BACKUP_NOTE in named else ""
    _right_shape(manifest)
    header = backup_body(file, named[BACKUP_HEADER], MANIFEST_LARGEST)
    if hashlib.sha256(header).hexdigest() != manifest["header"]:
        raise Wrong("backup_header_changed")
    return Contents(manifest, hashlib.sha256(raw).hexdigest(), note, members)


def _right_shape(manifest: dict[str, Any]) -> None:
    if manifest.get("format") != BACKUP_FORMAT:
        raise Wrong("wrong_format")
    wanted: dict[str, type] = {
        "header": str, "segments": list, "tables": list, "migrations": list, "files": dict, "journal": dict,
        "organisation": str, "version": str, "at": str, "engine": str, "key": str,
    }  # fmt: skip
    for name, kind in wanted.items():
        if type(manifest.get(name)) is not kind:
            raise Wrong("wrong_type", name)
    for segment in manifest["segments"]:
        kinds = {name: type(value) for name, value in segment.items()} if isinstance(segment, dict) else {}
        if kinds != {"name": str, "kind": str, "size": int, "sha256": str}:
            raise Wrong("wrong_type", "segments")
    for table in manifest["tables"]:
        if not isinstance(table, dict) or type(table.get("rows")) is not int or type(table.get("name")) is not str:
            raise Wrong("wrong_type", "tables")
    if any(type(manifest["files"].get(name)) is not int for name in ("count", "bytes", "damaged", "missing")):
        raise Wrong("wrong_type", "files")
    journal = manifest["journal"]
    if type(journal.get("entries")) is not int or type(journal.get("checkpoint")) is not str:
        raise Wrong("wrong_type", "journal")


def backup_signer(contents: Contents, trust: Trusted) -> tuple[VerifierKey | None, str]:
    """The key that has signed the manifest (None: nobody), and when by its word. Wrong: other_key, forged, …"""
    if not contents.note:
        if trust:
            raise Wrong("other_key")
        return None, ""
    text, gap, rest = contents.note.rpartition("\n\n")
    found = re.fullmatch("\u2014 " + NAME + r" (\S+)\n", rest)
    lines = text.split("\n")
    if not gap or not found or len(lines) != 4 or lines[0] != BACKUP_FORMAT or not lines[3].startswith("time "):
        raise Wrong("backup_note_broken")
    key = trust if isinstance(trust, VerifierKey) else parse_key(contents.manifest["key"])
    if isinstance(trust, str) and key.fingerprint() != trust:
        raise Wrong("other_key")
    try:
        raw = base64.b64decode(found[2], validate=True)
    except ValueError:
        raise Wrong("backup_note_broken") from None
    if found[1] != key.name or lines[1] != key.name or raw[:4] != key.digest()[:4]:
        raise Wrong("other_key")
    if not ed25519_holds(key.public, f"{text}\n".encode(), raw[4:]):
        raise Wrong("forged")
    if lines[2] != contents.digest:
        raise Wrong("backup_manifest_changed")
    _same_log(contents, key)
    return key, lines[3].removeprefix("time ")


def _same_log(contents: Contents, key: VerifierKey) -> None:
    # A checkpoint signed before a change of keys carries the former key's name and is told of, not tried.
    if text := contents.manifest["journal"]["checkpoint"]:
        note = parse_note(text)
        if any(number == key.digest()[:4] for _, number, _ in note.signatures):
            require_signature(note, key)
        if note.size != contents.manifest["journal"]["entries"]:
            raise Wrong("checkpoint_broken", "size")


def backup_findings(file: BinaryIO, contents: Contents) -> Iterator[Finding]:
    """What of the segments does not hold, each by its name; reads the whole file once."""
    members = contents.segments()
    listed = {segment["name"]: segment for segment in contents.manifest["segments"]}
    digests = {segment["sha256"]: name for name, segment in listed.items()}
    for name in listed:
        if name not in members:
            yield Finding("backup_segment_missing", name)
    for name, member in members.items():
        if name not in listed:
            yield Finding("backup_segment_extra", name)
            continue
        found = _digest(file, member)
        if found == listed[name]["sha256"] and member.size == listed[name]["size"]:
            continue
        yield Finding("backup_segment_moved" if digests.get(found, name) != name else "backup_segment_changed", name)


def _digest(file: BinaryIO, member: Member) -> str:
    digest, left = hashlib.sha256(), member.size
    file.seek(member.start)
    while left and (chunk := file.read(min(left, 1024 * 1024))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _fits_backup(path: Path, head: bytes) -> bool:
    return head[:100].rstrip(b"\0") == BACKUP_HEADER.encode()


def _check_backup(path: Path, trust: Trusted) -> Verdict:
    with path.open("rb") as file:
        contents = backup_contents(file)
        findings = list(backup_findings(file, contents))
        key, signed = (None, "") if findings else backup_signer(contents, trust)
    manifest = contents.manifest
    facts: dict[str, object] = {
        "organisation": manifest["organisation"],
        "version": manifest["version"],
        "made": manifest["at"],
        "signed": signed,
        "journal": manifest["journal"]["entries"],
        "rows": sum(table["rows"] for table in manifest["tables"]),
        "files": manifest["files"]["count"],
        "damaged": manifest["files"]["damaged"] or "",
        "missing": manifest["files"]["missing"] or "",
        "key": key.fingerprint() if key and trust else "",
    }
    if not findings and key is None:
        return verdict("backup_unsigned", facts=facts)
    return conclude("backup_holds", findings, trust, facts)


add_kind(Kind("backup", _fits_backup, _check_backup))

"""Archive packages (E-ARK SIP with ERMS), as a ZIP or a folder: every file by METS, every record by the journal's proofs.

METS.xml lists each file with size and SHA-256, and the METS of each representation lists its own. Nothing else may lie in
the package. ERMS.xml tells each record's text, versions and files; each version must be the one that the journal proves.
What is only in ERMS (titles, secrecy, dates of handling) is covered by METS alone.
"""

import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast
from xml.parsers import expat

from torget.journal.verifier.ground import load_json
from torget.journal.verifier.kinds import Kind, add_kind
from torget.journal.verifier.proofs import check_proofs, proofs_facts
from torget.journal.verifier.trust import Trusted, conclude
from torget.journal.verifier.words import Finding, Verdict, Wrong, add_outcomes, shown, verdict

MOST_FILES = 500_000
MOST_FOLD = 100  # how many times larger than on disk a package may be when unpacked
MOST_TEXT = 1024 * 1024 * 1024  # bytes of proofs, which are read whole
SLACK = 32 * 1024 * 1024
PIECE = 1024 * 1024
METS_SPACE, XLINK_SPACE, ERMS_SPACE = (
    "http://www.loc.gov/METS/",
    "http://www.w3.org/1999/xlink",
    "https://DILCIS.eu/XML/ERMS",
)
DATA_FOLDER = "representations/rep1/data/"
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

add_outcomes("""
package_holds 0 Stämmer. Paketet är helt och handlingarna oförändrade. | Holds. The package is whole, its records unaltered.
package_cut_off 1 Paketet är avklippt eller skadat. Hämta det igen. | The package is cut off or damaged. Fetch it again.
package_bomb 1 Paketet är gjort för att fylla datorn. Öppna det inte. | The package is made to fill the computer. Do not open it.
package_many 1 Paketet har fler filer än något paket från Torget. | The package has more files than any from Torget.
package_twice 1 Filen {} ligger två gånger i paketet. | The file {} lies twice in the package.
package_missing 1 Filen {} saknas i paketet. | The file {} is missing from the package.
package_beside 1 Det ligger något mer i paketet än dess filer. | Something more than its files lies in the package.
package_unlisted 1 Filen {} står inte i METS. | The file {} is not listed in METS.
package_changed 1 Filen {} är ändrad. | The file {} has been changed.
package_damaged 1 Filen {} går inte att läsa. | The file {} cannot be read.
package_xml 1 {} är inte den XML den ska vara. | {} is not the XML that it should be.
package_listing 1 METS har en rad som inte går att förstå: {} | METS has a line that makes no sense: {}
package_text 1 Texten i {} är en annan än den journalen har. | The text of {} is another than the journal's.
package_files 1 Bilagorna till {} är andra än dem journalen har. | The files of {} are others than the journal's.
package_unproved 1 Handlingen {} har inte ett bevis för varje version. | The record {} lacks a proof for each version.
package_no_record 1 Det finns ett bevis för {} men ingen sådan handling. | There is a proof of {} but no such record.
""")


class Box:
    """A package's files by their path, whether it is a ZIP or a folder. Nothing is unpacked."""

    def __init__(self, path: Path) -> None:
        self.path, self.twice, self.beside = path, list[str](), False
        self.entries: dict[str, zipfile.ZipInfo | Path] = {}
        self.name = path.name
        if path.is_dir():
            self._folder(path)
        else:
            self.archive = zipfile.ZipFile(path)
            self._zip(self.archive.infolist(), path.stat().st_size)
            self.beside = self._something_beside()

    def _zip(self, infos: list[zipfile.ZipInfo], disk: int) -> None:
        if len(infos) > MOST_FILES:
            raise Wrong("package_many")
        whole, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
        # Files that share their bytes in the ZIP, or fold out beyond all measure, are there to do harm.
        if packed > disk or whole > disk * MOST_FOLD + SLACK:
            raise Wrong("package_bomb")
        tops = {info.filename.partition("/")[0] for info in infos}
        self.name = tops.pop() if len(tops) == 1 else ""
        for info in infos:
            if info.is_dir() and info.file_size == 0:
                continue
            inside = info.filename.removeprefix(f"{self.name}/") if self.name else info.filename
            if inside in self.entries:
                self.twice.append(inside)
            self.entries[inside] = info

    def _something_beside(self) -> bool:
        """Whether bytes lie before, between or behind the files of the ZIP, where nobody who opens it would see them."""
        with self.path.open("rb") as file:
            # Last stands the end record without a comment (PKWARE APPNOTE 4.3.16).
            file.seek(-22, 2)
            if file.read(4) != b"PK\x05\x06":
                return True
            place, room = 0, 0
            for info in sorted(self.archive.infolist(), key=lambda info: info.header_offset):
                if not 0 <= info.header_offset - place <= room:
                    return True
                file.seek(info.header_offset + 26)
                name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
                if extra > 64:
                    return True  # times and sizes need no more
                # A writer that did not know the sizes before puts them behind the file.
                place = info.header_offset + 30 + name + extra + info.compress_size
                room = 24 if info.flag_bits & 8 else 0
        return not 0 <= self.archive.start_dir - place <= room

    def _folder(self, path: Path) -> None:
        top = _top(path)
        self.name = top.name
        for folder, folders, names in os.walk(top):
            if len(self.entries) > MOST_FILES:
                raise Wrong("package_many")
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            for name in [*names, *links]:
                found = Path(folder) / name
                self.entries[found.relative_to(top).as_posix()] = found

    def open(self, inside: str) -> BinaryIO:
        """A file of the package, to be read; OSError or a ZIP's own error when it cannot be."""
        entry = self.entries[inside]
        if isinstance(entry, zipfile.ZipInfo):
            return cast(BinaryIO, self.archive.open(entry))
        # A pipe would hold us for ever, and a link leads out of the package.
        if not stat.S_ISREG(entry.lstat().st_mode):
            raise OSError("no file")
        return entry.open("rb")


# What reading a hostile or damaged ZIP raises.
BROKEN = (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, EOFError, ValueError)


def _top(path: Path) -> Path:
    if (path / "METS.xml").is_file():
        return path
    inside = [one for one in path.iterdir() if one.is_dir()]
    return inside[0] if len(inside) == 1 else path


def _pieces(box: Box, inside: str, most: int) -> Iterator[bytes]:
    with box.open(inside) as file:
        while most > 0 and (piece := file.read(min(PIECE, most))):
            most -= len(piece)
            yield piece


def _parse(box: Box, inside: str, start: Any, end: Any, text: Any) -> None:
    """Read an XML file with these handlers; Wrong("package_xml") for what is none, and for any DOCTYPE or entity."""

    def refuse(*_: object) -> None:
        raise Wrong("package_xml", inside)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    # Entities could stand for endless text or for files of the reader's own.
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        for piece in _pieces(box, inside, MOST_TEXT):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, RecursionError, *BROKEN):
        raise Wrong("package_xml", inside) from None


class Line(NamedTuple):
    """What METS says of a file."""

    size: int
    sha256: str


def _mets(box: Box, inside: str, lines: dict[str, Line]) -> Iterator[Finding]:
    """Add what one METS file lists to `lines`; paths are from the package's own folder."""
    base, held, wrong = inside.rpartition("/")[0], list[dict[str, str]](), list[Finding]()

    def note(facts: dict[str, str], href: str) -> None:
        path = f"{base}/{href}" if base else href
        size, digest = facts.get("SIZE", ""), facts.get("CHECKSUM", "")
        plain = href and not re.search(r"[%\\:\x00-\x1f]|^/|(^|/)\.\.?(/|$)|//", href)
        right = re.fullmatch("[0-9]{1,18}", size) and re.fullmatch("[0-9a-f]{64}", digest)
        if not plain or not right or facts.get("CHECKSUMTYPE") != "SHA-256" or path in lines:
            wrong.append(Finding("package_listing", href))
        else:
            lines[path] = Line(int(size), digest)

    def start(name: str, facts: dict[str, str]) -> None:
        href = facts.get(f"{XLINK_SPACE} href", "")
        if name == f"{METS_SPACE} file":
            held.append(facts)
        elif name == f"{METS_SPACE} FLocat" and held:
            note(held.pop(), href)
        elif name == f"{METS_SPACE} mdRef":
            note(facts, href)

    _parse(box, inside, start, lambda name: None, lambda text: None)
    yield from wrong
    yield from (Finding("package_listing", "file") for _ in held)


def _files(box: Box) -> Iterator[Finding | dict[str, Line]]:
    """Findings about files, and last the listing."""
    lines: dict[str, Line] = {}
    yield from (Finding("package_twice", name) for name in box.twice)
    if box.beside:
        yield Finding("package_beside", "")
    if "METS.xml" not in box.entries:
        raise Wrong("package_missing", "METS.xml")
    yield from _mets(box, "METS.xml", lines)
    for path in [path for path in lines if path.endswith("/METS.xml")]:
        if path in box.entries:
            yield from _mets(box, path, lines)
    yield from (Finding("package_missing", path) for path in sorted(lines.keys() - box.entries.keys()))
    yield from (Finding("package_unlisted", path) for path in sorted(box.entries.keys() - lines.keys() - {"METS.xml"}))
    for path, line in lines.items():
        if path in box.entries and (code := _compare(box, path, line)):
            yield Finding(code, path)
    yield lines


def _compare(box: Box, path: str, line: Line) -> str:
    digest, size = hashlib.sha256(), 0
    try:
        for piece in _pieces(box, path, line.size + 1):
            digest.update(piece)
            size += len(piece)
    except BROKEN:
        return "package_damaged"
    return "" if (size, digest.hexdigest()) == line else "package_changed"


class Told:
    """A record as ERMS tells it."""

    def __init__(self) -> None:
        self.number, self.latest, self.text, self.earlier = "", 1, "", dict[int, str]()
        self.files: dict[int, Counter[tuple[str, int]]] = {}

    def versions(self) -> list[str | None]:
        """The text of each version, first to last; None for one that is not told."""
        return [*(self.earlier.get(number) for number in range(1, min(self.latest, MOST_FILES))), self.text]


def _erms(box: Box, lines: dict[str, Line]) -> dict[str, Told]:
    """Read the records of ERMS.xml by their identifiers."""
    inside, found, path, words, kind = f"{DATA_FOLDER}ERMS.xml", dict[str, Told](), list[str](), list[str](), [""]

    def start(name: str, facts: dict[str, str]) -> None:
        path.append(name.removeprefix(f"{ERMS_SPACE} "))
        words.clear()
        if path[-1] == "record":
            identity = facts.get("systemIdentifier", "")
            if identity in found:
                raise Wrong("package_xml", inside)
            found[identity] = now[0] = Told()
        elif path[-2:] == ["notes", "note"]:
            kind[0] = facts.get("noteType", "")
        elif path[-1] == "appendix" and now[0]:
            version = re.match(r"version ([0-9]{1,6});", facts.get("description", ""))
            line = lines.get(DATA_FOLDER + facts.get("path", ""))
            if version and line:
                now[0].files.setdefault(int(version[1]), Counter())[line.sha256, line.size] += 1
            elif version:
                raise Wrong("package_missing", facts.get("path", ""))

    def end(name: str) -> None:
        record, said = now[0], "".join(words)
        if record and path[-2:] == ["record", "description"]:
            record.text = said
        elif record and path[-2:] == ["record", "objectId"]:
            record.number = said
        elif (
            record and path[-2:] == ["notes", "note"] and (number := re.fullmatch("(?:version:)?([0-9]{1,6})", kind[0]))
        ):
            record.earlier[int(number[1])] = said
        elif record and path[-2:] == ["notes", "note"] and kind[0] == "version" and re.fullmatch("[0-9]{1,6}", said):
            record.latest = int(said)
        if path.pop() == "record":
            now[0] = None
        words.clear()

    now: list[Told | None] = [None]
    _parse(box, inside, start, end, words.append)
    return found


def _tie(records: dict[str, Told], document: dict[str, Any]) -> Iterator[Finding]:
    """Yield what ERMS says otherwise than the proved records. The proofs of a record stand in the order of its versions."""
    proofs: dict[str, list[dict[str, Any]]] = {}
    for proof in document["proofs"]:
        if isinstance(proof, dict) and isinstance(proof.get("entry"), dict) and isinstance(proof.get("record"), dict):
            proofs.setdefault(str(proof["entry"].get("object")), []).append(proof["record"])
    yield from (Finding("package_no_record", name) for name in sorted(proofs.keys() - records.keys()))
    for name, told in records.items():
        what, proved, texts = told.number or name, proofs.get(name, []), told.versions()
        if len(proved) != len(texts):
            yield Finding("package_unproved", what)
            continue
        for number, (record, text) in enumerate(zip(proved, texts, strict=True), start=1):
            if NOT_IN_XML.sub("\ufffd", str(record.get("text"))) != text:
                yield Finding("package_text", what)
            if _listed(record.get("attachments")) != told.files.get(number, Counter()):
                yield Finding("package_files", what)


def _listed(attachments: object) -> Counter[tuple[str, int]] | None:
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        return None
    return Counter(
        (str(one.get("sha256")), int(one["size"]) if type(one.get("size")) is int else -1) for one in attachments
    )


def _examine(box: Box, trust: Trusted, facts: dict[str, object]) -> Iterator[Finding]:
    lines: dict[str, Line] = {}
    for found in _files(box):
        if isinstance(found, Finding):
            yield found
        else:
            lines = found
    proofs = f"{DATA_FOLDER}torget-proofs.json"
    for needed in (proofs, f"{DATA_FOLDER}ERMS.xml"):
        if needed not in box.entries or needed not in lines:
            raise Wrong("package_missing", needed)
    try:
        document = load_json(b"".join(_pieces(box, proofs, MOST_TEXT)), MOST_TEXT)
    except BROKEN:
        raise Wrong("package_damaged", proofs) from None
    yield from check_proofs(document, trust)
    yield from _tie(_erms(box, lines), document)
    digest = hashlib.sha256(b"".join(_pieces(box, "METS.xml", MOST_TEXT))).hexdigest()
    try:
        facts |= proofs_facts(document, trust)
    except Wrong:
        return  # told of above, among the proofs
    facts |= {"package": box.name, "files": len(lines) + 1, "mets": digest}


def _check_package(path: Path, trust: Trusted) -> Verdict:
    findings, facts = list[Finding](), dict[str, object]()
    try:
        for finding in _examine(Box(path), trust, facts):
            findings.append(finding)
            if len(findings) >= 1000:
                break  # enough is known
    except Wrong as wrong:
        findings.append(Finding(wrong.code, shown(wrong.detail)))
    except BROKEN:
        return verdict("package_cut_off")
    return conclude("package_holds", findings, trust, facts)


def _fits_package(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return (_top(path) / "METS.xml").is_file()
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:MOST_FILES]
    except BROKEN:
        # Cut off: the first file's name stands at the very beginning.
        return b"representations/rep1/" in head or b"METS.xml" in head
    return any(name.partition("/")[2].startswith(("METS.xml", "representations/rep1/")) for name in names)


add_kind(Kind("package", _fits_package, _check_package))

"""A package from beginning to end: deliveries, records with files, proofs, PREMIS, METS. One pass through the case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata, resources
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from django.conf import settings

from torget.archive import rules
from torget.archive.sip import erms, mets, premis, raw, warc
from torget.archive.sip.container import Container, Listed, new_container
from torget.archive.sip.gather import Kept, Staff, chunks, entries_about, records_of, taken_in
from torget.archive.sip.proofs import ProofsFile
from torget.archive.sip.xml import Xml, escape
from torget.core.errors import Refused
from torget.files import actions as files
from torget.journal.actions import latest_checkpoint
from torget.organisations.models import Organisation
from torget.register.models import Attachment, Case, RecordVersion

XML, JSON = "application/xml", "application/json"
DATA = f"{mets.REP}/data"
WARC = "attachments/leveranser.warc.gz"
SHARED_SCHEMAS = ("mets.xsd", "xlink.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd", "premis-v3-0.xsd")


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. `mets` is the SHA-256 of the package's METS.xml, which pins every other file in it.

    `beside`: records of other cases whose words lie in it, in deliveries that everyone could read when it was made.
    """

    path: Path
    size: int
    mets: str
    records: int
    files: int
    withheld: int
    beside: frozenset[int]


@dataclass
class Packing:
    """What the parts share while a package is made. `say(records, bytes)` is told how far it has come."""

    case: Case
    csip: rules.Csip
    version: rules.Erms
    made_at: datetime
    box: Container
    say: Callable[[int, int], None] = lambda records, size: None
    records: int = 0
    size: int = 0
    warc: dict[int, list[str]] = field(default_factory=dict)
    withheld: int = 0
    beside: frozenset[int] = frozenset()
    refs: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    staff: Staff = field(default_factory=Staff)

    def beat(self, size: int) -> None:
        """So many bytes more are done."""
        self.size += size
        self.say(self.records, self.size)


def software() -> tuple[str, str]:
    """Our name and version."""
    try:
        return "Torget", metadata.version("torget")
    except metadata.PackageNotFoundError:
        return "Torget", "0"


def data_file(*path: str) -> bytes:
    """A schema or word list that comes with Torget."""
    return resources.files("torget.archive").joinpath("data", *path).read_bytes()


def fingerprint(case: Case) -> tuple[object, ...]:
    """What must be the same before and after, or the package would hold parts of two states of the case."""
    keys = records_of(case)
    versions = RecordVersion.objects.filter(record__case=case).count()
    attachments = Attachment.objects.filter(record__case=case).count()
    now = Case.objects.filter(pk=case.pk).values_list("subject", "closed_at").get()
    return keys, versions, attachments, now


def build(case: Case, folder: Path, *, csip: rules.Csip, version: rules.Erms, made_at: datetime,
          say: Callable[[int, int], None] = lambda records, size: None) -> Made:  # fmt: skip
    """Make the case's package in `folder`, under its own name when it is whole. No transaction is held.

    Errors: Refused disk_full | folder_unwritable | file_missing | file_damaged | not_sequenced | version_without_entry |
    record_without_version | tree_broken | case_changed; then nothing of it is left.
    """
    name = rules.package_id(case.authority.prefix, case.authority_id, case.year, case.number, made_at, csip, version)
    before = fingerprint(case)
    with new_container(folder, name, made_at, lambda size: None) as box:
        packing = Packing(case, csip, version, made_at, box, say)
        box.beat = packing.beat
        _deliveries(packing)
        with _spool(folder) as events, _spool(folder) as described, _spool(folder) as proofs:
            _records(packing, described, events, proofs)
            box.add_spool(f"{DATA}/ERMS.xml", described, XML)
            box.add_spool(f"{DATA}/torget-proofs.json", proofs, JSON)
            data = [one for one in box.files if one.path.startswith(f"{DATA}/")]
            with _spool(folder) as told:
                _premis(packing, told, events, data)
                kept = box.add_spool(f"{mets.REP}/metadata/preservation/premis.xml", told, XML)
        root = _package(packing, kept, data)
        if fingerprint(case) != before:
            raise Refused("case_changed")
    path = folder / f"{name}.zip"
    size, files = path.stat().st_size, len(box.files)
    return Made(path, size, root.sha256, packing.records, files, packing.withheld, packing.beside)


def _spool(folder: Path) -> BinaryIO:
    # Without a name, and on the same disk: nothing is left when the process is killed.
    return cast(BinaryIO, TemporaryFile(dir=folder))


def _deliveries(packing: Packing) -> None:
    found = raw.find(packing.case.pk, taken_in(packing.case))
    if not found.messages:
        return
    names: dict[int, str] = {}
    with _spool(packing.box.place) as file:
        writer = warc.Warc(file, " ".join(software()), packing.case.dnr)
        for event in raw.read_events(sorted(found.messages)):
            names[event.pk] = warc.identity(event)
            why = found.withheld.get(event.pk)
            if why:
                writer.name_only(event, why)
            else:
                writer.add(event)
            packing.beat(len(event.body))
        packing.box.add_spool(f"{DATA}/{WARC}", file, "application/gzip", packed=False)
    packing.withheld, packing.beside = len(found.withheld), frozenset(found.beside)
    packing.warc = raw.by_message(found, names)


def _records(packing: Packing, described: BinaryIO, events: BinaryIO, proofs: BinaryIO) -> None:
    organisation = Organisation.current()
    told = erms.Context(
        organisation, packing.case, " ".join(software()), packing.version, packing.made_at, WARC if packing.warc else ""
    )
    proving = ProofsFile(proofs, organisation.name, latest_checkpoint())
    xml, history = Xml(described), Xml(events, fragment=True)
    opening = {
        "xmlns": erms.NAMESPACE,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": f"{erms.NAMESPACE} ../../../schemas/{rules.ERMS_SCHEMA[packing.version]}",
    }
    conversations: set[str] = set()
    case_ref = f"case:{packing.case.pk}"
    with xml.inside("erms", opening):
        erms.begin(xml, told)
        case = {"systemIdentifier": case_ref, "aggregationType": "caseFile"}
        with xml.inside("aggregations"), xml.inside("aggregation", case):
            erms.case_head(xml, told)
            for part in chunks(packing.case):
                _part(packing, part, told, xml, history, proving)
                conversations |= {one.message.conversation.ref for one in part if one.message is not None}
    packing.refs |= {case_ref} | conversations
    for entry in entries_about(sorted({case_ref} | conversations)):
        if rules.is_event(entry.kind):
            premis.entry(history, entry)
            packing.actors.add(entry.actor_ref)
    xml.flush()
    history.flush()
    proving.finish()


def _part(
    packing: Packing, part: Sequence[Kept], told: erms.Context, xml: Xml, history: Xml, proving: ProofsFile
) -> None:
    for kept in part:
        listed = _attachments(packing, kept)
        message = kept.message
        deliveries = packing.warc.get(message.pk, []) if message is not None else []
        erms.record(xml, told, kept, erms.Extra(listed, deliveries))
        packing.refs |= {kept.record.ref} | ({message.ref} if message is not None else set())
        for entry in kept.entries:
            premis.entry(history, entry)
            packing.actors.add(entry.actor_ref)
        packing.records += 1
        packing.say(packing.records, packing.size)
    versions = [version for kept in part for version in kept.versions]
    # The first entry with a version's digest is the one that took it in, or that kept it when the case was closed.
    about = [entry for kept in part for entry in reversed(kept.entries) if entry.object_ref == kept.record.ref]
    proving.add(versions, {bytes(entry.digest): entry for entry in about})


def _attachments(packing: Packing, kept: Kept) -> dict[int, Listed]:
    """The record's files as they came, hashed on the way; each attachment has a file of its own."""
    place = str(kept.record.number or f"id{kept.record.pk}")
    listed = {}
    for number, attachment in enumerate(kept.attachments, start=1):
        blob = attachment.blob
        path = f"{DATA}/attachments/{place}/{rules.inside_name(number, attachment.filename)}"
        with files.open_blob(blob.sha256) as source:
            listed[attachment.pk] = packing.box.add(
                path, source, blob.size, blob.media_type, wanted=blob.sha256, created=kept.record.captured_at
            )
    return listed


def _premis(packing: Packing, told: BinaryIO, events: BinaryIO, data: Sequence[Listed]) -> None:
    xml = Xml(told)
    name = " ".join(software())
    with premis.document(xml):
        for listed in data:
            premis.file(xml, listed, listed.path[len(mets.REP) + 1 :])
        for ref in sorted(packing.refs):
            premis.thing(xml, ref)
        xml.copy(events)
        premis.agents(xml, packing.actors, packing.staff, name)


def _package(packing: Packing, rep_premis: Listed, data: Sequence[Listed]) -> Listed:
    """What stands around the representation: its METS, documentation, schemas, description, PREMIS and METS."""
    box, case = packing.box, packing.case
    creator = case.authority.archive_creator or case.authority.name
    name, number = software()
    about = mets.About(
        box.folder, f"{case.dnr} {case.subject}".strip(), packing.made_at, packing.csip, Organisation.current().name,
        creator, f"URI:{settings.TORGET_URL}/#{case.authority.prefix}", name, number,
    )  # fmt: skip
    with _spool(box.place) as told:
        mets.representation(Xml(told), about, rep_premis, data)
        rep = box.add_spool(f"{mets.REP}/METS.xml", told, XML)
    documentation = [box.add_bytes("documentation/leverans.txt", _words(packing).encode(), "text/plain")]
    wanted = (*SHARED_SCHEMAS, rules.ERMS_SCHEMA[packing.version])
    schemas = [box.add_bytes(f"schemas/{file}", data_file("schemas", file), XML) for file in wanted]
    dc = box.add_bytes("metadata/descriptive/dc.xml", _dublin_core(about).encode(), XML)
    with _spool(box.place) as told:
        xml = Xml(told)
        with premis.document(xml):
            for listed in [*documentation, *schemas]:
                premis.file(xml, listed, listed.path)
            premis.thing(xml, box.folder)
            premis.event(
                xml, number="packing", kind="information package creation", at=packing.made_at,
                detail=f"CSIP {packing.csip}, ERMS {packing.version}", outcome="success", actor="system", about=box.folder,
            )  # fmt: skip
            premis.agents(xml, ["system"], packing.staff, " ".join(software()))
        kept = box.add_spool("metadata/preservation/premis.xml", told, XML)
    with _spool(box.place) as told:
        mets.root(Xml(told), about, dc=dc, premis=kept, documentation=documentation, schemas=schemas, rep=rep)
        return box.add_spool("METS.xml", told, XML)


def _dublin_core(about: mets.About) -> str:
    parts = (("title", about.label), ("identifier", about.package), ("creator", about.archive_creator),
             ("date", f"{about.made_at:%Y-%m-%d}"), ("language", "sv"))  # fmt: skip
    inside = "".join(f"<dc:{tag}>{escape(text)}</dc:{tag}>\n" for tag, text in parts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<simpledc xmlns:dc="http://purl.org/dc/elements/1.1/">\n{inside}</simpledc>\n'
    )


def _words(packing: Packing) -> str:
    """What the one who opens the package in thirty years needs to know."""
    case = packing.case
    withheld = (
        f"{packing.withheld} leveranser står bara med sitt hashvärde i WARC-filen: i samma leverans kom också andras\n"
        "meddelanden som inte var för alla att läsa.\n"
        if packing.withheld
        else ""
    )
    return (
        f"Ärende {case.dnr}: {packing.records} handlingar, {'avslutat' if case.closed_at else 'inte avslutat'}.\n\n"
        "representations/rep1/data/ERMS.xml   ärendet och varje handling med text, versioner, datum och sekretess\n"
        "representations/rep1/data/attachments  bilagor som de kom, i en mapp för varje löpnummer\n"
        f"representations/rep1/data/{WARC}  leveranserna från kanalerna, orörda (om det finns några)\n"
        "representations/rep1/data/torget-proofs.json  bevis ur journalen för varje version av varje handling\n"
        "representations/rep1/metadata/preservation/premis.xml  vad som har gjorts, när och av vem\n\n"
        f"{withheld}"
        "Utkast och anteckningar är arbetsmaterial och följer inte med.\n"
        "Kontrollera paketet utan nät: torget verify FILEN --key NYCKELN\n"
    )

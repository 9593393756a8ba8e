"""PREMIS 3: files with their hashes, records as objects, what was done to them by the journal, and by whom."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from torget.archive.sip.container import Listed
from torget.archive.sip.gather import Staff
from torget.archive.sip.xml import Xml, moment
from torget.journal.models import Entry

HEAD = {
    "xmlns": "http://www.loc.gov/premis/v3",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "version": "3.0",
}


@contextmanager
def document(xml: Xml) -> Iterator[None]:
    """The root around objects, events and agents, in that order."""
    with xml.inside("premis", HEAD):
        yield
    xml.flush()


def _identifier(xml: Xml, part: str, kind: str, value: str) -> None:
    with xml.inside(f"{part}Identifier"):
        xml.leaf(f"{part}IdentifierType", kind)
        xml.leaf(f"{part}IdentifierValue", value)


def file(xml: Xml, listed: Listed, path: str) -> None:
    """A file by its path below the METS that lists it."""
    with xml.inside("object", {"xsi:type": "file"}):
        _identifier(xml, "object", "local", path)
        with xml.inside("objectCharacteristics"):
            with xml.inside("fixity"):
                xml.leaf("messageDigestAlgorithm", "SHA-256")
                xml.leaf("messageDigest", listed.sha256)
            xml.leaf("size", str(listed.size))
            with xml.inside("format"), xml.inside("formatDesignation"):
                xml.leaf("formatName", listed.media_type)


def thing(xml: Xml, ref: str) -> None:
    """What the journal speaks of: a record, a message, the case."""
    with xml.inside("object", {"xsi:type": "intellectualEntity"}):
        _identifier(xml, "object", "torget", ref)


def event(xml: Xml, *, number: str, kind: str, at: datetime, detail: str, outcome: str, actor: str, about: str) -> None:
    """One event; `number` names it within the package."""
    with xml.inside("event"):
        _identifier(xml, "event", "torget-journal", number)
        xml.leaf("eventType", kind)
        xml.leaf("eventDateTime", moment(at))
        if detail:
            with xml.inside("eventDetailInformation"):
                xml.leaf("eventDetail", detail)
        if outcome:
            with xml.inside("eventOutcomeInformation"):
                xml.leaf("eventOutcome", outcome)
        if actor:
            _identifier(xml, "linkingAgent", "torget", actor)
        _identifier(xml, "linkingObject", "torget", about)


def entry(xml: Xml, row: Entry) -> None:
    """A journal entry as an event. Its salted digest is the outcome: it leads to the proof where there is one.

    A deed without content of its own has nothing but zeros there.
    """
    digest = bytes(row.digest)
    event(
        xml,
        number=str(row.number or f"id-{row.pk}"),
        kind=row.kind,
        at=row.at,
        detail="",
        outcome=f"digest {digest.hex()}" if any(digest) else "",
        actor=row.actor_ref,
        about=row.object_ref,
    )


def agents(xml: Xml, refs: Iterable[str], staff: Staff, software: str) -> None:
    """Who did it: colleagues by name, Torget itself, and people by the journal's own word."""
    for ref in sorted(set(refs) - {""}):
        kind = "person" if ref.startswith(("user:", "resident")) else "software"
        with xml.inside("agent"):
            _identifier(xml, "agent", "torget", ref)
            xml.leaf("agentName", software if ref == "system" else staff.name(ref))
            xml.leaf("agentType", kind)

"""ERMS.xml: the case as an aggregation and each record in it (CITS ERMS 2.1.2 and 3.0.2; the order of elements matters)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from torget.archive import rules
from torget.archive.sip.container import Listed
from torget.archive.sip.gather import Kept, related
from torget.archive.sip.xml import Xml, moment
from torget.channels.registry import CHANNELS
from torget.organisations.models import Organisation
from torget.register.models import Case
from torget.register.rules import Field, Kind, State

NAMESPACE = "https://DILCIS.eu/XML/ERMS"
_DIRECTION = {Kind.RECEIVED.value: "incoming", Kind.DISPATCHED.value: "outgoing"}
_STATUS = {Kind.RECEIVED.value: "received", Kind.DISPATCHED.value: "expedited", Kind.DRAWN_UP.value: "prepared"}
_STATE = {
    State.UNCLASSIFIED.value: "Ännu inte klassad",
    State.REGISTERED.value: "Registrerad (OSL 5 kap. 1 §)",
    State.ORDERED.value: "Hålls ordnad (OSL 5 kap. 1 §)",
    State.TRIVIAL.value: "Av uppenbart ringa betydelse",
}
_FIELD = {
    Field.SUBJECT.value: "ärendemening",
    Field.CORRESPONDENT.value: "avsändare eller mottagare",
    Field.OCCURRED_AT.value: "datum",
    Field.AUTHORITY.value: "myndighet",
    Field.CHANNEL.value: "kanal",
}
# The archive that takes the package decides; Torget has no decision on disposal to tell of.
_DISPOSAL = "Inget gallringsbeslut är fört in i Torget. Handlingarna bevaras tills arkivbildaren beslutar annat."
NO_SUBJECT = "Utan ämne"
NOBODY = "Okänd avsändare"
CHANGED_SIGNS = "Texten har tecken som XML inte rymmer (visas som U+FFFD). Den exakta texten står i torget-proofs.json."


@dataclass(frozen=True, slots=True)
class Context:
    """What every record is told with."""

    organisation: Organisation
    case: Case
    software: str
    version: rules.Erms
    made_at: datetime
    warc: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """What stands beside a record: its files as they lie in the package, by attachment, and its deliveries' names."""

    files: Mapping[int, Listed]
    deliveries: Sequence[str] = ()


def _agent(xml: Xml, kind: str, name: str, *, organisation: str = "", number: tuple[str, str] | None = None,
           protected: bool = False) -> None:  # fmt: skip
    with xml.inside("agent", {"agentType": kind}):
        xml.leaf("name", name)
        if organisation:
            xml.leaf("organisation", organisation)
        if number:
            xml.leaf("idNumber", number[1], {"idNumberType": number[0]})
        if protected:
            xml.leaf("protectedIdentity", "true")


def begin(xml: Xml, told: Context) -> None:
    """The control part."""
    authority = told.case.authority
    with xml.inside("control"):
        xml.leaf("identification", authority.archive_creator or authority.name, {"identificationType": "arkivbildare"})
        xml.leaf("identification", told.organisation.name, {"identificationType": "organisation"})
        with xml.inside("maintenanceInformation"):
            xml.leaf("maintenanceStatus", None, {"value": "new"})
            with xml.inside("maintenanceAgency"):
                xml.leaf("agencyName", told.organisation.name)
            with xml.inside("maintenanceHistory"), xml.inside("maintenanceEvent"):
                xml.leaf("eventType", None, {"value": "created"})
                xml.leaf("eventDateTime", moment(told.made_at))
                _agent(xml, "deliverer", told.software)


def case_head(xml: Xml, told: Context) -> None:
    """What stands before the case's records."""
    case = told.case
    xml.leaf("objectId", case.dnr)
    xml.leaf("title", case.subject.strip() or NO_SUBJECT)
    xml.leaf("status", None, {"value": "closed" if case.closed_at else "open"})
    for kind, dnr in related(case):
        xml.leaf("relation", dnr, {"relationType": kind})
    _disposal(xml, case.closed_at)
    with xml.inside("agents"):
        _agent(
            xml, "creator", case.authority.archive_creator or case.authority.name, organisation=told.organisation.name
        )
    with xml.inside("dates"):
        xml.leaf("date", moment(case.opened_at), {"dateType": "opened"})
        if case.closed_at:
            xml.leaf("date", moment(case.closed_at), {"dateType": "closed"})


def _disposal(xml: Xml, start: datetime | None) -> None:
    if start is None:
        return  # nothing can be kept from a day on while the case is open
    with xml.inside("disposal", {"disposable": "false"}):
        xml.leaf("disposalAction", "bevaras")
        xml.leaf("disposalDescription", _DISPOSAL)
        with xml.inside("dates"):
            xml.leaf("disposalDate", moment(start), {"dateType": "retention_period_start"})


def record(xml: Xml, told: Context, kept: Kept, extra: Extra) -> None:
    """One record with its versions, secrecy, files and deliveries."""
    row, message = kept.record, kept.message
    digital = "digitial" if told.version is rules.Erms.V2_1 else "digital"  # spelt so in the schema of 2.1
    attributes = {"systemIdentifier": row.ref, "recordType": "meddelande", "recordPhysicalOrDigital": digital}
    with xml.inside("record", attributes):
        xml.leaf("objectId", row.dnr or row.ref)
        if message is not None:
            xml.leaf("extraId", message.external_id, {"extraIdType": f"{message.account.channel}:id"})
            if message.url:
                xml.leaf("extraId", message.url, {"extraIdType": "url"})
        for former in kept.former:
            xml.leaf("extraId", former, {"extraIdType": "former_number"})
        xml.leaf("title", row.subject.strip() or NO_SUBJECT)
        if kept.latest.subject.strip() not in ("", row.subject.strip()):
            xml.leaf("otherTitle", kept.latest.subject, {"titleType": "original"})
        xml.leaf("status", None, {"value": _STATUS.get(row.kind, "prepared")})
        if row.number is not None:
            xml.leaf("runningNumber", str(row.number))
        _restrictions(xml, kept)
        _disposal(xml, told.case.closed_at)
        if row.kind in _DIRECTION:
            xml.leaf("direction", None, {"directionDefinition": _DIRECTION[row.kind]})
        else:
            other = {"directionDefinition": "other", "otherDirectionDefinition": "upprättad"}
            xml.leaf("direction", None, other)
        with xml.inside("agents"):
            _agents(xml, told, kept)
        xml.leaf("description", kept.latest.whole)
        with xml.inside("dates"):
            for kind, at in _dates(kept):
                xml.leaf("date", moment(at), {"dateType": kind})
        _actions(xml, kept)
        xml.leaf("dispatchMode", str(CHANNELS[row.channel].label) if row.channel in CHANNELS else row.channel)
        with xml.inside("notes"):
            _notes(xml, kept)
        _appendices(xml, told, kept, extra)


def _restrictions(xml: Xml, kept: Kept) -> None:
    row = kept.record
    if row.secret:
        with xml.inside("restriction", {"restrictionType": "confidential"}):
            xml.leaf("explanatoryText", "Sekretessmarkering: en varning. Varje begäran prövas för sig.")
            xml.leaf("regulation", row.secrecy_provision.strip() or "OSL")
            if row.secrecy_marked_at:
                with xml.inside("dates"):
                    xml.leaf("date", moment(row.secrecy_marked_at), {"dateType": "confidentiality_assessed"})
    if kept.protected:
        with xml.inside("restriction", {"restrictionType": "integrity"}):
            xml.leaf("explanatoryText", "Uppgifter om en person med skyddade personuppgifter.")
            xml.leaf("regulation", "OSL 21 kap. 3 §, 22 kap. 1 §")
    if row.has_identity_number:
        with xml.inside("restriction", {"restrictionType": "gdpr"}):
            xml.leaf("explanatoryText", "Texten har något som ser ut som ett personnummer eller samordningsnummer.")
            xml.leaf("regulation", "Dataskyddsförordningen (EU) 2016/679 artikel 87; lag (2018:218) 3 kap. 10 §")


def _agents(xml: Xml, told: Context, kept: Kept) -> None:
    row, message = kept.record, kept.message
    sender = message.sender if message is not None else None
    number = (f"{sender.channel}:address", sender.address) if sender is not None and sender.address else None
    other = row.correspondent.strip()
    if row.kind == Kind.RECEIVED:
        _agent(xml, "sender", other or NOBODY, number=number, protected=kept.protected)
        _agent(xml, "recipient", row.authority.name, organisation=told.organisation.name)
        return
    author = message.author.name if message is not None and message.author is not None else row.authority.name
    _agent(xml, "creator", author, organisation=told.organisation.name)
    _agent(xml, "recipient", other or "Alla (publikt)", number=number, protected=kept.protected)


def _dates(kept: Kept) -> list[tuple[str, datetime]]:
    row, message = kept.record, kept.message
    first = {Kind.RECEIVED.value: "received", Kind.DISPATCHED.value: "sent"}.get(row.kind, "created")
    dates = [(first, row.occurred_at), ("captured", row.captured_at)]
    if message is not None and row.kind == Kind.RECEIVED:
        dates.insert(0, ("originated", message.sent_at))
    dates += [("modified", version.edited_at or version.created_at) for version in kept.versions[1:]]
    if message is not None and message.deleted_at:
        dates.append(("deleted", message.deleted_at))
    return dates


def _actions(xml: Xml, kept: Kept) -> None:
    row, message = kept.record, kept.message
    told = []
    if row.confirmed_at:
        told.append((f"Bekräftad: {_STATE.get(row.state, row.state)}", row.confirmed_at, row.confirmed_by))
    if message is not None and message.removed_at:
        told.append(("Borttagen ur kanalen eller återtagen av oss", message.removed_at, None))
    if message is not None and message.deleted_at:
        told.append(("Borttagen i kanalen av den som skrev", message.deleted_at, None))
    for text, at, by in told:
        with xml.inside("action"):
            xml.leaf("actionText", text)
            with xml.inside("dates"):
                xml.leaf("actionDate", moment(at), {"dateType": "decision_date"})
            if by is not None:
                with xml.inside("agents"):
                    _agent(xml, "responsible_person", by.name)
    for one in kept.corrections:
        with xml.inside("action"):
            xml.leaf(
                "actionText", f"Rättad: {_FIELD.get(one.field, one.field)}, förut ”{one.before}”, nu ”{one.after}”"
            )
            xml.leaf("actionMotivation", one.why)
            with xml.inside("dates"):
                xml.leaf("actionDate", moment(one.at), {"dateType": "modified"})
            with xml.inside("agents"):
                _agent(xml, "responsible_person", one.by.name)


def _notes(xml: Xml, kept: Kept) -> None:
    row = kept.record
    xml.leaf("note", _STATE.get(row.state, row.state), {"noteType": "register"})
    if row.confirmed_at is None and row.proposed_state:
        xml.leaf("note", f"Förslag, ej bekräftat: {_STATE.get(row.proposed_state, row.proposed_state)}",
                 {"noteType": "register"})  # fmt: skip
    for version in kept.versions:
        if version is not kept.latest:
            given = {
                "noteType": f"version:{version.number}",
                "noteDate": moment(version.edited_at or version.created_at),
            }
            xml.leaf("note", version.whole, given)
    xml.leaf("note", str(kept.latest.number), {"noteType": "version"})
    if any(rules.has_no_room(version.whole) for version in kept.versions):
        xml.leaf("note", CHANGED_SIGNS, {"noteType": "signs"})
    if kept.message is not None and kept.message.warning:
        xml.leaf("note", kept.message.warning, {"noteType": "content_warning"})


def _appendices(xml: Xml, told: Context, kept: Kept, extra: Extra) -> None:
    if not kept.attachments and not extra.deliveries:
        return
    with xml.inside("additionalInformation"):
        for attachment in kept.attachments:
            listed = extra.files[attachment.pk]
            xml.leaf("appendix", None, {
                "name": attachment.filename or "bilaga", "path": listed.path.partition("/data/")[2],
                "fileFormat": listed.media_type, "disposable": "false",
                "description": f"version {attachment.version}; sha256 {listed.sha256}",
            })  # fmt: skip
        for name in extra.deliveries:
            given = {
                "name": name.strip("<>"),
                "path": told.warc,
                "fileFormat": "application/warc",
                "disposable": "false",
            }
            xml.leaf(
                "appendix",
                None,
                given | {"description": "Leveransen som meddelandet kom i, under sitt namn i WARC-filen"},
            )

"""METS.xml of the package and of its one representation (E-ARK CSIP and SIP, 2.1.0 or 2.2.0)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from torget.archive import rules
from torget.archive.sip.container import Listed
from torget.archive.sip.warc import SPACE
from torget.archive.sip.xml import Xml, moment

REP = "representations/rep1"
_HEAD = {
    "xmlns": "http://www.loc.gov/METS/",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
    "xmlns:sip": "https://DILCIS.eu/XML/METS/SIPExtensionMETS",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


@dataclass(frozen=True, slots=True)
class About:
    """What both METS files say of the package. `code` is the archive creator's identity: an address of ours."""

    package: str
    label: str
    made_at: datetime
    csip: rules.Csip
    organisation: str
    archive_creator: str
    code: str
    software: str
    software_version: str

    def name(self, of: str) -> str:
        """An id that follows from what it names."""
        return f"ID-{uuid.uuid5(SPACE, f'{self.package}/{of}')}"


def _opening(about: About, objid: str, up: str) -> dict[str, str]:
    schemas = (("http://www.loc.gov/METS/", "mets.xsd"),
               ("https://DILCIS.eu/XML/METS/CSIPExtensionMETS", "DILCISExtensionMETS.xsd"),
               ("https://DILCIS.eu/XML/METS/SIPExtensionMETS", "DILCISExtensionSIPMETS.xsd"))  # fmt: skip
    return _HEAD | {
        "OBJID": objid,
        "LABEL": about.label,
        "TYPE": "Datasets",
        "PROFILE": rules.PROFILES[about.csip],
        "csip:CONTENTINFORMATIONTYPE": "ERMS",
        "xsi:schemaLocation": " ".join(f"{space} {up}schemas/{file}" for space, file in schemas),
    }


def _header(xml: Xml, about: About) -> None:
    at = moment(about.made_at)
    opening = {"CREATEDATE": at, "LASTMODDATE": at, "RECORDSTATUS": "NEW", "csip:OAISPACKAGETYPE": "SIP"}
    organisations = (("ARCHIVIST", about.archive_creator), ("CREATOR", about.organisation))
    with xml.inside("metsHdr", opening):
        with xml.inside("agent", {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}):
            xml.leaf("name", about.software)
            xml.leaf("note", about.software_version, {"csip:NOTETYPE": "SOFTWARE VERSION"})
        for role, name in organisations:
            with xml.inside("agent", {"ROLE": role, "TYPE": "ORGANIZATION"}):
                xml.leaf("name", name)
                xml.leaf("note", about.code, {"csip:NOTETYPE": "IDENTIFICATIONCODE"})


def _facts(listed: Listed) -> dict[str, str | None]:
    return {
        "MIMETYPE": listed.media_type,
        "SIZE": str(listed.size),
        "CREATED": moment(listed.created),
        "CHECKSUM": listed.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _reference(xml: Xml, about: About, section: str, kind: str, listed: Listed, href: str) -> str:
    """A metadata file in its section; returns the section's id."""
    name = about.name(f"{section}:{listed.path}")
    with xml.inside(section, {"ID": name, "CREATED": moment(listed.created), "STATUS": "CURRENT"}):
        given = {"LOCTYPE": "URL", "MDTYPE": kind, "xlink:type": "simple", "xlink:href": href}
        version = {"MDTYPEVERSION": "3.0"} if kind == "PREMIS" else {}
        xml.leaf("mdRef", None, given | version | _facts(listed))
    return name


def _group(xml: Xml, about: About, use: str, files: Sequence[tuple[Listed, str]], *, erms: bool = False) -> str:
    """A file group; returns its id."""
    name = about.name(f"group:{use}:{files[0][0].path}")
    opening = {"ID": name, "USE": use} | ({"csip:CONTENTINFORMATIONTYPE": "ERMS"} if erms else {})
    with xml.inside("fileGrp", opening):
        for listed, href in files:
            with xml.inside("file", {"ID": about.name(f"file:{listed.path}")} | _facts(listed)):
                xml.leaf("FLocat", None, {"LOCTYPE": "URL", "xlink:type": "simple", "xlink:href": href})
    return name


def _division(xml: Xml, about: About, label: str, group: str) -> None:
    with xml.inside("div", {"ID": about.name(f"div:{label}:{group}"), "LABEL": label}):
        xml.leaf("fptr", None, {"FILEID": group})


def representation(xml: Xml, about: About, premis: Listed, data: Sequence[Listed]) -> None:
    """METS.xml of the representation: PREMIS and every file below data/."""
    below = len(REP) + 1
    with xml.inside("mets", _opening(about, "rep1", "../../")):
        _header(xml, about)
        with xml.inside("amdSec"):
            admin = _reference(xml, about, "digiprovMD", "PREMIS", premis, premis.path[below:])
        with xml.inside("fileSec", {"ID": about.name("rep1:fileSec")}):
            group = _group(xml, about, "Data", [(listed, listed.path[below:]) for listed in data], erms=True)
        given = {"ID": about.name("rep1:structMap"), "TYPE": "PHYSICAL", "LABEL": "CSIP"}
        with xml.inside("structMap", given), xml.inside("div", {"ID": about.name("rep1:div"), "LABEL": "rep1"}):
            xml.leaf("div", None, {"ID": about.name("rep1:metadata"), "LABEL": "Metadata", "ADMID": admin})
            _division(xml, about, "Data", group)
    xml.flush()


def root(xml: Xml, about: About, *, dc: Listed, premis: Listed, documentation: Sequence[Listed],
         schemas: Sequence[Listed], rep: Listed) -> None:  # fmt: skip
    """METS.xml of the package: metadata, documentation, schemas and the representation's own METS."""
    with xml.inside("mets", _opening(about, about.package, "")):
        _header(xml, about)
        described = _reference(xml, about, "dmdSec", "DC", dc, dc.path)
        with xml.inside("amdSec"):
            admin = _reference(xml, about, "digiprovMD", "PREMIS", premis, premis.path)
        with xml.inside("fileSec", {"ID": about.name("fileSec")}):
            documents = _group(xml, about, "Documentation", [(one, one.path) for one in documentation])
            rules_group = _group(xml, about, "Schemas", [(one, one.path) for one in schemas])
            label = "Representations/rep1"
            rep_group = _group(xml, about, label, [(rep, rep.path)], erms=True)
        given = {"ID": about.name("structMap"), "TYPE": "PHYSICAL", "LABEL": "CSIP"}
        with xml.inside("structMap", given), xml.inside("div", {"ID": about.name("div"), "LABEL": about.package}):
            metadata = {"ID": about.name("metadata"), "LABEL": "Metadata", "DMDID": described, "ADMID": admin}
            xml.leaf("div", None, metadata)
            _division(xml, about, "Documentation", documents)
            _division(xml, about, "Schemas", rules_group)
            with xml.inside("div", {"ID": about.name("div:rep1"), "LABEL": label}):
                pointer = {"LOCTYPE": "URL", "xlink:type": "simple", "xlink:href": rep.path, "xlink:title": rep_group}
                xml.leaf("mptr", None, pointer)
    xml.flush()

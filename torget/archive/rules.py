"""Policy of archive packages: versions, names, which deliveries may lie in them, signs that XML has. docs/rules/archive.md"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Csip(StrEnum):
    """Versions of the package's outer form (E-ARK CSIP and SIP)."""

    V2_1 = "2.1.0"
    V2_2 = "2.2.0"


class Erms(StrEnum):
    """Versions of the description of case and records (E-ARK CITS ERMS; FGS Ärendehantering 2.0)."""

    V2_1 = "2.1.2"
    V3_0 = "3.0.2"


PROFILES = {
    Csip.V2_1: "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml",
    Csip.V2_2: "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml",
}
ERMS_SCHEMA = {Erms.V2_1: "ERMS_v2_1_2.xsd", Erms.V3_0: "ERMS_v3_0_2.xsd"}


class State(StrEnum):
    """How far a package has come."""

    ASKED = "asked"
    DOING = "doing"
    READY = "ready"
    FAILED = "failed"


LEASE = timedelta(seconds=60)
"""How long a worker may be silent about a package before another one takes it up."""
MOST_ATTEMPTS = 3
"""A package that has ended with its worker this often is given up: a person is told."""


# ---- names -----------------------------------------------------------------------------------------------------------


def plain(text: str, longest: int = 60) -> str:
    """`text` in letters that every file system, archive and address takes: a–z, digits, dot, dash, underscore."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", flat).strip("-")[:longest].strip("-")


def package_id(prefix: str, authority: int, year: int, number: int, made_at: datetime, csip: Csip, erms: Erms) -> str:
    """The package's name, and its file's: `KS1-2026-0412-20261116T130700Z`, with the versions where they are the newer.

    The authority's key stands with its prefix because two prefixes may look the same without their dots and rings.
    """
    versions = ("" if csip is Csip.V2_1 else "-csip22") + ("" if erms is Erms.V2_1 else "-erms30")
    at = made_at.astimezone(UTC)
    return f"{plain(prefix, 8) or 'X'}{authority}-{year}-{number:04d}-{at:%Y%m%dT%H%M%SZ}{versions}"


PACKAGE_NAME = re.compile(r"[A-Za-z0-9-]{1,80}\.zip")
"""What a package's file is called; nothing else is ever opened or taken away in the folder of packages."""


def inside_name(number: int, given: str) -> str:
    """What an attachment is called inside the package: its place and the plain part of its name, `003-ritning.pdf`.

    What the sender called it, with every sign, stands in ERMS; a path that depends on no sender cannot lead astray.
    """
    stem, _, ending = given.rpartition(".")
    ending = ending.lower() if stem and re.fullmatch("[A-Za-z0-9]{1,10}", ending) else ""
    return f"{number:03d}-{plain(stem if ending else given) or 'bilaga'}{'.' if ending else ''}{ending}"


# ---- signs -----------------------------------------------------------------------------------------------------------

# All that XML 1.0 has no room for, not even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """`text` with U+FFFD for each sign that XML cannot hold; the words sign for sign stand in the proofs."""
    return _NOT_IN_XML.sub("\ufffd", text)


def has_no_room(text: str) -> bool:
    """Whether some sign of `text` cannot stand in XML."""
    return _NOT_IN_XML.search(text) is not None


# ---- deliveries ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Other:
    """A message that came in the same delivery and belongs to another case or to none. `secret`: only a circle may read it."""

    public: bool
    secret: bool
    known: bool = True


def why_withheld(others: Iterable[Other]) -> str | None:
    """Why a delivery is only named by its hash in a package, or None: others' words in it that are not for all to see.

    A delivery cannot be cut without losing its worth as evidence. What everyone could read in the channel may lie in
    another case's package; what is secret or from somebody whose identity is protected, what was private and what was
    not understood may not (docs/decisions/0024).
    """
    for other in others:
        if not other.known:
            return "not_understood"
        if other.secret:
            return "secret"
        if not other.public:
            return "private"
    return None


# ---- which events ----------------------------------------------------------------------------------------------------

# Of a conversation only what shows how the case was handled: not how colleagues found it, marked it or took turns.
_HANDLING = ("conversation.closed", "conversation.reopened", "conversation.published", "conversation.unpublished",
             "conversation.forwarded", "conversation.merged", "conversation.unmerged", "conversation.split",
             "conversation.split_off", "approval.given", "answer.", "expert.answered")  # fmt: skip


def is_event(kind: str) -> bool:
    """Whether a journal entry of this kind is an event of the case: all of cases, records, messages and removals."""
    return kind.startswith(("case.", "record.", "message.", "archive.", *_HANDLING))

"""The plan as a calendar file (RFC 5545): folded at 75 octets, escaped, times in UTC."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|\u2028|\u2029|\u0085")


@dataclass(frozen=True, slots=True)
class Event:
    """One post in the calendar. `status` is TENTATIVE, CONFIRMED or CANCELLED; `sequence` grows with each change."""

    uid: str
    at: datetime
    changed: datetime
    summary: str
    description: str
    url: str
    status: str
    sequence: int = 0


def escape(text: str) -> str:
    """TEXT of RFC 5545 3.3.11: backslash, semicolon, comma and line break escaped, controls left out."""
    text = _CONTROLS.sub("", _BREAKS.sub("\n", text))
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text


def fold(line: str) -> str:
    """A content line in pieces of at most 75 octets, none of which ends inside a sign (RFC 5545 3.1)."""
    pieces, piece, size = [], "", 0
    for sign in line:
        width = len(sign.encode("utf-8"))
        if size + width > 75:
            pieces.append(piece)
            # The space that begins the next line counts too.
            piece, size = " ", 1
        piece, size = piece + sign, size + width
    return "\r\n".join([*pieces, piece])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _event(event: Event) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escape(event.uid)}",
        f"DTSTAMP:{_utc(event.changed)}",
        f"LAST-MODIFIED:{_utc(event.changed)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART:{_utc(event.at)}",
        "DURATION:PT15M",
        f"SUMMARY:{escape(event.summary)}",
        f"DESCRIPTION:{escape(event.description)}",
        f"URL:{_CONTROLS.sub('', event.url)}",
        f"STATUS:{event.status}",
        # A plan is no meeting: it makes nobody busy.
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def write(events: Sequence[Event], name: str) -> str:
    """The whole file, lines ended by CRLF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Torget//Planering//SV",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escape(name)}",
        f"X-WR-CALNAME:{escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT30M",
        *(line for event in events for line in _event(event)),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines)

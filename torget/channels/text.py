"""Cleaning of text from outside: Unicode, times, ids, addresses, names of files.

Everything here takes time in proportion to the length of its input, whatever the input is: it is the first code
that a stranger's bytes meet.
"""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")

# Caps in characters.
ID, NAME, ADDRESS, URL, SUBJECT, TEXT, WHOLE, FILENAME = 400, 200, 320, 2_000, 500, 100_000, 1_000_000, 150

# Control characters other than tab and newline, lone surrogates, and the two non-characters that XML refuses.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_MAYBE_MARKS = re.compile("[\u0300-\U0010ffff]{31,}")
_MARKS_IN_A_ROW = 30


def clean(value: object, limit: int = TEXT) -> str:
    """Text that is safe to store: NFC, line ends as newlines, forbidden characters as U+FFFD, at most `limit` long."""
    if not isinstance(value, str):
        value = "" if value is None or isinstance(value, (dict, list)) else str(value)
    value = value[: limit + 1]
    if value.isascii() and value.isprintable():
        return value[:limit]
    value = _FORBIDDEN.sub("\ufffd", _BREAKS.sub("\n", value))
    # NFC sorts a run of marks in quadratic time, so endless runs are broken up first (UAX 15, stream-safe format).
    value = _MAYBE_MARKS.sub(_break_runs, value)
    return unicodedata.normalize("NFC", value)[:limit]


def _break_runs(match: re.Match[str]) -> str:
    out: list[str] = []
    run = 0
    for char in match[0]:
        run = run + 1 if unicodedata.combining(char) else 0
        if run > _MARKS_IN_A_ROW:
            out.append("\u034f")
            run = 1
        out.append(char)
    return "".join(out)


def line(value: object, limit: int = NAME) -> str:
    """Cleaned text on a single line, without space around it."""
    return " ".join(clean(value, limit).split())


def external_id(value: object) -> str:
    """An id of the source: one line; a longer one than the cap keeps its start and gets a hash of the whole."""
    full = line(value, ID * 20)
    if len(full) <= ID:
        return full
    return full[: ID - 33] + "~" + hashlib.sha256(full.encode("utf-8", "replace")).hexdigest()[:32]


def link(value: object) -> str:
    """A web address, or "" for anything that is not http(s)."""
    address = line(value, URL + 1)
    return address if address.startswith(("https://", "http://")) and len(address) <= URL else ""


def parts(value: object) -> SplitResult:
    """The parts of an address, all of them empty for what is none: one bad address must not take the others with it."""
    try:
        return urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return urlsplit("")


def filename(value: object, fallback: str) -> str:
    """A file name without path, control characters or leading dots, at most 150 characters with its ending kept."""
    name = re.split(r"[/\\]", line(value, 1_000).replace("\ufffd", ""))[-1]
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if len(name) > FILENAME:
        stem, dot, ending = name.rpartition(".")
        name = (stem[: FILENAME - len(ending) - 1] + dot + ending) if dot and len(ending) <= 10 else name[:FILENAME]
    return name or fallback


def time(value: object) -> datetime | None:
    """A time in UTC from ISO 8601, seconds or milliseconds since 1970, or a Swedish date; None when unreadable.

    A time without zone is taken as Stockholm's.
    """
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, (int, float)) or (isinstance(value, str) and re.fullmatch(r"\d{9,13}(\.\d+)?", value)):
            number = float(value)
            # Some services give seconds, some milliseconds; 10^11 seconds is the year 5138.
            return _sane(datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC))
        return _sane(_parse(str(value).strip()[:60]))
    except (ValueError, OverflowError, OSError):
        return None


_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\b(.*)", re.S)
_CLOCK = re.compile(r"(?<![\sT])[\sT]+(?:kl\.?\s*)?(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?\s*$")


def _parse(value: str) -> datetime:
    if match := _DAY_FIRST.fullmatch(value):
        value = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}{match[4]}"
    if match := _CLOCK.search(value):
        value = f"{value[: match.start()]}T{int(match[1]):02}:{match[2]}:{match[3] or '00'}"
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=STOCKHOLM)


def _sane(value: datetime) -> datetime | None:
    value = value.astimezone(UTC)
    # Nothing was sent to us before 1970, and a year like 3609 is a broken clock.
    return value if 1970 <= value.year < 2100 else None

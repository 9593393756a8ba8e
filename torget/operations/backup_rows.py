"""How a row is written in a backup: a line of PostgreSQL's COPY text, whichever engine it comes from or goes to.

docs/rules/backup.md. PostgreSQL reads and writes such lines itself, as fast as it can; for SQLite it is done here. Each
column has a kind, taken from the model's field when the backup is made, so that a backup can be read by a later version.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

# Django's name of a field's type → what it is in a line. What stands in neither list is text.
INT, FLOAT, BOOL, BYTES, MOMENT, TIME, TEXT = "int", "float", "bool", "bytes", "moment", "time", "text"
KINDS = {
    "AutoField": INT, "BigAutoField": INT, "BigIntegerField": INT, "IntegerField": INT, "SmallIntegerField": INT,
    "PositiveIntegerField": INT, "PositiveBigIntegerField": INT, "PositiveSmallIntegerField": INT, "FloatField": FLOAT,
    "BooleanField": BOOL, "BinaryField": BYTES, "DateTimeField": MOMENT, "TimeField": TIME, "CharField": TEXT,
    "TextField": TEXT, "SlugField": TEXT, "EmailField": TEXT, "URLField": TEXT, "DateField": TEXT, "JSONField": TEXT,
}  # fmt: skip
"""Every type of field that Torget may use. Another one must be thought through here before a backup can hold it."""

_OUT = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"})
_SPECIAL = re.compile("[\\\\\t\n\r\b\f\v]")
_BACK = re.compile(r"\\([tnrbfv\\])")
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}


class BadRow(ValueError):
    """A line that is none, or a value that the other engine cannot hold; the message says which column."""


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if "\x00" in text:
        raise BadRow("a zero sign, which PostgreSQL cannot hold")
    return text.translate(_OUT) if _SPECIAL.search(text) else text


def _bytes(value: Any) -> str:
    return "\\\\x" + bytes(value).hex()


def _moment(value: Any) -> str:
    # SQLite keeps UTC without saying so.
    text = str(value)
    return text if text[-3:-2] in "+-" or text.endswith("Z") else text + "+00"


WRITERS: dict[str, Callable[[Any], str]] = {
    INT: lambda value: str(int(value)),
    FLOAT: lambda value: repr(float(value)),
    BOOL: lambda value: "t" if value else "f",
    BYTES: _bytes,
    MOMENT: _moment,
    TIME: str,
    TEXT: _text,
}


def line_of(values: Sequence[Any], kinds: Sequence[str], names: Sequence[str]) -> str:
    """A row as SQLite gives it, as one line with its end. BadRow for what PostgreSQL could not hold."""
    parts = []
    for place, value in enumerate(values):
        try:
            parts.append("\\N" if value is None else WRITERS[kinds[place]](value))
        except (TypeError, ValueError) as error:
            raise BadRow(f"{names[place]}: {error}") from None
    return "\t".join(parts) + "\n"


def _back(text: str) -> str:
    return _BACK.sub(lambda found: _LETTERS[found[1]], text) if "\\" in text else text


def _clock(text: str) -> str:
    # Six decimals or none: SQLite compares times as text.
    whole, point, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(6, '0')}" if point else whole


def _read_moment(text: str) -> str:
    text = text.replace("T", " ").removesuffix("Z")
    for zero in ("+00:00", "+00"):
        text = text.removesuffix(zero)
    if "+" in text or text.count("-") > 2:
        raise BadRow("a time that is not in UTC")
    return _clock(text)


def _read_bytes(text: str) -> bytes:
    if not text.startswith("\\\\x"):
        raise BadRow("bytes that are not in hex")
    return bytes.fromhex(text[3:])


READERS: dict[str, Callable[[str], Any]] = {
    INT: int,
    FLOAT: float,
    BOOL: lambda text: {"t": 1, "f": 0}[text],
    BYTES: _read_bytes,
    MOMENT: _read_moment,
    TIME: _clock,
    TEXT: _back,
}


def values_of(line: str, kinds: Sequence[str], names: Sequence[str]) -> tuple[Any, ...]:
    """A line (without its end) as SQLite takes it. BadRow for what is no such line."""
    parts = line.split("\t")
    if len(parts) != len(kinds):
        raise BadRow(f"{len(parts)} columns instead of {len(kinds)}")
    values = []
    for place, part in enumerate(parts):
        try:
            values.append(None if part == "\\N" else READERS[kinds[place]](part))
        except (KeyError, ValueError) as error:
            raise BadRow(f"{names[place]}: {error}") from None
    return tuple(values)


def lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream of bytes that is cut anywhere, without their ends. BadRow when the last one is not whole."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.decode()
    if rest:
        raise BadRow("the last line is cut off")

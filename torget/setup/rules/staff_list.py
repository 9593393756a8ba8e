"""A list of staff as a file (CSV): whatever a spreadsheet saves is read, and each row is right or has its reason."""

import csv
import io
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

MAX_BYTES = 500_000
MAX_ROWS = 1000
MAX_NAME = 120
MAX_MAIL = 254
SEPARATORS = ";,\t"
COLUMNS: Mapping[str, str] = {
    "namn": "name", "name": "name", "e-post": "email", "epost": "email", "e-postadress": "email", "mejl": "email",
    "mejladress": "email", "email": "email", "e-mail": "email", "roll": "role", "role": "role", "enhet": "unit",
    "unit": "unit", "titel": "title", "title": "title",
}  # fmt: skip
MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read. `problem` is a code, "" when it is right; `line` is its line in the file, from 1."""

    line: int
    name: str = ""
    email: str = ""
    role: str = ""
    unit: str = ""
    title: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """All rows, or a `problem` of the whole file (a code), and the file as text so that it can be mended on the page."""

    rows: tuple[Row, ...] = ()
    problem: str = ""
    text: str = ""
    encoding: str = ""


def decode(body: bytes) -> tuple[str, str]:
    """Text and encoding: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252. Errors: ValueError(code)."""
    if len(body) > MAX_BYTES:
        raise ValueError("too_large")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return body.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise ValueError("not_text") from None
    if b"\x00" in body:
        raise ValueError("not_text")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise ValueError("not_text")


def read(body: bytes, *, roles: Mapping[str, str], units: Set[str], known: Set[str]) -> Parsed:
    """Read a file. `roles`: word in lower case → code; `units`: their names; `known`: addresses that are here already."""
    try:
        text, encoding = decode(body)
    except ValueError as error:
        return Parsed(problem=str(error))
    return parse(text, roles=roles, units=units, known=known, encoding=encoding)


def parse(text: str, *, roles: Mapping[str, str], units: Set[str], known: Set[str], encoding: str = "") -> Parsed:
    """Read what is text already; see `read`."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return Parsed(problem="too_large")
    if "\x00" in text:
        return Parsed(problem="not_text")
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        return Parsed(problem="not_csv", text=text)
    if not lines:
        return Parsed(problem="empty", text=text)
    columns = [COLUMNS.get(cell.strip().lower().rstrip(":"), "") for cell in lines[0][1]]
    if columns.count("email") != 1 or columns.count("name") != 1:
        return Parsed(problem="no_columns", text=text)
    if len(lines) - 1 > MAX_ROWS:
        return Parsed(problem="too_many", text=text)
    if len(lines) == 1:
        return Parsed(problem="empty", text=text)
    seen: set[str] = set()
    rows = tuple(_row(line, columns, cells, roles, units, known, seen) for line, cells in lines[1:])
    return Parsed(rows, text=text, encoding=encoding)


def _row(
    line: int, columns: list[str], cells: list[str], roles: Mapping[str, str], units: Set[str], known: Set[str],
    seen: set[str],
) -> Row:  # fmt: skip
    given = {name: cell.strip(" \u00a0") for name, cell in zip(columns, cells, strict=False) if name}
    email = given.get("email", "").lower()
    word = given.get("role", "").lower()
    row = Row(
        line, given.get("name", ""), email, roles.get(word, word), given.get("unit", ""), given.get("title", ""),
        _problem(given, email, word, len(cells) > len(columns), roles, units),
    )  # fmt: skip
    if row.problem:
        return row
    again = "twice" if email in seen else "known" if email in known else ""
    seen.add(email)
    return Row(row.line, row.name, row.email, row.role, row.unit, row.title, again)


def _problem(
    given: Mapping[str, str], email: str, role: str, wide: bool, roles: Mapping[str, str], units: Set[str]
) -> str:
    words = [given.get(name, "") for name in ("name", "unit", "title")]
    if wide:
        return "too_many_cells"
    if any(_CONTROL.search(word) or "\n" in word for word in (*words, email)):
        return "control"
    # What begins so is reckoned by a spreadsheet that opens a list of ours later.
    if any(word.startswith(_FORMULA) for word in words):
        return "formula"
    if not given.get("name"):
        return "no_name"
    if any(len(word) > MAX_NAME for word in words):
        return "long"
    if len(email) > MAX_MAIL or not MAIL.fullmatch(email):
        return "bad_mail"
    if role not in roles:
        return "bad_role" if role else "no_role"
    return "bad_unit" if given.get("unit") and given["unit"] not in units else ""

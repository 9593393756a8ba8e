"""Tables: CSV with a header row in Swedish or English. Also the mapping of a row that JSON lines use.

Each row is a message. Delimiter, byte order mark and alphabet are found out; the header decides.
"""

import csv
import hashlib
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from torget.channels import text
from torget.channels.base import (
    Broken,
    Context,
    Deleted,
    Ignored,
    Incoming,
    Item,
    Raw,
    Sender,
    Visibility,
    failed,
    gather,
)

LARGEST = 100_000_000

# Field: names of its column, folded (lower case, letters and digits only, without accents).
_COLUMNS: dict[str, str] = {
    "id": "id externalid messageid meddelandeid meddelandenr arendenummer arendenr arendeid nummer nr lopnummer key nyckel",
    "text": "text message meddelande body innehall content fritext synpunkt fraga beskrivning comment kommentar"
    " description question medborgarforslag felanmalan",
    "subject": "subject amne rubrik title titel arendemening heading",
    "name": "name namn sendername avsandare avsandarnamn from fran author forfattare kontaktperson",
    "address": "address adress email epost epostadress mail mailadress senderaddress sender senderemail avsandaradress"
    " fromemail",
    "sent_at": "sentat sent date datum tid time timestamp created createdat createdtime skickat skickad inkommet"
    " inkommen inkom received receivedat mottaget mottagen registrerad datumochtid tidpunkt",
    "edited_at": "editedat edited updatedat updated andrad andradat redigerad",
    "deleted_at": "deletedat deleted borttagen borttaget raderad raderat",
    "visibility": "visibility synlighet",
    "in_reply_to": "inreplyto replyto parent parentid svarpa svartill",
    "url": "url link lank permalink webbadress",
    "language": "language sprak lang",
    "context": "context sammanhang post inlagg",
}
_FIELDS = {name: field for field, names in _COLUMNS.items() for name in names.split()}
_VISIBILITY = {
    "public": Visibility.PUBLIC,
    "offentlig": Visibility.PUBLIC,
    "oppen": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "olistad": Visibility.UNLISTED,
    "followers": Visibility.FOLLOWERS,
    "foljare": Visibility.FOLLOWERS,
    "private": Visibility.FOLLOWERS,
}
_NO = {"", "0", "false", "falskt", "nej", "no", "none", "null"}

csv.field_size_limit(16 * 1024 * 1024)


class Csv:
    """The channel; see the module."""

    name = "csv"
    label = "CSV"
    mark = "Cs"
    default_visibility = Visibility.DIRECT

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """The whole file is one delivery."""
        yield Raw(body=body, source=source, media_type="text/csv")

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """A message for each row; `own` is the name or address of our account."""
        return gather(lambda one: _table(one, own), [raw])


def _table(raw: Raw, own: str) -> list[Item]:
    if len(raw.body) > LARGEST:
        return [Broken("too_large", f"{len(raw.body)} bytes")]
    held = decode(raw.body)
    if not held.strip():
        return [Ignored("empty_answer")]
    first = held.lstrip("\n").partition("\n")[0]
    delimiter, fields = _header(first)
    if "text" not in fields and "subject" not in fields:
        return [Broken("no_header", "no column for the text")]
    found: list[Item] = []
    rows = csv.reader(io.StringIO(held.lstrip("\n"), newline=""), delimiter=delimiter)
    next(rows, None)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return found or [Ignored("empty_answer")]
        except csv.Error:
            found.append(Broken("bad_row", f"row {rows.line_num}"))
            continue
        if any(cell.strip() for cell in row):
            found.append(_safely(dict(zip(fields, row, strict=False)), own, rows.line_num))


def _safely(row: Mapping[str, Any], own: str, number: int) -> Item:
    try:
        return item(row, own, number)
    except Exception as error:
        return failed(error)


def decode(body: bytes) -> str:
    """A table file as text: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows' Latin alphabet (Excel's own)."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return text.clean(body.decode(name, "replace"), LARGEST)
    try:
        return text.clean(body.decode("utf-8"), LARGEST)
    except UnicodeDecodeError:
        return text.clean(body.decode("cp1252", "replace"), LARGEST)


def _header(first: str) -> tuple[str, list[str]]:
    """The delimiter under which most columns are known, and the field of each column ("" for an unknown one)."""
    best: tuple[int, str, list[str]] = (-1, ",", [])
    for delimiter in (";", ",", "\t", "|"):
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        fields = list(fields_of(cells))
        known = sum(1 for field in fields if not field.startswith("?"))
        if known > best[0]:
            best = (known, delimiter, fields)
    return best[1], best[2]


def fields_of(names: list[str]) -> Iterator[str]:
    """The field of each column; the first of two columns for one field wins, unknown ones become "?n"."""
    taken: set[str] = set()
    for number, name in enumerate(names):
        field = _FIELDS.get(_fold(name), "")
        if not field or field in taken:
            yield f"?{number}"
        else:
            taken.add(field)
            yield field


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFD", text.line(name, 80).lower())
    return "".join(char for char in plain if char.isalnum())


def item(row: Mapping[str, Any], own: str, number: int) -> Item:
    """One row, its keys being fields; `number` is its line, for the report when it cannot be read."""
    key = text.external_id(row.get("id")) or _row_id(row)
    if str(row.get("deleted_at") or "").strip().lower() not in _NO:
        return Deleted(key, text.time(row.get("deleted_at")))
    plain = text.clean(row.get("text")).strip()
    subject = text.line(row.get("subject"), text.SUBJECT)
    if not plain and not subject:
        return Broken("no_text", f"row {number}")
    name, address = text.line(row.get("name")), text.line(row.get("address"), text.ADDRESS)
    if not address and "@" in name and " " not in name:
        address = name
    address = address.lower() if "@" in address else address
    if own and own.strip().lower() in (name.lower(), address.lower()):
        return Ignored("own_post", key)
    parent = text.external_id(row.get("in_reply_to"))
    told = text.clean(row.get("context")).strip()
    return Incoming(
        external_id=key,
        sender=Sender(address, name),
        text=plain,
        whole=text.clean(row.get("text"), text.WHOLE).strip(),
        subject=subject,
        sent_at=text.time(row.get("sent_at")),
        edited_at=text.time(row.get("edited_at")),
        # Only a row that says so is public: everything else, misspelt words too, stays with staff.
        visibility=_VISIBILITY.get(_fold(str(row.get("visibility") or "")), Visibility.DIRECT),
        in_reply_to=parent,
        thread=(parent,) if parent else (),
        context=Context(text.external_id(told), told) if told else None,
        url=text.link(row.get("url")),
        language=text.line(row.get("language"), 20),
    )


def _row_id(row: Mapping[str, Any]) -> str:
    canonical = json.dumps(dict(row), sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()

"""Columns of what is given away as data, each explained once: for the API's description, the catalogue and the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

# Kind → (JSON type, JSON Schema format, XSD name in CSVW, where it is not a string).
KINDS: dict[str, tuple[str, str, str]] = {
    "text": ("string", "", "string"),
    "day": ("string", "date", "date"),
    "moment": ("string", "date-time", "dateTime"),
    "address": ("string", "uri", "anyURI"),
    "count": ("integer", "", "nonNegativeInteger"),
    "code": ("string", "", "string"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it holds in plain words, its kind (KINDS), whether it may be empty, its codes in words."""

    name: str
    says: str | Promise
    kind: str = "text"
    empty: bool = False
    codes: dict[str, str | Promise] = field(default_factory=dict)

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema, in the language that is active."""
        kind, form, _ = KINDS[self.kind]
        made: dict[str, Any] = {"type": [kind, "null"] if self.empty else kind, "description": str(self.says)}
        if form:
            made["format"] = form
        if kind == "integer":
            made["minimum"] = 0
        if self.codes:
            made["enum"] = list(self.codes) + ([None] if self.empty else [])
        return made

    @property
    def csvw(self) -> dict[str, Any]:
        """A column of CSV on the Web (W3C Recommendation tabular-metadata), in the language that is active."""
        made: dict[str, Any] = {
            "name": self.name, "titles": self.name, "dc:description": str(self.says),
            "datatype": KINDS[self.kind][2], "required": not self.empty,
        }  # fmt: skip
        return made


def properties(columns: Sequence[Column]) -> dict[str, Any]:
    """The columns as the properties of a JSON Schema."""
    return {column.name: column.schema for column in columns}

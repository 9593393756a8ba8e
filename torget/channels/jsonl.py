"""JSON lines: one message a line, with the same names as the columns of a table; also one JSON list of them."""

import json
from collections.abc import Iterator
from typing import Any

from torget.channels import tabular, text
from torget.channels.base import Broken, Ignored, Item, Raw, Visibility, gather
from torget.channels.payload import table


class Jsonl:
    """The channel; see the module."""

    name = "jsonl"
    label = "JSON Lines"
    mark = "Js"
    default_visibility = Visibility.DIRECT

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """The whole file is one delivery."""
        yield Raw(body=body, source=source, media_type="application/jsonl")

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """A message for each line; a broken line is one Broken and the rest is read."""
        return gather(lambda one: _lines(one, own), [raw])


def _lines(raw: Raw, own: str) -> list[Item]:
    if len(raw.body) > tabular.LARGEST:
        return [Broken("too_large", f"{len(raw.body)} bytes")]
    # Cleaning comes after parsing here: escapes in JSON can bring back what was cleaned away.
    held = raw.body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    whole = _whole(held)
    if whole is not None:
        numbered = enumerate(whole, start=1)
        return gather(lambda pair: [_row(pair[1], own, pair[0])], numbered) or [Ignored("empty_answer")]
    lines = ((number, line) for number, line in enumerate(held.split("\n"), start=1) if line.strip(" \r\t\x00"))
    return gather(lambda pair: [_line(pair[1], own, pair[0])], lines) or [Ignored("empty_answer")]


def _whole(held: str) -> list[Any] | None:
    """The rows of a file that is one JSON list after all."""
    if not held.lstrip().startswith("["):
        return None
    try:
        found = json.loads(held)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _line(line: str, own: str, number: int) -> Item:
    try:
        return _row(json.loads(line), own, number)
    except (ValueError, RecursionError):
        return Broken("not_json", f"row {number}")


def _row(value: Any, own: str, number: int) -> Item:
    if not isinstance(value, dict):
        return Broken("bad_row", f"row {number}")
    names = [name for name in value if isinstance(name, str)]
    row: dict[str, Any] = dict(zip(tabular.fields_of(names), (value[name] for name in names), strict=True))
    for field in ("name", "address"):
        # A nested sender: {"sender": {"name": …, "address": …}}.
        inner = table(row.get(field))
        if inner:
            row["name"] = inner.get("name") or inner.get("namn") or ""
            row["address"] = inner.get("address") or inner.get("email") or inner.get("id") or ""
    inner = table(row.get("context"))
    if inner:
        row["context"] = text.clean(inner.get("text"))
    return tabular.item(row, own, number)

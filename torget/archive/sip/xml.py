"""XML written as a stream: whole documents never stand in memory, and no sign of a visitor's can break them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO, Protocol

from torget.archive.rules import xml_text

Attributes = Mapping[str, str | None]


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> object: ...


def escape(text: str) -> str:
    """Text between tags. A carriage return is written as a reference, or readers would make a line break of it."""
    return (
        xml_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    )  # fmt: skip


def escape_value(text: str) -> str:
    """Text of an attribute, with its line breaks."""
    return escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def moment(at: datetime) -> str:
    """An aware time as xs:dateTime in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


class Xml:
    """Writes elements to a sink in UTF-8; attributes that are None are left out."""

    def __init__(self, sink: Sink, *, fragment: bool = False) -> None:
        self._sink = sink
        self._parts: list[str] = [] if fragment else ['<?xml version="1.0" encoding="UTF-8"?>\n']
        self._held = 0

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._held += len(text)
        if self._held > 60_000:
            self.flush()

    def flush(self) -> None:
        """Hand what is held to the sink; call it last."""
        self._sink.write("".join(self._parts).encode())
        self._parts, self._held = [], 0

    def copy(self, fragment: BinaryIO) -> None:
        """Put in elements that were written to a file of passing, from its beginning."""
        self.flush()
        fragment.seek(0)
        while part := fragment.read(1024 * 1024):
            self._sink.write(part)

    @staticmethod
    def _start(tag: str, attributes: Attributes) -> str:
        return tag + "".join(
            f' {name}="{escape_value(value)}"' for name, value in attributes.items() if value is not None
        )

    @contextmanager
    def inside(self, tag: str, attributes: Attributes | None = None) -> Iterator[None]:
        """An element around what is written in the block."""
        self._put(f"<{self._start(tag, attributes or {})}>\n")
        yield
        self._put(f"</{tag}>\n")

    def leaf(self, tag: str, text: str | None = None, attributes: Attributes | None = None) -> None:
        """An element with text, or an empty one."""
        start = self._start(tag, attributes or {})
        self._put(f"<{start}/>\n" if text is None else f"<{start}>{escape(text)}</{tag}>\n")

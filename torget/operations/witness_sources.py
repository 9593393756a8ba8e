"""Where the heads of another journal are read: over the web, or from a folder that somebody fills. All of it is hostile."""

import os
import secrets
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from torget.channels import deadline, outside
from torget.journal import rules
from torget.journal.rules import Place
from torget.operations import asking

LARGEST = 1_000_000
"""Bytes of a head, a tile or a history of keys; none of them is near it."""
PATIENCE = 30.0
"""Seconds for all that is asked of one journal in one go: one that drips must not keep us from the others."""


class Trouble(Exception):
    """What is wrong with a witness or a journal: `code` is one of journal.words.PROBLEMS, `evidence` a fork's proof."""

    def __init__(self, code: str, evidence: str = "") -> None:
        super().__init__(code)
        self.code, self.evidence = code, evidence


class Source(Protocol):
    """Something that names are read from."""

    def read(self, name: str) -> bytes:
        """The bytes under a name of ours; Trouble: no_answer, not_found, too_large."""


class Web:
    """A journal's address, ending with a slash. All that is asked of it takes `PATIENCE` at most."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._until = time.monotonic() + PATIENCE

    def read(self, name: str) -> bytes:
        """Ask for it once; redirects are not followed."""
        try:
            status, data = asking.ask(self.address + name, seconds=self._until - time.monotonic(), largest=LARGEST)
        except asking.TooLarge:
            raise Trouble("too_large") from None
        except (deadline.TooSlow, *outside.FAILURES):
            raise Trouble("no_answer") from None
        if status != 200:
            raise Trouble("not_found" if status == 404 else "no_answer")
        return data


class Folder:
    """A folder in which the same names are files."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def read(self, name: str) -> bytes:
        """Read a file of it."""
        if not self.path.is_dir():
            raise Trouble("no_answer")
        try:
            with (self.path / name).open("rb") as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            raise Trouble("not_found") from None
        except OSError:
            raise Trouble("no_answer") from None
        if len(data) > LARGEST:
            raise Trouble("too_large")
        return data

    def write(self, name: str, text: str) -> None:
        """Put a file in place whole; Trouble("no_answer") when it cannot be written."""
        path = self.path / name
        half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(exist_ok=True)
            with half.open("x") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except OSError:
            half.unlink(missing_ok=True)
            raise Trouble("no_answer") from None


def source_of(place: str) -> Web | Folder:
    """The source that a stored place names."""
    return Web(place) if is_web(place) else Folder(place)


def is_web(place: str) -> bool:
    """Whether a place is an address and not a folder."""
    return place.startswith(("http://", "https://"))


def tidy(place: str) -> str:
    """The one spelling of a place: an address ends with a slash, and a bare host means its /journal/; a folder is absolute."""
    if not is_web(place):
        return str(Path(place).expanduser().absolute())
    try:
        path = urlsplit(place).path
    except ValueError:
        return place
    return place.rstrip("/") + ("/journal/" if path in ("", "/") else "/")


def tiles_of(source: Source, size: int) -> Callable[[Place], bytes]:
    """Look up nodes of a log of `size` entries in its tiles (C2SP tlog-tiles); Trouble("bad_tile") for a tile of other length."""

    @cache
    def tile(level: int, index: int, width: int) -> bytes:
        data = source.read("tile/" + rules.tile_name(level, index, width))
        if len(data) != 32 * width:
            raise Trouble("bad_tile")
        return data

    def node(place: Place) -> bytes:
        level, index, width, first, last = rules.node_in_tile(place, size)
        data = tile(level, index, width)
        return rules.fold_whole([data[32 * number : 32 * number + 32] for number in range(first, last)])

    return node

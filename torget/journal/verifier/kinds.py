"""The kinds of file, told apart by what is in them. Each part adds its own with one call of `add_kind`."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from torget.journal.verifier.ground import LARGEST, load_json
from torget.journal.verifier.trust import Trusted
from torget.journal.verifier.words import Verdict, Wrong, verdict


class Kind(NamedTuple):
    """A kind of file. `fits` sees the path and the first 4096 bytes (none when it is a folder) and reads little more.

    `check` gives a verdict; it may raise Wrong, and OSError for what cannot be read.
    """

    name: str
    fits: Callable[[Path, bytes], bool]
    check: Callable[[Path, Trusted], Verdict]


KINDS: dict[str, Kind] = {}


def add_kind(kind: Kind) -> None:
    """Have files of this kind checked; ValueError when the name is taken."""
    if kind.name in KINDS:
        raise ValueError(f"the kind {kind.name} stands twice")
    KINDS[kind.name] = kind


def check_file(path: Path, trust: Trusted = None) -> Verdict:
    """Check a file or folder as the kind that its content says it is; a verdict, whatever happens."""
    try:
        head = b""
        if not path.is_dir():
            with path.open("rb") as file:
                head = file.read(4096)
        for kind in KINDS.values():
            if kind.fits(path, head):
                return kind.check(path, trust) | {"kind": kind.name}
        if path.is_dir():
            return verdict("unreadable", "en mapp (a folder)")
        # Nothing that we know. The loader says best what is the matter with it: cut off, too large, no JSON.
        with path.open("rb") as file:
            load_json(file.read(LARGEST + 1))
    except OSError as error:
        return verdict("unreadable", error.strerror or "")
    except Wrong as wrong:
        return verdict(wrong.code, wrong.detail)
    return verdict("unknown_kind")

"""Data folders as earlier versions of Torget left them, recorded once: an invented town, made by that version's own demo.

`9c010d4` is the last before the register, archive, backup and upgrades; `427ba99` the last before set-up and accounts, with a
backup of it. The keys in them sign nothing but these recordings. `python -m tests.support.older COMMIT` records another.
"""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEFORE_BACKUPS, WITH_BACKUP = "9c010d4", "427ba99"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded data folder laid out: where, by which commit, its sums, a receipt's address and its resident's words."""

    home: Path
    commit: str
    counts: dict[str, int]
    entries: int
    root: str
    receipt: str
    text: str
    changes: int

    @property
    def backup(self) -> Path:
        """The backup that the version itself made, where it could."""
        return self.home.parent / "kopia.torget"

    @property
    def identity(self) -> Path:
        """The private key of the backup."""
        return self.home.parent / "nyckel.txt"


def laid_out(commit: str, folder: Path) -> Recorded:
    """Unpack a recording below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(HERE / f"{commit}.tar.xz") as tar:
        tar.extractall(folder, filter="data")
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return Recorded(folder / "home", commit, **told)

"""A log that is shown in a folder, and looking at a witness, for tests."""

from pathlib import Path

from torget.core.doctor import Check
from torget.journal import rules
from torget.journal.models import Witness
from torget.journal.tests.logs import Log
from torget.operations import proving, witnessing


class Long(Log):
    """A log of 700 leaves, shown in a folder as C2SP tlog-tiles says."""

    def __init__(self, seed: int = 1, first: bytes = b"other", same: int = 0) -> None:
        super().__init__(seed, first=first)
        # The first leaves may be those of the true log: then the histories part later.
        self.leaves = [rules.leaf_hash(b"%s %d" % (b"other" if n < same else first, n)) for n in range(700)]

    def show(self, folder: Path, size: int) -> None:
        """Lay checkpoint, key and every tile of the size in the folder."""
        folder.mkdir(exist_ok=True)
        (folder / "checkpoint").write_text(self.note(size))
        (folder / "nyckel").write_text(self.key.text() + "\n")
        nodes = dict(rules.grow([], 0, self.leaves[:size])[1])
        for level in range(3):
            count = size >> (8 * level)
            for index in range((count + 255) // 256):
                width = min(256, count - index * 256)
                path = folder / "tile" / rules.tile_name(level, index, width)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"".join(nodes[8 * level, index * 256 + number] for number in range(width)))


def look_again(witness: Witness) -> str:
    """Look at it anew and say what is wrong."""
    witnessing.look(Witness.objects.get(pk=witness.pk))
    return Witness.objects.get(pk=witness.pk).problem


def checks_of(start: str) -> list[Check]:
    """The doctor's checks whose name begins so."""
    return [check for check in proving.checks() if check.name.startswith(start)]

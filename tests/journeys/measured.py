"""What the checks of access saw, and the file of it that the statement is filled from.

The statement at /tillganglighet/ says nothing that a test has not seen: the tests tell this collector, and it writes
`torget/accessibility/data/results.json` when `scripts/accessibility.py` runs them (TORGET_ACCESS_RESULTS names the file).
"""

import json
import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.journeys.pages import PAGES
from tests.journeys.states import STATES

ASKED = "TORGET_ACCESS_RESULTS"
# The checks whose results must all be there before the file is written: `torget/accessibility/words.py` has words for each.
ALL = "axe html narrow dark keyboard focus names forced still spacing targets english easy large".split()


def axe_version() -> str:
    """The version of axe-core that comes with the package, from the first line of its script."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    head = (Path(spec.origin).parent / "axe.min.js").read_text()[:60]
    return head.split(" v", 1)[-1].split()[0]


@dataclass
class Measured:
    """Check → what it was asked of, and in which of it it found a fault; LIX by page; versions of what measured."""

    looked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    faulty: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lix: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def saw(self, check: str, name: str, faults: object) -> None:
        """A check has looked at a page, a state or a journey; `faults`: true where something was wrong."""
        self.looked[check].add(name)
        if faults:
            self.faulty[check].add(name)

    def told(self) -> dict[str, object]:
        """As the file holds it."""
        return {
            "measured": datetime.now(ZoneInfo("Europe/Stockholm")).date().isoformat(),
            "versions": {**dict(sorted(self.versions.items())), "axe": axe_version()},
            "pages": sorted(shown.name for shown in PAGES),
            "states": sorted(state.name for state in STATES),
            "checks": {
                name: {"looked": len(self.looked[name]), "faulty": sorted(self.faulty[name])} for name in sorted(ALL)
            },
            "lix": {name: round(value, 1) for name, value in sorted(self.lix.items())},
        }

    def write_if_asked(self) -> None:
        """Write the file where one is asked for. Errors: AssertionError when some check has not looked at anything."""
        path = os.environ.get(ASKED)
        if not path:
            return
        missing = [name for name in ALL if not self.looked[name]]
        assert not missing, f"nothing was looked at by {', '.join(missing)}: run all of tests/journeys"
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(self.told(), ensure_ascii=False, indent=1) + "\n")

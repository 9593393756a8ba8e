"""Measure access and write what was found: `python scripts/accessibility.py` (ten minutes on two cores).

Runs the browser tests of pages, states, journeys and words, and writes torget/accessibility/data/results.json, from which the
statement at /tillganglighet/ is filled. It comes with the release, so it is committed; tests/journeys/test_results.py
says when it no longer fits the list of pages. What the tests find is written down as found: the file is also written when
some of them fail, and the statement then says so.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "torget" / "accessibility" / "data" / "results.json"
FILES = ("test_accessible.py", "test_states.py", "test_keyboard_roles.py", "test_words.py", "test_layout.py")


def table() -> str:
    """The results as docs/figures.md shows them, as Markdown."""
    data = json.loads(RESULTS.read_text())
    versions = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
    checks = [f"| {name} | {one['looked']} | {len(one['faulty'])} |" for name, one in data["checks"].items()]
    words = [
        f"{name} {value:.1f}".replace(".", ",") for name, value in sorted(data["lix"].items(), key=lambda one: -one[1])
    ]
    return "\n".join(
        [
            f"{data['measured']}: {len(data['pages'])} pages, {len(data['states'])} states; {versions}.",
            "",
            "| check | looked at | with faults |",
            "| --- | --- | --- |",
            *checks,
            "",
            f"LIX of the public pages, bar 40: {'; '.join(words)}.",
        ]
    )


def main() -> int:
    """Exit code: that of the tests; 1 as well when they wrote no file."""
    before = RESULTS.stat().st_mtime_ns if RESULTS.exists() else 0
    environment = {**os.environ, "TORGET_ACCESS_RESULTS": str(RESULTS)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not drill"]
    told = subprocess.run(
        [*command, *(f"tests/journeys/{name}" for name in FILES)], cwd=ROOT, env=environment, check=False
    )
    if not RESULTS.exists() or RESULTS.stat().st_mtime_ns == before:
        sys.stderr.write("No results were written.\n")
        return 1
    sys.stdout.write(table() + "\n")
    sys.stderr.write(f"Written: {RESULTS.relative_to(ROOT)}. Commit it with the release.\n")
    return told.returncode


if __name__ == "__main__":
    sys.exit(main())

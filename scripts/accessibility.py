"""Measure access and write what was found: `python scripts/accessibility.py` (ten minutes on two cores).

Runs the browser tests of pages, states, journeys and words, and writes torget/accessibility/data/results.json, from which the
statement at /tillganglighet/ is filled. It comes with the release, so it is committed; tests/journeys/test_results.py
says when it no longer fits the list of pages. What the tests find is written down as found: the file is also written when
some of them fail, and the statement then says so.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "torget" / "accessibility" / "data" / "results.json"
FILES = ("test_accessible.py", "test_states.py", "test_keyboard_roles.py", "test_words.py", "test_layout.py")


def main() -> int:
    """Exit code: that of the tests; 1 as well when they wrote no file."""
    before = RESULTS.stat().st_mtime_ns if RESULTS.exists() else 0
    environment = {**os.environ, "TORGET_ACCESS_RESULTS": str(RESULTS)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not drill"]
    told = subprocess.run([*command, *(f"tests/journeys/{name}" for name in FILES)], cwd=ROOT, env=environment, check=False)
    if not RESULTS.exists() or RESULTS.stat().st_mtime_ns == before:
        sys.stderr.write("No results were written.\n")
        return 1
    sys.stderr.write(f"Written: {RESULTS.relative_to(ROOT)}. Commit it with the release.\n")
    return told.returncode


if __name__ == "__main__":
    sys.exit(main())

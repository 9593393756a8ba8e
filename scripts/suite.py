"""The checks in order: `python scripts/suite.py check|test|drill`. All of them run, and the last line counts.

check: no root, no services (format, lint, types, migrations, catalogues, tests on SQLite; the import contracts
and the search for holes are among the tests).
test: the same; then what needs Chromium, PostgreSQL, Java and processes of its own; then PostgreSQL with every test that touches
the database. drill: the long random tests.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
REPORTS = ROOT / ".cache" / "suite"
LEFT_OUT = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name, its command, and whether it is a round of pytest whose tests are counted."""

    name: str
    command: tuple[str, ...]
    counts: bool = False

    @property
    def report(self) -> Path:
        """Where a round of pytest writes its counts."""
        return REPORTS / f"{self.name.replace(' ', '-')}.xml"


def static() -> list[Step]:
    """The checks that read the source."""
    python, ruff = str(BIN / "python"), str(BIN / "ruff")
    django = (python, "-m", "django")
    return [
        Step("format", (ruff, "format", "--check")),
        Step("lint", (ruff, "check")),
        Step("types", (str(BIN / "mypy"),)),
        Step("migrations", (*django, "makemigrations", "--check", "--dry-run")),
        Step("catalogues", (python, "scripts/messages.py", "check")),
    ]


def round_of(
    name: str, expression: str, *, postgres: bool = False, processes: str = "2", more: tuple[str, ...] = ()
) -> Step:
    """A round of pytest over the tests that the marker expression takes."""
    prefix = (str(BIN / "python"), "scripts/with_postgres.py", "--") if postgres else ()
    step = Step(name, (), counts=True)
    pytest = (str(BIN / "python"), "-m", "pytest", "-q", "-m", expression, f"--junitxml={step.report}", "--durations=8")
    spread = ("-n", processes, "--dist", "worksteal") if processes != "0" else ()
    return Step(name, (*prefix, *pytest, *spread, *more), counts=True)


def plan(which: str) -> list[Step]:
    """The steps of a target of the Makefile."""
    if which == "check":
        return [*static(), round_of("SQLite", "not services and not drill and not postgres")]
    if which == "test":
        return [
            *static(),
            round_of("SQLite", "not services and not drill and not postgres"),
            # Browsers, kills and servers are waited for more than they reckon: three at once keep two cores busy.
            round_of("real parts", "services and not drill and not postgres", processes="3"),
            # The databases go with the cluster, so none has to be taken down by itself.
            round_of("PostgreSQL", "not drill and not once", postgres=True, more=("--reuse-db",)),
        ]
    return [round_of("drill", "drill", processes="0", more=("--hypothesis-profile=drill",))]


def counted(report: Path) -> Counter[str]:
    """passed, failed and skipped in a report of pytest; a report that is missing counts as one failure."""
    try:
        suites = list(ET.parse(report).getroot().iter("testsuite"))
    except (OSError, ET.ParseError):
        return Counter(failed=1)
    number: Counter[str] = Counter()
    for suite in suites:
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        number.update(failed=failed, skipped=skipped, passed=int(suite.get("tests", 0)) - failed - skipped)
    return number


def run(step: Step) -> tuple[int, float]:
    """Run one step with its output in view; returns its code and its seconds."""
    print(f"\n== {step.name}", flush=True)
    step.report.unlink(missing_ok=True)
    # Without kept bytecode each of some hundred processes would compile all of Torget anew: two seconds of a core.
    environment = {key: value for key, value in os.environ.items() if key not in LEFT_OUT}
    environment |= {"DJANGO_SETTINGS_MODULE": "torget.settings", "TORGET_HOME": str(REPORTS / "home")}
    began = time.monotonic()
    done = subprocess.run(step.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, time.monotonic() - began


def main() -> int:
    """Run the plan to its end, print what each step said in a table, and how many tests passed and failed."""
    if len(sys.argv) != 2 or sys.argv[1] not in ("check", "test", "drill"):
        print("usage: python scripts/suite.py check|test|drill", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    total: Counter[str] = Counter()
    table = []
    for step in plan(sys.argv[1]):
        code, seconds = run(step)
        number = counted(step.report) if step.counts else Counter(failed=int(code != 0))
        # pytest fails for other reasons than a test as well: nothing collected, or a worker that died.
        if code and not number["failed"]:
            number["failed"] = 1
        total.update(number)
        said = (
            f"{number['passed']} passed, {number['failed']} failed" if step.counts else ("failed" if code else "good")
        )
        table.append(f"{step.name:12} {seconds:6.0f} s  {said}")
    print("\n== in short\n" + "\n".join(table) + "\n", flush=True)
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}", flush=True)
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

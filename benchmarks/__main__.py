"""`make bench`: run every benchmarks/bench_*.py (or those named) and print one table. Ends with 1 when a bar does not hold."""

import importlib
import os
import pkgutil
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

import benchmarks
from benchmarks.base import Row


def names() -> list[str]:
    """The benchmarks there are, without their prefix."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name.removeprefix("bench_") for name in found if name.startswith("bench_"))


def number(value: float | None) -> str:
    """A figure with three digits that count, thousands apart; a dash for none."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def line(row: Row) -> str:
    """A row as Markdown."""
    verdict = {True: "", False: " **not held**", None: ""}[row.holds]
    sign = "" if row.bar is None else ("≤ " if row.at_most else "≥ ")
    bar = "–" if row.bar is None else f"{sign}{number(row.bar)}"
    return f"| {row.name} | {number(row.value)} {row.unit}{verdict} | {bar} | {number(row.limit)} | {row.note} |"


def machine() -> str:
    """What the figures were taken on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((text.partition(":")[2].strip() for text in lines if text.startswith("model name")), model)
    except OSError:
        pass
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def main() -> int:
    """Run what is named (all when nothing is), each in the order of its name, with progress on standard error."""
    known, wanted = names(), sys.argv[1:]
    if unknown := sorted(set(wanted) - set(known)):
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    broken = 0
    with tempfile.TemporaryDirectory(prefix="torget-bench-") as home:
        # A data folder of its own, set before Django reads its settings: nothing of the developer's is touched.
        os.environ["TORGET_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "torget.settings"
        for name in wanted or known:
            print(f"bench: {name}", file=sys.stderr, flush=True)
            began = time.monotonic()
            try:
                rows += importlib.import_module(f"benchmarks.bench_{name}").run()
            except Exception:
                traceback.print_exc()
                broken += 1
            print(f"bench: {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(f"\nMeasured on {machine()}, {time.strftime('%Y-%m-%d', time.gmtime())}.\n")
    print("| what | measured | bar | limit | note |\n| --- | ---: | ---: | ---: | --- |")
    print("\n".join(line(row) for row in rows), flush=True)
    return 1 if broken or any(row.holds is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

"""The crash drill by itself, with its figures in view: `python scripts/drill.py --kills 200 [--engine …] [--seed N]`.

The same as the long tests in tests/crash/test_drill.py, which `make drill` runs and counts.
"""

import argparse
import os
import secrets
import sys
import tempfile
from pathlib import Path

from tests.crash.drill import Drill, Report
from tests.support.mastodon import Mastodon
from tests.support.postgres import Cluster
from tests.support.server import Torget
from tests.support.smtp import SMTPServer


def drill(home: Path, database_url: str, *, kills: int, seed: int) -> Report:
    """One drill on a fresh installation in `home`; its report is printed."""
    with SMTPServer() as server, Mastodon() as mastodon, Torget(home, database_url) as torget:
        report = Drill(torget, server, mastodon, kills=kills, seed=seed).run()
    print(f"\n{report}", flush=True)
    return report


def main() -> int:
    """Drill on the engines asked for, half of the kills on each; 1 when anything was lost, doubled or half."""
    parser = argparse.ArgumentParser(description="Kill web and worker at random moments, and count.")
    parser.add_argument("--kills", type=int, default=int(os.environ.get("TORGET_DRILL_KILLS", "200")))
    parser.add_argument("--engine", choices=["both", "sqlite", "postgres"], default="both")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TORGET_DRILL_SEED", secrets.randbelow(10**6))))
    given = parser.parse_args()
    engines = ["sqlite", "postgres"] if given.engine == "both" else [given.engine]
    kills = given.kills // len(engines)
    print(f"seed {given.seed}, {kills} kills on each of: {', '.join(engines)}", flush=True)
    reports = []
    with tempfile.TemporaryDirectory(prefix="torget-drill-") as folder:
        for engine in engines:
            home = Path(folder) / engine
            if engine == "sqlite":
                reports.append(drill(home, "", kills=kills, seed=given.seed))
                continue
            with Cluster() as cluster:
                reports.append(drill(home, cluster.create("drill"), kills=kills, seed=given.seed))
    return 1 if any(report.faults for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())

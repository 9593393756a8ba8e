"""Run a command with a PostgreSQL cluster of its own: `python scripts/with_postgres.py -- pytest …`; DATABASE_URL names it."""

import os
import signal
import subprocess
import sys
from types import FrameType

from tests.support.postgres import Cluster


def main() -> int:
    """Start the cluster, run what stands after `--`, stop the cluster, and end with the command's code."""
    command = sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]
    if not command:
        print("usage: python scripts/with_postgres.py -- COMMAND…", file=sys.stderr)
        return 2

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    # `make` ends us with SIGTERM; the cluster goes with us.
    signal.signal(signal.SIGTERM, end)
    # What must survive kills is tested on clusters of its own (tests/crash), which write to the disk.
    with Cluster(hasty=True) as cluster:
        environment = {**os.environ, "DATABASE_URL": cluster.create("torget")}
        child = subprocess.Popen(command, env=environment)
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            child.wait(timeout=20)
            raise


if __name__ == "__main__":
    sys.exit(main())

"""A fuzzer at work: `python -m tests.fuzz NAME [--seconds 60] [--keep FOLDER]`; 0 when nothing was found.

What it finds lies in FOLDER as `crash-…`, `timeout-…` or `oom-…`; made small and put in tests/fuzz/found/NAME/ it is a
test of every `make test` from then on.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import atheris

# Whose branches the fuzzer counts.
INSIDE = (
    "torget.channels", "torget.files.rules", "torget.matching.rules", "torget.journal.verifier", "torget.journal.rules",
    "torget.register.looking", "torget.register.rules", "torget.search.rules", "torget.posts.rules", "torget.core.paging",
    "torget.core.sheet", "torget.operations.backup_rows", "torget.moderation.rules", "torget.registrar.words",
)  # fmt: skip


def main() -> None:
    """Instrument our code, give the fuzzer its seeds, and let it run."""
    parser = argparse.ArgumentParser(description="Search for bytes that a parser does not stand.")
    parser.add_argument("name")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", type=Path, default=Path(".cache/fuzz"))
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torget.settings")
    # Before Django reads them: what has been read already is not looked into any more.
    with atheris.instrument_imports(include=list(INSIDE)):
        import django

        django.setup()
        from tests.fuzz import harnesses
    from torget.core.testing import data_files

    harness = harnesses.HARNESSES[given.name]
    given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="torget-fuzz-") as folder:
        for number, seed in enumerate(harnesses.inputs(given.name, data_files, most=500)):
            (Path(folder) / f"{number:05d}").write_bytes(seed)
        options = [
            f"-max_total_time={given.seconds}", f"-max_len={harness.largest}", "-timeout=10", "-rss_limit_mb=1500",
            "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={given.keep}/{given.name}-", folder,
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options], harness.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

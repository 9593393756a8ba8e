"""Work out requirements/*.lock from pyproject.toml: every version with its hashes, and no address in it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The others are worked out after and against that of running, so that all name the same versions.
PROFILES = {
    "run": ("--group", "install"),
    "extras": ("--all-extras", "--group", "install", "-c", "requirements/run.lock"),
    "dev": ("--all-extras", "--group", "dev", "-c", "requirements/extras.lock"),
}
FLAGS = (
    "--generate-hashes",
    "--universal",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--python-version=3.11",
    "--quiet",
)


def main() -> int:
    """Write both locks; further arguments go to uv."""
    for profile, groups in PROFILES.items():
        lock = f"requirements/{profile}.lock"
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *groups, *FLAGS, *sys.argv[1:]]
        code = subprocess.run([*command, "-o", lock], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            return code
        count = sum("==" in line for line in (ROOT / lock).read_text().splitlines())
        print(f"{lock}: {count} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())

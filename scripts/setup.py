"""Make the environment in .venv from a hashed lock: `python3 scripts/setup.py run|dev`.

Standard library only, since it is what runs before anything is there. Done again it does nothing in a tenth of a second:
a stamp holds the digest of the lock that the environment was made from.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NO_VENV = """This Python cannot make an environment: its module ensurepip is missing, which Debian keeps in a package apart.
As root, once:  apt-get install -y python3-venv"""


def say(text: str) -> None:
    """One line of progress, at once, on standard error."""
    print(f"torget: {text}", file=sys.stderr, flush=True)


def other_python() -> str | None:
    """The path of a newer Python on this machine, or None; asked only where the one that runs this is too old."""
    for minor in range(20, OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    return None


def digest(profile: str) -> str:
    """What the environment depends on: the lock, how Torget is declared, and the Python that it was made with."""
    parts = [(ROOT / "requirements" / f"{profile}.lock").read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    return hashlib.sha256(b"\0".join([*parts, sys.version.encode(), str(ROOT).encode()])).hexdigest()


def stamp(profile: str) -> Path:
    """The file that says which lock the environment was made from."""
    return VENV / f".torget-{profile}"


def is_ready(profile: str) -> bool:
    """Whether the environment holds this profile already. What the checks need holds what running needs."""
    holders = ("run", "dev") if profile == "run" else ("dev",)
    return PYTHON.exists() and any(
        stamp(holder).exists() and stamp(holder).read_text() == digest(holder) for holder in holders
    )


def call(*command: str | Path) -> None:
    """Run a command and stop here with its code when it fails; its own words are above."""
    code = subprocess.run([str(part) for part in command], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        say(f"stopped: {Path(str(command[0])).name} ended with {code}")
        raise SystemExit(code)


def make(profile: str) -> None:
    """Make or mend the environment; takes 20-100 s on a fresh machine, most of it the download."""
    if is_ready(profile):
        return
    began = time.monotonic()
    if not PYTHON.exists():
        say("1/3 making the environment in .venv")
        try:
            import ensurepip  # noqa: F401  (missing on a Debian without python3-venv)
        except ImportError:
            raise SystemExit(NO_VENV) from None
        call(sys.executable, "-m", "venv", VENV)
    lock = ROOT / "requirements" / f"{profile}.lock"
    count = sum("==" in line for line in lock.read_text().splitlines())
    say(f"2/3 installing {count} packages by {lock.relative_to(ROOT)} (each is held against its hash)")
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off")
    # What is used is compiled when it is used: this takes 12 s and not 24, besides the download.
    call(*pip, "--no-compile", "--require-hashes", "-r", lock)
    say("3/3 installing Torget itself")
    # "compat" puts this folder on the path as a whole, so that tests, scripts and benchmarks are importable as well.
    compat = ("--config-settings", "editable_mode=compat")
    call(*pip, "--quiet", "--no-deps", "--no-build-isolation", "--no-index", *compat, "-e", ROOT)
    stamp(profile).write_text(digest(profile))
    say(f"environment ready after {time.monotonic() - began:.0f} s")


def main() -> None:
    """Read the profile and make the environment."""
    profile = sys.argv[1] if len(sys.argv) > 1 else "run"
    if profile not in ("run", "dev"):
        raise SystemExit("usage: python3 scripts/setup.py run|dev")
    if sys.version_info < OLDEST:
        newer = other_python()
        if newer is None:
            raise SystemExit(f"Torget needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        os.execv(newer, [newer, __file__, profile])
    make(profile)


if __name__ == "__main__":
    main()

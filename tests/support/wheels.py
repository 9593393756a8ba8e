"""What an operator's machine has when Torget comes to it: wheels in a folder, an empty environment, and no network.

The wheels of what Torget stands on are packed again out of the environment that the tests run in, by the lists (RECORD) that
pip left there, since a test may fetch nothing. So it is pip itself that reads Torget's requirements and finds each of them, and
only the bytes of the parts have been installed once before.
"""

import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "run.lock"
MADE_BY_PIP = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}


def locked() -> Iterator[str]:
    """The names that the lock asks for on this machine."""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip("\\ "))
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name


def pack(name: str, folder: Path) -> Path:
    """An installed distribution as the wheel that it was installed from, but for its programs, which pip makes anew."""
    found = metadata.distribution(name)
    files = found.files or []
    info = next(file.parent.as_posix() for file in files if file.name == "WHEEL" and file.parent.name.endswith("info"))
    tags = [line[5:] for line in (found.read_text("WHEEL") or "").splitlines() if line.startswith("Tag: ")]
    path = folder / f"{info.removesuffix('.dist-info')}-{_tag(tags)}.whl"
    rows = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        for file in files:
            source = Path(str(file.locate()))
            if file.parts[0] == ".." or "__pycache__" in file.parts or not source.is_file():
                continue
            if file.parent.as_posix() == info and file.name in MADE_BY_PIP:
                continue
            body = source.read_bytes()
            wheel.writestr(zipfile.ZipInfo(file.as_posix()), body)
            digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
            rows.append((file.as_posix(), f"sha256={digest}", str(len(body))))
        record = io.StringIO()
        csv.writer(record, lineterminator="\n").writerows([*rows, (f"{info}/RECORD", "", "")])
        wheel.writestr(zipfile.ZipInfo(f"{info}/RECORD"), record.getvalue())
    return path


def _tag(tags: Sequence[str]) -> str:
    """The tags in a file's name: several of one kind are joined by dots (py2.py3-none-any)."""
    parts = [tag.split("-") for tag in tags]
    return "-".join(".".join(dict.fromkeys(part[place] for part in parts)) for place in range(3))


def wheelhouse(folder: Path) -> Path:
    """A folder with a wheel of each part that the lock names; nothing else."""
    folder.mkdir(parents=True)
    for name in locked():
        pack(name, folder)
    return folder


def empty_environment(folder: Path) -> Path:
    """An environment with nothing in it, not even pip; returns its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def install(python: Path, wheel: Path, *, parts: Path | None = None, anew: bool = False) -> str:
    """`pip install` into it from files alone; what pip said. AssertionError when it could not."""
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
    # Compiling is done when a module is first used; here few of them are.
    options = ["--no-index", "--no-compile", *(["--find-links", str(parts)] if parts else ["--no-deps"])]
    options += ["--force-reinstall"] if anew else []
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
    done = subprocess.run(
        [*pip, *options, str(wheel)],
        env=environment | {"PIP_CONFIG_FILE": os.devnull},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def without_network() -> list[str]:
    """What to put before a command so that it has loopback and nothing else: a network namespace of its own.

    Empty where the system lets us make none (no root and no user namespaces).
    """
    unshare, ip = shutil.which("unshare"), shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if unshare is None or ip is None:
        return []
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [unshare, *mapped, "--net", "--", "/bin/sh", "-c", f'{ip} link set lo up && exec "$@"', "sh"]
    tried = subprocess.run([*command, "/bin/true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else []

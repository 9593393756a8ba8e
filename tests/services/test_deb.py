"""The Debian package: built without a network, looked through, and in the drill installed, used, renewed and purged."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import deb, follow
from tests.support import wheels

pytestmark = [pytest.mark.services, pytest.mark.once]
GUIDE = "docs/operate/debian.md"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.wheelhouse(tmp_path_factory.mktemp("deb") / "parts")


def _said(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_the_scripts_of_the_package_are_shell(script: str) -> None:
    path = deb.DEPLOY / "debian" / script
    assert path.read_text().startswith("#!/bin/sh\n") and "set -e" in path.read_text()
    assert subprocess.run(["/bin/sh", "-n", str(path)], capture_output=True, check=False).stderr == b""


@pytest.mark.drill
def test_it_is_installed_used_renewed_and_purged_on_a_clean_machine(parts: Path, tmp_path: Path) -> None:
    first = deb.build(tmp_path, parts=parts, pressed="none")
    second = deb.build(tmp_path, parts=parts, pressed="none", version="0.1.0+1")
    _look_through(first)
    done = subprocess.run(
        [sys.executable, "scripts/follow.py", GUIDE, "--bring", str(first), str(second)],
        cwd=deb.ROOT, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-4000:]
    assert "5 blocks followed" in done.stdout


def _look_through(package: Path) -> None:
    control, listed = _said("dpkg-deb", "--info", package), _said("dpkg-deb", "--contents", package)
    assert re.search(r"Depends: python3 \(>= 3\.\d+\), python3 \(<< 3\.\d+\), adduser, util-linux", control)
    names = {line.split(" ./", 1)[1] for line in listed.splitlines() if " ./" in line}
    here = f"opt/torget/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    for wanted in (
        f"{here}/torget/settings.py", f"{here}/torget/locale/en/LC_MESSAGES/django.mo", f"{here}/django/__init__.py",
        "opt/torget/bin/torget", "usr/bin/torget", "lib/systemd/system/torget.service",
        "lib/systemd/system/torget-worker.service", "usr/share/torget/torget.env.example", "usr/share/doc/torget/copyright",
    ):  # fmt: skip
        assert wanted in names, wanted
    stray = [name for name in names if "__pycache__" in name or "/torget/tests/" in name or "direct_url.json" in name]
    assert not stray
    assert not [line for line in listed.splitlines() if " root/root " not in line], "all of it is root's"
    assert not [line for line in listed.splitlines() if re.match(r"-rwxr-xr-x.*\.(py|html|css)$", line)]


def test_the_guide_is_read_and_its_blocks_are_followed_in_order() -> None:
    blocks = list(follow.steps((deb.ROOT / GUIDE).read_text(encoding="utf-8")))
    assert len(blocks) == 5 and blocks[0].text.startswith("dpkg --install")

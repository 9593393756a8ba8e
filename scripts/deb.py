"""A Debian package of Torget: `python scripts/deb.py [--out FOLDER] [--parts FOLDER] [--version VERSION]`.

It holds an environment of its own below /opt/torget, on the system's Python, with Torget's wheel and each part of the lock in it,
the units of systemd, the command and an example of settings: what docs/operate/debian.md installs. Nothing is fetched when it is
installed. Needs dpkg-deb and the wheels of the parts: those in `--parts`, or fetched by the lock (the only use of a network).
The package is for the Python and the processor that it was made on; its dependencies say so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import wheel as building  # noqa: E402  (beside this file, whoever starts it)

DEPLOY = ROOT / "deploy"
HOME = "opt/torget"
PROGRAM, OURS = "/srv/torget/venv/bin/torget", "/opt/torget/bin/torget"
TORGET = """#!/opt/torget/bin/python
import sys
from torget.__main__ import main
sys.exit(main())
"""
CONTROL = """Package: torget
Version: {version}
Architecture: {architecture}
Maintainer: Torget <torget@example.se>
Installed-Size: {size}
Depends: python3 (>= {python}), python3 (<< {next}), adduser, util-linux
Recommends: nginx-light | caddy | nginx
Suggests: postgresql-client
Section: web
Priority: optional
Homepage: https://torget.example.se/
Description: desk where a public organisation meets the people it serves
 What anyone writes, in whatever channel, comes in to one place, is answered,
 is kept as the public record that the law makes of it, and is counted.
 .
 The data lies in /var/lib/torget and is kept when the package is purged.
"""


def build(out: Path, *, parts: Path | None = None, version: str = "", pressed: str = "xz") -> Path:
    """Make the package in `out` and return it; `pressed` as dpkg-deb -Z takes it. RuntimeError with what a tool said."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="torget-deb-") as scratch:
        base = Path(scratch)
        wheel = building.build(base / "wheel")
        if parts is None:
            parts = base / "parts"
            building.fetch_parts(parts)
        version = version or wheel.name.split("-")[1]
        tree = base / "tree"
        _environment(tree, wheel, parts)
        _around(tree)
        _control(tree, version)
        architecture = _said("dpkg", "--print-architecture")
        made = out / f"torget_{version}_{architecture}.deb"
        # The same files in the same order with the same dates: the same package.
        _said(
            "dpkg-deb",
            "--root-owner-group",
            f"-Z{pressed}",
            *(["-z3"] if pressed == "xz" else []),
            "--build",
            str(tree),
            str(made),
        )
        return made


def _environment(tree: Path, wheel: Path, parts: Path) -> None:
    """What `python3 -m venv` makes, by hand: its Python is the system's, and no path of this machine stands in it."""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    venv = tree / HOME
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(f"/usr/bin/{here}")
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    packages = venv / "lib" / here / "site-packages"
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-index",
        "--no-compile",
    )
    _said(*pip, "--find-links", str(parts), "--target", str(packages), str(wheel))
    # Programs of the parts would name the Python of this machine; Torget's own is the only one that is called.
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for left in packages.glob("*.dist-info/direct_url.json"):
        left.unlink()  # it names the folder that the wheel lay in
    program = venv / "bin" / "torget"
    program.write_text(TORGET)
    program.chmod(0o755)


def _around(tree: Path) -> None:
    """Units, the command, settings to fill in, the licence."""
    for unit in ("torget.service", "torget-worker.service"):
        _write(tree / "lib/systemd/system" / unit, _placed((DEPLOY / unit).read_text()))
    _write(tree / "usr/bin/torget", _placed((DEPLOY / "torget").read_text()), 0o755)
    _write(tree / "usr/share/torget/torget.env.example", (DEPLOY / "torget.env.example").read_text())
    for example in ("nginx.conf", "Caddyfile"):
        _write(tree / "usr/share/torget" / example, (DEPLOY / example).read_text())
    licence = (ROOT / "LICENSE").read_text()
    parts = "The parts below /opt/torget/lib bear their own licences, in their *.dist-info.\n\n"
    _write(tree / "usr/share/doc/torget/copyright", f"Torget, EUPL-1.2. {parts}{licence}")


def _placed(text: str) -> str:
    """A file of deploy/ as it is where the package lies."""
    return text.replace(PROGRAM, OURS).replace("Copy to /etc/systemd/system/.", "Of the package torget.")


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _control(tree: Path, version: str) -> None:
    size = sum(path.lstat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    words = {
        "version": version, "architecture": _said("dpkg", "--print-architecture"), "size": size // 1024,
        "python": sysconfig.get_python_version(), "next": f"3.{sys.version_info.minor + 1}",
    }  # fmt: skip
    _write(tree / "DEBIAN/control", CONTROL.format(**words))
    for script in ("postinst", "prerm", "postrm"):
        _write(tree / "DEBIAN" / script, (DEPLOY / "debian" / script).read_text(), 0o755)
    for folder in [tree, *(path for path in tree.rglob("*") if path.is_dir() and not path.is_symlink())]:
        folder.chmod(0o755)


def _said(*command: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
    environment |= {"SOURCE_DATE_EPOCH": str(building.moment()), "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout.strip()


def main() -> int:
    """Build it and say what it weighs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--parts", type=Path, help="a folder with the wheels of the lock (make wheel PARTS=1)")
    parser.add_argument("--version", default="", help="another version than the wheel's, such as 1.0+1")
    args = parser.parse_args()
    try:
        made = build(args.out, parts=args.parts, version=args.version)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The wheel, from nothing but this checkout: `python scripts/wheel.py [--out FOLDER] [--parts FOLDER]`.

It is built in a scratch copy of the files that belong to the checkout (those that git knows or would take), so that nothing an
earlier build, another branch or an editor left behind gets into it; the catalogues are compiled there, every file bears the
date of the last commit, and the same checkout gives the same bytes. Then `problems` looks it through. No network is used.
`--parts` also lays the wheels of what Torget stands on there, for a machine without a network; those are fetched by the lock.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "torget", "scripts/messages.py")
KINDS = (
    "0 css html js md mo po py sch svg txt typed woff2 xml xsd json csv tsv ttl rdf yaml yml png ico gz license".split()
)
"""How the name of a file in the package may end; another one is a stray until it is named here."""
FONT, PLAN = "torget/core/static/torget/fonts/", "torget/archive/data/"
MUST = (
    "torget/locale/en/LC_MESSAGES/django.mo", "torget/core/static/torget/base.css", "torget/core/templates/base.html",
    f"{FONT}schibsted-grotesk.woff2", f"{FONT}OFL.txt", f"{PLAN}LICENSE-CC-BY-4.0", f"{PLAN}SOURCES.md",
)  # fmt: skip
"""What an installation cannot be without, and under which licence it lies there."""


def listed() -> list[str]:
    """The files of the checkout that a wheel is made of, as git sees them; without git, all of `torget/` but what is made."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *NEEDED],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode == 0 and done.stdout:
        return sorted(name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file())
    found = [path for name in NEEDED for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file()]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in found
        if "__pycache__" not in path.parts and path.suffix not in (".mo", ".pyc", ".tmp")
    )


def moment() -> int:
    """Seconds since 1970 of the last commit, for the dates in the archive; SOURCE_DATE_EPOCH goes before it."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    # A zip knows no year before 1980; without history it is the first day of 2026.
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else 1_767_225_600


def build(out: Path) -> Path:
    """Make the wheel in `out` and return it. RuntimeError with what the build or the look at it said."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="torget-wheel-") as scratch:
        copy, made = Path(scratch, "checkout"), Path(scratch, "made")
        for name in listed():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
            target.chmod(0o644)
        _call(sys.executable, "scripts/messages.py", "compile", folder=copy)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-index")
        _call(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(made), ".", folder=copy)
        [wheel] = made.glob("*.whl")
        if wrong := problems(wheel):
            raise RuntimeError("the wheel is not as it should be:\n  " + "\n  ".join(wrong))
        return Path(shutil.copy(wheel, out / wheel.name))


def _call(*command: str, folder: Path) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(moment()), "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command[1:4])} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"
        )


def problems(wheel: Path) -> list[str]:
    """What is wrong with a wheel's contents, a line each: what is missing, what does not belong, an empty catalogue."""
    with zipfile.ZipFile(wheel) as file:
        sizes = {info.filename: info.file_size for info in file.infolist()}
        metadata = next((file.read(name).decode() for name in sizes if name.endswith(".dist-info/METADATA")), "")
    names = set(sizes)
    found = [f"missing: {name}" for name in MUST if name not in names]
    if "License-Expression: EUPL-1.2" not in metadata:
        found.append("the metadata names no licence")
    if not any(re.fullmatch(r"torget-[^/]+\.dist-info/licenses/LICENSE", name) for name in names):
        found.append("missing: the licence itself")
    for name in sorted(names):
        if re.match(r"torget-[^/]+\.dist-info/", name):
            continue
        if not name.startswith("torget/"):
            found.append(f"outside the package: {name}")
        elif "/tests/" in name or "__pycache__" in name or "/." in name:
            found.append(f"does not belong: {name}")
        elif name.rpartition(".")[2].lower() not in KINDS:
            found.append(f"a kind of file that nobody has named: {name}")
    found += [f"in the checkout and not in the wheel: {name}" for name in sorted(set(packaged()) - names)]
    for name in names:
        if name.endswith(".po") and sizes.get(name[:-2] + "mo", 0) < sizes[name] // 4:
            found.append(f"not compiled: {name}")
    return found


def packaged() -> Iterator[str]:
    """The files of the checkout that the wheel must hold: all of the package but its tests."""
    return (name for name in listed() if name.startswith("torget/") and "/tests/" not in name)


def fetch_parts(out: Path) -> None:
    """The wheels of the lock, each held against its hash, laid in `out`. Needs a network, as `make run` does the first time."""
    lock = str(ROOT / "requirements" / "run.lock")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--only-binary", ":all:")
    subprocess.run([*pip, "--require-hashes", "-r", lock, "--dest", str(out)], stdin=subprocess.DEVNULL, check=True)


def main() -> int:
    """Build it, look it through, say what it weighs; 1 with what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--parts", type=Path, help="also lay the wheels of the lock here (fetched)")
    args = parser.parse_args()
    try:
        wheel = build(args.out)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB")
    if args.parts:
        fetch_parts(args.parts)
        print(f"{args.parts}: {sum(path.stat().st_size for path in args.parts.glob('*.whl')) / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

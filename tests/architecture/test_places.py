"""No file tells where it was written: no package registry's host, no path of a machine, no lock with an address."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import source
from tests.support import nu

# Files whose bytes are not ours to choose: a licence, recorded input.
BINARY = {".png", ".webp", ".jpg", ".jpeg", ".gif", ".woff2", ".ico", ".pdf", ".mo", ".zip"}
HOMES = re.compile(r"(?<![\w.])/(?:home/[a-z][\w-]+|Users/[A-Za-z][\w-]+|root)/")
ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def registries() -> Iterator[str]:
    """The hosts that this machine's package clients use, asked of the clients so that they are named nowhere here."""
    from pip._internal.models.index import PyPI

    yield PyPI.netloc
    yield PyPI.file_storage_domain
    asked = subprocess.run(
        [*nu.npm(), "config", "get", "registry"], cwd=source.ROOT, capture_output=True, text=True, check=False
    )
    yield from re.findall(r"https?://([^/\s]+)", asked.stdout)
    for path in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]:
        if path.is_file():
            yield from re.findall(r"https?://([^/\s]+)", path.read_text(errors="replace"))


def texts() -> list[Path]:
    """All files that hold text."""
    return [path for path in source.files() if path.suffix not in BINARY]


def places(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Where a pattern stands."""
    return [
        f"{source.name(path)}:{number} {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(source.text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    hosts = sorted({host for host in registries() if "." in host})
    assert len(hosts) >= 2, "pip did not say where it asks"
    found = places(re.compile("|".join(map(re.escape, hosts))), texts())
    source.report(found, "Take the host out: the package clients know where to ask.")


def test_no_file_names_a_path_of_a_machine() -> None:
    found = places(HOMES, texts())
    # The folder around this checkout, unless it is one that any machine has.
    around = source.ROOT.parent
    if len(around.parts) > 1 and around not in (Path("/tmp"), Path("/srv"), Path("/opt"), Path("/usr/src")):
        found += places(re.compile(re.escape(f"{around}/")), texts())
    source.report(found, "Take the path out: files are found from the root of the repository, or named by a setting.")


def test_locks_hold_hashes_and_no_address() -> None:
    locks = [path for path in texts() if path.suffix == ".lock" or path.name == "package-lock.json"]
    assert locks, "the locks are gone"
    source.report(
        places(ADDRESS, locks), "Work the lock out again with `make lock`: it holds versions and hashes only."
    )
    for path in locks:
        if path.suffix == ".lock":
            entries = re.findall(r"^[a-z0-9][^\n]*==", source.text(path), re.MULTILINE | re.IGNORECASE)
            assert source.text(path).count("--hash=sha256:") >= len(entries) > 0, f"{source.name(path)} lacks hashes"


def test_pre_commit_runs_nothing_from_elsewhere() -> None:
    hooks = source.text(source.ROOT / ".pre-commit-config.yaml")
    assert re.findall(r"repo:\s*(\S+)", hooks) == ["local"]
    assert not ADDRESS.search(hooks)

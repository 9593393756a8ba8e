"""The parts that come from Debian and npm: which are here, which are missing, and the one command that brings them.

`python scripts/system.py` lists; `--install` brings them with apt where it runs as root, and fails with the command elsewhere.
A part that is missing is a failure of `make test`, never a test that is skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import browser, mailservers, nu, pds, postgres


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the system: what needs it, Debian's package, and a check that raises RuntimeError when it is missing.

    `service`: what Debian would start with the machine from then on, and must not where we brought it.
    """

    name: str
    why: str
    package: str
    check: Callable[[], object]
    service: str = ""


def program(name: str) -> Callable[[], str]:
    """A check for a program by its name, also where only root has it on the path."""

    def check() -> str:
        if found := shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin"):
            return found
        raise RuntimeError(f"no {name}")

    return check


def java() -> str:
    """The path of Java. Raises RuntimeError where there is none."""
    if found := shutil.which("java"):
        return found
    raise RuntimeError(nu.NO_JAVA)


PARTS = (
    Part("Chromium", "tests of pages in a real browser", "chromium", browser.chromium),
    Part("PostgreSQL", "the suite's second round", "postgresql", postgres.programs),
    Part("Java", "the Nu HTML checker", "openjdk-17-jre-headless", java),
    Part("compiler", "the database driver of the Bluesky server", "build-essential", pds.compiler),
    Part("dovecot", "mailboxes of the mail tests", "dovecot-imapd", mailservers.dovecot, "dovecot"),
    Part("LMTP", "delivery to those mailboxes", "dovecot-lmtpd", mailservers.lmtp),
    Part("nginx", "the example of a proxy", "nginx-light", program("nginx"), "nginx"),
    Part("systemd", "checks of the units", "systemd", program("systemd-analyze")),
    Part("venv", "the handbook on a clean machine", "python3-venv", program("python3.11")),
    Part("pg_dump", "the copy before an upgrade", "postgresql-client", program("pg_dump")),
    Part("postfix", "the mail server of the mail tests", "postfix", mailservers.postfix, "postfix"),
)


def missing() -> list[Part]:
    """The parts that are not here."""
    absent = []
    for part in PARTS:
        try:
            part.check()
        except RuntimeError:
            absent.append(part)
    return absent


@contextmanager
def services_off(policy: Path = Path("/usr/sbin/policy-rc.d")) -> Iterator[None]:
    """Within the block Debian starts no service that it installs, by the file that it asks; one that is there is left alone."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def install(parts: list[Part]) -> None:
    """Bring parts with apt; the services that Debian would start by itself stay off (we start our own, for the tests only)."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    packages = [part.package for part in parts]
    with services_off():
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            print(f"torget: apt-get {' '.join(command)}", file=sys.stderr, flush=True)
            subprocess.run(
                ["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True
            )
    services = [part.service for part in parts if part.service]
    if services and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "--quiet", *services], stdin=subprocess.DEVNULL, check=False)


def main() -> int:
    """List the parts, or bring those that are missing; 1 when one is missing in the end."""
    absent = missing()
    if absent and "--install" in sys.argv and os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            install(absent)
        except subprocess.CalledProcessError as error:
            print(f"torget: apt-get ended with {error.returncode}", file=sys.stderr)
        absent = missing()
    for part in PARTS:
        print(
            f"{'missing' if part in absent else 'here':8} {part.name:11} {part.package:24} {part.why}", file=sys.stderr
        )
    if absent:
        packages = " ".join(part.package for part in absent)
        print(
            f"\nOnce, as root:  apt-get update && apt-get install -y --no-install-recommends {packages}",
            file=sys.stderr,
        )
        return 1
    if "--install" in sys.argv:
        try:
            nu.install()
        except RuntimeError as error:
            print(f"torget: {error}", file=sys.stderr)
            return 1
        print(f"{'here':8} {'Nu checker':11} {'vnu-jar (npm)':24} HTML without errors", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

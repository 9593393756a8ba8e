"""Follow documents on a clean machine: run their own code blocks in order, and hold what they say to what it says.

    python scripts/follow.py docs/operate/run-for-real.md [DOCUMENT …] [--quick] [--bring FILE …]

A block is followed when the line before it is a comment `<!-- follow: as=root -->`. The options: `as=root|torget`;
`in=FOLDER`, where it is run; `write=PATH`, the block is a file's content; `expect="WORDS"`, which must be said; `code=N`,
how it ends; `long`, what `--quick` does by the environment that is here already (the download of the parts).

The clean machine is this one's system seen through an overlay in namespaces of our own: users, files, mounts, processes and
ports that the document makes are gone when it ends, and nothing of them touches the machine. There is no systemd in it:
`scripts/standin/systemctl` starts what the unit files say. Root is needed; Python is the system's, never ours.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSIDE = "FOLLOW_INSIDE"
CHECKOUT = "/srv/torget/checkout"
NAME = "torget.example.se"
MARK = re.compile(r"<!-- follow:?(?P<options>[^>]*)-->\n+(?P<block>(?:(?: {4}.*)?\n)+)")


@dataclass(frozen=True, slots=True)
class Step:
    """A block: its text, its line in the document, and how it is followed."""

    text: str
    line: int
    options: dict[str, str] = field(default_factory=dict)


def steps(document: str) -> Iterator[Step]:
    """The marked blocks of a document, in order. ValueError for a mark that no block follows."""
    found = 0
    for match in MARK.finditer(document):
        found += 1
        block = "\n".join(line[4:] for line in match["block"].splitlines()).strip("\n") + "\n"
        pairs = [part.partition("=") for part in shlex.split(match["options"])]
        yield Step(block, document.count("\n", 0, match.start("block")) + 1, {key: value for key, _, value in pairs})
    if found != document.count("<!-- follow"):
        raise ValueError("a mark is followed by no block of four spaces")


# ---- the clean machine ------------------------------------------------------------------------------------------------


def enter(arguments: list[str]) -> int:
    """Run ourselves again in namespaces of our own; everything in them ends with us."""
    if os.geteuid() != 0:
        print("This needs root: the clean machine is made of namespaces.", file=sys.stderr)
        return 3
    if shutil.which("unshare") is None:
        print("This needs unshare. As root:  apt-get install -y util-linux", file=sys.stderr)
        return 1
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", sys.executable, __file__, *arguments]
    return subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode


def make_machine(base: Path) -> Path:
    """An overlay over this machine's system, in memory, with the checkout in it; returns its root."""
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(base))
    for name in ("upper", "work", "root"):
        (base / name).mkdir()
    root = base / "root"
    layers = f"lowerdir=/,upperdir={base / 'upper'},workdir={base / 'work'}"
    run("mount", "-t", "overlay", "overlay", "-o", layers, str(root))
    run("mount", "-t", "proc", "proc", str(root / "proc"))
    run("mount", "--rbind", "/dev", str(root / "dev"))
    run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(root / "tmp"))
    for program in (ROOT / "scripts" / "standin").iterdir():
        target = root / "usr" / "local" / "sbin" / program.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, target)
        target.chmod(0o755)
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = root / CHECKOUT[1:] / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return root


def make_world(root: Path) -> None:
    """What the world gives an operator and this machine has not: a name that leads here, a certificate for it, a stick."""
    (root / "media/usb").mkdir(parents=True)
    with (root / "etc/hosts").open("a") as hosts:
        hosts.write(f"127.0.0.1 {NAME}\n")
    made = root / "etc/letsencrypt/live" / NAME
    made.mkdir(parents=True)
    key, certificate = made / "privkey.pem", made / "fullchain.pem"
    run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
        "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    trusted = root / "usr/local/share/ca-certificates/torget-follow.crt"
    trusted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(certificate, trusted)
    run("chroot", str(root), "update-ca-certificates")


def run(*command: str) -> None:
    """A command of our own that must go well."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise RuntimeError(f"{shlex.join(command)} ended with {done.returncode}: {said}")


# ---- following --------------------------------------------------------------------------------------------------------


def follow(step: Step, root: Path, *, quick: bool) -> str:
    """Follow one block; empty when it went as the document says, else what did not."""
    if "write" in step.options:
        target = root / step.options["write"].lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(step.text)
        target.chmod(0o600)
        return ""
    text = linked() if quick and "long" in step.options else step.text
    who = step.options.get("as", "root")
    folder = step.options.get("in", "/")
    home = "/root" if who == "root" else "/srv/torget"
    # What a shell of that user has, and how this machine's pip finds its packages; nothing else of ours.
    kept = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    variables = {
        **kept,
        "HOME": home,
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
    switch = [] if who == "root" else ["setpriv", f"--reuid={who}", f"--regid={who}", "--init-groups", "--reset-env"]
    keep = [f"{key}={value}" for key, value in variables.items()]
    inner = ["env", *keep, "bash", "-e", "-o", "pipefail", "-c", f"cd {shlex.quote(folder)}\n{text}"]
    began = time.monotonic()
    done = subprocess.run(
        ["chroot", str(root), *switch, *inner],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    said = (done.stdout + done.stderr).decode(errors="replace")
    print(f"  line {step.line:4} {who:7} {time.monotonic() - began:6.1f} s  {text.splitlines()[0][:80]}", flush=True)
    wanted = int(step.options.get("code", "0"))
    if done.returncode != wanted:
        return f"ended with {done.returncode} and not {wanted}:\n{said[-3000:]}"
    if (words := step.options.get("expect")) and not re.search(words, said):
        return f"did not say {words!r}:\n{said[-3000:]}"
    return ""


def linked() -> str:
    """In place of the download: the parts of the environment that is here, under the system's own Python."""
    packages = next(iter(sorted((ROOT / ".venv").resolve().glob("lib/python3*/site-packages"))))
    # The entry points that pip would write, and the parts by their path; Torget itself from the checkout.
    return f"""python3 -m venv --without-pip /srv/torget/venv
printf '%s\\n' {CHECKOUT} {shlex.quote(str(packages))} > "$(echo /srv/torget/venv/lib/python3*/site-packages)/here.pth"
printf '#!/bin/sh\\nexec /srv/torget/venv/bin/python -m torget "$@"\\n' > /srv/torget/venv/bin/torget
chmod +x /srv/torget/venv/bin/torget
"""


def main() -> int:
    """Follow the documents; 0 when all of it holds, 1 with the block that does not, 3 where it cannot be tried."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=Path, nargs="+", metavar="document")
    parser.add_argument("--bring", type=Path, nargs="*", default=[], help="laid in dist/ of the checkout there")
    parser.add_argument("--quick", action="store_true", help="no download: the environment that is here already")
    args = parser.parse_args()
    if os.environ.get(INSIDE) != "1":
        return enter(sys.argv[1:])
    listed = [(path, step) for path in args.documents for step in steps(path.read_text(encoding="utf-8"))]
    base = Path("/run/torget-follow")
    base.mkdir(exist_ok=True)
    began = time.monotonic()
    root = make_machine(base)
    make_world(root)
    for brought in args.bring:
        target = root / CHECKOUT[1:] / "dist" / brought.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(brought, target)
    # Ports of our own: what is served here is seen by nobody else. The download, which needs the network, comes before.
    online = [n for n, (_, step) in enumerate(listed) if "long" in step.options or "apt-get" in step.text]
    last_online = max(online, default=-1) if not args.quick else -1
    for number, (document, step) in enumerate(listed):
        if number == last_online + 1:
            _own_network()
            run("ip", "link", "set", "lo", "up")
        if problem := follow(step, root, quick=args.quick):
            print(f"{document}:{step.line} {problem}", file=sys.stderr)
            return 1
    print(f"{len(listed)} blocks followed in {time.monotonic() - began:.0f} s")
    return 0


def _own_network() -> None:
    """unshare(2) with CLONE_NEWNET by the C library: Python has it from 3.12 only."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
        raise OSError(ctypes.get_errno(), "unshare")


if __name__ == "__main__":
    sys.exit(main())

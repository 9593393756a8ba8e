"""Files in an object store (S3): the same names, sent with their hash so that the store itself refuses other bytes.

What is not there is looked for in the folder too: an installation that has just been given a bucket goes on reading what
lies in its folder until `torget files --to s3` has moved it. docs/decisions/0042.
"""

import base64
import io
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from django.conf import settings

from torget.core import clock
from torget.files import folder

log = logging.getLogger("torget.files")


class StoreDown(OSError):
    """The object store does not answer, or says no. Nothing of what was to be kept has a row."""


class Body:
    """An object as it comes over the line: read once, from front to back, never held whole."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all of them without a size. StoreDown when the line breaks in the middle."""
        with _known_errors():
            body: bytes = self._stream.read(None if size < 0 else size)
            return body

    def close(self) -> None:
        """Let go of the line."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Objects:
    """The store of many machines: a bucket, by settings."""

    name = "s3"

    def __init__(self, *, folder_too: bool = True) -> None:
        self.bucket, self.prefix = settings.TORGET_FILES_S3_BUCKET, settings.TORGET_FILES_S3_PREFIX
        self._folder = folder.Folder() if folder_too else None

    @cached_property
    def client(self) -> Any:
        """The connection, shared by all threads; the library is imported here and nowhere else."""
        import boto3
        from botocore.config import Config

        # Path style where an address is given: few other servers than Amazon's answer to a host name for each bucket.
        given: dict[str, Any] = {"addressing_style": "path"} if settings.TORGET_FILES_S3_ENDPOINT else {}
        config = Config(
            connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}, s3=given,
            max_pool_connections=32, request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )  # fmt: skip
        return boto3.session.Session().client(
            "s3", endpoint_url=settings.TORGET_FILES_S3_ENDPOINT or None, region_name=settings.TORGET_FILES_S3_REGION,
            aws_access_key_id=settings.TORGET_FILES_S3_KEY or None,
            aws_secret_access_key=settings.TORGET_FILES_S3_SECRET or None,
            config=config,
        )  # fmt: skip

    def _at(self, sha256: str, *, aside: bool = False) -> dict[str, str]:
        name = folder.checked(sha256)
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{folder.ASIDE}/{name}" if aside else self.prefix + name}

    def size(self, sha256: str) -> int | None:
        """How many bytes lie in the bucket under this name; None for nothing. StoreDown."""
        return self._size(self._at(sha256))

    def _size(self, where: dict[str, str]) -> int | None:
        try:
            with _known_errors():
                return int(self.client.head_object(**where)["ContentLength"])
        except FileNotFoundError:
            return None

    def lies(self, sha256: str) -> bool:
        """Whether there are such bytes at all: in the bucket, also set aside, or still in the folder. StoreDown."""
        places = (self._at(sha256), self._at(sha256, aside=True))
        return any(self._size(place) is not None for place in places) or bool(
            self._folder and self._folder.lies(sha256)
        )

    def put(self, sha256: str, new: Path) -> None:
        """Send a whole file; it is gone from the disk afterwards."""
        try:
            with new.open("rb") as file:
                self._put(sha256, file)
        finally:
            new.unlink(missing_ok=True)

    def put_bytes(self, sha256: str, body: bytes, *, damaged: bool = False) -> None:
        """Send bytes. `damaged`: a restore puts back what already was wrong when the backup was made."""
        self._put(sha256, io.BytesIO(body), damaged=damaged)

    def _put(self, sha256: str, body: BinaryIO, *, damaged: bool = False) -> None:
        # The store reckons the hash itself, and keeps nothing whose hash is another.
        proof = {} if damaged else {"ChecksumSHA256": base64.b64encode(bytes.fromhex(sha256)).decode()}
        with _known_errors():
            self.client.put_object(**self._at(sha256), Body=body, ContentType="application/octet-stream", **proof)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes as they come over the line; FileNotFoundError when they are nowhere."""
        try:
            return self._get(sha256)
        except FileNotFoundError:
            # Another may have brought it back just now: where it should lie is looked at once more in any case.
            self.bring_back(sha256)
            try:
                return self._get(sha256)
            except FileNotFoundError:
                if self._folder is None:
                    raise
                return self._folder.open(sha256)

    def _get(self, sha256: str) -> BinaryIO:
        with _known_errors():
            return cast(BinaryIO, Body(self.client.get_object(**self._at(sha256))["Body"]))

    def open_file(self, sha256: str) -> BinaryIO:
        """The bytes as a file of the system without a name, which a child process can be given."""
        whole = tempfile.TemporaryFile()  # noqa: SIM115  given to whoever asked, who closes it
        try:
            with self.open(sha256) as source:
                while chunk := source.read(folder.CHUNK):
                    whole.write(chunk)
            whole.flush()
            # A child reads from where the descriptor stands.
            os.lseek(whole.fileno(), 0, os.SEEK_SET)
            whole.seek(0)
        except BaseException:
            whole.close()
            raise
        return cast(BinaryIO, whole)

    def remove(self, sha256: str) -> bool:
        """Remove the bytes, wherever they lie; whether there were any."""
        found = self.size(sha256) is not None
        with _known_errors():
            self.client.delete_object(**self._at(sha256))
            self.client.delete_object(**self._at(sha256, aside=True))
        also = self._folder is not None and self._folder.remove(sha256)
        return also or found

    def names(self, beginning: str = "") -> Iterator[tuple[str, float]]:
        """Name and age in seconds of each object whose name begins so."""
        yield from self._listed(self.prefix + beginning)

    def set_aside_names(self) -> Iterator[tuple[str, float]]:
        """Name and age in seconds, since it was set aside, of each such object."""
        yield from self._listed(f"{self.prefix}{folder.ASIDE}/")

    def _listed(self, beginning: str) -> Iterator[tuple[str, float]]:
        with _known_errors():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=beginning):
                for found in page.get("Contents", ()):
                    name = str(found["Key"]).rpartition("/")[2]
                    inside = ("/" not in str(found["Key"])[len(self.prefix) :]) or beginning.endswith(
                        folder.ASIDE + "/"
                    )
                    if inside and len(name) == 64:
                        yield name, (clock.now() - found["LastModified"]).total_seconds()

    def set_aside(self, sha256: str) -> None:
        """Put away what no row names, in the bucket and in the folder; FileNotFoundError when it lies in neither."""
        here = self._folder is not None and self._folder.size(sha256) is not None
        if self._folder is not None and here:
            self._folder.set_aside(sha256)
        try:
            self._copy(self._at(sha256), self._at(sha256, aside=True))
        except FileNotFoundError:
            if not here:
                raise

    def bring_back(self, sha256: str) -> bool:
        """Put back what was set aside; whether there was anything."""
        here = self._folder is not None and self._folder.bring_back(sha256)
        try:
            self._copy(self._at(sha256, aside=True), self._at(sha256))
        except FileNotFoundError:
            return here
        return True

    def _copy(self, source: dict[str, str], target: dict[str, str]) -> None:
        with _known_errors():
            self.client.copy_object(CopySource=source, **target)
            self.client.delete_object(**source)

    def forget(self, sha256: str) -> None:
        """Remove what was set aside."""
        if self._folder is not None:
            self._folder.forget(sha256)
        with _known_errors():
            self.client.delete_object(**self._at(sha256, aside=True))

    def place(self, sha256: str) -> str:
        """Where the object lies, for whoever has to look for it."""
        return f"s3://{self.bucket}/{self.prefix}{sha256}"


@contextmanager
def _known_errors() -> Iterator[None]:
    """The library's errors as two of the system's: FileNotFoundError, and StoreDown for all others."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ("404", "NoSuchKey", "NotFound"):
            raise FileNotFoundError(code) from None
        log.error("files.store_down code=%s", code if code.isalnum() else "unknown")
        raise StoreDown(code) from error
    except (BotoCoreError, HTTPError) as error:
        log.error("files.store_down code=%s", type(error).__name__)
        raise StoreDown(type(error).__name__) from error

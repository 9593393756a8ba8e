"""Deliveries as they came, in WARC 1.1 (ISO 28500:2017) with SHA-256 for block and payload."""

import hashlib
import uuid
from io import BytesIO
from typing import BinaryIO

from warcio.warcwriter import WARCWriter

from torget.archive.rules import plain
from torget.archive.sip.xml import moment
from torget.conversations.models import RawEvent

SPACE = uuid.UUID("6f9f1f0e-8a35-5c0e-9f2e-0d3b1c7c5a11")
"""Our own namespace: names inside packages follow from what they name, so that the same case gives the same bytes."""


def identity(raw: RawEvent) -> str:
    """The WARC record id of a delivery."""
    return f"<urn:uuid:{uuid.uuid5(SPACE, f'{raw.account_id}:{raw.delivery}')}>"


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


class Warc:
    """Writes deliveries to a file, each compressed by itself."""

    def __init__(self, file: BinaryIO, software: str, case: str) -> None:
        self._writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        self._case = case
        self._software = software
        self._begun = False

    def _write(self, kind: str, body: bytes, headers: dict[str, str], media_type: str, uri: str = "") -> None:
        # Without these two the library would put SHA-1 there.
        headers |= {"WARC-Block-Digest": _digest(body)}
        if kind != "warcinfo":
            headers |= {"WARC-Payload-Digest": _digest(body)}
        record = self._writer.create_warc_record(
            uri, kind, payload=BytesIO(body), length=len(body), warc_content_type=media_type, warc_headers_dict=headers
        )
        self._writer.write_record(record)

    def _begin(self, raw: RawEvent) -> None:
        if self._begun:
            return
        self._begun = True
        body = f"software: {self._software}\r\nformat: WARC File Format 1.1\r\ndescription: {self._case}\r\n".encode()
        name = f"<urn:uuid:{uuid.uuid5(SPACE, self._case)}>"
        headers = {"WARC-Record-ID": name, "WARC-Date": moment(raw.captured_at)}
        self._write("warcinfo", body, headers, "application/warc-fields")

    def add(self, raw: RawEvent) -> None:
        """Put the delivery in as it came."""
        self._begin(raw)
        headers = {"WARC-Record-ID": identity(raw), "WARC-Date": moment(raw.captured_at)}
        self._write("resource", bytes(raw.body), headers, media_type(raw), address(raw))

    def name_only(self, raw: RawEvent, why: str) -> None:
        """Say that there was a delivery, with its hash, and why its bytes are not here."""
        self._begin(raw)
        lines = [f"withheld: {why}", f"length: {len(raw.body)}", f"sha256: {hashlib.sha256(raw.body).hexdigest()}"]
        headers = {"WARC-Record-ID": identity(raw), "WARC-Date": moment(raw.captured_at)}
        body = "".join(f"{line}\r\n" for line in lines).encode()
        self._write("metadata", body, headers, "application/warc-fields", address(raw))


def media_type(raw: RawEvent) -> str:
    """The type that the service gave, where it is one; a header must not be led astray by it."""
    given = raw.media_type.split(";")[0].strip()
    kind, slash, rest = given.partition("/")
    whole = bool(slash) and all(part and part.replace("-", "").replace(".", "").replace("+", "").isalnum()
                                and part.isascii() for part in (kind, rest))  # fmt: skip
    return given if whole else "application/octet-stream"


def address(raw: RawEvent) -> str:
    """What the record is of: the address that was asked, else a name of ours. No address with a sign that it may not have."""
    if raw.url and raw.url.isascii() and raw.url.isprintable() and " " not in raw.url and ":" in raw.url:
        return raw.url
    # Several parts of one file have the same file name: the delivery tells them apart.
    return f"urn:torget:delivery:{plain(raw.account.channel)}:{plain(raw.delivery, 120)}"

"""Programs: other systems that send messages by the API and take answers by webhook. One delivery is one JSON object.

What is wrong in one is said at the door (torget/api), so that the program that sent it can mend it; what is read here has
passed there. `Raw.source` is the name that the program gave the message: by it the same thing twice is one message.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

from torget.channels import text
from torget.channels.base import Broken, File, Incoming, Item, Raw, Sender, Visibility, gather
from torget.channels.payload import table

MOST_FILES = 5


class Program:
    """The channel; see the module."""

    name = "api"
    mark = "Pg"
    default_visibility = Visibility.DIRECT

    @property
    def label(self) -> str:
        """What people call it."""
        return gettext("Anslutet system")

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """A file is one delivery."""
        yield Raw(body=body, source=source, media_type="application/json")

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """The message."""
        return gather(lambda one: [_message(one)], [raw])


def _message(raw: Raw) -> Item:
    try:
        held = json.loads(raw.body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return Broken("not_json", "message")
    if not isinstance(held, dict):
        return Broken("bad_row", "message")
    plain = text.clean(held.get("text")).strip()
    subject = text.line(held.get("subject"), text.SUBJECT)
    if not plain and not subject:
        return Broken("no_text", "message")
    key = text.external_id(raw.source)
    if not key:
        return Broken("no_id", "message")
    sender = table(held.get("sender"))
    address = text.line(sender.get("address"), text.ADDRESS)
    parent = text.external_id(held.get("in_reply_to"))
    return Incoming(
        external_id=key,
        sender=Sender(address.lower() if "@" in address else address, text.line(sender.get("name"))),
        text=plain,
        whole=text.clean(held.get("text"), text.WHOLE).strip(),
        subject=subject,
        sent_at=text.time(held.get("sent_at")),
        visibility=Visibility.DIRECT,
        in_reply_to=parent,
        thread=(parent,) if parent else (),
        files=tuple(_files(held.get("attachments"))),
        url=text.link(held.get("url")),
        language=text.line(held.get("language"), 20),
    )


def _files(given: Any) -> Iterator[File]:
    for one in given[:MOST_FILES] if isinstance(given, list) else []:
        held = table(one)
        try:
            body = b64decode(str(held.get("content") or ""), validate=True)
        except (binascii.Error, ValueError):
            continue  # the door has refused it already; a raw event from elsewhere keeps it whole
        name = text.line(held.get("filename"), 200) or "bilaga"
        yield File(name, text.line(held.get("media_type"), 100) or "application/octet-stream", body)

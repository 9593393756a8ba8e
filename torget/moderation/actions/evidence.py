"""A copy of a message before it is taken away: its versions, its files' hashes, and the deliveries it came in."""

import json
import os
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from torget.conversations.actions import deliveries_of
from torget.conversations.models import Message, RawEvent
from torget.core import clock
from torget.files import actions as files
from torget.files.models import Blob
from torget.journal.rules import record_digest
from torget.moderation.models import Evidence
from torget.moderation.rules.grounds import NO_COPY, Ground
from torget.organisations.models import User

FORMAT = "torget-evidence-1"


@dataclass(frozen=True, slots=True)
class Copy:
    """What was kept, and of which version; no blob where a copy is forbidden."""

    blob: Blob | None
    version: int
    version_digest: bytes
    raw_events: int = 0


def copy_of(message: Message, ground: Ground) -> Copy:
    """Keep a copy of the message as it stands. Outside any transaction: it reads deliveries and writes a file.

    Errors: Refused("disk_full" | "file_too_large"): then nothing may be taken away.
    """
    version = message.record.latest
    if ground in NO_COPY:
        return Copy(None, version.number, bytes(version.digest))
    raws = deliveries_of(message)
    document = _document(message) | {"raw_events": [_raw(raw) for raw in raws]}
    body = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()
    blob = files.keep(body, filename=f"bevis-{message.pk}.json", media_type="application/json")
    return Copy(blob, version.number, bytes(version.digest), len(raws))


def keep(copy: Copy, message: Message, ground: Ground, *, by: User) -> Evidence:
    """Store what was copied; inside the transaction that takes the message away."""
    salt, now = os.urandom(16), clock.now()
    said = {
        "ground": ground.value,
        "message": message.ref,
        "record": message.record.ref,
        "version": copy.version,
        "version_digest": copy.version_digest.hex(),
        "copy": copy.blob.pk if copy.blob else "",
        "taken_at": now.isoformat(timespec="milliseconds"),
    }
    return Evidence.objects.create(
        message=message,
        ground=ground.value,
        version=copy.version,
        version_digest=copy.version_digest,
        blob=copy.blob,
        raw_events=copy.raw_events,
        salt=salt,
        digest=record_digest(salt, said),
        taken_at=now,
        taken_by=by,
    )


def _document(message: Message) -> dict[str, Any]:
    record, sender = message.record, message.sender
    return {
        "format": FORMAT,
        "copied_at": clock.now().isoformat(timespec="milliseconds"),
        "conversation": message.conversation.number,
        "message": {
            "external_id": message.external_id,
            "alias": message.alias,
            "url": message.url,
            "channel": message.account.channel,
            "account": message.account.handle,
            "direction": message.direction,
            "visibility": message.visibility,
            "sender": {"address": sender.address, "name": sender.name} if sender else None,
            "sent_at": message.sent_at.isoformat(),
            "captured_at": message.captured_at.isoformat(),
        },
        "record": {"ref": record.ref, "dnr": record.dnr, "correspondent": record.correspondent},
        "versions": [
            {
                "number": version.number,
                "document": version.document(),
                "salt": bytes(version.salt).hex(),
                "digest": bytes(version.digest).hex(),
                "edited_at": version.edited_at.isoformat() if version.edited_at else None,
                "created_at": version.created_at.isoformat(),
            }
            for version in record.versions.order_by("number")
        ],
        "attachments": [
            {"filename": one.filename, "sha256": one.blob_id, "size": one.blob.size, "version": one.version}
            for one in record.attachments.select_related("blob").order_by("pk")
        ],
    }


def _raw(raw: RawEvent) -> dict[str, Any]:
    body = bytes(raw.body)
    return {
        "delivery": raw.delivery,
        "source": raw.source,
        "method": raw.method,
        "url": raw.url,
        "media_type": raw.media_type,
        "verdict": raw.verdict,
        "captured_at": raw.captured_at.isoformat(),
        "sha256": sha256(body).hexdigest(),
        "body": b64encode(body).decode(),
    }

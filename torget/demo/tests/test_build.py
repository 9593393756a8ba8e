"""The town as it is built: the same each time, all or nothing, and as the story tells it."""

from __future__ import annotations

import stat
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from torget.channels.registry import CHANNELS
from torget.conversations.models import Conversation, Message, Note, Outbox, Quarantined, RawEvent, Receipt
from torget.demo import build, payloads, playing, story, town
from torget.demo.happenings import Closed, Delivered, Event, Posted, Said
from torget.demo.texts.posts import PICTURES
from torget.files import rules as file_rules
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.journal.models import Checkpoint, Entry
from torget.organisations.models import Organisation, UnitCost, User
from torget.organisations.rules import Role
from torget.register.models import Record
from torget.results.report import week_report

STORY = story.events()
CODES = ["no_question", "already_answered", "not_for_us", "harassment"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder of its own, and hashing that takes no time."""
    settings.TORGET_HOME, settings.MAIL_FOLDER = tmp_path, tmp_path / "utgaende-post"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


def built(messages: int | None) -> list[str]:
    lines: list[str] = []
    build.ekevik(messages, lines.append)
    return lines


def told() -> list[object]:
    """Everything that two builds have in common: no keys, salts, passwords or row numbers."""
    found: list[object] = []
    for one in Conversation.objects.order_by("number").select_related("assigned_to", "case__authority", "context"):
        found.append(
            [one.number, one.channel, one.subject, one.state, one.closed_reason, one.public_title, one.published_at]
            + [one.first_received_at, one.taken_at, one.first_answered_at, one.answer_due, one.message_count]
            + [str(one.assigned_to), one.case and one.case.dnr, one.context and one.context.text]
        )
        for message in one.messages.order_by("id").select_related("record__case__authority", "sender"):
            record = message.record
            found += [
                [message.direction, str(message.sender), message.visibility, message.sent_at, message.deleted_at],
                [record.dnr, record.kind, record.state, record.subject, record.secret, record.occurred_at],
                [(version.subject, version.text, version.whole) for version in record.versions.order_by("number")],
            ]
            if message.direction == Message.IN:
                found.append(message.external_id)
    found += [[note.author.key_name, note.at] for note in _notes()]
    found += Outbox.objects.order_by("id").values_list("way", "state", "address", "sent_at")
    found += Receipt.objects.order_by("id").values_list("helped", "thanks", "made_at")
    found += Entry.objects.order_by("id").values_list("kind", "at", "sequence")
    found += Checkpoint.objects.order_by("size").values_list("size", "signed_at")
    found += Quarantined.objects.order_by("id").values_list("reason", "at")
    found += RawEvent.objects.order_by("id").values_list("delivery", "state")
    return found


def _notes() -> Any:
    from django.db.models import F

    return Note.objects.order_by("id").select_related("author").annotate(key_name=F("author__name"))

"""Counts an installation after the kills: each message once, numbers without gaps, the journal whole, files whole."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from torget.conversations.models import Conversation, Message, NumberSeries, Outbox, RawEvent, Receipt
from torget.core.errors import Refused
from torget.files import actions as files
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.journal.models import Checkpoint, Entry
from torget.register.models import Attachment, Case, DiarySeries, Record

TOKEN = re.compile(r"\b(?:post|fil|svar|ton)-\d{5,}\b")


def count(known: dict[str, Any]) -> dict[str, Any]:
    """The figures and the faults. `known` has the tokens: once (acknowledged), perhaps (given up: at most once)."""
    tokens = _tokens()
    faults = [*_messages(tokens, known), *_numbers(), *_entries(), *_leftovers(), *_blobs()]
    outbox = [
        {
            "mail_id": row.mail_id,
            "way": row.way,
            "state": row.state,
            "problem": row.problem,
            "conversation": row.message.conversation.number,
            "shown": row.message.conversation.state == "waiting",
        }
        for row in Outbox.objects.select_related("message__conversation").order_by("id")
    ]
    return {
        "faults": faults,
        "lost": sum(not tokens[token] for token in known["once"]),
        "doubled": sum(number > 1 for number in tokens.values()),
        "messages": Message.objects.count(),
        "entries": Entry.objects.count(),
        "checkpoints": Checkpoint.objects.count(),
        "blobs": Blob.objects.count(),
        "raw": dict(Counter(RawEvent.objects.values_list("state", flat=True))),
        "outbox": outbox,
    }


def _tokens() -> Counter[str]:
    """How often each token stands in a message, whatever the version."""
    found: Counter[str] = Counter()
    for message in Message.objects.select_related("record").prefetch_related("record__versions"):
        texts = {token for version in message.record.versions.all() for token in TOKEN.findall(version.text)[:1]}
        found.update(texts or {f"without a token: message {message.pk}"})
    return found


def _messages(tokens: Counter[str], known: dict[str, Any]) -> Iterable[str]:
    once, perhaps = set(known["once"]), set(known["perhaps"])
    yield from (f"lost: {token}" for token in sorted(once) if not tokens[token])
    yield from (f"{number} times: {token}" for token, number in tokens.items() if number > 1)
    yield from (f"nobody sent: {token}" for token in tokens if token not in once | perhaps)
    kept = Record.objects.exclude(kind="working")
    yield from (f"record {pk} has no message" for pk in kept.filter(message=None).values_list("pk", flat=True))
    for record in kept.prefetch_related("versions"):
        if [version.number for version in record.versions.all()] != [1]:
            yield f"record {record.pk} has not one version, and nobody edited"
    for conversation in Conversation.objects.all():
        there, receipts = conversation.messages.count(), conversation.receipts.count()
        if there != conversation.message_count or not there:
            yield f"conversation {conversation.number} says {conversation.message_count} messages and has {there}"
        if receipts != (conversation.channel == "web"):
            yield f"conversation {conversation.number} has {receipts} receipts"
    if Receipt.objects.count() != Conversation.objects.filter(channel="web").count():
        yield "receipts and conversations of the form are not equally many"


def _whole(name: str, numbers: Iterable[int], last: int) -> Iterable[str]:
    there = sorted(numbers)
    if there != list(range(1, last + 1)):
        yield f"{name}: {len(there)} numbers, the last given is {last}, missing {set(range(1, last + 1)) - set(there)}"


def _numbers() -> Iterable[str]:
    """Diary numbers and conversation numbers: all from one to the last, each once."""
    for series in DiarySeries.objects.select_related("authority"):
        cases = Case.objects.filter(authority=series.authority, year=series.year)
        yield from _whole(
            f"dnr {series.authority.prefix} {series.year}", cases.values_list("number", flat=True), series.last
        )
    in_case: dict[int, list[int]] = defaultdict(list)
    for case, number in Record.objects.exclude(case=None).values_list("case_id", "number"):
        in_case[case or 0].append(number or 0)
    for found in Case.objects.all():
        yield from _whole(f"case {found.pk}", in_case[found.pk], found.last_record)
    last = NumberSeries.objects.values_list("last", flat=True).first() or 0
    yield from _whole("conversations", Conversation.objects.values_list("number", flat=True), last)


def _entries() -> Iterable[str]:
    """The journal: whole by its own audit, and each record entered once for each thing that happened to it."""
    try:
        size = journal.audit()
    except Refused as refused:
        yield f"journal: {refused}"
        size = -1
    if size != Entry.objects.count():
        yield f"journal: {Entry.objects.count()} entries, {size} of them numbered"
    # Of records only: an account that is connected, or an answer found at its source, has no record of its own.
    entered = Counter(Entry.objects.filter(object_ref__startswith="record:").values_list("kind", "object_ref"))
    wanted: Counter[tuple[str, str]] = Counter()
    for record in Record.objects.exclude(kind="working"):
        wanted["record.received" if record.kind == "received" else "record.drawn_up", record.ref] += 1
        if record.kind == "dispatched":
            wanted["record.dispatched", record.ref] += 1
    yield from (
        f"journal has {entered[key]} of {key}, not {wanted[key]}"
        for key in wanted | entered
        if entered[key] != wanted[key]
    )


def _leftovers() -> Iterable[str]:
    yield from (f"raw event {pk} waits" for pk in RawEvent.objects.filter(state="waiting").values_list("pk", flat=True))
    for raw in RawEvent.objects.filter(state="quarantined").prefetch_related("quarantined"):
        yield f"{raw.source} is in quarantine: {[(row.reason, row.detail) for row in raw.quarantined.all()]}"


def _blobs() -> Iterable[str]:
    """Every file that a row speaks of is there with all its bytes, and no file of ours is half."""
    for sha256 in Blob.objects.values_list("pk", flat=True):
        try:
            files.read_verified(sha256)
        except Refused as refused:
            yield f"blob {sha256[:12]}: {refused.code}"
    twice = Counter(Attachment.objects.values_list("record_id", "blob_id", "filename"))
    yield from (f"attachment {key} stands {number} times" for key, number in twice.items() if number > 1)

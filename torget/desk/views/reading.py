"""What the desk's pages show: the queue's rows and the thread with its register panel and journal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from torget.conversations import rules
from torget.conversations.models import Conversation, Draft, Message, Note, Quarantined
from torget.core import clock
from torget.core.paging import place, read_place
from torget.desk.words import JOURNAL, PROBLEMS
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.register.models import Record, RecordVersion
from torget.register.rules import mask_identity_numbers
from torget.register.words import WHY

PAGE = 30
THREAD = 20
PREVIEW = 220
QUEUES = ("all", "new", "mine", "waiting", "answered")
COUNT_LIMIT = 100
"""Queues are counted to this many and then called "99+": no page waits for a count of everything."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of a queue: its rows, and the addresses of the pages beside it."""

    name: str
    rows: list[Conversation]
    older: str


def counted(rows: QuerySet[Any]) -> str:
    """How many, to the limit: "14" or "99+"."""
    count = rows.values("pk")[:COUNT_LIMIT].count()
    return str(count) if count < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"


def queue(name: str, user: User, after: str = "") -> Queue:
    """One page of a queue. What waits comes by the day its answer is due, what is answered newest first (keyset)."""
    visible = Conversation.objects.visible_to(user)
    places = visible.page_of(name, user, read_place(after), PAGE + 1)
    # Who wrote first, as the register has it: also a name without an address.
    first = Message.objects.filter(conversation=OuterRef("pk")).order_by("pk").values("record__correspondent")[:1]
    keys = [key for _, key in places[:PAGE]]
    rows = visible.select_related("assigned_to", "lease_owner", "contact").annotate(who=Subquery(first)).in_bulk(keys)
    older = f"?ko={name}&efter={place(*places[PAGE - 1])}" if len(places) > PAGE else ""
    return Queue(name, [rows[key] for key in keys if key in rows], older)


def due_word(due: datetime) -> str:
    """soon, late or later: how near the day of the answer is."""
    left = due - clock.now()
    if left < timedelta(0):
        return "late"
    return "soon" if left < timedelta(hours=8) else "later"


def thread(conversation: Conversation, before: int | None = None) -> tuple[list[dict[str, Any]], int | None]:
    """The newest messages, answers and notes in order of time, as `components/message.html` takes them.

    Of a long thread only what came before the message `before`; the second value is where the part before that begins.
    """
    messages = (
        conversation.messages.select_related("record", "sender", "author", "outbox")
        .prefetch_related("record__versions", "record__attachments__blob__rendition")
        .order_by("-id")
    )
    found = list((messages.filter(pk__lt=before) if before else messages)[: THREAD + 1])
    earlier = found[THREAD - 1].pk if len(found) > THREAD else None
    shown = found[:THREAD]
    notes = Note.objects.filter(conversation=conversation).select_related("author").prefetch_related("record__versions")
    if earlier:
        notes = notes.filter(at__gte=shown[-1].captured_at)
    if before and shown:
        notes = notes.filter(at__lte=shown[0].captured_at)
    rows = [_message(message, conversation) for message in shown] + [
        _note(note) for note in notes.order_by("-id")[:THREAD]
    ]
    return sorted(rows, key=lambda row: row["when"]), earlier


def _message(message: Message, conversation: Conversation) -> dict[str, Any]:
    version = message.record.latest
    out = message.direction == Message.OUT
    outbox = getattr(message, "outbox", None) if out else None
    who = (message.author.name if message.author else "") if out else message.record.correspondent
    return {
        "pk": message.pk,
        "kind": "out" if out else ("deleted" if message.deleted_at else "in"),
        "who": who,
        "channel": conversation.channel if not out else "",
        "about": "",
        "when": message.sent_at,
        "text": version.text or version.whole,
        "whole": version.whole if version.whole_text and not out else "",
        "flag": message.record.has_identity_number,
        "edited": version.edited_at or version.created_at if version.number > 1 else None,
        "files": [_file(conversation, attachment) for attachment in message.record.attachments.all()],
        "state": outbox.state if outbox and outbox.state != rules.Sending.SENT else "",
        "outbox": outbox,
        "problem": PROBLEMS.get(outbox.problem.split("_")[0], PROBLEMS["other"]) if outbox and outbox.problem else "",
        "message": message,
        "url": safe_url(message.url),
        "published": message.published_version,
    }


def _file(conversation: Conversation, attachment: Any) -> dict[str, Any]:
    blob = attachment.blob
    address = reverse("desk:attachment", kwargs={"number": conversation.number, "pk": attachment.pk})
    return {
        "name": attachment.filename,
        "size": blob.size,
        "url": address,
        "image": f"{address}?visa=1" if blob.shown else "",
        "alt": attachment.filename,
        "why": PROBLEMS.get(blob.reason_code, "") if blob.reason_code else "",
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": "inside",
        "who": note.author.name,
        "about": note.author.title,
        "when": note.at,
        "text": note.record.latest.text,
    }


def draft_of(conversation: Conversation, user: User) -> Draft | None:
    """The answer that `user` has begun."""
    return Draft.objects.filter(conversation=conversation, author=user).prefetch_related("record__versions").first()


def other_drafts(conversation: Conversation, user: User) -> list[Draft]:
    """Answers that colleagues have begun: known of, never hidden."""
    return list(
        Draft.objects.filter(conversation=conversation)
        .exclude(author=user)
        .select_related("author")
        .prefetch_related("record__versions")[:5]
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What everyone would read if the conversation were published now, and the name of just that."""

    rows: list[dict[str, Any]]
    shown: str


def public_preview(conversation: Conversation) -> Preview:
    """The beginning of all that would be published, whatever part of the conversation is on the screen."""
    versions = RecordVersion.objects.filter(
        record__message__conversation=conversation, record__message__deleted_at=None
    )
    names = [f"record__message__{name}" for name in ("pk", "direction", "visibility")]
    # One narrow query for all of them: of several versions of a message the last one stays.
    latest = {row[0]: row for row in versions.order_by(names[0], "number").values_list(*names, "number", "text")}
    found = list(latest.values())[: rules.MAX_PUBLISHED]
    # In an open channel some of a thread may have been said to us alone: staff are told before they publish it.
    social = conversation.channel in ("mastodon", "facebook")
    rows = [
        {
            "from_us": direction == Message.OUT,
            "text": _beginning(mask_identity_numbers(text)),
            "private": social and direction == Message.IN and visibility in ("direct", "followers"),
        }
        for _, direction, visibility, _, text in found
    ]
    return Preview(rows, rules.shown([(pk, number) for pk, _, _, number, _ in found]))


def _beginning(text: str) -> str:
    return text if len(text) <= PREVIEW else f"{text[: PREVIEW - 1]}…"


def safe_url(url: str) -> str:
    """The address if it is one that a link may have; what came from outside may be anything."""
    return url if url.startswith(("https://", "http://")) else ""


@dataclass(frozen=True, slots=True)
class RegisterPanel:
    """The register's side of the conversation: the record that is to be confirmed first, else the latest received."""

    record: Record
    message: Message
    why: Any
    unconfirmed: int


def register_panel(rows: list[dict[str, Any]]) -> RegisterPanel | None:
    """The record to look at now: the oldest that nobody has confirmed, else the first."""
    received = [row["message"] for row in rows if row.get("message") and row["message"].direction == Message.IN]
    if not received:
        return None
    waiting = [message for message in received if message.record.confirmed_at is None]
    message = (waiting or received)[0]
    return RegisterPanel(message.record, message, WHY.get(message.record.proposed_reason, ""), len(waiting))


def journal_of(conversation: Conversation, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conversation's entries in the journal, oldest first, in words."""
    records = [row["message"].record.ref for row in rows if row.get("message")]
    refs = [conversation.ref, *records, *(row["message"].ref for row in rows if row.get("message"))]
    entries = list(Entry.objects.filter(object_ref__in=refs).order_by("-id")[:40])[::-1]
    users = {entry.actor_ref.removeprefix("user:") for entry in entries if entry.actor_ref.startswith("user:")}
    names = {f"user:{user.pk}": user.first_name for user in User.objects.filter(pk__in=users)}
    return [
        {
            "at": e.at,
            "words": JOURNAL.get(e.kind, e.kind),
            "who": names.get(e.actor_ref, ""),
            "numbered": e.sequence is not None,
        }
        for e in entries
    ]


def counts(user: User) -> dict[str, str]:
    """How many lie in each queue, to the limit."""
    found = {
        name: counted(Conversation.objects.visible_to(user).queue(name, user))
        for name in ("all", "new", "mine", "waiting")
    }
    found["quarantine"] = counted(Quarantined.objects.filter(state=Quarantined.OPEN))
    return found

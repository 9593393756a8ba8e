"""What the desk shows of a conversation: the thread with its register panel, drafts and journal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import get_language

from torget.conversations import rules
from torget.conversations.models import Conversation, Draft, DraftFile, Message, Note
from torget.core import clock, dates, languages
from torget.core.kept import kept
from torget.core.rows import find
from torget.desk.words import PROBLEMS, journal_words
from torget.experts.reading import thread_rows
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.register.filling import fill
from torget.register.models import Record, RecordVersion
from torget.register.rules import mask_identity_numbers
from torget.register.words import WHY
from torget.team.models import Approval
from torget.team.rules import Asked

THREAD = 20
PREVIEW = 220
MASKED = 4 * PREVIEW
"""How much of a text is looked through for numbers before its beginning is shown: they become shorter when masked."""
JOURNAL = 20


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
    found = _messages(conversation.pk, before)
    earlier = found[THREAD - 1].pk if len(found) > THREAD else None
    shown = found[:THREAD]
    since = shown[-1].captured_at if earlier else None
    until = shown[0].captured_at if before and shown else None
    notes = _notes(conversation.pk, since, until)
    fill([*(message.record for message in shown), *(note.record for note in notes)])
    rows = [_message(message, conversation) for message in shown] + [_note(note) for note in notes]
    rows += thread_rows(conversation, since, until)
    return sorted(rows, key=lambda row: row["when"]), earlier


@kept
def _messages(conversation: int, before: int | None) -> QuerySet[Message]:
    found = Message.objects.filter(conversation=conversation, **({"pk__lt": before} if before else {}))
    return found.select_related("record", "account", "author", "outbox").order_by("-id")[: THREAD + 1]


@kept
def _notes(conversation: int, since: datetime | None, until: datetime | None) -> QuerySet[Note]:
    between = ({"at__gte": since} if since else {}) | ({"at__lte": until} if until else {})
    found = Note.objects.filter(conversation=conversation, **between).select_related("author", "record")
    return found.order_by("-id")[:THREAD]


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
        # Where the source says nothing it is guessed: said even so, since the desk is read in two languages.
        "lang": message.language or languages.guess(version.text or version.whole) or "sv",
        "flag": message.record.has_identity_number,
        "edited": version.edited_at or version.created_at if version.number > 1 else None,
        "files": [_file(conversation, attachment) for attachment in message.record.files],
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
        "lang": languages.guess(note.record.latest.text),
    }


def drafts_of(conversation: Conversation, user: User) -> tuple[Draft | None, list[Draft]]:
    """The answer that `user` has begun, and those of colleagues: known of, never hidden.

    A colleague's that waits for approval is shown whole elsewhere.
    """
    # Most conversations have none, and then the cheap question is enough.
    if not find(Draft, conversation=conversation.pk):
        return None, []
    asked = Approval.objects.filter(conversation=conversation, state=Asked.OPEN.value, draft__isnull=False)
    rows = Draft.objects.filter(Q(author=user) | ~Q(pk__in=asked.values("draft")), conversation=conversation)
    found = rows.select_related("author", "record").prefetch_related("record__versions").order_by("pk")[:200]
    own = next((draft for draft in found if draft.author_id == user.pk), None)
    return own, [draft for draft in found if draft.author_id != user.pk][:5]


@dataclass(frozen=True, slots=True)
class Preview:
    """What everyone would read if the conversation were published now, and the name of just that."""

    rows: list[dict[str, Any]]
    shown: str


def public_preview(conversation: Conversation) -> Preview:
    """The beginning of all that would be published, whatever part of the conversation is on the screen."""
    # Of several versions of a message the last one stays.
    found = list({row[0]: row for row in _beginnings(conversation.pk)}.values())
    # In an open channel some of a thread may have been said to us alone: staff are told before they publish it.
    social = conversation.channel in ("mastodon", "facebook")
    rows = [
        {
            "from_us": direction == Message.OUT,
            "text": _masked_beginning(text),
            "private": social and direction == Message.IN and visibility in ("direct", "followers"),
        }
        for _, direction, visibility, _, text in found
    ]
    return Preview(rows, rules.shown([(pk, number) for pk, _, _, number, _ in found]))


@kept
def _beginnings(conversation: int) -> QuerySet[RecordVersion, Any]:
    """Key, direction, visibility, number of the version and the beginning of all that may be published: one narrow query."""
    there = Message.objects.filter(conversation=conversation, deleted_at=None, removed_at=None).order_by("pk")
    versions = RecordVersion.objects.filter(record__message__in=there.values("pk")[: rules.MAX_PUBLISHED])
    names = [f"record__message__{name}" for name in ("pk", "direction", "visibility")]
    return versions.order_by(names[0], "number").values_list(*names, "number", Substr("text", 1, MASKED))


@lru_cache(maxsize=2048)
def _masked_beginning(text: str) -> str:
    return _beginning(mask_identity_numbers(text))


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


def register_panel(conversation: Conversation, rows: list[dict[str, Any]]) -> RegisterPanel | None:
    """The record to look at now: the oldest that nobody has confirmed, else the first."""
    received = [row["message"] for row in rows if row.get("message") and row["message"].direction == Message.IN]
    if not received:
        return None
    waiting = [message for message in received if message.record.confirmed_at is None]
    message = (waiting or received)[0]
    if message.record.case_id == conversation.case_id:
        message.record.case = conversation.case
    return RegisterPanel(message.record, message, WHY.get(message.record.proposed_reason, ""), len(waiting))


def journal_of(conversation: Conversation, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conversation's newest entries in the journal, oldest first, in words."""
    records = [row["message"].record.ref for row in rows if row.get("message")]
    refs = [conversation.ref, *records, *(row["message"].ref for row in rows if row.get("message"))]
    entries = _entries(refs)[::-1]
    users = {int(entry.actor_ref.removeprefix("user:")) for entry in entries if entry.actor_ref.startswith("user:")}
    names = {f"user:{user.pk}": user.first_name for user in _people(sorted(users))} if users else {}
    return [
        {
            "at": e.at,
            "words": journal_words(e.kind),
            "who": names.get(e.actor_ref, ""),
            "numbered": e.sequence is not None,
        }
        for e in entries
    ]


@kept
def _entries(refs: list[str]) -> QuerySet[Entry]:
    return Entry.objects.filter(object_ref__in=refs).order_by("-id")[:JOURNAL]


@kept
def _people(keys: list[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=keys)


def is_retired(draft: Draft | None, rows: list[dict[str, Any]], user: User) -> bool:
    """Whether a colleague's answer has gone out since the draft was kept: it is then not put in the box again by itself."""
    if draft is None:
        return False
    answers = [row["message"] for row in rows if row["kind"] == "out" and row["message"].removed_at is None]
    return any(one.author_id not in (None, user.pk) and one.captured_at > draft.saved_at for one in answers)


def draft_files(draft: Draft | None) -> list[DraftFile]:
    """The files put to an answer that is being written."""
    if draft is None:
        return []
    return list(DraftFile.objects.filter(draft=draft).select_related("blob").order_by("pk"))


def parts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages that came in, as choices for parting a conversation."""
    came = [row for row in rows if row["kind"] == "in"]
    return [{"pk": row["pk"], "who": row["who"], "text": _beginning(row["text"])[:90]} for row in came]


def leaving(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers that rest before they leave and can be taken back: the message and the second they leave."""
    now, found = clock.now(), []
    for row in rows:
        outbox = row.get("outbox")
        if outbox is None or outbox.state != rules.Sending.APPROVED or outbox.first_attempt_at:
            continue
        if outbox.not_before and outbox.not_before > now:
            soon = outbox.not_before - now < timedelta(minutes=10)
            language = get_language() or "sv"
            words = (
                dates.to_the_second(outbox.not_before, language)
                if soon
                else dates.due(outbox.not_before, now, language)
            )
            found.append({"pk": row["pk"], "at": outbox.not_before, "words": words, "soon": soon})
    return found

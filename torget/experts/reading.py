"""What is read of questions to colleagues: who knows, where they are, what they answered, what it was worth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from torget.conversations import actions as conversations
from torget.conversations.models import Conversation, Message
from torget.core import clock
from torget.core.kept import kept
from torget.experts import rules, words
from torget.experts.models import Answer, Expert, ExpertRequest, FileAlong, News, SentAlong, Word
from torget.matching.rules import content
from torget.organisations.models import ClosedDay, Organisation, User
from torget.register.filling import fill
from torget.register.models import RecordVersion, guarded, readable_by
from torget.register.permissions import can_read

LONG = 4_000
"""The words of a text that is longer are worked out each time and not kept."""
HEARD = 3_000
"""How many remembered words a suggestion is made from, the newest."""
TIMES = 500
"""How many answers a median is made from, the newest."""
SHOWN = 20


def names_in(conversation: Conversation) -> set[str]:
    """What those who wrote in a conversation call themselves, so that a colleague does not read it. A few dozen at most.

    Also where it has been joined into another since, or what went along with a question has been parted from it.
    """
    columns = ("sender__name", "sender__address", "record__correspondent")
    here = {conversation.pk, conversations.read_at(conversation).pk}
    along = SentAlong.objects.filter(request__conversation=conversation, message__direction=Message.IN)
    rows = [
        # All whose words are shown, and of a thread of thousands those who began it.
        *along.values_list(*(f"message__{column}" for column in columns)),
        *Message.objects.filter(conversation__in=here, direction=Message.IN).order_by("pk").values_list(*columns)[:200],
    ]
    return {name for row in rows for name in row if name}


def is_sealed(conversation_id: int) -> bool:
    """Whether anything in the conversation is for a circle alone: secret, or of somebody with a protected identity."""
    return Conversation.objects.filter(pk=conversation_id, sealed=True).exists()


def is_secret(request: ExpertRequest) -> bool:
    """Whether a question is read under log-in alone: its conversation is sealed, or it shows what is guarded elsewhere."""
    return ExpertRequest.objects.filter(pk=request.pk).secret().exists()


def _readable(reader: User | None, at: str) -> Q:
    """What may be shown of what reaches a record by `at`: to `reader`, or by the link (None)."""
    return ~guarded(at) if reader is None else readable_by(reader, at)


# ---- who knows ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A colleague with what their answers so far say of them; `minutes` is the median, None before the first."""

    expert: Expert
    answers: int
    minutes: int | None
    thanks: int

    @property
    def says(self) -> str:
        """`12 svar, hälften inom 31 min. 9 tack.`"""
        return words.record_of(self.answers, self.minutes, self.thanks)


def suggestions(
    conversation: Conversation, *, beside: Collection[int] = (), read: Sequence[Message] | None = None
) -> list[Known]:
    """Up to three who answered before on like words, the likeliest first; without those in `beside`. Constant SQL.

    `read`: the messages on the page, oldest first: of a long conversation it is they that tell what is asked now.
    """
    text = "\n".join([conversation.subject, _first_text(conversation, read or ())])[:20_000]
    asked = _words(text) if len(text) <= LONG else content(text).words
    rows = _heard(list(asked)[: rules.MAX_WORDS], list(beside))
    return known(rules.who_knows(asked, [rules.Heard(*row) for row in rows]))


@lru_cache(maxsize=512)
def _words(text: str) -> dict[str, float]:
    # By the text itself: who goes through the queue opens the same conversations again and again.
    return content(text).words


@kept
def _heard(words: list[str], beside: list[int]) -> QuerySet[Word, Any]:
    found = Word.objects.filter(word__in=words, request__expert__stopped_at=None)
    found = found.exclude(request__expert__pk__in=beside) if beside else found
    return found.order_by("-request_id").values_list("request__expert_id", "request_id", "word")[:HEARD]


def _first_text(conversation: Conversation, read: Sequence[Message]) -> str:
    first = next((one for one in read if one.direction == Message.IN), None)
    if first is not None:
        return first.record.latest.text
    versions = RecordVersion.objects.filter(
        record__message__conversation=conversation, record__message__direction=Message.IN
    )
    return versions.order_by("record__message__pk", "-number").values_list("text", flat=True).first() or ""


def known(keys: Sequence[int]) -> list[Known]:
    """These colleagues in this order, with the counts of their answers. Three queries, none for nobody."""
    if not keys:
        return []
    experts = Expert.objects.select_related("user", "unit").in_bulk(list(keys))
    times: dict[int, list[int]] = {}
    rows = Answer.objects.filter(request__expert__in=keys).order_by("-pk").values_list("request__expert_id", "minutes")
    for expert, minutes in rows[:TIMES]:
        times.setdefault(expert, []).append(minutes)
    thanks = dict(
        News.objects.filter(request__expert__in=keys, kind=rules.Tidings.THANKS.value)
        .values("request__expert_id")
        .annotate(number=Count("pk"))
        .values_list("request__expert_id", "number")
    )
    return [
        Known(
            experts[key],
            answers=len(times.get(key, ())),
            minutes=round(median(times[key])) if key in times else None,
            thanks=thanks.get(key, 0),
        )
        for key in keys
        if key in experts
    ]


# ---- where they are -------------------------------------------------------------------------------------------------


def waiting_for(conversation_ids: Collection[int]) -> dict[int, str]:
    """For the conversations that wait for a colleague: `Vera, 2 tim`. Constant SQL for any number of them."""
    asked: dict[int, list[ExpertRequest]] = {}
    for request in _asked_now(list(conversation_ids)):
        asked.setdefault(request.conversation_id, []).append(request)
    if not asked:
        return {}
    now, hours = clock.now(), Organisation.current().hours
    closed_days = ClosedDay.days(min(request.asked_at for requests in asked.values() for request in requests).date())
    found: dict[int, str] = {}
    for key, requests in asked.items():
        since = rules.minutes_between(requests[0].asked_at, now, hours, closed_days)
        found[key] = words.waiting(requests[0].expert, len(requests) - 1, since)
    return found


@kept
def _asked_now(conversations: list[int]) -> QuerySet[ExpertRequest]:
    found = ExpertRequest.objects.filter(conversation__pk__in=conversations, state=rules.State.ASKED.value)
    return found.select_related("expert").order_by("pk")


def thread_rows(
    conversation: Conversation, since: datetime | None = None, until: datetime | None = None
) -> list[dict[str, Any]]:
    """The answers of colleagues as rows of the desk's thread: notes from inside, with who, how and after how long.

    Only those between `since` and `until`, where a part of a long thread is shown.
    """
    answers = _answers(conversation.pk, since, until)
    if answers:
        fill(answer.record for answer in answers)
    return [
        {
            "kind": "inside",
            "who": (answer.by.name if answer.by else "") or answer.request.expert.shown,
            "about": words.answered(answer),
            "when": answer.at,
            "text": answer.text,
            "files": files_of(answer),
            "expert_request": answer.request,
        }
        for answer in answers
    ]


@kept
def _answers(conversation: int, since: datetime | None, until: datetime | None) -> QuerySet[Answer]:
    between = ({"at__gte": since} if since else {}) | ({"at__lte": until} if until else {})
    found = Answer.objects.filter(request__conversation=conversation, **between)
    return found.select_related("request__expert", "record", "by").order_by("-pk")[:SHOWN]


def files_of(answer: Answer, *, staff: bool = True) -> list[dict[str, Any]]:
    """The files of an answer as `components/files.html` takes them; addresses only where `staff` read it."""
    return [
        {
            "pk": file.pk,
            "name": file.filename,
            "size": file.blob.size,
            "url": reverse("experts:answer_file", kwargs={"pk": answer.request_id, "file": file.pk}) if staff else "",
        }
        for file in answer.record.files
    ]


@dataclass(frozen=True, slots=True)
class Along:
    """A message as a colleague reads it: no sender, no identity number."""

    from_us: bool
    at: datetime
    text: str


def along(request: ExpertRequest, reader: User | None = None) -> list[Along]:
    """The messages that went along and `reader` may read (None: whoever has the link), masked, in the versions chosen."""
    # The door asks before; this holds also for what is marked between the door and the page.
    readable = request.along.filter(_readable(reader, "message__record__"))
    chosen = list(readable.select_related("message").order_by("message_id"))
    versions = RecordVersion.objects.filter(record__in=[one.message.record_id for one in chosen])
    texts = {(record, number): text for record, number, text in versions.values_list("record_id", "number", "text")}
    names = names_in(request.conversation)
    return [
        Along(
            from_us=one.message.direction == Message.OUT,
            at=one.message.sent_at,
            text=rules.masked(texts.get((one.message.record_id, one.version), ""), names),
        )
        for one in chosen
        if one.message.deleted_at is None
    ]


def files_along(request: ExpertRequest, reader: User | None = None) -> QuerySet[FileAlong]:
    """The files that went along and `reader` may read (None: whoever has the link)."""
    readable = request.files.filter(_readable(reader, "attachment__record__"))
    return readable.select_related("attachment__blob__rendition").order_by("pk")


def outcome_of(answer: Answer | None, reader: User | None = None) -> str:
    """What went out after a colleague's answer, masked; empty before, and where `reader` (None: the link) may not read it."""
    if answer is None or answer.outcome is None:
        return ""
    record = answer.outcome.record
    if record.is_guarded and (reader is None or not can_read(reader, record)):
        return ""
    return rules.masked(record.latest.text, names_in(answer.request.conversation))


@dataclass(frozen=True, slots=True)
class Said:
    """What those who asked have said of the answer: how many that it helped, and their thanks, masked."""

    helped: int
    thanks: list[str]


def said_of(request: ExpertRequest, names: Collection[str]) -> Said:
    """What has been said of one answer, as far as it has been noted to be told."""
    rows = list(request.news.select_related("receipt").exclude(receipt=None).order_by("pk")[:SHOWN])
    thanks = [row.receipt.thanks for row in rows if row.kind == rules.Tidings.THANKS and row.receipt]
    return Said(
        helped=sum(row.kind == rules.Tidings.HELPED for row in rows),
        thanks=[rules.masked(text, names) for text in thanks if text],
    )


# ---- what it was worth ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Worth:
    """What a colleague's answers were worth. `helped` people got an answer from them, `said_so` of them said it helped."""

    expert: Expert
    answers: int
    minutes: int | None
    helped: int
    said_so: int
    thanks_given: int
    thanks: list[tuple[datetime, str]]
    latest: list[dict[str, Any]]

    @property
    def took(self) -> str:
        """The median in words."""
        return words.duration(self.minutes or 0)


def worth(expert: Expert, *, logged_in: bool) -> Worth:
    """What one's own page shows. Nothing is quoted of a conversation that one may not open."""
    mine = Answer.objects.filter(request__expert=expert)
    [own] = known([expert.pk])
    told = News.objects.filter(request__expert=expert)
    latest = mine.select_related("request__question", "request__conversation").prefetch_related(
        "request__question__versions"
    )
    rows = list(latest.order_by("-pk")[:SHOWN])
    said = told.filter(kind=rules.Tidings.THANKS.value, receipt__isnull=False).select_related("receipt__conversation")
    thanks = list(said.order_by("-pk")[:SHOWN])
    quoted = {row.request_id for row in rows} | {one.request_id for one in thanks}
    hidden = _hidden_among(quoted, expert.user if logged_in else None)
    return Worth(
        expert=expert,
        answers=mine.count(),
        minutes=own.minutes,
        helped=mine.filter(outcome_at__isnull=False).aggregate(people=Count("request__conversation", distinct=True))[
            "people"
        ],
        said_so=told.filter(kind=rules.Tidings.HELPED.value).count(),
        thanks_given=told.filter(kind=rules.Tidings.THANKS.value).count(),
        thanks=[
            (one.at, rules.masked(one.receipt.thanks, names_in(one.receipt.conversation)))
            for one in thanks
            if one.receipt and one.receipt.thanks and one.request_id not in hidden
        ],
        latest=[
            {
                "asked": "" if row.request_id in hidden else words.beginning(rules.masked(row.request.text, ())),
                "at": row.at,
                "took": words.duration(row.minutes),
                "out": row.outcome_at,
            }
            for row in rows
        ],
    )


def _hidden_among(requests: Collection[int], user: User | None) -> set[int]:
    """Those questions that somebody may not open; without a log-in all that are secret."""
    secret = ExpertRequest.objects.filter(pk__in=list(requests)).secret()
    rows = set(secret.values_list("pk", flat=True))
    if rows and user is not None:
        rows -= set(ExpertRequest.objects.visible_to(user).filter(pk__in=rows).values_list("pk", flat=True))
    return rows


def open_for(user: Any) -> list[ExpertRequest]:
    """The questions that lie with somebody who is logged in, or with their unit; the soonest wanted first."""
    mine = Q(expert__user=user)
    if user.unit_id:
        mine |= Q(expert__unit=user.unit_id)
    rows = ExpertRequest.objects.visible_to(user).filter(
        mine, state=rules.State.ASKED.value, expires_at__gt=clock.now()
    )
    rows = rows.select_related("expert", "asked_by", "question").prefetch_related("question__versions")
    return list(rows.order_by("wanted_by", "pk")[:50])


def title_of(request: ExpertRequest) -> str:
    """A question's first words, masked, for lists and subjects."""
    return words.beginning(rules.masked(request.text, ())) or _("En fråga")

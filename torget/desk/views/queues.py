"""The desk's queues: which one is asked for and with what filters, its rows in groups, and what there is time for today."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode

from torget.channels.registry import CHANNELS
from torget.conversations import priority
from torget.conversations.actions.guarding import hide_from
from torget.conversations.models import QUEUES as LANES
from torget.conversations.models import Conversation, ConversationQuerySet, Message, Outbox, Quarantined, Tag
from torget.conversations.rules import Sending, State, storable
from torget.core import clock
from torget.core.kept import counts, kept, together
from torget.core.paging import place, read_place
from torget.organisations.models import ClosedDay, Organisation, Unit, User
from torget.organisations.rules import STOCKHOLM, Right, working_seconds
from torget.team.actions.notices import WANT_A_PERSON
from torget.team.models import Approval, Notice, SavedView, Shift
from torget.team.rules import WAITING_KINDS, Asked, Turn, on_duty

PAGE = 30
FEW = 5
MOST_WAITING = 20
MOST_UNREAD = 500
COUNT_LIMIT = 100
"""Queues are counted to this many and then called "99+": no page waits for a count of everything."""
QUEUES = ("now", "all", "mine", "free", "unit", "others", "new", "waiting", "snoozed", "spam", "answered")
FILTERS = ("kanal", "tagg", "enhet", "person")
ANSWER_MINUTES = 8
"""How long an answer is taken to last when the desk says what there is time for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for: a queue, filters (channel, tag, unit, person), or a saved view that is both."""

    name: str = "now"
    kanal: str = ""
    tagg: str = ""
    enhet: str = ""
    person: str = ""
    view: int = 0

    @property
    def query(self) -> str:
        """As it stands in an address after `?`; nothing for the first queue without filters."""
        if self.view:
            return f"vy={self.view}"
        given = [("ko", self.name)] if self.name != "now" else []
        return urlencode([*given, *((key, getattr(self, key)) for key in FILTERS if getattr(self, key))])

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(getattr(self, key) for key in FILTERS)


def _read(given: Any) -> Wanted:
    name = given.get("ko", "now")
    fields: dict[str, Any] = {key: storable(given.get(key, "")[:60]) for key in FILTERS}
    wanted = Wanted(name if name in QUEUES else "now", **fields)
    # Groups are made for the whole queue: with filters it is the plain list of all that waits.
    return replace(wanted, name="all") if wanted.filtered and wanted.name == "now" else wanted


def wanted(request: HttpRequest, user: User) -> Wanted:
    """What a request asks for: the address, or in a POST the field `ko`, which holds the query of the page it came from."""
    given: Any = request.GET
    if request.method == "POST" and "ko" in request.POST:
        text = request.POST["ko"][:400]
        given = QueryDict(text) if "=" in text else QueryDict(urlencode({"ko": text}))
    number = given.get("vy", "")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        view = SavedView.objects.visible_to(user).filter(pk=int(number)).first()
        if view:
            return replace(_read(QueryDict(view.query)), view=view.pk)
    return _read(given)


def narrowed(rows: ConversationQuerySet, wanted: Wanted, user: User) -> ConversationQuerySet:
    """Only what the filters let through; a filter that names nothing lets nothing through."""
    if wanted.kanal:
        rows = rows.filter(channel=wanted.kanal)
    if wanted.tagg:
        # That somebody has put a certain word on it may say what it is about.
        rows = rows.visible_to(user).filter(
            pk__in=Tag.conversations.through.objects.filter(tag__name=wanted.tagg).values("conversation")
        )
    for key, column in (("enhet", "unit"), ("person", "assigned_to")):
        value = getattr(wanted, key)
        if value == "jag" and key == "person":
            rows = rows.filter(assigned_to=user)
        elif value:
            rows = rows.filter(**{f"{column}_id": int(value)}) if _is_key(value) else rows.none()
    return rows


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


SHOWN = (
    "number", "channel", "subject", "state", "snoozed_until", "urgency", "is_question", "is_vulnerable", "same_count",
    "first_at", "first_received_at", "answer_due", "last_message_at", "lease_until", "assigned_to__name",
    "lease_owner__name", "sealed",
)  # fmt: skip
"""What a row shows of a conversation and where it stands."""


@kept
def _rows(keys: list[int]) -> QuerySet[Conversation]:
    # Who wrote first, as the register has it: also a name without an address.
    first = Message.objects.filter(conversation=OuterRef("pk")).order_by("pk").values("record__correspondent")[:1]
    found = Conversation.objects.filter(pk__in=keys).select_related("assigned_to", "lease_owner")
    return found.only(*SHOWN).annotate(who=Subquery(first))


def with_names(keys: list[int], user: User | None) -> list[Conversation]:
    """The conversations with these keys, in their order, with what a row shows of them to `user`.

    Without a user it is a row for everyone: what is sealed is hidden.
    """
    found = {row.pk: row for row in _rows(keys)} if keys else {}
    shown = [found[key] for key in keys if key in found]
    hide_from(user, shown)
    return shown


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading; `more`: the address of the rest; `count`: what stands beside the heading."""

    code: str
    rows: list[Conversation]
    more: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of a queue: its rows in groups, the address of the next page, and what is not reached today."""

    wanted: Wanted
    groups: list[Group]
    older: str
    hour: priority.Hour | None = None
    only_hour: bool = False

    @property
    def rows(self) -> list[Conversation]:
        """All rows in their order."""
        return [row for group in self.groups for row in group.rows]


@dataclass(frozen=True, slots=True)
class Around:
    """What the queue hangs on besides its rows, read once for a page: counts, hours, who has the desk."""

    counts: dict[str, str]
    organisation: Organisation
    closed: Set[date]
    on_duty: list[Turn]
    unread: list[tuple[int | None, str]]
    """One's unread notices, the newest first: the conversation's key and the kind."""


def unread(user: User) -> list[tuple[int | None, str]]:
    """One's unread notices, the newest first, at most MOST_UNREAD."""
    return _unread(user.pk)


@kept
def _unread(user: int) -> QuerySet[Notice, Any]:
    found = Notice.objects.filter(user=user, read_at=None).order_by("-pk")
    return found.values_list("conversation", "kind")[:MOST_UNREAD]


def look_around(user: User, notices: list[tuple[int | None, str]] | None = None) -> Around:
    """Read it; `notices`: what `unread` gave, where that has been asked."""
    notices = unread(user) if notices is None else notices
    now = clock.now()
    shown = {name: _shown(count) for name, count in _counts(user.pk, role=user.role).items()}
    shown["unread"] = _shown(len(notices))
    closed = ClosedDay.days(now.date())
    return Around(shown, Organisation.current(), closed, on_duty(Shift.turns(), now, closed), notices)


@counts(COUNT_LIMIT)
def _counts(user: int, *, role: str) -> dict[str, QuerySet[Any]]:
    """How many of each, to the limit: no page waits for a count of everything."""
    who = User(pk=user, role=role)
    visible = Conversation.objects.listed_to(who)
    return {name: visible.queue(name, who) for name in ("all", "mine", "free")} | {
        "unknown": Outbox.objects.filter(state=Sending.UNKNOWN.value),
        "quarantine": Quarantined.objects.filter(state=Quarantined.OPEN),
    }


def queue(wanted: Wanted, user: User, after: str = "", *, minutes: int = 0, around: Around | None = None) -> Queue:
    """One page of a queue (keyset). `minutes`: only what there is time for in so many minutes (the first queue alone)."""
    if wanted.name == "now":
        return _now(wanted, user, after, minutes, around or look_around(user))
    visible = narrowed(Conversation.objects.listed_to(user), wanted, user)
    places = visible.page_of(wanted.name, user, read_place(after), PAGE + 1)
    keys = [key for _, key in places[:PAGE]]
    rows = with_names(keys, user)
    return Queue(wanted, [Group("", rows)], _older(wanted, places))


def _older(wanted: Wanted, places: list[tuple[datetime, int]]) -> str:
    if len(places) <= PAGE:
        return ""
    return f"?{wanted.query or 'ko=now'}&efter={place(*places[PAGE - 1])}"


# ---- what to do now ---------------------------------------------------------------------------------------------


@together
def _beside(user: int, *, role: str) -> list[QuerySet[Any, Any]]:
    who = User(pk=user, role=role)
    open_to_me = Q(asked_of=user) | Q(asked_of=None) if who.may(Right.PUBLISH) else Q(asked_of=user)
    asked = Approval.objects.filter(open_to_me, state=Asked.OPEN.value).exclude(author=user)
    decide = Outbox.objects.filter(state__in=WANT_A_PERSON)
    others = Conversation.objects.listed_to(who).lane("others", who).filter(state=State.ASSIGNED.value)
    return [
        asked.order_by("pk").values_list("pk", "conversation")[:MOST_WAITING],
        decide.order_by("-pk").values_list("pk", "message__conversation")[:10],
        others.order_by("first_at", "pk").values_list("pk", "number")[: FEW + 1],
    ]


def _apart(user: User, notices: list[tuple[int | None, str]]) -> tuple[list[int], list[int], list[int]]:
    """Keys of conversations that stand by themselves, at the head and the foot of the queue. One statement.

    What waits for this very person (to approve, to read a word to them, to change a draft), what has an answer whose
    outcome somebody must decide (the latest first), and the first of what colleagues have.
    """
    to_me, to_decide, theirs = _beside(user.pk, role=user.role)
    kinds = {kind.value for kind in WAITING_KINDS}
    waiting = [key for _, key in sorted(to_me)]
    waiting += [key for key, kind in notices if key is not None and kind in kinds][:MOST_WAITING]
    latest = [key for _, key in sorted(to_decide, reverse=True)]
    return list(dict.fromkeys(waiting))[:MOST_WAITING], latest, [pk for pk, _ in theirs]


@together
def _waiting(user: int, at: datetime | None, pk: int, *, role: str, size: int) -> list[QuerySet[Any, Any]]:
    rows = Conversation.objects.listed_to(User(pk=user, role=role)).filter(snoozed_until=None)
    if at:
        rows = rows.filter(Q(first_at__gt=at) | Q(first_at=at, pk__gt=pk), first_at__gte=at)
    parts = (
        rows.filter(state=State.NEW.value),
        rows.filter(state=State.ASSIGNED.value, assigned_to=user),
        rows.filter(state=State.ASSIGNED.value, assigned_to=None),
    )
    return [part.order_by("first_at", "pk").values_list("first_at", "pk")[:size] for part in parts]


def _places(user: User, start: tuple[datetime, int] | None, size: int) -> list[tuple[datetime, int]]:
    """Places of what anyone free may take and what is one's own, in the order of the desk."""
    at, pk = start or (None, 0)
    found = _waiting(user.pk, at, pk, role=user.role, size=size)
    return [(_moment(at), pk) for at, pk in sorted(row for rows in found for row in rows)[:size]]


def _moment(value: Any) -> datetime:
    """A moment as the database gave it: SQLite's is on UTC's clock and does not say so, and may be text."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _now(wanted: Wanted, user: User, after: str, minutes: int, around: Around) -> Queue:
    start = read_place(after)
    places = _places(user, start, PAGE + 1)
    if start:
        rows = with_names([key for _, key in places[:PAGE]], user)
        return Queue(wanted, [Group("first", rows)], _older(wanted, places))
    waiting, decide, others = _apart(user, around.unread)
    apart = set(waiting) | set(decide)
    first = [key for key in dict.fromkeys([*decide, *(key for _, key in places[:PAGE])]) if key not in set(waiting)]
    rest = [key for key in others if key not in apart]
    found = {row.pk: row for row in with_names(list(dict.fromkeys([*waiting, *first, *rest])), user)}
    total = sum(int(around.counts[name].rstrip("+")) for name in ("mine", "free"))
    open_rows = [found[key] for key in first if key in found]
    today = minutes or _minutes_today(around)
    # After closing time nothing is said of what is not reached today.
    hour = _hour(open_rows, total, today) if today else None
    if minutes and hour:
        open_rows = [found[key] for key in hour.do]
    groups = [
        Group("you", [found[key] for key in waiting if key in found]),
        Group("first", open_rows, count=str(len(open_rows)) if not _older(wanted, places) else _shown(total)),
    ]
    if not minutes:
        more = "?ko=others" if len(others) > FEW else ""
        groups.append(Group("others", [found[key] for key in rest[:FEW] if key in found], more=more))
    return Queue(
        wanted,
        [group for group in groups if group.rows],
        "" if minutes else _older(wanted, places),
        hour,
        bool(minutes),
    )


def _shown(total: int) -> str:
    return str(total) if total < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"


def _hour(rows: list[Conversation], total: int, minutes: int) -> priority.Hour:
    queue = [(row.pk, row.first_received_at, row.answer_due) for row in rows]
    return priority.an_hour(queue, minutes=minutes, each=ANSWER_MINUTES, total=max(total, len(queue)))


def _minutes_today(around: Around) -> int:
    """Working minutes that are left of the day, for all who have the desk now; 0 after closing time."""
    now, organisation = clock.now(), around.organisation
    midnight = (now.astimezone(STOCKHOLM) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = working_seconds(now, midnight, organisation.hours, around.closed)
    return int(left // 60) * max(1, len(around.on_duty))


# ---- choices -----------------------------------------------------------------------------------------


@together
def _choices() -> list[QuerySet[Any, Any]]:
    nothing = Value("", output_field=CharField())
    return [
        Tag.objects.values_list("pk", "name", nothing)[:100],
        Unit.objects.values_list("pk", "name", nothing)[:100],
        User.objects.filter(is_active=True).order_by("name").values_list("pk", "name", "role")[:200],
    ]


def choices() -> dict[str, Any]:
    """What the filters may be set to, and whom one may give a conversation to."""
    tags, units, people = _choices()
    return {
        "tags": [name for _, name, _ in tags],
        "units": [{"pk": pk, "name": name} for pk, name, _ in units],
        "channels": [(name, channel.label) for name, channel in CHANNELS.items()],
        "people": [{"pk": pk, "name": name, "role": role} for pk, name, role in people],
    }


assert set(QUEUES) - {"now"} <= set(LANES)  # nosec B101  # noqa: S101  the desk names no queue that is not there

"""What the pages and the panel of moderation show. Constant SQL; lists are keyset pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from torget.channels.registry import CHANNELS
from torget.conversations.models import Account, Conversation, Message
from torget.core import clock
from torget.core.kept import kept
from torget.journal.models import Entry
from torget.moderation import words
from torget.moderation.actions.removing import shown
from torget.moderation.models import Complaint, Notice, Removal
from torget.moderation.rules import grounds, screening, watching
from torget.moderation.rules.grounds import LAW, NEEDS_A_PERSON, UNLAWFUL, Ground, State, Way
from torget.moderation.rules.notices import Decision, median_hours
from torget.moderation.rules.watching import Watch
from torget.organisations.models import ClosedDay, Organisation, User

PAGE = 30
BEGINNING = 140
LONG = 4_000
_MOST_COUNTED = 20_000


def key_of(text: str) -> int | None:
    """The key that an address of a list names; None for none and for nonsense."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def beginning(text: str, length: int = BEGINNING) -> str:
    """The first words of a text, in one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= length else f"{plain[: length - 1]}…"


# ---- one conversation ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a conversation as moderation sees it."""

    message: Message
    text: str
    hints: tuple[screening.Hint, ...]
    removal: Removal | None
    # Whether anyone outside can read it, so that there is something to take away.
    can_go: bool

    @property
    def said(self) -> list[tuple[Any, str]]:
        """The hints in words: sentence and the words in the text."""
        return [(words.HINTS[hint.kind], hint.words) for hint in self.hints]


def lines(conversation: Conversation, most: int = 20, read: Sequence[Message] | None = None) -> list[Line]:
    """The newest messages that came in, oldest first, with hints worked out now and what has been done to each.

    `read`: messages that the page has read already, with account, record and versions: then those that came in of them.
    """
    if read is None:
        newest = conversation.messages.filter(direction=Message.IN).select_related("record", "account").order_by("-pk")
        messages = list(newest.prefetch_related("record__versions")[:most])[::-1]
    else:
        messages = [message for message in read if message.direction == Message.IN][-most:]
    held = _held([message.pk for message in messages]) if messages else []
    removed = {removal.message_id: removal for removal in held}
    found = []
    for message in messages:
        version = message.record.latest
        hints = () if message.deleted_at or message.pk in removed else _hints(version.whole)
        gone = message.deleted_at is not None
        why_not = grounds.why_not(shown(message), removed=message.pk in removed, deleted=gone)
        text = version.text or version.whole
        found.append(Line(message, text, hints, removed.get(message.pk), can_go=why_not is None))
    return found


@kept
def _held(messages: list[int]) -> QuerySet[Removal]:
    found = Removal.objects.filter(message__pk__in=messages).exclude(state=State.UNDONE.value)
    return found.select_related("decided_by")


def _hints(text: str) -> tuple[screening.Hint, ...]:
    return _kept_hints(text) if len(text) <= LONG else screening.hints(text)


# By the text itself: who goes through the queue opens the same conversations again and again.
_kept_hints = lru_cache(maxsize=1024)(screening.hints)


# ---- notices, complaints, removals -----------------------------------------------------------------------------------


def notices(user: User, *, decided: bool, before: int | None) -> tuple[list[Notice], int | None]:
    """A page of notices: what waits oldest first, what is decided newest first; and where the next page begins."""
    rows = Notice.objects.visible_to(user).filter(decided_at__isnull=not decided)
    rows = rows.select_related("conversation", "concerns", "decided_by").order_by("-pk" if decided else "pk")
    if before:
        rows = rows.filter(pk__lt=before) if decided else rows.filter(pk__gt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def complaints(user: User) -> list[Complaint]:
    """The complaints that wait, oldest first; the first fifty."""
    related = ("conversation", "removal__message__conversation", "removal__decided_by")
    return list(Complaint.objects.visible_to(user).filter(decided_at=None).select_related(*related).order_by("pk")[:50])


def removals(user: User, *, before: int | None, waiting: bool = False) -> tuple[list[Removal], int | None]:
    """A page of what was taken away, newest first; `waiting`: what a person must look at, which is not among the others."""
    related = ("message__conversation", "message__account", "evidence", "decided_by", "undone_by", "notice")
    rows = Removal.objects.visible_to(user).select_related(*related).order_by("-pk")
    needs = Q(state__in=[state.value for state in NEEDS_A_PERSON])
    by_hand = Q(state=State.ASKED.value, way=Way.BY_HAND.value)
    if waiting:
        return sorted([*rows.filter(needs)[:PAGE], *rows.filter(by_hand)[:PAGE]], key=lambda one: one.pk), None
    rows = rows.exclude(needs | by_hand)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


# ---- accounts to be looked at ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watched:
    """An account, how it stands, and who looked last."""

    account: Account
    label: str
    standing: watching.Standing
    who: str

    @property
    def overdue(self) -> bool:
        """Whether somebody has to look now."""
        return self.standing.word in (Watch.OVERDUE, Watch.NEVER)

    @property
    def late(self) -> int:
        """How many minutes of opening time it is past."""
        return max(0, -self.standing.left)


@kept
def _watched() -> QuerySet[Account]:
    return Account.objects.exclude(channel__in=watching.ADDRESSED).order_by("channel", "name")[:100]


def watched(*, names: bool = True) -> list[Watched]:
    """The accounts in which something is written openly, those that are late first; at most a hundred."""
    accounts = _watched()
    now, organisation = clock.now(), Organisation.current()
    looked = [account.watched_at for account in accounts if account.watched_at]
    closed = ClosedDay.days(min(looked).date()) if looked else frozenset()
    who = _who_looked(accounts) if names else {}
    found = [
        Watched(
            account,
            _label(account),
            watching.standing(
                minutes=account.watch_minutes,
                watched=account.watched_at,
                now=now,
                hours=organisation.hours,
                closed_days=closed,
            ),
            who.get(account.ref, ""),
        )
        for account in accounts
    ]
    return sorted(found, key=lambda one: (not one.overdue, one.standing.word is Watch.NONE, one.label))


def _label(account: Account) -> str:
    channel = CHANNELS.get(account.channel)
    name = account.name or account.handle
    kind = channel.label if channel else account.channel
    return f"{kind}: {name}" if name and name != kind else kind


def _who_looked(accounts: Sequence[Account]) -> dict[str, str]:
    """Who said last that they had looked, by the account's name in the journal."""
    refs = [account.ref for account in accounts]
    told = Entry.objects.filter(object_ref__in=refs, kind="account.looked_at")
    latest = list(told.order_by().values("object_ref").annotate(last=Max("pk")).values_list("last", flat=True))
    actors = dict(Entry.objects.filter(pk__in=latest).values_list("object_ref", "actor_ref"))
    keys = {actor.removeprefix("user:") for actor in actors.values() if actor.startswith("user:")}
    names = {user.ref: user.name for user in User.objects.filter(pk__in=keys)}
    return {ref: names.get(actor, "") for ref, actor in actors.items()}


# ---- in public -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """A ground as everyone may read it, with the law beside the BBS law, and how often it was used this year."""

    word: Any
    meaning: Any
    law: str
    used: int


@dataclass(frozen=True, slots=True)
class Yearly:
    """What was done in a year, in whole numbers (DSA article 15 in small)."""

    year: int
    notices: int
    waiting: int
    removed_by_notice: int
    kept: int
    median_hours: float | None
    removals: int
    shown_again: int
    complaints: int
    upheld: int
    by_law: list[Rule]
    by_ours: list[Rule]


def year_of(year: int) -> Yearly:
    """What was done in a year. Rows of moderation are few; the page that asks is stored by the public version."""
    start = datetime(year, 1, 1, tzinfo=clock.STOCKHOLM)
    end = datetime(year + 1, 1, 1, tzinfo=clock.STOCKHOLM)
    received = Notice.objects.filter(received_at__gte=start, received_at__lt=end)
    rows = list(received.values_list("received_at", "decided_at", "decision")[:_MOST_COUNTED])
    decided = Removal.objects.filter(decided_at__gte=start, decided_at__lt=end)
    used = dict(decided.order_by().values_list("ground").annotate(Count("pk")))
    complaints = Complaint.objects.filter(received_at__gte=start, received_at__lt=end)
    listed = {
        ground: Rule(*words.GROUNDS[ground], LAW.get(ground, "").rpartition("; ")[2], used.get(ground.value, 0))
        for ground in Ground
    }
    return Yearly(
        year=year,
        notices=len(rows),
        waiting=sum(1 for _, at, _ in rows if at is None),
        removed_by_notice=sum(1 for _, _, decision in rows if decision == Decision.REMOVED),
        kept=sum(1 for _, _, decision in rows if decision in (Decision.KEPT, Decision.NOT_FOUND)),
        median_hours=median_hours([(at, done) for at, done, _ in rows if done is not None]),
        removals=sum(used.values()),
        shown_again=decided.filter(state=State.UNDONE.value).count(),
        complaints=complaints.count(),
        upheld=complaints.filter(upheld=True).count(),
        by_law=[rule for ground, rule in listed.items() if ground in UNLAWFUL],
        by_ours=[rule for ground, rule in listed.items() if ground not in UNLAWFUL],
    )

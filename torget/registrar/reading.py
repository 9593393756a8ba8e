"""What the registrar's pages show. Constant SQL; lists are keyset pages; counts go to a limit and then say so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.utils.http import urlencode

from torget.channels.registry import CHANNELS
from torget.conversations.actions.guarding import readable
from torget.conversations.models import Message
from torget.conversations.rules import storable
from torget.core import clock
from torget.core.counting import bounded
from torget.core.paging import read_key
from torget.journal.models import Entry
from torget.organisations.models import Authority, User
from torget.register import rules
from torget.register.hiding import closed_cases, open_cases
from torget.register.models import Case, CaseLink, FormerNumber, Record
from torget.register.words import WHY
from torget.registrar import words
from torget.registrar.models import Batch

PAGE = 50
COUNT_LIMIT = 100
BEGINNING = 600
REACH = 100_000
"""Words are looked for in the subjects of so many cases at a time, the newest first; the next page goes on from there."""
AGES = {"1": 1, "7": 7, "30": 30}
"""Choices of age: older than so many days."""


# ---- the queue of what nobody has confirmed --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the queue as the address has them; nonsense is no filter."""

    reason: str = ""
    authority: str = ""
    channel: str = ""
    state: str = ""
    age: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Wanted":
        """Of an address or a form."""
        reason, state, age = (str(given.get(name, ""))[:24] for name in ("skal", "forslag", "alder"))
        channel, authority = str(given.get("kanal", ""))[:20], str(given.get("myndighet", ""))[:18]
        return cls(
            reason=reason if reason in WHY or reason == "none" else "",
            authority=authority if read_key(authority) else "",
            channel=channel if channel in CHANNELS else "",
            state=state if state in (one.value for one in rules.State) else "",
            age=age if age in AGES else "",
        )

    @property
    def query(self) -> str:
        """As it stands in an address."""
        pairs = (
            ("skal", self.reason), ("myndighet", self.authority), ("kanal", self.channel),
            ("forslag", self.state), ("alder", self.age),
        )  # fmt: skip
        return urlencode([pair for pair in pairs if pair[1]])


def narrowed(wanted: Wanted) -> QuerySet[Record]:
    """What nobody has confirmed, as far as the filters let it through."""
    rows: QuerySet[Record] = Record.objects.unconfirmed()
    if wanted.reason:
        rows = rows.filter(proposed_reason="" if wanted.reason == "none" else wanted.reason)
    else:
        # What has no reason is a group of its own: working material has none either, and the index begins with it.
        rows = rows.filter(proposed_reason__gt="")
    if wanted.authority:
        rows = rows.filter(authority=int(wanted.authority))
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    if wanted.state:
        rows = rows.filter(proposed_state=wanted.state)
    if wanted.age:
        rows = rows.filter(captured_at__lt=clock.now() - timedelta(days=AGES[wanted.age]))
    return rows


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the queue shows it; without words where `hidden`."""

    record: Record
    hidden: bool
    who: str
    beginning: str
    whole: str
    why: Any
    proposed: Any
    number: int | None
    files: int

    @property
    def subject(self) -> str:
        """What it is called now, without identity numbers."""
        return "" if self.hidden else rules.mask_identity_numbers(self.record.subject)


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue: its rows, the one in hand, the address of the next page, groups with their counts."""

    wanted: Wanted
    rows: list[Row]
    chosen: Row | None
    following: int | None
    older: str
    groups: list[dict[str, Any]]


def queue(user: User, wanted: Wanted, *, after: str = "", chosen: int | None = None) -> Queue:
    """One page, oldest first within each reason; with a reason chosen only those. Constant SQL."""
    rows = narrowed(wanted).select_related("authority", "case__authority")
    if start := _place(after):
        rows = rows.filter(Q(proposed_reason__gt=start[0]) | Q(pk__gt=start[1]), proposed_reason__gte=start[0])
    found = list(rows.order_by("proposed_reason", "pk")[: PAGE + 1])
    shown = as_rows(found[:PAGE], user)
    keys = [row.record.pk for row in shown]
    place = keys.index(chosen) if chosen in keys else 0
    hand, following = (shown[place] if shown else None), (keys[place + 1] if place + 1 < len(keys) else None)
    if chosen is not None and chosen not in keys:
        # On another page, or let through by no filter: what was asked for is in hand all the same, and no other.
        elsewhere = Record.objects.unconfirmed().select_related("authority", "case__authority").filter(pk=chosen)
        if rest := as_rows(list(elsewhere), user):
            hand, following = rest[0], (keys[0] if keys else None)
    older = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        older = "?" + "&".join(
            part for part in (wanted.query, urlencode({"efter": f"{last.proposed_reason}.{last.pk}"})) if part
        )
    return Queue(
        wanted=wanted,
        rows=shown,
        chosen=hand,
        following=following,
        older=older,
        groups=_groups(wanted),
    )


def _place(text: str) -> tuple[str, int] | None:
    reason, _, key = text[:60].rpartition(".")
    pk = read_key(key)
    return (reason, pk) if pk is not None and (reason in WHY or not reason) else None


def as_rows(records: Sequence[Record], user: User) -> list[Row]:
    """Records as the queue shows them. Five statements, however many there are."""
    seen = readable(records, user)
    numbers = dict(
        Message.objects.filter(record__in=[r.pk for r in records]).values_list("record", "conversation__number")
    )
    texts: dict[int, str] = {}
    files: dict[int, int] = {}
    for record in Record.objects.filter(pk__in=seen).prefetch_related("versions", "attachments"):
        latest = record.latest
        texts[record.pk], files[record.pk] = latest.text or latest.whole, len(record.attachments.all())
    return [_row(record, record.pk in seen, texts, numbers, files) for record in records]


def _row(
    record: Record, seen: bool, texts: Mapping[int, str], numbers: Mapping[int, int], files: Mapping[int, int]
) -> Row:
    text = texts.get(record.pk, "")
    return Row(
        record=record,
        hidden=not seen,
        who=record.correspondent if seen else "",
        beginning=" ".join(text[:BEGINNING].split()),
        whole=text[:20_000],
        why=WHY.get(record.proposed_reason, words.NO_REASON) if seen else "",
        proposed=words.STATES.get(record.proposed_state, ""),
        number=numbers.get(record.pk),
        files=files.get(record.pk, 0),
    )


def _groups(wanted: Wanted) -> list[dict[str, Any]]:
    """Each reason with how many there are, to the limit: "99+". One statement."""
    parts = {code: narrowed(replace(wanted, reason=code)).order_by() for code in (*WHY, "none")}
    counts = bounded(parts, COUNT_LIMIT)
    return [
        {
            "code": code,
            "label": words.REASONS.get(code, code),
            "count": f"{COUNT_LIMIT - 1}+" if count >= COUNT_LIMIT else str(count),
            "current": code == wanted.reason,
            "sensitive": code in rules.SENSITIVE,
        }
        for code, count in counts.items()
        if count
    ]


def of_reason(user: User, wanted: Wanted, most: int) -> list[Record]:
    """The first records that a filter lets through and that one may read, for "all with the same reason"."""
    found = list(narrowed(wanted).select_related("authority", "case__authority").order_by("pk")[:most])
    seen = readable(found, user)
    return [record for record in found if record.pk in seen]


def chosen_of(user: User, keys: Iterable[str], most: int) -> list[Record]:
    """The records that a form names, as far as they wait and one may read them."""
    wanted = [key for text in keys if (key := read_key(text)) is not None][: most + 1]
    rows = Record.objects.unconfirmed().filter(pk__in=wanted).select_related("authority", "case__authority")
    found = list(rows.order_by("pk"))
    seen = readable(found, user)
    return [record for record in found if record.pk in seen]


def batches(user: User) -> list[Batch]:
    """One's latest batches, the newest first."""
    return list(Batch.objects.filter(by=user).select_related("undone_by").order_by("-pk")[:20])


# ---- cases -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cases:
    """A page of cases: each with whether its subject is hidden, and the address of the next page."""

    rows: list[tuple[Case, bool]]
    older: str
    given: dict[str, str]


def cases(user: User, given: Mapping[str, Any]) -> Cases:
    """Cases by search and filters (`q`, `lage`, `myndighet`, `ar`), the newest first. Five statements."""
    kept = {name: storable(str(given.get(name, "")))[:120] for name in ("q", "lage", "myndighet", "ar")}
    rows = Case.objects.visible_to(user).select_related("authority", "merged_into__authority")
    if kept["lage"] == "oppna":
        rows = rows.filter(closed_at=None)
    elif kept["lage"] == "avslutade":
        rows = rows.filter(closed_at__isnull=False, merged_into=None)
    if authority := read_key(kept["myndighet"]):
        rows = rows.filter(authority=authority)
    if (year := read_key(kept["ar"])) is not None and year < 10_000:
        rows = rows.filter(year=year)
    if words_ := " ".join(kept["q"].split()):
        # A subject that one may not read is not found by its words either.
        rows = rows.filter(open_cases(user), subject__icontains=words_)
    before = read_key(str(given.get("fore", "")))
    if before:
        rows = rows.filter(pk__lt=before)
    reached = 0
    if words_:
        newest = before or (Case.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        reached = max(0, newest - REACH)
        rows = rows.filter(pk__gte=reached)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    further = found[PAGE - 1].pk if len(found) > PAGE else reached
    hidden = closed_cases([case.pk for case in found[:PAGE]], user)
    query = urlencode([(name, value) for name, value in kept.items() if value])
    older = f"?{query}{'&' if query else ''}fore={further}" if further else ""
    return Cases([(case, case.pk in hidden) for case in found[:PAGE]], older, kept)


def by_number(text: str) -> Case | Record | None:
    """What a written number names: a case, a record, or where a number has led on to. Six statements at most."""
    known = words.read_dnr(text)
    if known is None:
        return None
    prefix, year, number, of_record = known
    case = Case.objects.filter(authority__prefix__iexact=prefix, year=year, number=number).first()
    if case is None or of_record is None:
        return case
    record = Record.objects.filter(case=case, number=of_record).first()
    if record is None:
        former = FormerNumber.objects.filter(case=case, number=of_record).select_related("record").first()
        record = former.record if former else None
    return record or case


def records_of(case: Case, user: User, after: str = "") -> tuple[list[Row], str]:
    """A page of a case's records by number, and where the next begins."""
    rows = Record.objects.filter(case=case).exclude(kind=rules.Kind.WORKING.value)
    if start := read_key(after):
        rows = rows.filter(number__gt=start)
    found = list(rows.select_related("authority", "case__authority", "confirmed_by").order_by("number")[: PAGE + 1])
    older = f"?efter={found[PAGE - 1].number}" if len(found) > PAGE else ""
    return as_rows(found[:PAGE], user), older


def links_of(case: Case) -> list[Case]:
    """The cases that a case is linked to."""
    pairs = CaseLink.objects.filter(Q(one=case) | Q(other=case)).values_list("one", "other")[:50]
    keys = {key for pair in pairs for key in pair} - {case.pk}
    return list(Case.objects.filter(pk__in=keys).select_related("authority").order_by("pk"))


def former_of(case: Case) -> list[FormerNumber]:
    """Numbers of the case whose records are elsewhere now; the latest hundred."""
    rows = FormerNumber.objects.filter(case=case).exclude(record__case=F("case"))
    related = ("case__authority", "record__case__authority", "record__authority")
    return list(rows.select_related(*related).order_by("-number")[:100])


def history(refs: Sequence[str], most: int = 60) -> list[dict[str, Any]]:
    """What the journal says of these, the newest first, in words."""
    entries = list(Entry.objects.filter(object_ref__in=refs).order_by("-pk")[:most])
    keys = [entry.actor_ref.removeprefix("user:") for entry in entries if entry.actor_ref.startswith("user:")]
    names = {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=keys).values_list("pk", "name")}
    return [
        {
            "at": one.at,
            "who": names.get(one.actor_ref, ""),
            "words": words.journal_words(one.kind),
            "number": one.number,
        }
        for one in entries
    ]


def authorities() -> list[Authority]:
    """For choices: a few dozen rows at most."""
    return list(Authority.objects.order_by("prefix"))


def by_reason(rows: Sequence[Row]) -> list[tuple[str, Any, list[Row]]]:
    """The rows of a page under the reason of their proposal: code, words, rows."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.record.proposed_reason or "none", []).append(row)
    return [(code, words.REASONS.get(code, code), those) for code, those in found.items()]

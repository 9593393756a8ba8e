"""The audit page: who did what, in words, by person, kind and day; as a table and as CSV."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from torget.conversations.models import Message
from torget.conversations.rules import storable
from torget.core import dates
from torget.core.access import StaffRequest, allow
from torget.core.paging import place, read_place
from torget.core.sheet import cell
from torget.desk.words import JOURNAL, journal_words
from torget.journal.models import Entry
from torget.organisations.models import User
from torget.organisations.rules import STOCKHOLM
from torget.register.models import Record
from torget.team.permissions import can_see_log

PAGE = 50
MOST = 50_000
"""Rows of a CSV file at most; who wants more chooses a day."""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # The first and the last day of all have no day beside them.
    return day if date.min < day < date.max else None


def _rows(request: StaffRequest) -> QuerySet[Entry]:
    person, kind, day = (request.GET.get(name, "") for name in ("person", "handelse", "dag"))
    # By time, as each of the journal's indexes has it: a kind that is rare is found without reading all that lies between.
    rows: QuerySet[Entry] = Entry.objects.order_by("-at", "-pk")
    if person == "system" or person == "resident":
        rows = rows.filter(actor_ref=person)
    elif person.isascii() and person.isdecimal():
        rows = rows.filter(actor_ref=f"user:{person}")
    if kind:
        rows = rows.filter(kind=storable(kind)[:64])
    if chosen := _day(day):
        start = datetime.combine(chosen, time(), STOCKHOLM)
        rows = rows.filter(at__gte=start, at__lt=datetime.combine(chosen + timedelta(days=1), time(), STOCKHOLM))
    return rows


def _names() -> dict[str, str]:
    names = {f"user:{key}": name for key, name in User.objects.values_list("pk", "name")}
    return names | {"system": _("Torget självt"), "resident": _("Den som skrev")}


def _numbers(entries: list[Entry]) -> dict[str, int]:
    """The conversation that each entry is about, where there is one; two statements however many entries."""
    found = {}
    for entry in entries:
        if entry.object_ref.startswith("conversation:"):
            found[entry.object_ref] = int(entry.object_ref.partition(":")[2])
    records = [int(e.object_ref.partition(":")[2]) for e in entries if e.object_ref.startswith("record:")]
    pairs = Record.objects.filter(pk__in=records).values_list("pk", "message__conversation__number")
    found |= {f"record:{key}": number for key, number in pairs if number}
    keys = [int(e.object_ref.partition(":")[2]) for e in entries if e.object_ref.startswith("message:")]
    sent = Message.objects.filter(pk__in=keys).values_list("pk", "conversation__number")
    return found | {f"message:{key}": number for key, number in sent}


@allow(can_see_log)
def log(request: StaffRequest) -> HttpResponse:
    """`/disk/logg/`: the journal in words, newest first, in pages."""
    rows = _rows(request)
    if start := read_place(request.GET.get("fore", "")):
        rows = rows.filter(Q(at__lt=start[0]) | Q(at=start[0], pk__lt=start[1]), at__lte=start[0])
    entries = list(rows[: PAGE + 1])
    names, numbers = _names(), _numbers(entries[:PAGE])
    shown = [
        {
            "entry": entry,
            "who": names.get(entry.actor_ref, entry.actor_ref),
            "words": journal_words(entry.kind),
            "number": numbers.get(entry.object_ref),
            "about": names.get(entry.object_ref, ""),
        }
        for entry in entries[:PAGE]
    ]
    given = {name: request.GET.get(name, "")[:64] for name in ("person", "handelse", "dag")}
    query = urlencode({name: value for name, value in given.items() if value})
    older = ""
    if len(entries) > PAGE:
        last = entries[PAGE - 1]
        older = f"?{query}{'&' if query else ''}fore={place(last.at, last.pk)}"
    context: dict[str, Any] = {
        "rows": shown,
        "older": older,
        "given": given,
        "query": query,
        "people": sorted(((ref.partition(":")[2] or ref, name) for ref, name in names.items()), key=itemgetter(1)),
        "kinds": sorted(((kind, str(words)) for kind, words in JOURNAL.items()), key=lambda pair: pair[1]),
    }
    return render(request, "desk/log.html", context)


class _Echo:
    """Gives back what the CSV writer writes."""

    def write(self, text: str) -> str:
        return text


@allow(can_see_log)
def log_csv(request: StaffRequest) -> HttpResponseBase:
    """`/disk/logg/logg.csv`: the same rows as a table with semicolons."""
    names, rows = _names(), _rows(request)[:MOST]
    writer = csv.writer(_Echo(), delimiter=";")

    def lines() -> Iterator[str]:
        yield "\ufeff" + str(writer.writerow([_("Nummer"), _("Tid"), _("Vem"), _("Vad"), _("Kod"), _("Om")]))
        for entry in rows.iterator(chunk_size=500):
            moment = dates.local(entry.at).isoformat(timespec="seconds")
            who, words = names.get(entry.actor_ref, entry.actor_ref), journal_words(entry.kind)
            cells = [str(entry.number or ""), moment, who, words, entry.kind, entry.object_ref]
            yield str(writer.writerow([cell(value) for value in cells]))

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="torget-logg.csv"'
    return response

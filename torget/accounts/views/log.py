"""The log of accounts: who logged in, who could not, what was changed; as pages and as CSV."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torget.accounts import actions, words
from torget.accounts.models import Event
from torget.accounts.permissions import can_manage_accounts
from torget.conversations.rules import storable
from torget.core import dates, sheet
from torget.core.access import StaffRequest, allow
from torget.organisations.models import User
from torget.organisations.rules import STOCKHOLM

PAGE = 50
MOST = 50_000
FILTERS = ("person", "handelse", "fran", "till")


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # The first and the last day of all have no day beside them.
    return day if date.min < day < date.max else None


def _rows(request: StaffRequest) -> QuerySet[Event]:
    person, kind, since, until = (request.GET.get(name, "") for name in FILTERS)
    rows: QuerySet[Event] = Event.objects.select_related("user", "by").order_by("-pk")
    if person.isascii() and person.isdecimal() and len(person) < 10:
        rows = rows.filter(Q(user=int(person)) | Q(by=int(person)))
    if kind:
        rows = rows.filter(kind=storable(kind)[:64])
    if day := _day(since):
        rows = rows.filter(at__gte=datetime.combine(day, time(), STOCKHOLM))
    if day := _day(until):
        rows = rows.filter(at__lt=datetime.combine(day + timedelta(days=1), time(), STOCKHOLM))
    return rows


def _words(event: Event) -> str:
    return str(words.EVENTS.get(event.kind, event.kind))


@require_safe
@allow(can_manage_accounts)
def log(request: StaffRequest) -> HttpResponse:
    """`/installningar/konton/logg/`: what was done with accounts, newest first."""
    before, rows = request.GET.get("fore", ""), _rows(request)
    if before.isascii() and before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    events = list(rows[: PAGE + 1])
    given = {name: request.GET.get(name, "")[:64] for name in FILTERS}
    query = urlencode({name: value for name, value in given.items() if value})
    older = f"?{query}{'&' if query else ''}fore={events[PAGE - 1].pk}" if len(events) > PAGE else ""
    context: dict[str, Any] = {
        "rows": [
            {"event": event, "words": _words(event), "detail": words.detail(event.kind, event.detail)}
            for event in events[:PAGE]
        ],
        "older": older,
        "given": given,
        "query": query,
        "people": [(str(key), name) for key, name in User.objects.order_by("name").values_list("pk", "name")[:500]],
        "kinds": sorted(((kind, str(said)) for kind, said in words.EVENTS.items()), key=lambda pair: pair[1]),
        "days": settings.TORGET_LOGIN_ADDRESS_DAYS,
    }
    return render(request, "accounts/log.html", context)


class _Echo:
    """Gives back what the CSV writer writes."""

    def write(self, text: str) -> str:
        return text


@require_safe
@allow(can_manage_accounts)
def log_csv(request: StaffRequest) -> HttpResponseBase:
    """`/installningar/konton/logg/logg.csv`: the same rows as a table; that it was fetched is written down too."""
    rows = _rows(request)[:MOST]
    writer = csv.writer(_Echo(), delimiter=";")
    actions.note("login.log_exported", user=request.user)

    def lines() -> Iterator[str]:
        head = [_("Tid"), _("Konto"), _("Av"), _("Vad"), _("Kod"), _("Mer"), _("Från adress")]
        yield "\ufeff" + str(writer.writerow(head))
        for event in rows.iterator(chunk_size=500):
            cells = [
                dates.local(event.at).isoformat(timespec="seconds"),
                event.user.name if event.user else "",
                event.by.name if event.by else "",
                _words(event),
                event.kind,
                words.detail(event.kind, event.detail),
                event.address or "",
            ]
            yield str(writer.writerow([sheet.cell(cell) for cell in cells]))

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="torget-kontologg.csv"'
    return response

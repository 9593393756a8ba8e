"""The public register: a plain list, masked, off until the organisation turns it on."""

from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from torget.core import clock
from torget.core.access import public
from torget.core.paging import place, read_place
from torget.organisations.models import Organisation
from torget.register import rules
from torget.register.models import Record

PAGE = 50
FIELDS = (
    "pk", "occurred_at", "number", "kind", "state", "subject", "channel", "secret", "confirmed_at",
    "authority__name", "case__year", "case__number", "case__authority__prefix",
)  # fmt: skip


def _row(found: dict[str, Any]) -> rules.PublicRow:
    number = rules.dnr(
        found["case__authority__prefix"], found["case__year"], found["case__number"], found["number"]
    ) if found["number"] else ""  # fmt: skip
    return rules.public_row(
        day=found["occurred_at"].astimezone(clock.STOCKHOLM).date(),
        number=number,
        authority=found["authority__name"],
        channel=found["channel"],
        subject=found["subject"],
        kind=found["kind"],
        state=found["state"],
        confirmed=found["confirmed_at"] is not None,
        secret=found["secret"],
    )


@lru_cache(maxsize=4096)
def _row_html(row: rules.PublicRow, language: str | None, organisation: str) -> SafeString:
    """A row as HTML. It hangs on nothing but its arguments, so that a stored one is never out of date."""
    return render_to_string("register/_row.html", {"row": row, "organisation_name": organisation})


@public(
    "the public register of OSL 5 kap., masked; off until the organisation turns it on", stored=True, reads=("efter",)
)
def public_register(request: HttpRequest) -> HttpResponse:
    """`/diarium/`: keyset pages of 50, newest first. Errors: 404 while it is turned off."""
    organisation = Organisation.current()
    if not organisation.register_public:
        raise Http404
    records = Record.objects.for_public().values(*FIELDS)
    if after := read_place(request.GET.get("efter", "")):
        moment, pk = after
        records = records.filter(Q(occurred_at__lt=moment) | Q(occurred_at=moment, pk__lt=pk))
    found = list(records.order_by("-occurred_at", "-id")[: PAGE + 1])
    older = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        older = f"?efter={place(last['occurred_at'], last['pk'])}"
    rows = [_row_html(_row(record), get_language(), organisation.name) for record in found[:PAGE]]
    response = render(
        request, "register/public.html", {"rows": rows, "older": older, "first_page": not request.GET.get("efter")}
    )
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response

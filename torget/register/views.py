"""The public register: a plain list, masked, off until the organisation turns it on."""

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from torget.core import clock
from torget.core.access import public
from torget.core.paging import place, read_place
from torget.organisations.models import Organisation
from torget.register import rules
from torget.register.models import Record

PAGE = 50
FIELDS = (
    "id", "occurred_at", "number", "kind", "state", "subject", "channel", "secret", "confirmed_at",
    "authority__name", "authority__prefix", "case__year", "case__number", "case__authority__prefix",
)  # fmt: skip


def _row(record: Record) -> rules.PublicRow:
    return rules.public_row(
        day=record.occurred_at.astimezone(clock.STOCKHOLM).date(),
        number=record.dnr,
        authority=record.authority.name,
        channel=record.channel,
        subject=record.subject,
        kind=record.kind,
        state=record.state,
        confirmed=record.confirmed_at is not None,
        secret=record.secret,
    )


@public("the public register of OSL 5 kap., masked; off until the organisation turns it on", stored=True)
def public_register(request: HttpRequest) -> HttpResponse:
    """`/diarium/`: keyset pages of 50, newest first. Errors: 404 while it is turned off."""
    if not Organisation.current().register_public:
        raise Http404
    records = Record.objects.for_public().select_related("authority", "case__authority").only(*FIELDS)
    if after := read_place(request.GET.get("efter", "")):
        moment, pk = after
        records = records.filter(Q(occurred_at__lt=moment) | Q(occurred_at=moment, pk__lt=pk))
    found = list(records.order_by("-occurred_at", "-id")[: PAGE + 1])
    older = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        older = f"?efter={place(last.occurred_at, last.pk)}"
    rows = [_row(record) for record in found[:PAGE]]
    response = render(
        request, "register/public.html", {"rows": rows, "older": older, "first_page": not request.GET.get("efter")}
    )
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response

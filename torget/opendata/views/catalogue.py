"""`/oppna-data/`: what there is, in words, as a DCAT catalogue, and each set's columns for machines (CSVW)."""

import json
from datetime import date
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # written with, nothing is read

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from torget.conversations.published import published
from torget.core import clock
from torget.core.access import public
from torget.opendata.datasets import CC0, MESSAGE_COLUMNS, datasets
from torget.opendata.dcat import Publisher, catalogue
from torget.organisations.models import ClosedDay, Organisation
from torget.posts.rules import calendar

NEWEST = 50
ATOM = "application/atom+xml; charset=utf-8"


@public("what is given away as open data, in words", stored=True)
def page(request: HttpRequest) -> HttpResponse:
    """The sets, their columns, terms and files."""
    sets = datasets(Organisation.current())
    context = {"sets": sets, "message_columns": MESSAGE_COLUMNS, "licence": CC0}
    return render(request, "opendata/page.html", context)


@public("the catalogue that data portals fetch", stored=True)
def dcat(request: HttpRequest) -> HttpResponse:
    """`/oppna-data/dcat.rdf`: DCAT-AP-SE 3.0.1 as RDF/XML."""
    organisation = Organisation.current()
    publisher = Publisher(organisation.name, settings.TORGET_URL, organisation.email, organisation.phone)
    body = catalogue(publisher, datasets(organisation), _changed())
    response = HttpResponse(body, content_type="application/rdf+xml; charset=utf-8")
    # A catalogue is fetched by other sites' pages and portals alike.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _changed() -> str:
    """The day of the newest published conversation, or the day that this form of the catalogue was written."""
    newest = published("", 1).rows
    day = newest[0].published_at.astimezone(clock.STOCKHOLM).date() if newest and newest[0].published_at else None
    return (day or date(2026, 11, 28)).isoformat()


@public("what the columns of a set mean", stored=True)
def columns(request: HttpRequest, code: str) -> HttpResponse:
    """`/oppna-data/diarium.json`: CSV on the Web metadata. Errors: 404 for a set that there is not."""
    found = next((one for one in datasets(Organisation.current()) if one.code == code), None)
    if found is None:
        raise Http404
    table = next((file.path for file in found.files if file.media_type == "text/csv"), found.files[0].path)
    told = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "sv"}],
        "url": settings.TORGET_URL + table,
        "dc:title": str(found.title),
        "dc:description": str(found.about),
        "dc:license": {"@id": CC0},
        "tableSchema": {"columns": [column.csvw for column in found.columns]},
    }
    response = HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8"
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _legal(text: str) -> str:
    return "".join(
        sign
        for sign in text
        if (sign >= " " or sign == "\n") and sign not in "\ufffe\uffff" and not "\ud800" <= sign <= "\udfff"
    )


@public("the published conversations as a feed, as public as their pages", stored=True)
def feed(request: HttpRequest) -> HttpResponse:
    """`/flode.atom`: the 50 newest published conversations (RFC 4287). Titles only: the words stand on the page."""
    root, organisation = settings.TORGET_URL, Organisation.current()
    rows = published("", NEWEST).rows
    entries, newest = [], "1970-01-01T00:00:00+00:00"
    for one in rows:
        at = one.published_at.isoformat(timespec="seconds") if one.published_at else newest
        link = root + reverse("conversations:conversation", kwargs={"number": one.number})
        entries.append(
            f"<entry><id>{escape(link)}</id><title>{escape(_legal(one.public_title))}</title><updated>{at}</updated>"
            f'<link rel="alternate" href={quoteattr(link)}/></entry>'
        )
    updated = rows[0].published_at.isoformat(timespec="seconds") if rows and rows[0].published_at else newest
    here = root + request.path
    title = escape(_legal(f"{_('Öppna frågor och svar')} | {organisation.name}"))
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{escape(here)}</id><title>{title}</title><updated>{updated}</updated>"
        f'<link rel="self" type="application/atom+xml" href={quoteattr(here)}/>'
        f"<author><name>{escape(_legal(organisation.name))}</name></author>{''.join(entries)}</feed>\n"
    )
    return HttpResponse(body, content_type=ATOM)


@public("when the desk is shut, for everyone's calendar")
def closed_days(request: HttpRequest) -> HttpResponse:
    """`/stangda-dagar.ics`: the days that the desk is shut (RFC 5545), whole days."""
    name = settings.TORGET_ORIGIN.split("/")[0]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Torget//Torget//SV"]
    lines.append(
        f"X-WR-CALNAME:{calendar.escape(_('Stängda dagar hos %(name)s') % {'name': Organisation.current().name})}"
    )
    for closed in ClosedDay.objects.order_by("day")[:2000]:
        lines += [
            "BEGIN:VEVENT",
            f"UID:stangt-{closed.day:%Y%m%d}@{calendar.escape(name)}",
            # Of a day nothing changes but that it is there: its own moment is as good as any, and always the same.
            f"DTSTAMP:{closed.day:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{closed.day:%Y%m%d}",
            # Why it is shut is written for colleagues, and may be about one of them.
            f"SUMMARY:{calendar.escape(_('Stängt'))}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    body = "\r\n".join(calendar.fold(line) for line in lines) + "\r\n"
    response = HttpResponse(body.encode(), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="stangda-dagar.ics"'
    return response

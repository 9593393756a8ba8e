"""The public register for machines: an Atom feed and a table, with the same filters as the pages."""

import csv
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # only escapes what we write

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torget.core import clock, limits
from torget.core.access import public
from torget.core.sheet import cell
from torget.organisations.models import Organisation
from torget.register import reading, words
from torget.register.forms import Asked, read
from torget.register.public import Found, state_of
from torget.register.views.door import authority_of, is_plain, when_open

MOST = 20_000
"""Rows of a table at most; who wants more chooses a period."""
FILES_PER_MINUTE = 10
ATOM = "application/atom+xml; charset=utf-8"


def _legal(text: str) -> str:
    """The text without signs that XML has no place for."""
    return "".join(
        sign for sign in text if sign >= " " and sign not in "\ufffe\uffff" and not "\ud800" <= sign <= "\udfff"
    )


def _element(name: str, text: str, **attributes: str) -> str:
    given = "".join(f" {key}={quoteattr(_legal(value))}" for key, value in attributes.items())
    return f"<{name}{given}>{escape(_legal(text))}</{name}>" if text else f"<{name}{given}/>"


def _moment(found: Found) -> str:
    """The day's beginning on our clock: of the time the register shows no more."""
    return datetime.combine(found.row.day, time(), clock.STOCKHOLM).isoformat()


def _entry(found: Found, organisation: Organisation, root: str) -> str:
    row = found.row
    title = words.subject(row)
    kwargs = {"prefix": found.prefix, "year": found.year, "number": found.case}
    link = reverse("register:case", kwargs=kwargs) if found.case else reverse("register:public")
    told = [row.authority, words.channel(row.channel), str(words.PUBLIC_STATES[state_of(row)])]
    parts = [
        _element("id", f"urn:uuid:{uuid5(NAMESPACE_URL, settings.TORGET_URL + reading.hide(found.key))}"),
        _element("title", f"{row.number} {title}".strip()),
        _element("updated", _moment(found)),
        _element("link", "", href=f"{root}{link}", rel="alternate"),
        _element("summary", ". ".join(told)),
        f"<author>{_element('name', organisation.name if row.from_us else words.sender(row, organisation.name))}</author>",
    ]
    return f"<entry>{''.join(parts)}</entry>"


@public("the register's newest rows as a feed, masked as the page", stored=is_plain)
@when_open
def feed(request: HttpRequest, prefix: str = "") -> HttpResponse:
    """`/diarium/flode.atom`: the newest 50 rows that fit (RFC 4287)."""
    authority, organisation = authority_of(prefix), Organisation.current()
    if not is_plain(request) and (slow := _too_many(request)):
        return slow
    asked = read(request.GET, prefix)
    page = reading.find(asked.filters)
    root = f"{request.scheme}://{request.get_host()}"
    query = f"?{urlencode(asked.given)}" if asked.given else ""
    title = f"{_('Diarium')} | {authority.name if authority else organisation.name}"
    newest = _moment(page.rows[0]) if page.rows else "1970-01-01T00:00:00Z"
    head = [
        _element("id", f"{root}{request.path}{query}"),
        _element("title", title),
        _element("updated", newest),
        _element("link", "", href=f"{root}{request.path}{query}", rel="self", type="application/atom+xml"),
    ]
    entries = "".join(_entry(found, organisation, root) for found in page.rows)
    language = get_language() or "sv"
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">'
    return HttpResponse(f"{body}{''.join(head)}{entries}</feed>\n", content_type=ATOM)


class _Echo:
    """Gives back what the CSV writer writes."""

    def write(self, text: str) -> str:
        return text


def _line(found: Found, organisation: str) -> list[str]:
    row = found.row
    return [
        row.day.isoformat(), row.number, row.authority, words.subject(row), words.sender(row, organisation),
        words.channel(row.channel), str(words.PUBLIC_STATES[state_of(row)]),
    ]  # fmt: skip


@public("the register's rows as a table, masked as the page")
@when_open
def table(request: HttpRequest, prefix: str = "") -> HttpResponseBase:
    """`/diarium/diarium.csv`: what fits, newest first, at most `MOST` rows, with semicolons; no cell is a formula."""
    authority_of(prefix)
    if slow := _too_many(request):
        return slow
    response = StreamingHttpResponse(_lines(read(request.GET, prefix)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="diarium.csv"'
    return response


def _lines(asked: Asked) -> Iterator[str]:
    writer: Any = csv.writer(_Echo(), delimiter=";")
    name = Organisation.current().name
    heads = [_("Datum"), _("Nummer"), _("Myndighet"), _("Ärende"), _("Avsändare"), _("Kanal"), _("Läge")]
    yield "\ufeff" + str(writer.writerow(heads))
    for found in reading.each(asked.filters, most=MOST):
        yield str(writer.writerow([cell(text) for text in _line(found, name)]))


def _too_many(request: HttpRequest) -> HttpResponse | None:
    """An answer to who has fetched more than is fair this minute; nobody else notices."""
    if limits.files.allowed(request.META.get("REMOTE_ADDR", ""), FILES_PER_MINUTE):
        return None
    text = _("Du hämtar många filer på kort tid. Vänta en minut och försök igen.")
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})

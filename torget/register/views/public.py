"""The public register as pages: the list with its search, a case, and which registers there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from torget.core.access import public
from torget.core.kept import kept
from torget.core.pages import organisation_of
from torget.core.stored import stored
from torget.organisations.models import Authority
from torget.register import index, reading, words
from torget.register.forms import read
from torget.register.looking import Filters
from torget.register.models import Case
from torget.register.views.door import READS, authority_of, is_plain, when_open
from torget.register.views.rows import register_of, rows_of


@lru_cache(maxsize=200)
def _choices(there: tuple[str, ...], language: str) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """What the form offers of channels and of states, given the facets that there are."""
    channels = tuple((code, words.channel(code)) for code in index.channels(there))
    return channels, tuple((code, str(word)) for code, word in words.PUBLIC_STATES.items())


@kept
def _authorities() -> QuerySet[Authority, Any]:
    return Authority.objects.order_by("prefix").values_list("prefix", "name")


@dataclass(frozen=True, slots=True)
class _Period:
    """A choice of the form: `2026-11` or `2026`."""

    value: str
    label: str


@lru_cache(maxsize=50)
def _periods(first: date, last: date, language: str) -> tuple[_Period, ...]:
    """The months of the register's last year, and its years: from the records, never from the clock of the moment."""
    months: list[_Period] = []
    year, month = last.year, last.month
    while (year, month) >= (first.year, first.month) and len(months) < 12:
        months.append(_Period(f"{year}-{month:02d}", words.month(year, month, language)))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    years = range(last.year, max(first.year, last.year - 20) - 1, -1)
    return (*months, *(_Period(str(year), str(year)) for year in years))


def _address(given: Mapping[str, str], **more: str) -> str:
    """The filters as they were understood, as a query: nothing else that stood in the address comes back in a page."""
    return f"?{urlencode({**given, **more})}" if given or more else ""


@public(
    "the public register of OSL 5 kap., masked; off until the organisation turns it on", stored=is_plain, reads=READS
)
@when_open
def public_register(request: HttpRequest, prefix: str = "") -> HttpResponse:
    """`/diarium/` and `/diarium/KS/`: keyset pages of 50, newest first, with search and filters."""
    authority, organisation = authority_of(prefix), organisation_of(request)
    asked = read(request.GET, prefix)
    after = request.GET.get("efter", "")
    there, span = (
        stored.part(request, "register.facets", index.facets),
        stored.part(request, "register.span", reading.span),
    )
    page = reading.find(asked.filters, after=after, count=bool(asked.given), there=there)
    count = page.count
    if count is None:
        count = stored.part(request, f"register.count {prefix}", lambda: reading.count(asked.filters, there))
    language = get_language() or "sv"
    here, names = (
        register_of(prefix),
        stored.part(request, "register.authorities", lambda: list(_authorities())),
    )
    channels, states = _choices(tuple(there), language)
    context: dict[str, Any] = {
        "organisation": organisation,
        "rows": rows_of(page.rows, organisation.name),
        "older": _address(asked.given, efter=page.after) if page.after else "",
        "newer": f"{here}{_address(asked.given)}" if after else "",
        "count": count,
        "counted": index.COUNTED,
        "authority": authority,
        "authorities": [(code, name, register_of(code)) for code, name in names],
        "given": asked.given,
        "query": _address(asked.given),
        "here": here,
        "periods": _periods(*span, language) if span else (),
        "channels": channels,
        "states": states,
    }
    return render(request, "register/public.html", context)


@public("which registers the organisation keeps (JO: several are to be announced)", stored=is_plain)
@when_open
def registers(request: HttpRequest) -> HttpResponse:
    """`/diarium/diarier/`: each authority's register, and how far back it goes."""
    there = reading.kept()
    kept = [(authority, there.get(authority.pk)) for authority in Authority.objects.all()[:200]]
    return render(request, "register/registers.html", {"kept": kept, "counted": index.COUNTED})


@public("a case of the public register: its numbers and confirmed subjects, nothing else", stored=is_plain, reads=READS)
@when_open
def case(request: HttpRequest, prefix: str, year: int, number: int) -> HttpResponse:
    """`/diarium/KS/2026/0412/`: the records of a case, oldest first. Errors: 404 where nothing of it is public."""
    here = reverse("register:case", kwargs={"prefix": prefix, "year": year, "number": number})
    if request.path != unquote(here) and number:
        # One page, one address: 412 is 0412. A prefix with å stands in signs of its own in what `reverse` gives.
        return HttpResponsePermanentRedirect(here)
    found = (
        Case.objects.filter(authority__prefix=prefix, year=year, number=number)
        .select_related("authority", "merged_into__authority")
        .first()
    )
    if found is None:
        raise Http404
    if into := found.merged_into:
        # Its number leads on to the case that it was joined into.
        where = {"prefix": into.authority.prefix, "year": into.year, "number": into.number}
        return HttpResponseRedirect(reverse("register:case", kwargs=where))
    after = request.GET.get("efter", "")
    page = reading.find(Filters(case=found.pk), after=after, ascending=True)
    if not page.rows:
        raise Http404
    organisation = organisation_of(request)
    context = {
        "organisation": organisation,
        "dnr": found.dnr,
        "authority": found.authority,
        "subject": reading.subject_of(found),
        "rows": rows_of(page.rows, organisation.name, in_case=True),
        "later": f"?{urlencode({'efter': page.after})}" if page.after else "",
        "first": here if after else "",
        "asked_for": urlencode({"handling": found.dnr}),
    }
    return render(request, "register/case.html", context)


@public("a diary number typed into an address leads to its case")
@when_open
def by_number(request: HttpRequest, prefix: str, year: int) -> HttpResponse:
    """`/diarium/KS/2026/`: that year in the authority's register."""
    authority_of(prefix)
    here = reverse("register:authority", kwargs={"prefix": prefix})
    return HttpResponseRedirect(f"{here}?{urlencode({'period': f'{year:04d}'})}")

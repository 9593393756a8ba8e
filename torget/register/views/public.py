"""The public register as pages: the list with its search, a case, and which registers there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from torget.core.access import public
from torget.organisations.models import Authority, Organisation
from torget.register import reading, words
from torget.register.forms import read
from torget.register.looking import Filters
from torget.register.models import Case
from torget.register.public import Found
from torget.register.views.door import READS, authority_of, is_plain, when_open


@lru_cache(maxsize=4096)
def _row_html(found: Found, language: str | None, organisation: str, in_case: bool, prefix: str) -> SafeString:
    """A row as HTML. It hangs on nothing but its arguments, so that a stored one is never out of date.

    `prefix`: where the pages that it leads to lie, which is not the same in large type.
    """
    row = found.row
    asked_for = urlencode({"handling": row.number or reading.hide(found.key)})
    context = {"row": row, "found": found, "organisation_name": organisation, "in_case": in_case}
    return render_to_string("register/_row.html", context | {"asked_for": asked_for})


def _rows(found: list[Found], organisation: Organisation, *, in_case: bool = False) -> list[SafeString]:
    return [
        # The key matters only where the row has no number to be asked for by.
        _row_html(
            replace(one, key=0) if one.row.number else one,
            get_language(),
            organisation.name,
            in_case,
            get_script_prefix(),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class _Period:
    """A choice of the form: `2026-11` or `2026`."""

    value: str
    label: str


def _periods() -> list[_Period]:
    """The months of the register's last year, and its years: from the records, never from the clock of the moment."""
    span = reading.span()
    if span is None:
        return []
    first, last = span
    language = get_language() or "sv"
    months: list[_Period] = []
    year, month = last.year, last.month
    while (year, month) >= (first.year, first.month) and len(months) < 12:
        months.append(_Period(f"{year}-{month:02d}", words.month(year, month, language)))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return months + [
        _Period(str(year), str(year)) for year in range(last.year, max(first.year, last.year - 20) - 1, -1)
    ]


def _address(given: Mapping[str, str], **more: str) -> str:
    """The filters as they were understood, as a query: nothing else that stood in the address comes back in a page."""
    return f"?{urlencode({**given, **more})}" if given or more else ""


@public(
    "the public register of OSL 5 kap., masked; off until the organisation turns it on", stored=is_plain, reads=READS
)
@when_open
def public_register(request: HttpRequest, prefix: str = "") -> HttpResponse:
    """`/diarium/` and `/diarium/KS/`: keyset pages of 50, newest first, with search and filters."""
    authority, organisation = authority_of(prefix), Organisation.current()
    asked = read(request.GET, prefix)
    after = request.GET.get("efter", "")
    page = reading.find(asked.filters, after=after, count=True)
    here = reverse("register:authority", kwargs={"prefix": prefix}) if prefix else reverse("register:public")
    context: dict[str, Any] = {
        "rows": _rows(page.rows, organisation),
        "older": _address(asked.given, efter=page.after) if page.after else "",
        "newer": f"{here}{_address(asked.given)}" if after else "",
        "count": page.count,
        "counted": reading.COUNTED,
        "authority": authority,
        "authorities": Authority.objects.all(),
        "given": asked.given,
        "query": _address(asked.given),
        "here": here,
        "periods": _periods(),
        "channels": [(code, words.channel(code)) for code in reading.channels()],
        "states": words.PUBLIC_STATES.items(),
    }
    return render(request, "register/public.html", context)


@public("which registers the organisation keeps (JO: several are to be announced)", stored=is_plain)
@when_open
def registers(request: HttpRequest) -> HttpResponse:
    """`/diarium/diarier/`: each authority's register, and how far back it goes."""
    there = reading.kept()
    kept = [(authority, there.get(authority.pk)) for authority in Authority.objects.all()[:200]]
    return render(request, "register/registers.html", {"kept": kept, "counted": reading.COUNTED})


@public("a case of the public register: its numbers and confirmed subjects, nothing else", stored=is_plain, reads=READS)
@when_open
def case(request: HttpRequest, prefix: str, year: int, number: int) -> HttpResponse:
    """`/diarium/KS/2026/0412/`: the records of a case, oldest first. Errors: 404 where nothing of it is public."""
    here = reverse("register:case", kwargs={"prefix": prefix, "year": year, "number": number})
    if request.path != here and number:
        # One page, one address: 412 is 0412.
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
    organisation = Organisation.current()
    context = {
        "dnr": found.dnr,
        "authority": found.authority,
        "subject": reading.subject_of(found),
        "rows": _rows(page.rows, organisation, in_case=True),
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

"""The page of results and its numbers as a file."""

from __future__ import annotations

import csv
from datetime import date
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.sheet import cell
from torget.results import pages, report, sheet, words
from torget.results.permissions import can_see_results
from torget.results.rules.weeks import Week, parse_week, week_of


def _today() -> date:
    return clock.now().astimezone(ZoneInfo("Europe/Stockholm")).date()


def _week(request: StaffRequest) -> Week:
    """The week asked for; without one the present week, or the latest that holds anything. 404 for what is no week."""
    asked = request.GET.get("vecka", "")
    if not asked:
        present = week_of(_today())
        return min(present, report.latest_week() or present)
    try:
        return parse_week(asked)
    except ValueError:
        raise Http404 from None


def _address(week: Week, unit: str, name: str = "results:index") -> str:
    return f"{reverse(name)}?{urlencode({'vecka': week.code, 'enhet': unit})}"


@require_safe
@allow(can_see_results)
def index(request: StaffRequest) -> HttpResponse:
    """One week in the listener's unit: `?vecka=2026-W46&enhet=handlaggare|moten|timmar|kronor`."""
    week = _week(request)
    unit = request.GET.get("enhet", "")
    unit = unit if unit in words.UNITS else next(iter(words.UNITS))
    language = get_language() or "sv"
    told = report.report_on(week)
    present = week_of(_today())
    latest = report.latest_week()
    context = {
        "report": told,
        "week": week,
        "days": words.span_of(week, language),
        "under_way": week == present,
        "headline": pages.headline(told, unit, language),
        "pictures": () if told.is_empty else pages.pictures(told, language),
        "units": [(label, _address(week, code), code == unit) for code, (_key, label) in words.UNITS.items()],
        "previous": (week.shifted(-1), _address(week.shifted(-1), unit)),
        "next": (week.shifted(1), _address(week.shifted(1), unit)) if week < present else None,
        "latest": (latest, _address(latest, unit)) if latest and latest != week else None,
        "file_address": _address(week, unit, "results:figures"),
    }
    return render(request, "results/index.html", context)


@require_safe
@allow(can_see_results)
def figures(request: StaffRequest) -> HttpResponse:
    """The week's numbers as CSV (`?vecka=2026-W46`): semicolons and decimal commas in Swedish, as spreadsheets there want."""
    week = _week(request)
    language = get_language() or "sv"
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="resultat-{week.code}.csv"'
    response.write("\ufeff")  # Without the mark, spreadsheets read å, ä and ö as something else.
    writer = csv.writer(response, delimiter=";" if language.startswith("sv") else ",")
    for row in sheet.rows(report.report_on(week), language):
        writer.writerow([cell(value) for value in row])
    return response

"""Staff: the list of cases to archive, a case with its packages, making one, fetching it and taking it away."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.archive import actions, permissions, reading, words
from torget.archive.forms import MakeForm
from torget.archive.models import Package
from torget.archive.rules import Csip, Erms
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.register.models import Case

MAX_QUERY = 100


def _label(package: Package) -> tuple[str, str, str]:
    style, icon, word = words.STATES[package.state]
    return style, icon, str(word)


def _shown(package: Package) -> dict[str, Any]:
    return {
        "package": package,
        "label": _label(package),
        "problem": words.says(package.problem, package.detail) if package.problem else "",
    }


@allow(permissions.can_archive)
def cases(request: StaffRequest) -> HttpResponse:
    """`/disk/arkiv/`: closed cases, or with `?visa=alla` all of them; `?q=` a number or words of the subject."""
    everything = request.GET.get("visa") == "alla"
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    before = read_key(request.GET.get("fran", ""))
    found, more = reading.cases(request.user, closed=not everything, query=query, before=before)
    context = {
        "rows": [(row, _label(row.package) if row.package else None) for row in found],
        "everything": everything,
        "query": query,
        "more": more,
        "started": before is not None,
    }
    return render(request, "archive/cases.html", context)


def _case(pk: int) -> Case:
    return get_object_or_404(Case.objects.select_related("authority"), pk=pk)


@allow(permissions.can_archive, extra=("pk",))
def case(request: StaffRequest, pk: int) -> HttpResponse:
    """`/disk/arkiv/arende/<pk>/`: a case with its packages, and the button that makes one."""
    return _case_page(request, _case(pk))


def _case_page(request: StaffRequest, case: Case, *, form: MakeForm | None = None, status: int = 200) -> HttpResponse:
    (row,) = reading.rows(request.user, [case])
    packages = reading.packages(case)
    context = {
        "row": row,
        "case": case,
        "packages": [_shown(package) for package in packages],
        "in_hand": any(package.in_hand for package in packages),
        "form": form or MakeForm(),
        "refused": words.says("not_allowed") if row.hidden else "",
    }
    return render(request, "archive/case.html", context, status=status)


@require_POST
@allow(permissions.can_archive, extra=("pk",))
def make(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a package of the case."""
    found = _case(pk)
    form = MakeForm(request.POST)
    if not form.is_valid():
        return _case_page(request, found, form=form, status=400)
    try:
        actions.ask(
            found, csip=Csip(form.cleaned_data["csip"]), version=Erms(form.cleaned_data["erms"]), by=request.user
        )
    except Refused as refused:
        messages.error(request, words.says(refused.code))
    else:
        messages.success(request, _("Paketet görs nu. Du kan göra annat så länge."))
    return redirect("archive:case", pk=found.pk)


@allow(permissions.can_archive, Package)
def package(request: StaffRequest, package: Package) -> HttpResponse:
    """`/disk/arkiv/paket/<pk>/`: leads to the case that the package is of."""
    return redirect("archive:case", pk=package.case.pk)


@require_POST
@allow(permissions.can_archive, Package)
def fetch(request: StaffRequest, package: Package) -> HttpResponseBase:
    """Download a ready package; by POST, since the journal says who took it."""
    try:
        file = actions.fetch(package, by=request.user)
    except Refused as refused:
        if refused.code == "not_allowed":
            raise Http404("not for this reader") from None
        messages.error(request, words.says(refused.code))
        return redirect("archive:case", pk=package.case.pk)
    answer = FileResponse(file, as_attachment=True, filename=package.filename, content_type="application/zip")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@allow(permissions.can_archive, Package)
def take_away(request: StaffRequest, package: Package) -> HttpResponse:
    """Remove a package's file when the archive has it."""
    case_pk = package.case.pk
    try:
        actions.take_away(package, by=request.user)
    except Refused as refused:
        messages.error(request, words.says(refused.code))
    else:
        messages.success(request, _("Paketet är borta. Ärendet och dess handlingar är kvar."))
    return redirect("archive:case", pk=case_pk)

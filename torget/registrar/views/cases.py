"""Cases: find, read, open, merge, move records, link, close, reopen."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions as conversations
from torget.conversations.actions.guarding import readable
from torget.conversations.models import Conversation
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.register import actions as register
from torget.register import permissions
from torget.register.actions.cases import read_at
from torget.register.hiding import closed_cases
from torget.register.models import Case, Record
from torget.registrar import actions, reading
from torget.registrar.forms import CaseForm
from torget.registrar.views.queue import around, says


@allow(permissions.can_see_cases)
def cases(request: StaffRequest) -> HttpResponse:
    """`/disk/registrator/arenden/`: cases by search and filters; a written number leads straight to its case or record."""
    found = reading.by_number(request.GET.get("q", ""))
    if isinstance(found, Record):
        return redirect("registrar:record", pk=found.pk)
    if isinstance(found, Case):
        return redirect("registrar:case", pk=found.pk)
    context = {"page": reading.cases(request.user, request.GET), "authorities": reading.authorities()}
    return render(request, "registrar/cases.html", around(request) | context)


@allow(permissions.can_register)
def new_case(request: StaffRequest) -> HttpResponse:
    """`/disk/registrator/arenden/nytt/`: open a case by hand."""
    form = CaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        case = register.open_case(form.cleaned_data["authority"], subject=form.cleaned_data["subject"], by=request.user)
        messages.success(request, _("Ärendet %(dnr)s är öppnat.") % {"dnr": case.dnr})
        return redirect("registrar:case", pk=case.pk)
    status = 400 if form.is_bound else 200
    return render(request, "registrar/new_case.html", around(request) | {"form": form}, status=status)


@allow(permissions.can_see_cases, Case)
def case(request: StaffRequest, case: Case) -> HttpResponse:
    """`/disk/registrator/arenden/<pk>/`: its records, links, history and what can be done with it."""
    if case.merged_into_id:
        there = read_at(case)
        messages.info(request, _("%(dnr)s är ihopslaget med det här ärendet.") % {"dnr": case.dnr})
        return redirect("registrar:case", pk=there.pk)
    return _case(request, case)


def _case(request: StaffRequest, case: Case, *, status: int = 200, refused: str = "") -> HttpResponse:
    user = request.user
    rows, older = reading.records_of(case, user, request.GET.get("efter", ""))
    related = reading.links_of(case)
    merged = list(Case.objects.filter(merged_into=case).select_related("authority").order_by("pk")[:50])
    former = reading.former_of(case)
    seen = readable([one.record for one in former], user)
    hidden = closed_cases([case.pk, *(one.pk for one in related)], user)
    talks = list(Conversation.objects.listed_to(user).filter(case=case).order_by("-last_message_at")[:50])
    conversations.hide_from(user, talks)
    notes, drafts = actions.working_of(case) if permissions.can_register(user) and case.closed_at is None else ([], [])
    hidden_talks = {talk.pk for talk in talks if talk.hidden}
    context = {
        "case": case,
        "hidden": case.pk in hidden,
        "rows": rows,
        "older": older,
        "related": [(one, one.pk in hidden) for one in related],
        "merged": merged,
        "former": [(one, one.record_id in seen) for one in former],
        "talks": talks,
        "history": reading.history([case.ref, *(row.record.ref for row in rows)]),
        "missing": actions.missing_of(case) if case.closed_at is None else None,
        "notes": [(note, note.conversation_id in hidden_talks) for note in notes],
        "drafts": drafts,
        "archive": _archive(case),
        "refused": refused,
    }
    return render(request, "registrar/case.html", around(request) | context, status=status)


def _archive(case: Case) -> str:
    """Where a package is made of the case, when that module has its page."""
    try:
        return reverse("archive:case", kwargs={"pk": case.pk})
    except NoReverseMatch:
        return ""


def _attempt(request: StaffRequest, case: Case, deed: Callable[[], Case], done: str) -> HttpResponse:
    """Do it and go to the case that it gives, or show this one again with the reason why not."""
    try:
        there = deed()
    except Refused as refused:
        return _case(
            request, Case.objects.select_related("authority").get(pk=case.pk), status=409, refused=says(refused)
        )
    messages.success(request, done)
    return redirect("registrar:case", pk=there.pk)


def _named(text: str, request: StaffRequest) -> Case:
    found = reading.by_number(text)
    case = found.case if isinstance(found, Record) else found
    if case is None:
        raise Refused("no_such_case")
    return case


@require_POST
@allow(permissions.can_register, Case)
def merge(request: StaffRequest, case: Case) -> HttpResponse:
    """Join the case into the one whose number was written."""

    def deed() -> Case:
        return conversations.merge_cases(case, into=_named(request.POST.get("dnr", ""), request), by=request.user)

    return _attempt(request, case, deed, _("Ihopslaget. %(dnr)s leder hit.") % {"dnr": case.dnr})


@require_POST
@allow(permissions.can_register, Case)
def move(request: StaffRequest, case: Case) -> HttpResponse:
    """Part chosen records out to another case, or to a new one."""

    def deed() -> Case:
        keys = [key for text in request.POST.getlist("val")[:500] if (key := read_key(text)) is not None]
        records = list(Record.objects.visible_to(request.user).filter(pk__in=keys, case=case).select_related("case"))
        number = request.POST.get("dnr", "").strip()
        to = _named(number, request) if number else None
        return conversations.move_records(records, to=to, subject=request.POST.get("subject", ""), by=request.user)

    return _attempt(request, case, deed, _("Flyttat. De gamla numren leder hit."))


@require_POST
@allow(permissions.can_register, Case)
def link(request: StaffRequest, case: Case) -> HttpResponse:
    """Link the case to another, or take a link away (`bort`)."""
    gone = read_key(request.POST.get("bort", ""))

    def deed() -> Case:
        if gone is not None:
            other = Case.objects.filter(pk=gone).first()
            if other is not None:
                register.unlink_cases(case, other, by=request.user)
        else:
            register.link_cases(case, _named(request.POST.get("dnr", ""), request), by=request.user)
        return case

    return _attempt(request, case, deed, _("Länken är borttagen.") if gone is not None else _("Länkat."))


@require_POST
@allow(permissions.can_register, Case)
def close(request: StaffRequest, case: Case) -> HttpResponse:
    """Close the case; notes that are ticked are kept, other working material is weeded."""
    keep = {key for text in request.POST.getlist("behall")[:500] if (key := read_key(text)) is not None}
    anyway = request.POST.get("anda") == "1"

    def deed() -> Case:
        return actions.close_case(case, keep=keep, anyway=anyway, by=request.user)

    return _attempt(request, case, deed, _("Ärendet är avslutat och arbetsmaterialet rensat."))


@require_POST
@allow(permissions.can_register, Case)
def reopen(request: StaffRequest, case: Case) -> HttpResponse:
    """Take a closed case up again."""
    return _attempt(request, case, lambda: register.reopen_case(case, by=request.user), _("Ärendet är öppet igen."))

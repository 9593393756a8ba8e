"""One record: what the register says of it, corrections, secrecy with its circle, protected identity; and provisions."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions as conversations
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.core.paging import read_key
from torget.register import actions as register
from torget.register import permissions
from torget.register.models import Provision, Record
from torget.register.rules import Field, Kind, mask_identity_numbers
from torget.registrar import actions, reading
from torget.registrar.forms import CircleForm, CorrectForm, ProvisionForm, SecrecyForm
from torget.registrar.views.queue import around, says
from torget.registrar.words import FIELDS, KINDS


@allow(permissions.can_see_cases, extra=("pk",))
def record(request: StaffRequest, pk: int) -> HttpResponse:
    """`/disk/registrator/handling/<pk>/`: a record; who may not read it sees its number, its date and that it is secret."""
    rows = Record.objects.exclude(kind=Kind.WORKING.value).select_related(
        "authority", "case__authority", "confirmed_by", "secrecy_authority", "circle"
    )
    return _record(request, get_object_or_404(rows, pk=pk))


def _record(request: StaffRequest, record: Record, *, status: int = 200, **changed: Any) -> HttpResponse:
    user = request.user
    [row] = reading.as_rows([record], user)
    if row.hidden:
        return render(request, "registrar/sealed.html", around(request) | {"record": record}, status=403)
    register.note_reading([record], by=user)
    circle = record.circle
    context = {
        "record": record,
        "row": row,
        "kind": KINDS[record.kind],
        "unconfirmed": Record.objects.unconfirmed().filter(pk=record.pk).exists(),
        "corrections": [
            {"one": one, "field": FIELDS[one.field]} for one in record.corrections.select_related("by").order_by("-pk")
        ],
        "former": list(record.former_numbers.select_related("case__authority").order_by("pk")),
        "history": reading.history([record.ref]),
        "provisions": list(Provision.objects.all()[:100]),
        "readers": [*circle.users.all(), *circle.units.all()] if circle else [],
        "correct_form": CorrectForm(
            initial={"field": Field.SUBJECT.value, "text": mask_identity_numbers(record.subject)}
        ),
        "secrecy_form": SecrecyForm.of(record, user),
        "circle_form": CircleForm.of(record, user),
        "may_correct": permissions.can_correct(user, record),
        "may_guard": permissions.can_guard(user, record),
        "sure": request.GET.get("sakert") == "1",
    }
    return render(request, "registrar/record.html", around(request) | context | changed, status=status)


def _attempt(request: StaffRequest, record: Record, deed: Callable[[], Any], done: str) -> HttpResponse:
    try:
        deed()
    except Refused as refused:
        return _again(request, record, refused=says(refused))
    messages.success(request, done)
    return redirect("registrar:record", pk=record.pk)


def _again(request: StaffRequest, record: Record, *, status: int = 409, **changed: Any) -> HttpResponse:
    rows = Record.objects.select_related("authority", "case__authority", "confirmed_by", "secrecy_authority", "circle")
    return _record(request, rows.get(pk=record.pk), status=status, **changed)


@require_POST
@allow(permissions.can_correct, Record)
def correct(request: StaffRequest, record: Record) -> HttpResponse:
    """Put a field right; what it was is kept."""
    form = CorrectForm(request.POST)
    if not form.is_valid():
        return _again(request, record, status=400, correct_form=form)
    try:
        field = Field(form.cleaned_data["field"])
        conversations.correct(record, field=field, value=form.value(), why=form.cleaned_data["why"], by=request.user)
    except Refused as refused:
        form.add_error(None, says(refused))
        return _again(request, record, correct_form=form)
    messages.success(request, _("Rättat. Det som stod förut är kvar i historiken."))
    return redirect("registrar:record", pk=record.pk)


@require_POST
@allow(permissions.can_guard, Record)
def secrecy(request: StaffRequest, record: Record) -> HttpResponse:
    """Put a secrecy mark with its circle, or take it away after a new review (`ta_bort`)."""
    if request.POST.get("ta_bort"):
        return _attempt(
            request,
            record,
            lambda: actions.lift_secret(record, by=request.user),
            _("Sekretessmarkeringen är borttagen."),
        )
    form = SecrecyForm(request.POST)
    if not form.is_valid():
        return _again(request, record, status=400, secrecy_form=form)
    provision, chosen = form.cleaned_data["provision"], form.chosen()
    return _attempt(
        request,
        record,
        lambda: actions.mark_secret(record, provision=provision, chosen=chosen, by=request.user),
        _("Markerad. Bara kretsen läser handlingen nu."),
    )


@require_POST
@allow(permissions.can_guard, Record)
def circle(request: StaffRequest, record: Record) -> HttpResponse:
    """Say anew who may read."""
    form = CircleForm(request.POST)
    if not form.is_valid():
        return _again(request, record, status=400, circle_form=form)
    chosen = form.chosen()
    return _attempt(
        request, record, lambda: actions.set_circle(record, chosen, by=request.user), _("Kretsen är ändrad.")
    )


@require_POST
@allow(permissions.can_guard, Record)
def protection(request: StaffRequest, record: Record) -> HttpResponse:
    """The switch of protected identity: on with one click, off when one has said that one is sure."""
    if not record.protected_identity:
        chosen = register.Chosen(users=[request.user.pk])
        return _attempt(
            request,
            record,
            lambda: actions.protect(record, chosen=chosen, by=request.user),
            _("Identiteten är skyddad. Bara kretsen läser det som personen har skrivit, nu och framåt."),
        )
    if request.POST.get("sakert") != "1":
        messages.warning(request, _("Bekräfta att skyddet ska tas bort. Namn och adress syns då för alla vid disken."))
        return _again(request, record, status=200, sure=True)
    return _attempt(request, record, lambda: actions.unprotect(record, by=request.user), _("Skyddet är borttaget."))


# ---- provisions -----------------------------------------------------------------------------------------------------


@allow(permissions.can_register)
def provisions(request: StaffRequest) -> HttpResponse:
    """`/disk/registrator/bestammelser/`: the provisions that are suggested; the organisation's own list, with sources."""
    form = ProvisionForm(request.POST if request.method == "POST" and "bort" not in request.POST else None)
    if request.method == "POST":
        gone = read_key(request.POST.get("bort", ""))
        if gone is not None or form.is_valid():
            actions.change_provisions(form.cleaned_data if gone is None else None, remove=gone, by=request.user)
            messages.success(request, _("Listan är ändrad."))
            return redirect("registrar:provisions")
    context = {"form": form, "rows": list(Provision.objects.all()[:200])}
    status = 400 if form.is_bound else 200
    return render(request, "registrar/provisions.html", around(request) | context, status=status)

"""`/installningar/gallring/`: what has been erased and by which decision; erase a record; legal holds."""

import re
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations.actions.guarding import readable
from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.operations.erasure_words import REFUSED
from torget.operations.forms_erasure import EraseForm, FindForm, HoldForm
from torget.operations.permissions import can_erase
from torget.organisations.models import Organisation, User
from torget.register import actions
from torget.register.models import Erasure, Hold, Record
from torget.register.rules import State

SHOWN = 50
_DNR = re.compile(r"(?P<prefix>\S+)\s+(?P<year>\d{4})/(?P<number>\d{1,9})(?:-(?P<record>\d{1,9}))?")


def _says(refused: Refused) -> str:
    return str(REFUSED.get(refused.code, refused.code)).format(refused.detail)


def _found(text: str) -> list[Record]:
    """The records that a number names: one of a case, all of a case, or those of a conversation."""
    rows = Record.objects.select_related("authority", "case__authority").order_by("pk")
    text = text.strip()
    if match := _DNR.fullmatch(text):
        rows = rows.filter(
            case__authority__prefix__iexact=match["prefix"],
            case__year=int(match["year"]),
            case__number=int(match["number"]),
        )
        rows = rows.filter(number=int(match["record"])) if match["record"] else rows
    elif text.isascii() and text.isdecimal() and len(text) < 12:
        rows = rows.filter(message__conversation__number=int(text))
    else:
        return []
    return list(rows[:SHOWN])


def _ripe() -> list[Record]:
    """What may go by the organisation's own decision (settings), oldest first: of trivial value, and spam, past its days."""
    organisation, now = Organisation.current(), clock.now()
    rows = Record.objects.filter(erasure=None, case=None).exclude(holds__in=Hold.objects.filter(lifted_at=None))
    rows = rows.select_related("authority")
    found: list[Record] = []
    if organisation.trivial_days is not None:
        before = now - timedelta(days=organisation.trivial_days)
        trivial = rows.filter(state=State.TRIVIAL.value, confirmed_at__isnull=False, occurred_at__lt=before)
        found += trivial.order_by("pk")[:SHOWN]
    if organisation.spam_days is not None:
        before = now - timedelta(days=organisation.spam_days)
        spam = rows.filter(message__conversation__closed_reason="spam", occurred_at__lt=before)
        found += spam.order_by("pk")[:SHOWN]
    return sorted({record.pk: record for record in found}.values(), key=lambda r: (r.occurred_at, r.pk))[:SHOWN]


def _refuse_outsiders(record: Record, user: User) -> None:
    """404 for a record that `user` may not read: nobody erases or holds what they cannot see."""
    if not readable([record], user):
        raise Http404("for a circle")


@allow(can_erase)
def erasures(request: StaffRequest) -> HttpResponse:
    """What has been erased, what is held, and the way to one more."""
    form = FindForm(request.GET) if "q" in request.GET else FindForm()
    found: list[Record] = []
    if form.is_bound and form.is_valid():
        found = _found(form.cleaned_data["q"])
        if not found:
            form.add_error("q", _("Ingen handling har det numret. Så här ser ett nummer ut: KS 2026/0412-1."))
    ripe = _ripe()
    seen = readable([*found, *ripe], request.user)
    holds = Hold.objects.filter(lifted_at=None).select_related("record__case__authority", "case__authority", "set_by")
    context = {
        "form": form,
        "found": [(record, record.pk not in seen) for record in found],
        "ripe": [(record, record.pk not in seen) for record in ripe],
        "holds": holds.order_by("-pk")[:SHOWN],
        "erased": Erasure.objects.select_related("record__case__authority").order_by("-pk")[:SHOWN],
    }
    return render(request, "operations/erasures.html", context, status=400 if form.errors else 200)


@allow(can_erase, Record)
def erase(request: StaffRequest, record: Record) -> HttpResponse:
    """One record: what goes, what stays, by which decision; and the holds on it."""
    _refuse_outsiders(record, request.user)
    form = EraseForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.erase(
                    record, mandate=form.cleaned_data["mandate"], reason=form.cleaned_data["reason"], by=request.user
                )
                messages.success(
                    request, _("Gallrad. Innehållet är borta och kommer inte tillbaka ur en säkerhetskopia.")
                )
                return redirect("operations:erasures")
            except Refused as refused:
                form.add_error(None, _says(refused))
                status = 409
    return _record_page(request, record, status, form=form)


def _record_page(
    request: StaffRequest,
    record: Record,
    status: int,
    *,
    form: EraseForm | None = None,
    hold_form: HoldForm | None = None,
) -> HttpResponse:
    erasure = Erasure.objects.filter(record=record).first()
    if erasure is None:
        # The page shows what will be gone, so it has been read.
        actions.note_reading([record], by=request.user)
    context = {
        "record": record,
        "version": record.latest,
        "attachments": record.attachments.select_related("blob"),
        "held": actions.held(record),
        "erasure": erasure,
        "form": form or EraseForm(initial={"mandate": Organisation.current().retention_mandate}),
        "hold_form": hold_form or HoldForm(),
    }
    return render(request, "operations/erase.html", context, status=status)


@require_POST
@allow(can_erase, Record)
def hold(request: StaffRequest, record: Record) -> HttpResponse:
    """Put a legal hold on the record, or on its case."""
    _refuse_outsiders(record, request.user)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _record_page(request, record, 400, hold_form=form)
    case = record.case if form.cleaned_data["whole_case"] else None
    actions.hold(record=None if case else record, case=case, reason=form.cleaned_data["why"], by=request.user)
    messages.success(request, _("Får inte gallras förrän stoppet hävs."))
    return redirect("operations:erase", pk=record.pk)


@require_POST
@allow(can_erase, extra=("pk",))
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    """Lift a legal hold, and carry out what it held back."""
    if found := Hold.objects.filter(pk=pk).first():
        try:
            erased = actions.lift(found, by=request.user)
        except Refused as refused:
            erased = 0
            messages.error(request, _says(refused))
        messages.success(request, _("Stoppet är hävt."))
        if erased:
            messages.info(request, _("Det som beslutades innan stoppet kom är gallrat nu."))
    return redirect("operations:erasures")

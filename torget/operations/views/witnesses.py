"""`/installningar/vittnen/`: who keeps our journal's heads, whose heads we keep, and what did not fit."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.journal.models import Witness
from torget.journal.words import PROBLEMS
from torget.operations import witnessing
from torget.operations.forms_witness import KeyForm, WitnessForm
from torget.operations.permissions import can_change_witnesses
from torget.operations.witness_words import REFUSED

SHOWN = 100


@allow(can_change_witnesses)
def witnesses(request: StaffRequest) -> HttpResponse:
    """The witnesses, and the way to one more."""
    form = WitnessForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            try:
                added = witnessing.add(given["role"], given["place"], key=given["key"], by=request.user.ref)
            except Refused as refused:
                field = "key" if refused.code == "key_broken" else "place"
                form.add_error(field, REFUSED.get(refused.code, refused.code))
            else:
                if added.problem:
                    messages.warning(request, _("Tillagd, men något stämmer inte än. Det står i listan."))
                else:
                    messages.success(request, _("Tillagd, och det som finns där stämmer."))
                return redirect("operations:witnesses")
    return _page(request, status, form=form)


def _page(request: StaffRequest, status: int, *, form: WitnessForm | None = None) -> HttpResponse:
    rows = list(Witness.objects.order_by("role", "place")[:SHOWN])
    told = [(row, PROBLEMS.get(row.problem, row.problem)) for row in rows]
    groups = [
        (_("De bevakar oss"), [pair for pair in told if pair[0].role == Witness.BY]),
        (_("Vi bevakar"), [pair for pair in told if pair[0].role == Witness.OF]),
    ]
    context = {"form": form or WitnessForm(), "groups": groups, "any": rows, "key_form": KeyForm()}
    return render(request, "operations/witnesses.html", context, status=status)


@require_POST
@allow(can_change_witnesses)
def look(request: StaffRequest) -> HttpResponse:
    """Ask all of them now."""
    new = witnessing.look_at_all(at_once=True)
    messages.success(request, _("Alla är tillfrågade. %(n)s hade något nytt.") % {"n": new})
    return redirect("operations:witnesses")


@require_POST
@allow(can_change_witnesses, extra=("pk",))
def forget(request: StaffRequest, pk: int) -> HttpResponse:
    """Take one away. Evidence of a fork goes with it, so that has to be saved first."""
    if found := Witness.objects.filter(pk=pk).first():
        if found.problem == "forked" and "sparat" not in request.POST:
            messages.error(request, _("Spara beviset först, och kryssa i att det är sparat."))
        else:
            witnessing.forget(found.place, role=found.role, by=request.user.ref)
            messages.success(request, _("Borttagen."))
    return redirect("operations:witnesses")


@require_POST
@allow(can_change_witnesses, extra=("pk",))
def trust(request: StaffRequest, pk: int) -> HttpResponse:
    """Trust another key of theirs, which has been compared by other means."""
    form = KeyForm(request.POST)
    if found := Witness.objects.filter(pk=pk).first():
        try:
            if not form.is_valid():
                raise Refused("key_broken")
            witnessing.trust(found.place, form.cleaned_data["new_key"], role=found.role, by=request.user.ref)
            messages.success(request, _("Den nya nyckeln gäller."))
        except Refused as refused:
            messages.error(request, str(REFUSED.get(refused.code, refused.code)))
    return redirect("operations:witnesses")

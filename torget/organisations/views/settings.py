"""`/installningar/`: the organisation, its authorities, closed days, unit times and costs."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.core.access import StaffRequest, allow
from torget.organisations import actions, cards
from torget.organisations.forms import AuthorityForm, ClosedDayForm, OrganisationForm, UnitCostForm, UnitForm, WorkForm
from torget.organisations.models import Authority, ClosedDay, Organisation, Unit, UnitCost
from torget.organisations.permissions import can_change_settings
from torget.organisations.words import COSTS, UNITS


def _page(request: HttpRequest, status: int = 200, **forms: BaseForm) -> HttpResponse:
    costs = [
        {
            "cost": cost,
            "label": COSTS.get(cost.key, cost.key),
            "unit": UNITS.get(cost.unit, cost.unit),
            "form": forms.get(f"cost_{cost.key}") or UnitCostForm(instance=cost, auto_id=f"id_{cost.key}_%s"),
            "open": f"cost_{cost.key}" in forms,
        }
        for cost in UnitCost.objects.order_by("key")
    ]
    context: dict[str, Any] = {
        "organisation_form": forms.get("organisation") or OrganisationForm(instance=Organisation.current()),
        "work_form": forms.get("work") or WorkForm(instance=Organisation.current(), auto_id="id_work_%s"),
        "unit_form": forms.get("unit") or UnitForm(auto_id="id_unit_%s"),
        "units": Unit.objects.prefetch_related("members"),
        "authority_form": forms.get("authority") or AuthorityForm(auto_id="id_authority_%s"),
        "closed_form": forms.get("closed") or ClosedDayForm(auto_id="id_closed_%s"),
        "authorities": Authority.objects.order_by("place", "prefix"),
        "closed_days": ClosedDay.objects.order_by("day")[:100],
        "costs": costs,
        "cards": [card for make in cards.on_settings if (card := make())],
    }
    return render(request, "organisations/settings.html", context, status=status)


@allow(can_change_settings)
def settings(request: StaffRequest) -> HttpResponse:
    """Show everything that can be set, and save the organisation's own facts."""
    if request.method != "POST":
        return _page(request)
    form = OrganisationForm(request.POST, instance=Organisation.current())
    if not form.is_valid():
        return _page(request, 400, organisation=form)
    actions.change_organisation(form.save(commit=False), by=request.user)
    messages.success(request, _("Sparat. Det gäller direkt."))
    return redirect("organisations:settings")


@require_POST
@allow(can_change_settings)
def change_work(request: StaffRequest) -> HttpResponse:
    """Save how answers leave."""
    form = WorkForm(request.POST, instance=Organisation.current(), auto_id="id_work_%s")
    if not form.is_valid():
        return _page(request, 400, work=form)
    actions.change_organisation(form.save(commit=False), by=request.user)
    messages.success(request, _("Sparat. Det gäller direkt."))
    return redirect(reverse("organisations:settings") + "#arbete")


@require_POST
@allow(can_change_settings)
def change_unit(request: StaffRequest) -> HttpResponse:
    """Add a unit, or change the one of the same name."""
    known = Unit.objects.filter(name=" ".join(request.POST.get("name", "").split())).first()
    form = UnitForm(request.POST, instance=known, auto_id="id_unit_%s")
    if not form.is_valid():
        return _page(request, 400, unit=form)
    actions.change_unit(form.save(commit=False), form.cleaned_data["members"], by=request.user)
    messages.success(request, _("Enheten är sparad."))
    return redirect(reverse("organisations:settings") + "#enheter")


@require_POST
@allow(can_change_settings)
def add_authority(request: StaffRequest) -> HttpResponse:
    """Add an authority with a register of its own."""
    form = AuthorityForm(request.POST, auto_id="id_authority_%s")
    if not form.is_valid():
        return _page(request, 400, authority=form)
    actions.change_authority(form.save(commit=False), by=request.user)
    messages.success(request, _("Myndigheten är tillagd, med ett eget diarium."))
    return redirect("organisations:settings")


@require_POST
@allow(can_change_settings)
def add_closed_day(request: StaffRequest) -> HttpResponse:
    """Add a day the desk is shut."""
    form = ClosedDayForm(request.POST, auto_id="id_closed_%s")
    if not form.is_valid():
        return _page(request, 400, closed=form)
    actions.close_day(form.cleaned_data["day"], form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("Dagen är stängd. Frister som räknas från och med nu hoppar över den."))
    return redirect("organisations:settings")


@require_POST
@allow(can_change_settings, extra=("pk",))
def remove_closed_day(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a closed day away."""
    if closed := ClosedDay.objects.filter(pk=pk).first():
        actions.open_day(closed, by=request.user)
        messages.success(request, _("Dagen är öppen igen."))
    return redirect("organisations:settings")


@require_POST
@allow(can_change_settings, extra=("key",))
def change_cost(request: StaffRequest, key: str) -> HttpResponse:
    """Save an assumption with its source."""
    cost = UnitCost.objects.filter(key=key).first()
    if cost is None:
        return redirect("organisations:settings")
    form = UnitCostForm(request.POST, instance=cost, auto_id=f"id_{key}_%s")
    if not form.is_valid():
        return _page(request, 400, **{f"cost_{key}": form})
    actions.change_cost(form.save(commit=False), by=request.user)
    messages.success(request, _("Sparat. Resultaten räknas om med det nya värdet."))
    return redirect("organisations:settings")

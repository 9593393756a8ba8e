"""Who has the desk when: the week as a table, and the few days that differ."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.organisations.models import ClosedDay
from torget.team import actions, permissions, rules
from torget.team.forms import ShiftForm
from torget.team.models import Shift
from torget.team.words import WEEKDAYS


@allow(permissions.can_use_team)
def shifts(request: StaffRequest) -> HttpResponse:
    """`/disk/schema/`: today and the six days after, the weekly table and the form."""
    return _page(request, ShiftForm())


def _page(request: StaffRequest, form: ShiftForm, status: int = 200) -> HttpResponse:
    today = clock.now().astimezone(rules.STOCKHOLM).date()
    rows = list(Shift.objects.select_related("user").filter(user__is_active=True))
    names = {row.user_id: row.user.name for row in rows}
    turns, closed = Shift.turns(today), ClosedDay.days(today)
    days: list[dict[str, Any]] = []
    for ahead in range(7):
        day = today + timedelta(days=ahead)
        found = [turn for turn in rules.turns_on(turns, day) if day not in closed or turn.day == day]
        days.append(
            {
                "day": day,
                "name": WEEKDAYS[day.weekday()],
                "closed": day in closed,
                "turns": [{"who": names.get(turn.user, ""), "turn": turn} for turn in found],
            }
        )
    weekly = [
        {"name": name, "rows": [row for row in rows if row.weekday == number]} for number, name in enumerate(WEEKDAYS)
    ]
    context = {
        "days": days,
        "weekly": [week for week in weekly if week["rows"]],
        "dated": [row for row in rows if row.day and row.day >= today][:50],
        "form": form,
        "may_set": permissions.can_set_shifts(request.user),
    }
    return render(request, "team/shifts.html", context, status=status)


@require_POST
@allow(permissions.can_set_shifts)
def add_shift(request: StaffRequest) -> HttpResponse:
    """Put somebody at the desk."""
    form = ShiftForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    given = form.cleaned_data
    actions.add_shift(
        given["user"],
        weekday=int(given["weekday"]) if given["weekday"] else None,
        day=given["day"],
        starts=given["starts"],
        ends=given["ends"],
        by=request.user,
    )
    messages.success(request, _("Passet är inlagt."))
    return redirect("team:shifts")


@require_POST
@allow(permissions.can_set_shifts, extra=("pk",))
def remove_shift(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a shift away."""
    for shift in Shift.objects.filter(pk=pk).select_related("user"):
        actions.remove_shift(shift, by=request.user)
    messages.success(request, _("Passet är borttaget."))
    return redirect("team:shifts")

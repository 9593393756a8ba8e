"""`/installningar/halsa/`: what the doctor says, for the administrator who has no terminal."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from torget.core import clock, doctor
from torget.core.access import StaffRequest, allow
from torget.organisations.permissions import can_change_settings


@require_GET
@allow(can_change_settings)
def health(request: StaffRequest) -> HttpResponse:
    """All checks that ask no other machine, the wrong ones first; those take seconds and are the command's."""
    found = doctor.examine(network=False)
    order = (doctor.BAD, doctor.WARN, doctor.GOOD)
    groups = [(level, [check for check in found if check.level == level]) for level in order]
    return render(request, "operations/health.html", {"groups": groups, "at": clock.now()})

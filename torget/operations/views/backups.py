"""`/installningar/drift/`: whether there is a backup, and whether it has been tried."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from torget.core.access import StaffRequest, allow
from torget.operations import backup_nightly
from torget.operations.models import BackupRun
from torget.operations.permissions import can_see_backups

SHOWN = 30


@allow(can_see_backups)
def backups(request: StaffRequest) -> HttpResponse:
    """How the backups and their trials have gone, and what to do."""
    runs = list(BackupRun.objects.order_by("-started_at")[:SHOWN])
    context = {
        "alarm": backup_nightly.alarm(),
        "folder": settings.TORGET_BACKUP_FOLDER,
        "tries": settings.TORGET_BACKUP_DRILL,
        "last": next((run for run in runs if run.kind == BackupRun.BACKUP and run.ok), None),
        "trial": next((run for run in runs if run.kind != BackupRun.BACKUP and run.ok), None),
        "runs": runs,
        "days": settings.TORGET_BACKUP_DAYS,
        "weeks": settings.TORGET_BACKUP_WEEKS,
    }
    return render(request, "operations/backups.html", context)

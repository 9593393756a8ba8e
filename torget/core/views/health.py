"""`/halsa/`: whether database and worker are alive."""

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from torget.core import clock
from torget.core.access import public
from torget.core.models import Heartbeat

SILENT = timedelta(seconds=60)


@public("for the operator's monitoring; says nothing about content")
def health(request: HttpRequest) -> JsonResponse:
    """`{"database": bool, "worker": bool}`; 503 when either is down."""
    try:
        beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
        database = True
    except DatabaseError:
        beat, database = None, False
    worker = beat is not None and abs(clock.now() - beat) < SILENT
    response = JsonResponse({"database": database, "worker": worker}, status=200 if database and worker else 503)
    response.headers["Cache-Control"] = "no-store"
    return response

"""The journal's public pages: the newest checkpoint, the key, the days' checkpoints and the verifier."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torget.core.access import public
from torget.journal import rules
from torget.journal.models import Checkpoint, Day
from torget.journal.verifier import joined

DAYS_SHOWN = 30


@public("a log is proof only when everyone can read its head and its key")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the newest checkpoint, the key, how to check a receipt, and the last days' checkpoints; two queries."""
    latest = Checkpoint.objects.order_by("-size").first()
    context = {
        "latest": latest,
        "key": rules.parse_key(latest.key) if latest else None,
        "days": Day.objects.select_related("checkpoint").order_by("-day")[:DAYS_SHOWN] if latest else [],
    }
    return render(request, "journal/index.html", context)


@public("anyone may keep a checkpoint, and hold it against a later one")
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Give the newest checkpoint as the signed note itself; 404 before there is one."""
    latest = Checkpoint.objects.order_by("-size").first()
    return _text(latest.note if latest else None, "sigill.txt")


@public("the key is what receipts are checked against")
@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """Give the public key as one line; 404 before there is one."""
    latest = Checkpoint.objects.order_by("-size").first()
    return _text(f"{latest.key}\n" if latest else None, "nyckel.txt")


@public("whoever checks a receipt must not have to trust a program they cannot read")
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Give the verifier: one Python file."""
    return _text(joined(), "verify.py")


def _text(text: str | None, filename: str) -> HttpResponse:
    plain = "text/plain; charset=utf-8"
    if text is None:
        return HttpResponse(_("Inget är infört i journalen ännu.") + "\n", status=404, content_type=plain)
    # As a download: a browser that shows it might also change a line break, and then no signature holds.
    return HttpResponse(text, content_type=plain, headers={"Content-Disposition": f'attachment; filename="{filename}"'})

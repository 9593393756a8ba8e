"""Files of a conversation, and the quarantine: what could not be understood, with its reason and its first bytes."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations import actions, permissions
from torget.conversations.actions.intake import parse_again
from torget.conversations.models import Conversation, DraftFile, Quarantined
from torget.conversations.words import QUARANTINE
from torget.core.access import StaffRequest, allow
from torget.desk.views.showing import queue_context
from torget.files.serving import respond
from torget.register.actions import note_reading
from torget.register.models import Attachment


@allow(permissions.can_see, Conversation, extra=("pk",))
def attachment(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponseBase:
    """A file of the conversation: as it came, or with `?visa=1` the picture made for showing."""
    found = (
        Attachment.objects.select_related("blob__rendition", "record")
        .filter(pk=pk, record__message__conversation=conversation)
        .first()
    )
    if found is None:
        raise Http404
    note_reading([found.record], by=request.user)
    return respond(found.blob, filename=found.filename, inline=request.GET.get("visa") == "1")


@allow(permissions.can_see, Conversation, extra=("pk",))
def draft_file(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponseBase:
    """A file put to an answer that is not sent yet: who approves it reads it here."""
    found = DraftFile.objects.select_related("blob").filter(pk=pk, draft__conversation=conversation).first()
    if found is None:
        raise Http404
    return respond(found.blob, filename=found.filename, inline=False)


@allow(permissions.can_see_quarantine)
def quarantine(request: StaffRequest) -> HttpResponse:
    """`/disk/karantan/`: what could not be understood, with its reason and its first bytes."""
    before = request.GET.get("fore", "")
    rows = Quarantined.objects.filter(state=Quarantined.OPEN).select_related("raw__account").order_by("-pk")
    if before.isascii() and before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[:31])
    items = [
        {
            "item": row,
            "why": QUARANTINE.get(row.reason, row.reason),
            "start": bytes(row.raw.body[:400]).decode("utf-8", "replace").replace("\x00", "�"),
            "size": len(row.raw.body),
        }
        for row in found[:30]
    ]
    older = f"?fore={found[29].pk}" if len(found) > 30 else ""
    return render(
        request,
        "desk/quarantine.html",
        queue_context(request) | {"items": items, "older": older, "quarantine_page": True},
    )


@allow(permissions.can_see_quarantine, extra=("pk",))
def raw(request: StaffRequest, pk: int) -> HttpResponse:
    """The delivery as it came, as a download."""
    # What has been read again since lies with its conversation, and who may read it is said there.
    row = Quarantined.objects.select_related("raw").filter(pk=pk, state=Quarantined.OPEN).first()
    if row is None:
        raise Http404
    response = HttpResponse(bytes(row.raw.body), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="karantan-{row.pk}.bin"'
    return response


@require_POST
@allow(permissions.can_see_quarantine, extra=("pk",))
def quarantined(request: StaffRequest, pk: int) -> HttpResponse:
    """Read a quarantined delivery again, or put it aside."""
    row = Quarantined.objects.select_related("raw").filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.POST.get("igen"):
        parse_again(row.raw, by=request.user)
        messages.success(request, _("Den läses in igen. Förstås den inte nu heller, kommer den tillbaka hit."))
    else:
        actions.set_aside(row, by=request.user)
        messages.success(request, _("Undanlagd. Den finns kvar som den kom."))
    return redirect("desk:quarantine")

"""The desk's pages: the queue with a conversation open, quarantine, files."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from torget.conversations import permissions, rules
from torget.conversations.models import Account, Conversation, Outbox, Quarantined
from torget.conversations.words import QUARANTINE
from torget.core.access import StaffRequest, allow
from torget.desk import forms
from torget.desk.views import reading
from torget.desk.views import rows as as_html
from torget.desk.words import EMPTY, QUEUES
from torget.files.serving import respond
from torget.journal.actions import latest_checkpoint
from torget.organisations.models import Organisation
from torget.register.models import Attachment
from torget.register.rules import mask_identity_numbers


@allow(permissions.can_see_desk)
def queue(request: StaffRequest) -> HttpResponse:
    """`/disk/`: a queue, with nothing open beside it."""
    return render(request, "desk/desk.html", _queue_context(request))


def _queue_context(request: HttpRequest, current: int | None = None) -> dict[str, Any]:
    user: Any = request.user
    name = request.GET.get("ko", "all")
    name = name if name in reading.QUEUES else "all"
    page = reading.queue(name, user, request.GET.get("efter", ""))
    counts = reading.counts(user)
    return {
        "queue": page,
        "rows": [as_html.row(c, user, queue=name, current=current) for c in page.rows],
        "counts": counts,
        "tabs": [
            {"name": key, "label": QUEUES[key], "count": counts.get(key, ""), "current": key == name}
            for key in reading.QUEUES
        ],
        "empty": EMPTY[name],
        "channels": Account.objects.order_by("channel").values_list("channel", flat=True).distinct()[:8],
        "unknown": reading.counted(Outbox.objects.filter(state=rules.Sending.UNKNOWN.value)),
        "checkpoint": latest_checkpoint(),
        "can_classify": user.may("classify"),
    }


@allow(permissions.can_see, Conversation)
def conversation(request: StaffRequest, conversation: Conversation) -> HttpResponse:
    """`/disk/<number>/`: the queue, the conversation with its context, the register panel and the journal."""
    return show(request, conversation)


def show(request: HttpRequest, conversation: Conversation, *, status: int = 200, **changed: Any) -> HttpResponse:
    """The desk with `conversation` open; `changed` replaces parts (a form with errors, a refusal's words)."""
    user: Any = request.user
    related = ("account__authority", "case__authority", "context", "contact", "assigned_to", "lease_owner")
    conversation = Conversation.objects.select_related(*related).get(pk=conversation.pk)
    before = request.GET.get("fore", "")
    rows, earlier = reading.thread(
        conversation, int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None
    )
    panel = reading.register_panel(rows)
    draft = reading.draft_of(conversation, user)
    text = draft.record.latest.text if draft else ""
    preview = reading.public_preview(conversation)
    context = _queue_context(request, conversation.pk) | {
        "conversation": conversation,
        "thread": [row | {"html": as_html.message(row, nobody=_("Ej angiven"))} for row in rows],
        "earlier": earlier,
        "in_the_past": bool(before),
        "panel": panel,
        "journal": reading.journal_of(conversation, rows),
        "draft": draft,
        "other_drafts": reading.other_drafts(conversation, user),
        "mine": conversation.holder_id == user.pk,
        "holder": conversation.lease_owner if conversation.holder_id not in (None, user.pk) else None,
        "may_reply": permissions.can_reply(user, conversation),
        "may_note": permissions.can_note(user, conversation),
        "may_classify": permissions.can_classify(user, conversation),
        "may_publish": permissions.can_publish(user, conversation),
        "way": rules.way_out(conversation.channel, conversation.contact.address if conversation.contact else "").value,
        "reply_form": forms.ReplyForm(initial={"text": text, "seen": conversation.message_count}),
        "note_form": forms.NoteForm(),
        "classify_form": _classify_form(panel),
        "secrecy_form": forms.SecrecyForm(),
        "close_form": forms.CloseForm(),
        "publish_form": forms.PublishForm(
            initial={"title": conversation.public_title or _public_subject(conversation)}
        ),
        "mini": _way(conversation),
        "public_preview": preview,
        "preview": as_html.preview(preview.rows, Organisation.current().short_name),
        "feedback": conversation.receipts.exclude(helped="", thanks="").order_by("-pk")[:5],
        "context_url": reading.safe_url(conversation.context.url) if conversation.context else "",
    }
    return render(request, "desk/desk.html", context | changed, status=status)


def _public_subject(conversation: Conversation) -> str:
    return mask_identity_numbers(conversation.subject)


def _classify_form(panel: reading.RegisterPanel | None) -> forms.ClassifyForm | None:
    if panel is None:
        return None
    record = panel.record
    state = record.state if record.confirmed_at else record.proposed_state
    return forms.ClassifyForm(initial={"state": state, "subject": mask_identity_numbers(record.subject)})


def _way(conversation: Conversation) -> list[dict[str, str]]:
    """The five stones: in, handle, out, keep, count."""
    from torget.desk.words import THREAD

    answered = conversation.first_answered_at is not None or conversation.state == rules.State.CLOSED
    states = (
        "done",
        "done" if answered else ("now" if conversation.taken_at else "later"),
        "done" if answered else "later",
        "done" if conversation.case_id or answered else "later",
        "done" if answered else "later",
    )
    return [{"label": str(label), "state": state} for label, state in zip(THREAD, states, strict=True)]


@allow(permissions.can_see, Conversation, extra=("pk",))
def attachment(request: StaffRequest, conversation: Conversation, pk: int) -> HttpResponseBase:
    """A file of the conversation: as it came, or with `?visa=1` the picture made for showing."""
    found = (
        Attachment.objects.select_related("blob__rendition")
        .filter(pk=pk, record__message__conversation=conversation)
        .first()
    )
    if found is None:
        raise Http404
    return respond(found.blob, filename=found.filename, inline=request.GET.get("visa") == "1")


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
        _queue_context(request) | {"items": items, "older": older, "quarantine_page": True},
    )


@allow(permissions.can_see_quarantine, extra=("pk",))
def raw(request: StaffRequest, pk: int) -> HttpResponse:
    """The delivery as it came, as a download."""
    row = Quarantined.objects.select_related("raw").filter(pk=pk).first()
    if row is None:
        raise Http404
    response = HttpResponse(bytes(row.raw.body), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="karantan-{row.pk}.bin"'
    return response


def address(conversation: Conversation, request: HttpRequest, anchor: str = "#samtal") -> str:
    """The conversation's address in the queue that the user stands in."""
    queue_name = request.POST.get("ko") or request.GET.get("ko") or ""
    query = f"?ko={queue_name}" if queue_name in reading.QUEUES and queue_name != "all" else ""
    return reverse("desk:conversation", kwargs={"number": conversation.number}) + query + anchor

"""Saved replies and saved views: lists, forms, removal."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.core import removed
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.team import actions, permissions, rules
from torget.team.forms import SavedReplyForm
from torget.team.models import SavedReply, SavedView
from torget.team.words import REFUSED

PAGE = 50


@allow(permissions.can_use_team)
def replies(request: StaffRequest) -> HttpResponse:
    """`/disk/svarsmallar/`: one's own and the shared ones, by name, in pages."""
    after = request.GET.get("efter", "")
    rows = SavedReply.objects.visible_to(request.user).select_related("owner", "made_by")
    if after.isascii() and after.isdecimal() and len(after) < 18:
        for last in SavedReply.objects.visible_to(request.user).filter(pk=int(after)):
            rows = rows.filter(Q(title__gt=last.title) | Q(title=last.title, pk__gt=last.pk))
    found = list(rows[: PAGE + 1])
    older = f"?efter={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    shown = [
        {"reply": row, "preview": _preview(row.text, request), "may": permissions.can_change_reply(request.user, row)}
        for row in found[:PAGE]
    ]
    context = {
        "rows": shown,
        "older": older,
        "may_write": permissions.can_write_replies(request.user),
        "removed": removed.offer(request, SavedReply),
    }
    return render(request, "team/replies.html", context)


def _preview(text: str, request: StaffRequest) -> str:
    """The text as it would be in an answer to Kim."""
    values = {
        "förnamn": "Kim",
        "diarienummer": "KS 2026/0412-97",
        "länk": request.build_absolute_uri("/samtal/412/"),
        "handläggare": request.user.first_name,
    }
    return rules.fill(text, values).text


@allow(permissions.can_write_replies)
def new_reply(request: StaffRequest) -> HttpResponse:
    """`/disk/svarsmallar/ny/`: the form for a new one; one that was taken away is brought back here."""
    if back := removed.given(request, SavedReply):
        actions.bring_back_reply(back, by=request.user)
        messages.success(request, _("Mallen är tillbaka."))
        return redirect("team:replies")
    return _form(request, None)


@allow(permissions.can_change_reply, SavedReply)
def change_reply(request: StaffRequest, reply: SavedReply) -> HttpResponse:
    """`/disk/svarsmallar/<pk>/`: the form for one that is there."""
    return _form(request, reply)


def _form(request: StaffRequest, reply: SavedReply | None) -> HttpResponse:
    initial = (
        {"title": reply.title, "text": reply.text, "shared": reply.owner_id is None}
        if reply
        else {"text": request.GET.get("text", "")[:4000]}
    )
    form = SavedReplyForm(request.POST or None, initial=initial)
    preview = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if request.POST.get("visa"):
            preview = _preview(given["text"], request)
        else:
            actions.save_reply(reply, title=given["title"], text=given["text"], shared=given["shared"], by=request.user)
            messages.success(request, _("Mallen är sparad."))
            return redirect("team:replies")
    context = {"form": form, "reply": reply, "preview": preview, "fields": rules.FIELDS}
    return render(request, "team/reply.html", context, status=400 if form.errors else 200)


@require_POST
@allow(permissions.can_change_reply, SavedReply)
def remove_reply(request: StaffRequest, reply: SavedReply) -> HttpResponse:
    """Take a saved reply away; the list then offers it back."""
    removed.keep(request, reply)
    actions.remove_reply(reply, by=request.user)
    messages.success(request, _("Mallen är borttagen."))
    return redirect("team:replies")


@require_POST
@allow(permissions.can_use_team)
def save_view(request: StaffRequest) -> HttpResponse:
    """Save the queue one stands in, with its filters, as a tab."""
    query = request.POST.get("fraga", "")[:400]
    try:
        view = actions.save_view(
            name=request.POST.get("namn", ""), query=query, shared=request.POST.get("delad") == "1", by=request.user
        )
    except Refused as refused:
        words = REFUSED.get(refused.code) or _("Skriv vad vyn ska heta.")
        messages.error(request, str(words))
        return redirect(_desk(query))
    messages.success(request, _("Vyn är sparad och finns bland flikarna."))
    return redirect(_desk(f"vy={view.pk}"))


def _desk(query: str) -> str:
    return f"{reverse('desk:queue')}?{query}"


@require_POST
@allow(permissions.can_change_view, SavedView)
def remove_view(request: StaffRequest, view: SavedView) -> HttpResponse:
    """Take a saved view away."""
    actions.remove_view(view, by=request.user)
    messages.success(request, _("Vyn är borttagen."))
    return redirect("desk:queue")

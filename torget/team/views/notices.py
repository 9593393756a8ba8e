"""What one should know, and how one wants to be told."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations.actions import hide_from
from torget.core.access import StaffRequest, allow
from torget.team import actions, permissions, rules
from torget.team.forms import PreferencesForm
from torget.team.models import Notice, Preferences
from torget.team.words import NOTICES

PAGE = 30


@allow(permissions.can_use_team)
def notices(request: StaffRequest) -> HttpResponse:
    """`/disk/notiser/`: one's own notices, newest first, in pages; below them the settings."""
    return _page(request, _form(request))


def _form(request: StaffRequest) -> PreferencesForm:
    kept = Preferences.of(request.user)
    wanted = [kind.value for kind in rules.Kind if kind.value not in kept.muted]
    return PreferencesForm(initial={"digest": kept.digest, "kinds": wanted, "keys": kept.keys})


def _page(request: StaffRequest, form: PreferencesForm, status: int = 200) -> HttpResponse:
    before = request.GET.get("fore", "")
    rows = Notice.objects.visible_to(request.user).select_related("conversation", "by").order_by("-pk")
    if before.isascii() and before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    hide_from(request.user, [row.conversation for row in found[:PAGE] if row.conversation])
    shown = [{"notice": row, "words": NOTICES.get(row.kind, row.kind)} for row in found[:PAGE]]
    older = f"?fore={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return render(request, "team/notices.html", {"rows": shown, "older": older, "form": form}, status=status)


@require_POST
@allow(permissions.can_use_team)
def mark_all_read(request: StaffRequest) -> HttpResponse:
    """Mark all of one's notices as read."""
    actions.mark_read(request.user)
    return redirect("team:notices")


@require_POST
@allow(permissions.can_use_team)
def preferences(request: StaffRequest) -> HttpResponse:
    """Save how one wants to be told, and whether single keys work."""
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    given = form.cleaned_data
    muted = [kind.value for kind in rules.Kind if kind.value not in given["kinds"]]
    actions.change_preferences(digest=given["digest"], muted=muted, keys=given["keys"], by=request.user)
    messages.success(request, _("Sparat."))
    return redirect("team:notices")

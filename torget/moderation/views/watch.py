"""Which accounts are to be looked at, that somebody has, and how often."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.conversations.models import Account
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.moderation import actions, permissions, reading
from torget.moderation.forms import WatchForm
from torget.moderation.views.staff import says


def _account(pk: int) -> Account:
    account = Account.objects.filter(pk=pk).first()
    if account is None:
        raise Http404
    return account


@allow(permissions.can_see_moderation)
def watch(request: StaffRequest) -> HttpResponse:
    """`/disk/moderering/bevakning/`: the accounts, those that are late first, with the button that says one has looked."""
    context = {
        "rows": reading.watched(),
        "may_look": permissions.can_look(request.user),
        "may_set": permissions.can_set_watch(request.user),
    }
    return render(request, "moderation/watch.html", context)


@require_POST
@allow(permissions.can_look, extra=("pk",))
def looked(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that one has looked through an account just now."""
    try:
        actions.looked(_account(pk), by=request.user)
        messages.success(request, _("Antecknat att du har tittat."))
    except Refused as refused:
        messages.error(request, says(refused))
    return redirect("moderation:watch")


@allow(permissions.can_set_watch)
def intervals(request: StaffRequest) -> HttpResponse:
    """`/installningar/bevakning/`: how often each account is to be looked at."""
    return _intervals(request)


def _intervals(request: HttpRequest, *, wrong: tuple[int, WatchForm] | None = None, status: int = 200) -> HttpResponse:
    rows: list[dict[str, Any]] = []
    for one in reading.watched(names=False):
        auto = f"id_{one.account.pk}_%s"
        form = WatchForm(initial={"minutes": one.account.watch_minutes}, auto_id=auto)
        if wrong and wrong[0] == one.account.pk:
            form = wrong[1]
        rows.append({"watched": one, "form": form})
    return render(request, "moderation/intervals.html", {"rows": rows}, status=status)


@require_POST
@allow(permissions.can_set_watch, extra=("pk",))
def set_interval(request: StaffRequest, pk: int) -> HttpResponse:
    """Save how often an account is to be looked at."""
    account = _account(pk)
    form = WatchForm(request.POST, auto_id=f"id_{pk}_%s")
    if not form.is_valid():
        return _intervals(request, wrong=(pk, form), status=400)
    try:
        actions.set_watch(account, minutes=form.cleaned_data["minutes"], by=request.user)
        messages.success(request, _("Sparat. Det gäller direkt."))
    except Refused as refused:
        messages.error(request, says(refused))
    return redirect("moderation:intervals")

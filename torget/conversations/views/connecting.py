"""`/installningar/kanaler/`: the accounts that are connected, how they are, their gaps; try, look, disconnect."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.channels import mastodonlogin
from torget.conversations import keyring, trying, words_connect
from torget.conversations.actions import connecting
from torget.conversations.forms_connect import FORMS
from torget.conversations.models import Account, Gap
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.organisations.permissions import can_change_settings

PAGE = 50
GAPS = 20


@allow(can_change_settings)
def accounts(request: StaffRequest) -> HttpResponse:
    """All accounts that can be connected, in words, and the channels that more can be connected of."""
    after = request.GET.get("efter", "")
    connectable = Q(channel__in=list(FORMS)) | ~Q(state=Account.OFF)
    found = list(
        Account.objects.filter(connectable, pk__gt=int(after) if after.isdecimal() and len(after) < 15 else 0)
        .exclude(channel__in=list(FORMS), handle="", state=Account.OFF)
        .select_related("authority")
        .annotate(open_gaps=Count("gaps", filter=Q(gaps__filled_at=None)))
        .order_by("pk")[: PAGE + 1]
    )
    shown = [{"account": account, "state": words_connect.state(account)} for account in found[:PAGE]]
    context = {
        "rows": shown,
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "channels": [(key, words_connect.CONNECT.get(key, key)) for key in FORMS],
    }
    return render(request, "conversations/connect_list.html", context)


def _account_page(
    request: HttpRequest, account: Account, tried: trying.Tried | None = None, *, looked: bool = False
) -> HttpResponse:
    open_gaps = [
        {"gap": gap, "why": words_connect.gap_reason(gap)}
        for gap in account.gaps.filter(filled_at=None).order_by("-since")[:GAPS]
    ]
    context: dict[str, Any] = {
        "account": account,
        "state": words_connect.state(account),
        "facts": words_connect.facts(account),
        "gaps": open_gaps,
        "past_gaps": account.gaps.exclude(filled_at=None).count(),
        "can_reconnect": account.channel in FORMS,
        "tried": tried,
        "looked": looked,
        "problem": words_connect.problem(tried.problem, tried.kind) if tried and tried.problem else "",
    }
    return render(request, "conversations/connect_account.html", context)


def _find(pk: int) -> Account:
    return get_object_or_404(Account.objects.select_related("authority"), pk=pk)


@allow(can_change_settings, extra=("pk",))
def account(request: StaffRequest, pk: int) -> HttpResponse:
    """One account: how it is, its gaps, what can be done."""
    return _account_page(request, _find(pk))


@require_POST
@allow(can_change_settings, extra=("pk",))
def look(request: StaffRequest, pk: int) -> HttpResponse:
    """Try the connection of an account, and show what a first fetch would bring; nothing is kept or changed."""
    found = _find(pk)
    try:
        connection = connecting.connection(found)
    except Refused as refused:
        return _account_page(request, found, trying.Tried(problem=refused.code))
    looked = "titta" in request.POST
    return _account_page(request, found, trying.try_out(found.channel, connection, look=looked), looked=looked)


def _secrets(found: Account) -> dict[str, str]:
    try:
        return keyring.secrets_of(found)
    except Refused:
        return {}


@allow(can_change_settings, extra=("pk",))
def disconnect(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask whether an account is to be disconnected, and do it."""
    found = _find(pk)
    if request.method != "POST":
        return render(request, "conversations/connect_off.html", {"account": found})
    secrets = _secrets(found)
    connecting.disconnect(found, by=request.user)
    if found.channel == "mastodon" and trying.may_go_out():
        # Our copy is gone; the server's is taken back as well as it goes, within seconds.
        words = [secrets.get(name, "") for name in ("client_id", "client_secret", "token")]
        mastodonlogin.revoke(str(found.settings.get("server", "")), *words)
    messages.success(request, _("Kontot är frånkopplat. Det som har kommit in finns kvar."))
    return redirect("conversations:channels")


@require_POST
@allow(can_change_settings, extra=("pk",))
def gap(request: StaffRequest, pk: int) -> HttpResponse:
    """A person has looked in the channel: nothing is missing."""
    found = get_object_or_404(Gap.objects.select_related("account"), pk=pk)
    connecting.gap_looked_at(found, by=request.user)
    messages.success(request, _("Noterat. Luckan visas inte mer."))
    return redirect("conversations:channel", pk=found.account_id)

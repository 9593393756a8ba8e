"""`/installningar/api/`: connected programs, their tokens and secrets, what was delivered to them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torget.api import actions
from torget.api.forms import ChangeForm, ConnectForm, TokenForm
from torget.api.models import Delivery, Program, Token
from torget.api.permissions import can_connect_programs
from torget.api.words import EVENTS, REFUSED, SCOPES, STATES, why_undelivered
from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused

SHOWN = 50


def _says(refused: Refused) -> str:
    return str(REFUSED.get(refused.code, refused.code))


@allow(can_connect_programs)
def programs(request: StaffRequest) -> HttpResponse:
    """The connected programs, and the way to one more."""
    form, status = ConnectForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            try:
                made = actions.connect(
                    given["name"],
                    authority=given["authority"],
                    endpoint=given["endpoint"],
                    events=form.told,
                    by=request.user,
                )
                messages.success(request, _("Ansluten. Ge systemet en nyckel eller dess hemlighet."))
                return redirect("api_staff:program", pk=made.pk)
            except Refused as refused:
                form.add_error("endpoint", _says(refused))
    rows = Program.objects.visible_to(request.user).select_related("account")[:200]
    return render(request, "api/programs.html", {"form": form, "programs": rows}, status=status)


@allow(can_connect_programs, Program)
def program(request: StaffRequest, program: Program) -> HttpResponse:
    """One program: what it is told, its tokens, its secrets, what was delivered."""
    return _page(request, program)


def _page(request: StaffRequest, program: Program, *, status: int = 200, **more: Any) -> HttpResponse:
    told = {
        "endpoint": program.endpoint,
        "events": program.events,
        "tells_all": program.tells_all,
        "must_sign": program.must_sign,
    }
    deliveries = list(program.deliveries.order_by("-pk")[:SHOWN])
    for one in deliveries:
        one.told, one.stands = EVENTS.get(one.event, one.event), STATES[one.state]  # type: ignore[attr-defined]
        one.why = why_undelivered(one.problem)  # type: ignore[attr-defined]
    tokens = list(program.tokens.select_related("made_by").order_by("-pk")[:SHOWN])
    for token in tokens:
        token.opens = [SCOPES.get(scope, scope) for scope in token.scopes]  # type: ignore[attr-defined]
        token.good = token.is_good(clock.now())  # type: ignore[attr-defined]
    context = {
        "program": program,
        "connected": program.account.is_live,
        "form": ChangeForm(initial=told, prefix="om"),
        "token_form": TokenForm(initial={"days": "365"}, prefix="nyckel"),
        "tokens": tokens,
        "deliveries": deliveries,
        "address": f"/api/v1/webhooks/{program.account.handle}",
        "two": {way: len(_secrets(program, way)) > 1 for way in ("in", "out")},
    }
    return render(request, "api/program.html", context | more, status=status)


def _secrets(program: Program, way: str) -> list[str]:
    try:
        return actions.secrets_for(program, way)
    except Refused:
        return []


@require_POST
@allow(can_connect_programs, Program)
def change(request: StaffRequest, program: Program) -> HttpResponse:
    """Save where webhooks go and what is told."""
    form = ChangeForm(request.POST, prefix="om")
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.change(
                program,
                endpoint=given["endpoint"],
                events=form.told,
                tells_all=given["tells_all"],
                must_sign=given["must_sign"],
                by=request.user,
            )
            messages.success(request, _("Sparat. Det gäller direkt."))
            return redirect("api_staff:program", pk=program.pk)
        except Refused as refused:
            form.add_error("endpoint", _says(refused))
    return _page(request, program, status=400, form=form)


@require_POST
@allow(can_connect_programs, Program)
def make_token(request: StaffRequest, program: Program) -> HttpResponse:
    """Make a token and show it, here and never again."""
    form = TokenForm(request.POST, prefix="nyckel")
    if not form.is_valid():
        return _page(request, program, status=400, token_form=form)
    lasts = form.lasts
    _token, secret = actions.make_token(
        program,
        name=form.cleaned_data["name"],
        scopes=form.opens,
        expires_at=clock.now() + lasts if lasts else None,
        by=request.user,
    )
    return _page(request, program, shown=secret, shown_what=_("Nyckeln"))


@require_POST
@allow(can_connect_programs, Token)
def revoke_token(request: StaffRequest, token: Token) -> HttpResponse:
    """Take a token back, once it is said twice."""
    if request.POST.get("ja") != "1":
        return render(request, "api/revoke.html", {"token": token})
    actions.revoke_token(token, by=request.user)
    messages.success(request, _("Nyckeln är återkallad och öppnar inget mer."))
    return redirect("api_staff:program", pk=token.program_id)


@require_POST
@allow(can_connect_programs, Program)
def secret(request: StaffRequest, program: Program) -> HttpResponse:
    """Show the newest signing secret, change it, or let the old one go; `sak` and `vag` say which."""
    way, what = request.POST.get("vag", ""), request.POST.get("sak", "")
    if way not in ("in", "out"):
        return redirect("api_staff:program", pk=program.pk)
    try:
        if what == "slapp":
            actions.drop_old_secret(program, way, by=request.user)
            messages.success(request, _("Bara den nya hemligheten gäller nu."))
            return redirect("api_staff:program", pk=program.pk)
        held = actions.rotate_secret(program, way, by=request.user)
    except Refused as refused:
        messages.error(request, _says(refused))
        return redirect("api_staff:program", pk=program.pk)
    return _page(request, program, shown=held, shown_what=_("Hemligheten"))


@require_POST
@allow(can_connect_programs, Program)
def retire(request: StaffRequest, program: Program) -> HttpResponse:
    """Disconnect a program, once it is said twice."""
    if request.POST.get("ja") != "1":
        return render(request, "api/retire.html", {"program": program})
    actions.retire(program, by=request.user)
    messages.success(request, _("Frånkopplad. Allt som har kommit in finns kvar."))
    return redirect("api_staff:programs")


@require_POST
@allow(can_connect_programs, Delivery)
def send_again(request: StaffRequest, delivery: Delivery) -> HttpResponse:
    """Send a webhook once more, under the same id."""
    try:
        actions.send_again(delivery, by=request.user)
        messages.success(request, _("Den skickas igen."))
    except Refused as refused:
        messages.error(request, _says(refused))
    return redirect("api_staff:program", pk=delivery.program_id)

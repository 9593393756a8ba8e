"""One's own account: where one is logged in, and "it was not me"."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torget.accounts import actions, rules, words
from torget.accounts.models import Session
from torget.accounts.permissions import can_see_own_log_ins
from torget.core.access import StaffRequest, allow, no_store, public
from torget.core.errors import Refused
from torget.organisations.models import User

MOST = 100


def rows_of(user: User, here: str | None) -> list[dict[str, object]]:
    """The log-ins of an account in words, the present one first."""
    found = list(Session.objects.filter(user=user).order_by("-seen_at")[:MOST])
    rows = [{"log_in": one, "here": one.key == here, "method": words.method(one.method)} for one in found]
    return sorted(rows, key=lambda row: not row["here"])


@require_safe
@allow(can_see_own_log_ins)
def log_ins(request: StaffRequest) -> HttpResponse:
    """`/konto/inloggningar/`: where one is logged in."""
    return render(request, "accounts/log_ins.html", {"rows": rows_of(request.user, request.session.session_key)})


@require_POST
@allow(can_see_own_log_ins, extra=("pk",))
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """End one of one's own."""
    session = Session.objects.filter(pk=pk, user=request.user).first()
    if session is None:
        raise Http404
    actions.end_one(session, by=request.user)
    messages.success(request, _("Utloggad där."))
    return redirect("accounts:log_ins")


@require_POST
@allow(can_see_own_log_ins)
def end_others(request: StaffRequest) -> HttpResponse:
    """End all but this one."""
    ended = actions.end_others(request.user, but=request.session.session_key)
    messages.success(
        request, _("Utloggad överallt utom här.") if ended else _("Du var inte inloggad någon annanstans.")
    )
    return redirect("accounts:log_ins")


@public("whoever has the secret link of the letter may say that the log-in was not theirs")
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest, secret: str) -> HttpResponse:
    """`/konto/inte-jag/<secret>/`: one button that ends every log-in of the account. A GET changes nothing."""
    letter = actions.find_letter(rules.Letters.NEW_DEVICE, secret)
    done = False
    if letter is not None and request.method == "POST":
        try:
            actions.say_not_me(letter)
            done = True
        except Refused:
            letter = None
    page = render(
        request,
        "accounts/not_me.html",
        {"letter": letter, "done": done, "secret": secret},
        status=200 if letter is not None else 410,
    )
    no_store(page)
    return page

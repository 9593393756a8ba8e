"""What is open to everyone: an invitation's page, and the organisation's colour, logo and icon."""

from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from torget.accounts import door
from torget.core.access import public
from torget.core.errors import Refused
from torget.files.serving import respond
from torget.organisations import actions as organisations
from torget.organisations.models import ROLE_LABELS, Organisation
from torget.organisations.rules import Role
from torget.setup import words
from torget.setup.forms import AcceptForm
from torget.setup.rules import contrast

CACHE = "public, max-age=86400"
ACCOUNT_IS_THERE = _("Ditt konto finns. Logga in så som din organisation loggar in.")


@public("an invitation: whoever holds its one-time link becomes staff, with the role that it names")
def invited(request: HttpRequest, secret: str) -> HttpResponse:
    """Name and password, and one is in. A link that opens nothing says why (410), an unknown one is 404.

    Where the organisation has turned passwords off, the link makes the account and opens nothing: the provider does.
    """
    try:
        invitation = organisations.find_open(secret)
        passwords = bool(door.log_in_ways()["passwords"])
        form = AcceptForm(request.POST or None, initial={"name": invitation.name}, passwords=passwords)
        if request.method == "POST" and form.is_valid():
            try:
                user = organisations.accept(
                    secret, name=form.cleaned_data["name"], password=form.cleaned_data.get("password")
                )
            except ValidationError as error:
                form.add_error("password", error)
            else:
                # Whoever was logged in here goes out first, and what their session knew goes with it.
                logout(request)
                if not passwords:
                    messages.success(request, ACCOUNT_IS_THERE)
                    return redirect("account_login")
                record_authentication(request, user, "password")
                # By allauth's whole way in, so that the log-in is in the log of accounts and this browser is known
                # (accounts/adapter.py): the next one that is not is told of.
                return cast(
                    HttpResponse,
                    perform_login(request, user, email_verification="none", redirect_url=reverse("desk:queue")),
                )
    except Refused as refused:
        status = 404 if refused.code == "unknown" else 410
        return render(request, "setup/invitation_closed.html", {"why": words.CLOSED[refused.code]}, status=status)
    context = {
        "form": form,
        "invitation": invitation,
        "role": ROLE_LABELS[Role(invitation.role)],
        "passwords": passwords,
    }
    return render(request, "setup/invitation.html", context, status=400 if form.errors else 200)


@public("the organisation's colour as a style sheet, the same for everyone")
def colour(request: HttpRequest) -> HttpResponse:
    """The tokens that hang on the colour, in both themes. 404 where there is none of its own."""
    chosen = contrast.parse(Organisation.current().colour)
    if chosen is None:
        raise Http404
    return HttpResponse(
        contrast.stylesheet(chosen), content_type="text/css; charset=utf-8", headers={"Cache-Control": CACHE}
    )


@public("the organisation's logo and icon, made anew by us")
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """`logotyp.webp` or `ikon.webp`; 404 where there is none."""
    organisation = Organisation.current()
    blob = organisation.logo if name == "logotyp" else organisation.icon
    if blob is None:
        raise Http404
    answer: HttpResponseBase = respond(blob, filename=name, inline=True, cache=CACHE)
    return cast(HttpResponse, answer)
